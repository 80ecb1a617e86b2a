"""Which lines of a block hold a pattern: the block is searched as a whole, a line only where a piece was found.

A pattern that a terminal's width broke over two lines is looked for on both together.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

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
        marks: further texts to look for.
    """

    def __init__(self, marks: tuple[bytes, ...]) -> None:
        self._rules = rules_by_trigger()
        self._marks = {mark: max(worded(mark).split(), key=len, default=b"") for mark in marks}
        self._triggers = frozenset(self._rules)
        self._rare = frozenset(self._rules) - COMMON_WORDS

    def find(self, lines: list[bytes]) -> FoundLines:
        """
        Args:
            lines: masked, without line ends.
        """
        found = FoundLines()
        block = _Block(b"\n".join(lines), lines)
        whole, glued = _words(block.text)
        for mark, word in self._marks.items():
            if not word or word in whole:
                found.marked.update((index, mark) for index in block.lines_with(mark))
        hits = self._triggers.intersection(whole)
        self._find_rules(block, hits, found)
        self._find_broken(block, hits & self._rare, self._rare.intersection(glued), found)
        return found

    def _find_rules(self, block: _Block, hits: Iterable[bytes], found: FoundLines) -> None:
        rules: dict[int, list[Rule]] = {}
        for rule in (rule for word in hits for rule in self._rules[word]):
            for index in block.lines_with(rule.masked.anchor):
                if rule.masked.found_in(block.lines[index]):
                    rules.setdefault(index, []).append(rule)
        for index, matching in rules.items():
            found.rules[index] = tuple(sorted(matching, key=_rank)) if len(matching) > 1 else (matching[0],)

    def _find_broken(
        self, block: _Block, hits: Iterable[bytes], broken_words: Iterable[bytes], found: FoundLines
    ) -> None:
        joined: dict[int, dict[Rule, None]] = {}
        for word in hits:
            for near in block.lines_with(word):
                missing = [rule for rule in self._rules[word] if rule not in found.rules.get(near, ())]
                if missing:
                    self._find_joined(block, (near - 1, near), missing, found, joined)
        for word in broken_words:
            for index in block.lines_broken_in(word):
                self._find_joined(block, (index,), self._rules[word], found, joined)
        found.broken.update((index, tuple(rules)) for index, rules in joined.items())

    def _find_joined(
        self,
        block: _Block,
        places: Iterable[int],
        rules: Iterable[Rule],
        found: FoundLines,
        joined: dict[int, dict[Rule, None]],
    ) -> None:
        for index in places:
            if not 0 <= index < len(block.lines) - 1 or len(block.lines[index]) < MIN_BROKEN_LINE:
                continue
            first, second = block.lines[index], block.lines[index + 1]
            texts = joined_lines(first, second)
            telling = _has_meaning(found, index) or _has_meaning(found, index + 1)
            for rule in rules:
                if rule.kind == "telling" or not any(map(rule.masked.found_in, texts)):
                    continue
                if not telling or not rule.masked.found_in(first + b"\0" + second):
                    joined.setdefault(index, {})[rule] = None


class _Block:
    def __init__(self, text: bytes, lines: list[bytes]) -> None:
        self.lines = lines
        self.text = text

    def lines_with(self, piece: bytes) -> Iterator[int]:
        """The indices of the lines that hold it, each once."""
        index = counted = 0
        position = self.text.find(piece)
        while position >= 0:
            index += self.text.count(b"\n", counted, position)
            yield index
            counted = position
            end = self.text.find(b"\n", position)
            position = self.text.find(piece, end) if end >= 0 else -1

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
    ends = [word for word in words if JOINT in word]
    words.update(b" ".join(ends).replace(JOINT, b" ").split())
    glued = [word.replace(JOINT, b"") for word in ends if JOINT in word.strip(JOINT)]
    return words, glued


def _has_meaning(found: FoundLines, index: int) -> bool:
    return any(rule.kind != "telling" for rule in found.rules.get(index, ()))


def _rank(rule: Rule) -> int:
    return ("harmless", "failure", "telling").index(rule.kind)
