"""One pass over a console, in time linear in its size and in bounded memory.

Most lines of a healthy console differ from earlier ones in their numbers alone. So each line is masked (lower case,
digits 0) and only masks never seen are looked at, a whole block of them at once (`line_finder`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence, Set
from typing import BinaryIO

from rwm_tui.core.diagnosis.console_chunks import read_chunks
from rwm_tui.core.diagnosis.console_reading import ConsoleReading, QuotedLine, Sighting
from rwm_tui.core.diagnosis.line_finder import LineFinder, joined_lines
from rwm_tui.core.diagnosis.pattern import MASK, as_printed, is_advice, without_prefix
from rwm_tui.core.diagnosis.signature import Rule
from rwm_tui.core.diagnosis.training_numbers import ASTRAY_MARKS, is_astray, is_number
from rwm_tui.core.trainer_output.terminal_text import clean_line

MAX_KNOWN_MASKS = 50_000
MAX_KEPT_MASK_BYTES = 500
MAX_TEXT_CHARACTERS = 2_000
MAX_QUOTES = 5
MAX_LOOKED_FOR = 8
CONTEXT_LINES = 120
LINES_AFTER = 12
TRACEBACK = b"traceback (most recent call last)"

_ITERATION = re.compile(rb"Learning iteration (\d{1,9})/(\d{1,9})")
_EXCEPTION = re.compile(rb"(?:[A-Za-z_]\w{0,99}\.){0,20}[A-Za-z_]\w{0,99}(?:: .*+)?", re.DOTALL)
_SIZE = re.compile(rb"(?:at least|to|capacity) (\d{1,18})")
_STRUCTURE = (
    (b"resolved observation sets:", "start"),
    (b"[info]: starting the simulation", "start"),
    (b"[info]: completed setting up the environment", "start"),
    (b"[info]: parsing configuration from", "start"),
    (b"[info][applauncher]: ", "start"),
    (b"training time: ", "completed"),
)
_SHUTTING_DOWN = b"simulation app shutting down"
_TEARDOWN = (b"recursive unloadallplugins() detected", b"usd stage detach not called")
_STUCK = b"carb.tasking is likely stuck"
_STRUCTURE_MARKS = (TRACEBACK, _SHUTTING_DOWN, *_TEARDOWN, _STUCK, *(text for text, _ in _STRUCTURE))


class ConsoleScan:
    """Takes a console chunk by chunk; `reading` is what was found so far, and holds at any time."""

    def __init__(self) -> None:
        self.reading = ConsoleReading()
        self._finder = LineFinder((*ASTRAY_MARKS, *_STRUCTURE_MARKS))
        self._dull: set[bytes] = set()
        self._meaning: dict[bytes, tuple[Rule, ...]] = {}
        self._structural: set[bytes] = set()
        self._broken: dict[tuple[bytes, bytes], tuple[Rule, ...]] = {}
        self._settled: dict[bytes, tuple[Sighting, ...]] = {}
        self._before: list[bytes] = []
        self._in_traceback = False

    def feed(self, text: bytes) -> None:
        """Take the next lines, without the end of the last one."""
        masked = text.translate(MASK).split(b"\n")
        different = set(masked)
        new = different.difference(self._dull)
        new.difference_update(self._meaning)
        if new:
            self._learn(masked, new)
        if self._in_traceback:
            self._find_exception(text.split(b"\n"), 0)
        if telling := self._meaning.keys() & different:
            self._read_lines(text.split(b"\n"), masked, telling)
        self._note_progress(text)
        self.reading.lines += len(masked)
        self._before = (self._before + text.rsplit(b"\n", CONTEXT_LINES)[-CONTEXT_LINES:])[-CONTEXT_LINES:]
        self._forget()

    def _learn(self, masked: list[bytes], new: set[bytes]) -> None:
        """Sort the new masks into dull ones and ones with rules to try; note the rules for lines broken in two."""
        indices = _with_neighbours(masked, new)
        texts = [masked[index] for index in indices] if len(indices) < len(masked) else masked
        found = self._finder.find(texts)
        for order, rules in found.rules.items():
            self._meaning[texts[order]] = rules
        for order, mark in found.marked.items():
            if mark in _STRUCTURE_MARKS:
                self._structural.add(texts[order])
                self._meaning.setdefault(texts[order], ())
            elif order not in found.rules and is_number(without_prefix(texts[order])):
                self._meaning[texts[order]] = ()
        for order, rules in found.broken.items():
            if indices[order] + 1 == indices[order + 1]:
                for mask in texts[order : order + 2]:
                    self._meaning.setdefault(mask, ())
                    self._settled.pop(mask, None)
                    self._structural.add(mask)  # what is told of both may not be counted for one
                self._broken[texts[order], texts[order + 1]] = rules
        self._dull.difference_update(self._meaning)
        new.difference_update(self._meaning)
        if new and max(map(len, new)) > MAX_KEPT_MASK_BYTES:
            new = {mask for mask in new if len(mask) <= MAX_KEPT_MASK_BYTES}
        self._dull |= new

    def _forget(self) -> None:
        """Keep memory bounded: long masks go at once, all of them when there are too many."""
        if len(self._dull) + len(self._meaning) > MAX_KNOWN_MASKS:
            for known in (self._dull, self._meaning, self._structural, self._broken, self._settled):
                known.clear()
        for mask in [mask for mask in self._meaning if len(mask) > MAX_KEPT_MASK_BYTES]:
            del self._meaning[mask]
            self._structural.discard(mask)
            self._settled.pop(mask, None)
        for pair in [pair for pair in self._broken if max(map(len, pair)) > MAX_KEPT_MASK_BYTES]:
            del self._broken[pair]

    def _count(self, lines: list[bytes], mask: bytes, places: list[int]) -> None:
        """Count lines of which all is known already but how many there are."""
        last = self._quoted(places[-1], lines[places[-1]])
        for sighting in self._settled[mask]:
            sighting.count += len(places)
            sighting.last = max(sighting.last, last, key=lambda quoted: quoted.line)
            if _SIZE.search(mask):
                _note_size(sighting, (lines[place] for place in places))

    def _read_lines(self, lines: list[bytes], masked: list[bytes], telling: Set[bytes]) -> None:
        claimed = -1  # by a harmless class, together with the line before it
        settled: dict[bytes, list[int]] = {}
        for index in _places(masked, telling):
            mask = masked[index]
            if mask in self._settled:
                settled.setdefault(mask, []).append(index)
                continue
            broken = self._broken.get((mask, masked[index + 1])) if self._broken and index + 1 < len(masked) else None
            if broken and self._read_pair(lines, index, broken):
                claimed = index + 1
            elif index != claimed:
                self._read(lines, index, mask, self._meaning[mask])
        for mask, places in settled.items():
            self._count(lines, mask, places)

    def _read(self, lines: list[bytes], index: int, mask: bytes, rules: tuple[Rule, ...]) -> None:
        line = lines[index]
        lowered = line.lower()
        if rules:
            found = [rule for rule in rules if rule.pattern.found_in(lowered)]
            sightings = self._sight(lines, index, line, found)
            if sightings and mask not in self._structural and all(rule.pattern == rule.masked for rule in rules):
                self._settled[mask] = sightings
        elif is_astray(without_prefix(lowered)):
            self._quote(self.reading.astray, index, line, keep_last=False)
        if mask in self._structural:
            self._note_structure(lines, index, mask)

    def _read_pair(self, lines: list[bytes], index: int, rules: tuple[Rule, ...]) -> bool:
        """Read a line and the next one as one; whether a harmless class claims both."""
        for joined in joined_lines(lines[index], lines[index + 1]):
            lowered = joined.lower()
            found = [rule for rule in rules if rule.pattern.found_in(lowered)]
            if found:
                self._sight(lines, index, joined, found)
                self._note_structure(lines, index, lowered)
                return any(rule.kind == "harmless" and not rule.weak for rule in found)
        return False

    def _sight(self, lines: list[bytes], index: int, line: bytes, rules: list[Rule]) -> tuple[Sighting, ...]:
        """Count a line for its classes; one that a harmless class claims is of no other, one that advises of none."""
        if any(rule.kind != "harmless" for rule in rules) and is_advice(line):
            return ()
        sightings = []
        claimed = [rule for rule in rules if rule.kind == "harmless"]
        failing = any(rule.kind == "failure" for rule in rules)
        harmless = any(not rule.weak for rule in claimed) or (bool(claimed) and not failing)
        for name, hint in {(rule.name, rule.hint): None for rule in rules if (rule.kind == "harmless") == harmless}:
            if name == "telling":
                if len(rules) == 1:
                    self._quote(self.reading.telling, index, line, keep_last=True)
                continue
            table = self.reading.harmless if harmless else self.reading.hints if hint else self.reading.failures
            sighting = table.get(name)
            quoted = self._quoted(index, line)
            if sighting is None:
                after = b"\n".join(map(as_printed, lines[index + 1 : index + 1 + LINES_AFTER]))
                before = b"" if harmless else self._traceback_before(lines, index).lower()
                trained = self.reading.iteration is not None or any(_ITERATION.search(text) for text in lines[:index])
                sighting = table[name] = Sighting(name, quoted, quoted, 0, before, after, trained)
            sighting.count += 1
            sighting.last = quoted
            sightings.append(sighting)
            if not harmless:
                _note_size(sighting, [line])
        return tuple(sightings)

    def _traceback_before(self, lines: list[bytes], index: int) -> bytes:
        """The lines from the last traceback's head on; nothing where no traceback stands before."""
        start = max(index - CONTEXT_LINES, 0)
        context = lines[start:index]
        if index < CONTEXT_LINES:
            context = self._before[-(CONTEXT_LINES - index) :] + context
        for back in range(len(context) - 1, -1, -1):
            if TRACEBACK in context[back].lower():
                return b"\n".join(context[back:])
        return b"\n".join(line for line in context[-40:] if without_prefix(line).startswith(b"File "))

    def _note_structure(self, lines: list[bytes], index: int, mask: bytes) -> None:
        number = self.reading.lines + index + 1
        if TRACEBACK in mask:
            self._find_exception(lines, index + 1)
        elif _SHUTTING_DOWN in mask:
            self.reading.shutting_down = number
        elif any(text in mask for text in _TEARDOWN):
            self.reading.teardown = number
        elif _STUCK in mask:
            self.reading.stuck = self._quoted(index, lines[index])
        else:
            body = without_prefix(mask)
            for prefix, name in _STRUCTURE:
                if body.startswith(prefix):
                    setattr(self.reading, name, number)
                    if name == "start":
                        self.reading.completed = 0

    def _find_exception(self, lines: list[bytes], start: int) -> None:
        """The line that ends a traceback; where it is not there yet, it is looked for in the next chunk."""
        self._in_traceback = True
        for index in range(start, min(len(lines), start + CONTEXT_LINES)):
            line = lines[index].rstrip()
            if TRACEBACK in line.lower():
                self._in_traceback = False
                return
            if line and _EXCEPTION.fullmatch(as_printed(line)):
                self._in_traceback = False
                self._quote(self.reading.tracebacks, index, line, keep_last=True)
                return
        if len(lines) - start >= CONTEXT_LINES:
            self._in_traceback = False

    def _note_progress(self, text: bytes) -> None:
        position = text.rfind(b"Learning iteration")
        while position >= 0:
            if found := _ITERATION.match(text, position):
                line = self.reading.lines + text.count(b"\n", 0, position) + 1
                self.reading.iteration = (line, int(found[1]), int(found[2]))
                break
            position = text.rfind(b"Learning iteration", 0, position)
        if written := text.rstrip():
            before, _, last = written.rpartition(b"\n")
            index = before.count(b"\n") + 1 if len(last) < len(written) else 0
            self.reading.last = self._quoted(index, last)

    def _quote(self, quotes: list[QuotedLine], index: int, line: bytes, *, keep_last: bool) -> None:
        if len(quotes) < MAX_QUOTES:
            quotes.append(self._quoted(index, line))
        elif keep_last:
            quotes[-1] = self._quoted(index, line)

    def _quoted(self, index: int, line: bytes) -> QuotedLine:
        return QuotedLine(self.reading.lines + index + 1, _shown(line))


