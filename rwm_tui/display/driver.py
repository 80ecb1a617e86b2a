"""Textual's own terminal driver, sending of each frame only what changes on the terminal."""

from __future__ import annotations

import os
import re
import signal
from typing import Any, TextIO, cast

from rich.cells import get_character_cell_size
from textual.drivers.linux_driver import LinuxDriver
from textual.events import Paste
from textual.message import Message
from textual.messages import InBandWindowResize

from rwm_tui.display.loop_input import LoopInput
from rwm_tui.display.prompt_output import PromptOutput
from rwm_tui.display.style import UnknownSequence
from rwm_tui.display.terminal_screen import TerminalScreen, without_foreign_controls

UPDATE_BEGINS, UPDATE_ENDS = "\x1b[?2026h", "\x1b[?2026l"
"""Synchronized output: what stands between is shown at once."""
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
"""All but newline and tab."""


class FrugalDriver(LinuxDriver):
    """
    :param bytes_sent: to the terminal so far, near enough for a budget: characters, not their encoding.
    """

    def __init__(self, app: Any, **options: Any) -> None:
        super().__init__(app, **options)
        self._output = PromptOutput(cast(TextIO, self._file))
        self._file = cast(Any, self._output)  # in Textual's thread
        self._screen = TerminalScreen((0, 0), get_character_cell_size, erases_in_colour=erases_in_colour())
        self._known = False
        self._update_begun = False
        self.bytes_sent = 0

    def forget(self) -> None:
        """The next frame is sent whole as far as it goes: something else may have written to the terminal."""
        self._known = False

    def start_application_mode(self) -> None:
        self.forget()
        super().start_application_mode()  # type: ignore[no-untyped-call]
        self._output.open()
        resized = signal.getsignal(signal.SIGWINCH)

        def forget_and_resize(number: int, frame: Any) -> None:
            self.forget()
            if callable(resized):
                resized(number, frame)

        signal.signal(signal.SIGWINCH, forget_and_resize)

    def close(self) -> None:
        self._output.close()
        super().close()

    def _sigcont_application(self, *_: Any) -> None:
        """Textual sets the terminal up anew. After SIGTSTP it had given it back; after SIGSTOP it had not: the threads
        would run twice, and the terminal as the app had made it would be what it is given back as.
        """
        stopped_unasked = not self._must_signal_resume and self._auto_restart
        if stopped_unasked and not in_foreground(self.fileno):
            return  # another SIGCONT comes with the terminal
        if stopped_unasked:
            self.suspend_application_mode()
            self._must_signal_resume = True
        super()._sigcont_application()

    def run_input_thread(self) -> None:
        """Textual's thread reads keys for as long as this lasts; here the loop does."""
        keys = LoopInput(self._loop, self.fileno, self.process_message, self._app.exit)
        self._loop.call_soon_threadsafe(keys.open)
        self.exit_event.wait()
        self._loop.call_soon_threadsafe(keys.close)

    def send_message(self, message: Message) -> None:
        """Textual makes a task for each, which takes longer."""
        self._app.post_message(message)

    def process_message(self, message: Message) -> None:
        if isinstance(message, InBandWindowResize):
            self.forget()
        elif isinstance(message, Paste):
            message.text = pasted_text(message.text)
        super().process_message(message)

    def write(self, data: str) -> None:
        if data == UPDATE_BEGINS:
            self._update_begun = True
        elif data == UPDATE_ENDS:
            self._update_begun = False
        elif self._update_begun or (data.startswith("\x1b[") and data.endswith("H")):
            self._draw(data)
        else:
            self._send(data)

    def _draw(self, frame: str) -> None:
        size = self._get_terminal_size()
        if not self._known or size != self._screen.size:
            self._screen.forget(size)
            self._known = True
        try:
            changes, places = self._screen.draw(frame)
        except UnknownSequence:
            self.forget()
            changes, places = without_foreign_controls(frame), 2
        if changes:
            synchronized = self._update_begun and places > 1
            self._send(f"{UPDATE_BEGINS}{changes}{UPDATE_ENDS}" if synchronized else changes)

    def _send(self, data: str) -> None:
        self.bytes_sent += len(data)
        self._output.send(data, self._write_in_thread)

    def _write_in_thread(self, content: bytes) -> None:
        super().write(cast(Any, content))


def pasted_text(text: str) -> str:
    """Without what would control the terminal once it is shown; terminals paste a line's end as a carriage return."""
    return CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def in_foreground(terminal: int) -> bool:
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:  # no terminal, or not ours: nothing to wait for
        return True


def erases_in_colour() -> bool:
    """Whether this kind of terminal leaves the current background where it erases."""
    try:
        import curses  # some builds of Python come without
    except ImportError:
        return False
    try:
        curses.setupterm(os.environ.get("TERM", "dumb"), 1)
        return curses.tigetflag("bce") == 1
    except curses.error:  # a terminal that terminfo doesn't know
        return False
