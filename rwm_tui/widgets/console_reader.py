"""Console bytes → cleaned lines for the log pane; blocking, for a thread."""

from __future__ import annotations

from collections import deque

from rwm_tui.core.launch.tail import Tail
from rwm_tui.core.trainer_output.terminal_text import clean_line
from rwm_tui.widgets.log_pane import MAX_LINES


class ConsoleReader:
    """Reads what a console gained since the last look, at most as many lines as the pane keeps."""

    def __init__(self, tail: Tail) -> None:
        self._tail = tail

    def read_lines(self, *, over: bool) -> list[str]:
        """Cleaned lines, oldest first.

        :param over: nothing more will be written, so an unfinished last line counts too.
        """
        newest: deque[bytes] = deque(maxlen=MAX_LINES)
        while lines := self._tail.read_lines():
            newest.extend(lines)
        if over and (rest := self._tail.rest()):
            newest.append(rest)
        return [clean_line(line.decode(errors="replace")) for line in newest]