def scan_console(stream: BinaryIO) -> ConsoleReading:
    """Read a console to its end.

    Raises:
        OSError: the stream can't be read.
    """
    scan = ConsoleScan()
    for text in read_chunks(stream):
        scan.feed(text)
    return scan.reading


def _shown(line: bytes) -> str:
    """The line as it may be shown."""
    return clean_line(line[:MAX_TEXT_CHARACTERS].decode("utf-8", "replace")).strip()


def _note_size(sighting: Sighting, lines: Iterable[bytes]) -> None:
    for line in lines:
        if (size := _SIZE.search(line.lower())) and int(size[1]) > sighting.largest:
            sighting.largest = int(size[1])
            sighting.largest_text = _shown(line)


def _places(masked: list[bytes], wanted: Set[bytes]) -> list[int]:
    """The indices of some masks, in order; where they are few, each is looked for by itself."""
    if len(wanted) > MAX_LOOKED_FOR:
        return [index for index, mask in enumerate(masked) if mask in wanted]
    places: list[int] = []
    for mask in wanted:
        index = -1
        for _ in range(masked.count(mask)):
            index = masked.index(mask, index + 1)
            places.append(index)
    return sorted(places)


def _with_neighbours(masked: list[bytes], new: set[bytes]) -> Sequence[int]:
    """The indices of new masks and of those beside them, in order: a known line may go on in one that is not.

    Where the same two follow each other again and again, once.
    """
    if 2 * len(new) > len(masked):
        return range(len(masked))
    following = zip(masked, [*masked[1:], b""], strict=True)
    places = {pair: index for index, pair in enumerate(following) if pair[0] in new or pair[1] in new}.values()
    return sorted({near for place in places for near in (place - 1, place, place + 1) if 0 <= near < len(masked)})
