"""A pattern of `signatures.yaml`: pieces of text that stand on one line in order. Matching is linear in the line."""

from __future__ import annotations

import re
from dataclasses import dataclass

GAP = "…"
MASK = bytes(ord("0") if chr(code).isdigit() and code < 128 else code for code in range(256)).lower()
"""Translation table: lower case, every digit a 0. Lines that differ in numbers alone become one."""

JOINT = b"\x01"
"""Stands for a line end in `worded` text, so that the words on both sides of it stay together."""

_WORDS = bytes(
    1 if code == 10 else code if chr(code).isascii() and chr(code).isalpha() else 32 for code in range(256)
).lower()
# Words of healthy lines; a pattern is found by another of its words where it has one.
COMMON_WORDS = frozenset(
    b"a active an and at available be been by c computation config configuration contact contain could creating "
    b"creation cuda default device directory enabled environment error event find for found from git gpu has in "
    b"initialize invalid is it key library load loading material missing no not nvidia observation observations of "
    b"on or python removed repository seconds setting simulation skipping source state system termination the this "
    b"to training user value version warning was with".split()
)
_WORD_BYTES = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789_.")
# What other programs put before each line: torchrun, mpirun, Ray, srun, docker and Kubernetes, syslog, docker compose.
_LOG_PREFIX = (
    rb"(?:\[(?:rank|default)\d{1,4}\]:? ?"
    rb"|\[\d{1,4},\d{1,4}\]<std(?:err|out)>: ?"
    rb"|\([\w ]{0,60}+pid=\d{1,9}[^)]{0,60}+\) ?|\d{1,4}: "
    rb"|\d{4}-\d\d-\d\dt\d\d:\d\d:\d\d(?:\.\d{1,9})?+(?:z|[+-]\d\d:?\d\d) (?:std(?:err|out) [fp] |\[job\] )?+"
    rb"|[a-z]{3} [ \d]\d \d\d:\d\d:\d\d [\w.-]{1,64}+ [\w.-]{1,64}+(?:\[\d{1,9}\])?+: "
    rb"|[a-z][\w.-]{0,63}+ {1,30}+\| ){0,3}+"
)
# A bullet, a heading, a table's row or a sentence that begins with a condition.
_ADVICE = re.compile(
    rb"(?:#{1,6}|[*+-]|\d{1,2}[.)]) |\| `|(?:if (?:you|the|this|your|it) |when |in case )", re.IGNORECASE
)
_PREFIX = re.compile(rb"\s*+" + _LOG_PREFIX + rb"\s*+", re.IGNORECASE)
_BARE_PREFIX = re.compile(_LOG_PREFIX, re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Pattern:
    """Pieces in lower case, and where the first and the last may stand.

    Attributes:
        trigger: a long word of its pieces (no digits), seldom in healthy lines; a line without it cannot match.
    """

    pieces: tuple[bytes, ...]
    trigger: bytes
    at_start: bool
    at_end: bool
    at_word: bool

    @property
    def anchor(self) -> bytes:
        """Its longest piece."""
        return max(self.pieces, key=len)

    def found_in(self, line: bytes) -> bool:
        """Whether a line in lower case, without control sequences, holds the pieces in order."""
        if self.at_end:
            line = line.rstrip()
        position = self._first(line)
        for piece in self.pieces[1:]:
            if position < 0:
                return False
            found = line.find(piece, position)
            position = found + len(piece) if found >= 0 else -1
        return position >= 0 and (not self.at_end or line.endswith(self.pieces[-1]))

    def masked(self) -> Pattern:
        """The same pattern for masked lines."""
        return Pattern(
            tuple(piece.translate(MASK) for piece in self.pieces),
            self.trigger,
            self.at_start,
            self.at_end,
            self.at_word,
        )

    def _first(self, line: bytes) -> int:
        """The position after the first piece; -1 where it is not there."""
        piece = self.pieces[0]
        if self.at_start:
            start = len(line) - len(without_prefix(line))
            return start + len(piece) if line.startswith(piece, start) else -1
        found = line.find(piece)
        while self.at_word and found > 0 and line[found - 1] in _WORD_BYTES:
            found = line.find(piece, found + 1)
        return found + len(piece) if found >= 0 else -1


def parse_pattern(text: str) -> Pattern:
    """
    Raises:
        ValueError: a piece is empty, or no piece has a word.
    """
    at_start, at_word = text.startswith("^"), text.startswith("<")
    at_end = text.endswith("$")
    body = text[at_start or at_word : len(text) - at_end]
    pieces = tuple(piece.lower().encode() for piece in body.split(GAP))
    found = [word for piece in pieces for word in piece.translate(_WORDS).split()]
    if not all(pieces) or not found:
        raise ValueError(f"pattern {text!r} needs text between its gaps, with at least one word")
    trigger = max(found, key=lambda word: (word not in COMMON_WORDS, len(word)))
    return Pattern(pieces, trigger, at_start, at_end, at_word)


def without_prefix(line: bytes) -> bytes:
    """The line without leading blanks and what other programs put before it."""
    prefix = _PREFIX.match(line)
    return line[prefix.end() :] if prefix else line


def is_advice(line: bytes) -> bool:
    """Whether a line tells what might happen, as a README or a hint does, and not what happened."""
    return _ADVICE.match(without_prefix(line)) is not None


def as_printed(line: bytes) -> bytes:
    """The line without what other programs put before it; its own indentation stays."""
    prefix = _BARE_PREFIX.match(line)
    return line[prefix.end() :] if prefix else line


def worded(text: bytes) -> bytes:
    """The text in lower case with letters only, `JOINT` in place of line ends and blanks in place of all else."""
    return text.translate(_WORDS)
