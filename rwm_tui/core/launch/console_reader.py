"""The console of a live launch, as events."""

from pathlib import Path

from rwm_tui.core.launch.tail import Tail
from rwm_tui.core.trainer_output.console import ConsoleParser
from rwm_tui.core.trainer_output.console_events import ConsoleEvent
from rwm_tui.core.trainer_output.terminal_text import clean_line

MAX_LAST_LINE = 400


class ConsoleReader:
    """The console as events, read by whole lines as the trainer writes it."""

    def __init__(self, path: Path) -> None:
        self._tail = Tail(path)
        self._parser = ConsoleParser()
        self._number = 0
        self._offset = 0

    def read(self, *, to_the_end: bool = False) -> list[ConsoleEvent]:
        found: list[ConsoleEvent] = []
        while lines := self._tail.read_lines():
            for line in lines:
                found.extend(self._feed(line))
            if not to_the_end:
                return found
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
    with console.open("rb") as file:
        lines = file.read(MAX_LAST_LINE * 10).decode(errors="replace").split("\n")
    return next((text for line in reversed(lines) if (text := clean_line(line).strip())), "")[:MAX_LAST_LINE]
