"""Which lines of a block hold a pattern: the block is searched as a whole, a line only where a piece was found.

A pattern that a terminal's width broke over two lines is looked for on both together.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import accumulate

from rwm_tui.core.diagnosis.pattern import COMMON_WORDS, JOINT, without_prefix, worded
from rwm_tui.core.diagnosis.signature import Rule, rules_by_trigger

MIN_BROKEN_LINE = 30  # no terminal is narrower


@dataclass(slots=True)
class FoundLines:
    """What a block holds, by the index of the line.

    Attributes:
        rules: the rules whose pattern stands on the line, harmless ones first.
        marked: the further texts asked for that stand there, one a line.
        broken: rules that match the line and its successor together, and neither by itself. Where one of the two means
            something already, a rule counts only if the break goes through one of its pieces.
    """

    rules: dict[int, tuple[Rule, ...]] = field(default_factory=dict)
    marked: dict[int, bytes] = field(default_factory=dict)
    broken: dict[int, tuple[Rule, ...]] = field(default_factory=dict)


class LineFinder:
    """
    Args:
        marks: further texts to look for, by a word of theirs that the block must hold first.
    """

    def __init__(self, marks: Mapping[bytes, tuple[bytes, ...]]) -> None:
        self._rules = rules_by_trigger()
        self._marks = marks
        self._triggers = frozenset(self._rules) | frozenset(marks)
        self._rare = frozenset(self._rules) - COMMON_WORDS

    def find(self, lines: list[bytes]) -> FoundLines:
        """
        Args:
            lines: masked, without line ends.
        """
        found = FoundLines()
        text = b"\n".join(lines)
        whole, glued = _words(text)
        hits = self._triggers.intersection(whole)
        broken_words = self._rare.intersection(glued)
        if not hits and not broken_words:
            return found
        block = _Block(text, lines)
        self._find_rules(block, hits, found)
        for word in hits.intersection(self._marks):
            for mark in self._marks[word]:
                found.marked.update((index, mark) for index in block.lines_with(mark))
        self._find_broken(block, hits & self._rare, broken_words, found)
        return found

    def _find_rules(self, block: _Block, hits: Iterable[bytes], found: FoundLines) -> None:
        rules: dict[int, list[Rule]] = {}
        for rule in (rule for word in hits for rule in self._rules.get(word, ())):
            for index in block.lines_with(rule.masked.anchor):
                if rule.masked.found_in(block.lines[index]):
                    rules.setdefault(index, []).append(rule)
        for index, matching in rules.items():
            found.rules[index] = tuple(sorted(matching, key=_rank))

    def _find_broken(
        self, block: _Block, hits: Iterable[bytes], broken_words: Iterable[bytes], found: FoundLines
    ) -> None:
        places = [(index, word) for word in hits for near in block.lines_with(word) for index in (near - 1, near)]
        places += [(index, word) for word in broken_words for index in block.lines_broken_in(word)]
        joined: dict[int, dict[Rule, None]] = {}
        for index, word in places:
            if not 0 <= index < len(block.lines) - 1 or len(block.lines[index]) < MIN_BROKEN_LINE:
                continue
            first, second = block.lines[index], block.lines[index + 1]
            telling = _has_meaning(found, index) or _has_meaning(found, index + 1)
            for rule in self._rules[word]:
                if rule.kind == "telling" or not any(map(rule.masked.found_in, joined_lines(first, second))):
                    continue
                if not telling or not rule.masked.found_in(first + b"\0" + second):
                    joined.setdefault(index, {})[rule] = None
        found.broken.update((index, tuple(rules)) for index, rules in joined.items())


class _Block:
    def __init__(self, text: bytes, lines: list[bytes]) -> None:
        self.lines = lines
        self._text = text
        self._starts = [0, *accumulate(len(line) + 1 for line in lines)]

    def lines_with(self, piece: bytes) -> Iterator[int]:
        """The indices of the lines that hold it, each once."""
        position = self._text.find(piece)
        while position >= 0:
            index = bisect_right(self._starts, position) - 1
            yield index
            position = self._text.find(piece, self._starts[index + 1])

    def lines_broken_in(self, word: bytes) -> Iterator[int]:
        """The indices of the lines that end within it."""
        for length in range(1, len(word)):
            yield from self.lines_with(word[:length] + b"\n" + word[length:])


def joined_lines(first: bytes, second: bytes) -> tuple[bytes, bytes]:
    """Two lines as one: as a terminal breaks it, and as a program that breaks between words does."""
    return first.rstrip(b"\r") + second, first.rstrip() + b" " + without_prefix(second)


def _words(text: bytes) -> tuple[set[bytes], list[bytes]]:
    """The words of a text, and those that the end of one line and the start of the next make together."""
    words = set(worded(text).split())
    joints = b" ".join([word for word in words if JOINT in word])
    words.update(joints.replace(JOINT, b" ").split())
    return words, joints.replace(JOINT, b"").split()


def _has_meaning(found: FoundLines, index: int) -> bool:
    return any(rule.kind != "telling" for rule in found.rules.get(index, ()))


def _rank(rule: Rule) -> int:
    return ("harmless", "failure", "telling").index(rule.kind)
