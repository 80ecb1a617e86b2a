"""The app in a pseudo-terminal: what start and keys cost on the line, and that the screen is as Textual means it."""

from __future__ import annotations

import os
import re
import signal
import sys
from pathlib import Path

import pytest

from scripts.bench.pty_program import NotSeen, PtyProgram, Replay
from tests.waiting import until

DOWN = b"\x1b[B"
FIRST_SCREEN_BYTES = 8_000
LADDER_KEY_BYTES = 400


def app(tmp_path: Path, **environment: str) -> PtyProgram:
    command = [sys.executable, "-m", "rwm_tui", "--logs", str(tmp_path), "--project-root", str(tmp_path)]
    return PtyProgram(command, size=(100, 30), environment=environment)


def settled(program: PtyProgram) -> None:
    program.wait_for(rb"num_envs")
    program.wait_for_rest(quiet_s=1.0)


def press(program: PtyProgram, key: bytes) -> int:
    """How many bytes the first answer has, once all is answered."""
    first = len(program.chunks)
    program.send(key)
    program.wait_for(rb"\w", first_chunk=first)
    program.wait_for_rest(quiet_s=0.7)
    return len(program.chunks[first].data)


def tour(program: PtyProgram) -> None:
    settled(program)
    for key in (DOWN, DOWN, b"?", b"\x1b", b"h"):
        press(program, key)


def test_the_first_screen_and_a_key_cost_little(tmp_path: Path) -> None:
    with app(tmp_path) as program:
        settled(program)
        assert program.bytes_written() < FIRST_SCREEN_BYTES
        assert press(program, DOWN) < LADDER_KEY_BYTES


def test_the_screen_is_as_with_textuals_own_driver(tmp_path: Path) -> None:
    with app(tmp_path) as frugal, app(tmp_path, TEXTUAL_DRIVER="textual.drivers.linux_driver:LinuxDriver") as whole:
        tour(frugal)
        tour(whole)
        until(lambda: "history 0" in whole.screen())
        until(lambda: frugal.screen() == whole.screen())
        assert frugal.bytes_written() < whole.bytes_written() / 3


def test_a_screen_written_over_is_sent_again_on_request(tmp_path: Path) -> None:
    with app(tmp_path) as program:
        settled(program)
        sent = len(program.chunks)
        program.send(b"\x0c")
        program.wait_for(rb"rwm-tui \| profiles", first_chunk=sent)


@pytest.mark.parametrize("stop", [signal.SIGSTOP, signal.SIGTSTP])
def test_stopped_and_continued_it_draws_all_anew_and_gives_the_terminal_back_as_it_was(
    tmp_path: Path, stop: signal.Signals
) -> None:
    with app(tmp_path) as program:
        assert program.echoes
        settled(program)
        threads, shown = program.threads, program.screen()
        for _ in range(3):
            os.kill(program.pid, stop)
            until(lambda: ") T " in Path(f"/proc/{program.pid}/stat").read_text())
            continued = len(program.chunks)
            os.kill(program.pid, signal.SIGCONT)
            until(lambda since=continued: screen_since(program, since) == shown)
        assert program.threads == threads
        assert not program.echoes
        program.send(b"h")
        program.wait_for(rb"nothing yet")
        program.send(b"\x11")
        until(lambda: program.echoes)


def test_what_is_pasted_cannot_control_the_terminal(tmp_path: Path) -> None:
    with app(tmp_path) as program:
        settled(program)
        program.send(b"h")
        program.wait_for(rb"nothing yet")
        program.send(b"/")
        program.wait_for_screen(r"outcome=")
        pasted = len(program.chunks)
        program.send("\x1b[200~A\x9b31mB\x07C\x9dD\x9c=\t1\rE\x1b[201~".encode())
        program.wait_for_screen(r"A31mBCD= +1")
        program.send(b"\r")
        program.wait_for_screen(r"'A31mBCD= *' is no KEY=VALUE")
        assert controls_since(program, pasted) == set()


def test_text_that_holds_controls_is_shown_without_them() -> None:
    code = """
from textual.app import App
from textual.widgets import Static
from rwm_tui.display.driver import FrugalDriver

class Shown(App):
    def compose(self):
        yield Static("A\x9b31mB\x07C\x9d0;x\x9c\x1b]0;y\x07\x1bP1q\x1b\\\\ end", markup=False)
        yield Static("[link='https://example.org']a link[/link]")

Shown(FrugalDriver).run()
"""
    with PtyProgram([sys.executable, "-c", code], size=(80, 24)) as program:
        program.wait_for(rb"a link")
        program.wait_for_rest(quiet_s=0.5)
        assert "A31mBC0;x]0;yP1q" in program.screen()
        assert controls_since(program, 0) == set()


def controls_since(program: PtyProgram, chunk: int) -> set[str]:
    """What was written since a chunk that controls a terminal and is not Textual's own: its pointer, links."""
    written = b"".join(one.data for one in program.chunks[chunk:]).decode()
    written = re.sub(r"\x1b\]22;[a-z]*\x07", "", written)
    return set(re.findall(r"[\x07\x80-\x9f]|\x1b\][^8]|\x1b[PX^_]", written))


def screen_since(program: PtyProgram, chunk: int) -> str:
    """What a terminal that was blank shows of what was written since."""
    replay = Replay(program.size)
    for written in program.chunks[chunk:]:
        replay.feed(written.data)
    return replay.text()


@pytest.mark.parametrize("term", ["xterm-256color", "screen-256color", "unheard-of"])
def test_it_starts_in_any_terminal(tmp_path: Path, term: str) -> None:
    with app(tmp_path, TERM=term) as program:
        try:
            program.wait_for(rb"num_envs")
        except NotSeen:
            pytest.fail(program.screen())
