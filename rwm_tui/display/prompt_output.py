"""Output to the terminal at once, as far as it takes it."""

from __future__ import annotations

import codecs
import os
from collections.abc import Callable
from typing import TextIO

from rich.cells import get_character_cell_size

IN_AS_MANY_CELLS = "rwm_tui.in_as_many_cells"


def _question_marks(error: UnicodeError) -> tuple[str, int]:
    """For what the terminal's encoding lacks: more or fewer would move what follows, or leave what was there."""
    assert isinstance(error, UnicodeEncodeError)
    lacking = error.object[error.start : error.end]
    return "?" * sum(map(get_character_cell_size, lacking)), error.end


codecs.register_error(IN_AS_MANY_CELLS, _question_marks)


class PromptOutput:
    """Stands for the terminal's file in Textual's writing thread, and knows whether all it was given is out.

    Textual writes in a thread, for a slow line may keep a write waiting. To wake it and to give it Python's lock takes
    milliseconds. What the terminal has room for needs no thread: it is written through an opening of our own, which
    does not wait. The rest goes the thread's way, and all that follows, until that is out.
    """

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._handed_over = self._written = self._flushed = 0
        self._descriptor: int | None = None

    def open(self) -> None:
        """Where the terminal cannot be opened again, everything goes the thread's way."""
        try:
            name = os.ttyname(self._file.fileno())
            self._descriptor = os.open(name, os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK)
        except OSError:
            self._descriptor = None

    def close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def send(self, text: str, hand_over: Callable[[bytes], None]) -> None:
        """
        :param hand_over: gives the thread what the terminal has no room for.
        """
        left = text.encode(self._file.encoding, errors=IN_AS_MANY_CELLS)
        if self._descriptor is not None and self._flushed == self._handed_over:
            left = left[self._taken_at_once(self._descriptor, left) :]
        if left:
            self._handed_over += 1
            hand_over(left)

    def _taken_at_once(self, descriptor: int, content: bytes) -> int:
        try:
            return os.write(descriptor, content)
        except BlockingIOError:
            return 0
        except OSError:  # a terminal that is gone: the thread meets it as it always did
            self.close()
            return 0

    # What the thread calls.

    def write(self, content: bytes) -> None:
        self._file.buffer.write(content)
        self._written += 1

    def flush(self) -> None:
        written = self._written
        self._file.buffer.flush()
        self._flushed = written

    def fileno(self) -> int:
        return self._file.fileno()

    def isatty(self) -> bool:
        return self._file.isatty()
