"""The console of a live launch, as events."""

import time
from pathlib import Path

from rwm_tui.core.launch.tail import Tail
from rwm_tui.core.run_dir.regular_file import open_record
from rwm_tui.core.trainer_output.console import ConsoleParser
from rwm_tui.core.trainer_output.console_events import ConsoleEvent
from rwm_tui.core.trainer_output.terminal_text import clean_line

MAX_LAST_LINE = 400
BUDGET_S = 0.02
"""A tenth of a supervisor's tick: a flood takes no core from the trainer that writes it."""
PIECE_BYTES = 512 * 1024


class ConsoleReader:
    """The console as events, read by whole lines as the trainer writes it."""

    def __init__(self, path: Path) -> None:
        self._tail = Tail(path)
        self._parser = ConsoleParser()
        self._number = 0
        self._offset = 0

    def read(self, *, to_the_end: bool = False, budget_s: float = BUDGET_S) -> list[ConsoleEvent]:
        """
        :param budget_s: after which a flood is left for the next call.
        """
        found: list[ConsoleEvent] = []
        began = time.monotonic()
        while True:
            before = self._tail.offset
            for line in self._tail.read_lines(PIECE_BYTES):
                found.extend(self._feed(line))
            if self._tail.offset == before or not (to_the_end or time.monotonic() - began < budget_s):
                break
        if to_the_end:
            if rest := self._tail.rest():
                found.extend(self._feed(rest))
            found.extend(self._parser.finish())
        return found

    def _feed(self, line: bytes) -> tuple[ConsoleEvent, ...]:
        self._number += 1
        events_of_line = self._parser.feed(line.decode(errors="replace"), number=self._number, offset=self._offset)
        self._offset += len(line) + 1
        return events_of_line


def last_line(console: Path) -> str:
    """The last line that says something; for a console that a program left which did not come to run."""
    with open_record(console) as file:
        lines = file.read(MAX_LAST_LINE * 10).decode(errors="replace").split("\n")
    return next((text for line in reversed(lines) if (text := clean_line(line).strip())), "")[:MAX_LAST_LINE]
