"""Lines that say warning or error, in the ways of Kit, Python, PhysX and shells."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rwm_tui.core.log.matching import line_at, lines_with

_WARNING = rb"(?i:\[warn(?:ing)?\]|\bwarn(?:ing)?:)|\bWARN(?:ING)?\b|\b[A-Z]\w*Warning\b"
_ERROR = (
    rb"(?i:\[(?:error|fatal|critical)\]|\b(?:fatal|critical)(?: python)? error\b|\bsegmentation fault\b"
    rb"|\berror:(?!\s*[-+]?(?:[\d.]|nan|inf))|\bcore dumped\b|\btraceback \(most recent)"
    rb"|\b(?:ERROR|FATAL|CRITICAL)\b|\b[A-Z]\w*(?:Error|Exception)\b"
)
# Every line that fits holds one of these, in any case: looking for them is faster than the expression by far.
_WARNING_WORDS = (b"warn",)
_ERROR_WORDS = (b"error", b"fatal", b"critical", b"exception", b"traceback", b"core dumped", b"segmentation")


@dataclass(frozen=True)
class Level:
    """Picks the lines of a level, harmless ones too.

    :param words: in lower case; every line of the level holds one of them.
    """

    text: str
    words: tuple[bytes, ...]
    pattern: re.Pattern[bytes]

    def fits(self, line: bytes) -> bool:
        return bool(self.pattern.search(line))

    def line_starts(self, block: bytes) -> Iterator[int]:
        """Where the lines begin that fit, in a block that begins with a line."""
        lowered = block.lower()
        starts = sorted({start for word in self.words for start in lines_with(word, lowered)})
        for start in starts:
            if self.fits(line_at(block, start)):
                yield start


ERRORS = Level("errors", _ERROR_WORDS, re.compile(_ERROR))
TROUBLE = Level("warnings and errors", _WARNING_WORDS + _ERROR_WORDS, re.compile(_WARNING + b"|" + _ERROR))
