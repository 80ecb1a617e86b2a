"""One pass over a console, in time linear in its size and in bounded memory.

Most lines of a healthy console differ from earlier ones in their numbers alone. So each line is masked (lower case,
digits 0) and only masks never seen are looked at, a whole block of them at once (`line_finder`).
"""

from __future__ import annotations

import re
from typing import BinaryIO

from rwm_tui.core.diagnosis.console_chunks import read_chunks
from rwm_tui.core.diagnosis.console_reading import ConsoleReading, QuotedLine, Sighting
from rwm_tui.core.diagnosis.line_finder import LineFinder, joined_lines
from rwm_tui.core.diagnosis.pattern import MASK, as_printed, is_advice, without_prefix
from rwm_tui.core.diagnosis.signature import Rule
from rwm_tui.core.diagnosis.training_numbers import NUMBER_LABELS, is_astray, may_be_astray
from rwm_tui.core.trainer_output.terminal_text import clean_line

MAX_KNOWN_MASKS = 50_000
MAX_KEPT_MASK_BYTES = 500
MAX_TEXT_CHARACTERS = 2_000
MAX_QUOTES = 5
CONTEXT_LINES = 120
LINES_AFTER = 12
TRACEBACK = b"traceback (most recent call last)"

_ITERATION = re.compile(rb"Learning iteration (\d{1,9})/(\d{1,9})")
_EXCEPTION = re.compile(rb"(?:[A-Za-z_]\w{0,99}\.){0,20}[A-Za-z_]\w{0,99}(?:: .*+)?", re.DOTALL)
_SIZE = re.compile(rb"(?:at least|to|capacity) (\d{1,18})")
_STRUCTURE = ((b"resolved observation sets:", "start"), (b"training time: ", "completed"))
_SHUTTING_DOWN = b"simulation app shutting down"
_STUCK = b"carb.tasking is likely stuck"
_STRUCTURE_TEXTS = {
    b"traceback": (TRACEBACK,),
    b"resolved": (_STRUCTURE[0][0],),
    b"training": (_STRUCTURE[1][0],),
    b"shutting": (_SHUTTING_DOWN,),
    b"stuck": (_STUCK,),
}


class ConsoleScan:
    """Takes a console chunk by chunk; `reading` is what was found so far, and holds at any time."""

    def __init__(self) -> None:
        self.reading = ConsoleReading()
        self._finder = LineFinder(NUMBER_LABELS | _STRUCTURE_TEXTS)
        self._dull: set[bytes] = set()
        self._meaning: dict[bytes, tuple[Rule, ...]] = {}
        self._broken: dict[tuple[bytes, bytes], tuple[Rule, ...]] = {}
        self._before: list[bytes] = []
        self._in_traceback = False

    def feed(self, lines: list[bytes]) -> None:
        """Take the next lines, without their ends."""
        masked = b"\n".join(lines).translate(MASK).split(b"\n")
        different = set(masked)
        new = different.difference(self._dull)
        new.difference_update(self._meaning)
        if new:
            self._learn(masked, new)
        if self._in_traceback:
            self._find_exception(lines, 0)
        if not different.isdisjoint(self._meaning):
            self._read_lines(lines, masked)
        self._note_progress(lines)
        self.reading.lines += len(lines)
        self._before = (self._before + lines[-CONTEXT_LINES:])[-CONTEXT_LINES:]
        self._forget()

    def _learn(self, masked: list[bytes], new: set[bytes]) -> None:
        """Sort the new masks into dull ones and ones with rules to try; note the rules for lines broken in two."""
        indices = _with_neighbours([index for index, mask in enumerate(masked) if mask in new], len(masked))
        texts = [masked[index] for index in indices]
        found = self._finder.find(texts)
        for order, rules in found.rules.items():
            self._meaning[texts[order]] = rules
        for order, mark in found.marked.items():
            if order not in found.rules and _is_told(texts[order], mark):
                self._meaning[texts[order]] = ()
        for order, rules in found.broken.items():
            if indices[order] + 1 == indices[order + 1]:
                self._meaning.setdefault(texts[order], ())
                self._broken[texts[order], texts[order + 1]] = rules
        self._dull.difference_update(self._meaning)
        self._dull.update([mask for mask in new.difference(self._meaning) if len(mask) <= MAX_KEPT_MASK_BYTES])

    def _forget(self) -> None:
        """Keep memory bounded: long masks go at once, all of them when there are too many."""
        if len(self._dull) + len(self._meaning) > MAX_KNOWN_MASKS:
            self._dull.clear()
            self._meaning.clear()
            self._broken.clear()
        for mask in [mask for mask in self._meaning if len(mask) > MAX_KEPT_MASK_BYTES]:
            del self._meaning[mask]
        for pair in [pair for pair in self._broken if max(map(len, pair)) > MAX_KEPT_MASK_BYTES]:
            del self._broken[pair]

    def _read_lines(self, lines: list[bytes], masked: list[bytes]) -> None:
        claimed = -1  # by a harmless class, together with the line before it
        for index, mask in enumerate(masked):
            if (rules := self._meaning.get(mask)) is None:
                continue
            broken = self._broken.get((mask, masked[index + 1])) if self._broken and index + 1 < len(masked) else None
            if broken and self._read_pair(lines, index, broken):
                claimed = index + 1
            elif index != claimed:
                self._read(lines, index, mask, rules)

    def _read(self, lines: list[bytes], index: int, mask: bytes, rules: tuple[Rule, ...]) -> None:
        line = lines[index]
        lowered = line.lower()
        if rules:
            found = [rule for rule in rules if rule.pattern.found_in(lowered)]
            self._sight(lines, index, line, [] if is_advice(line) else found)
        elif is_astray(without_prefix(lowered)):
            self._quote(self.reading.astray, index, line, keep_last=False)
        self._note_structure(lines, index, mask)

    def _read_pair(self, lines: list[bytes], index: int, rules: tuple[Rule, ...]) -> bool:
        """Read a line and the next one as one; whether a harmless class claims both."""
        for joined in joined_lines(lines[index], lines[index + 1]):
            lowered = joined.lower()
            found = [rule for rule in rules if rule.pattern.found_in(lowered)]
            if found and not is_advice(joined):
                self._sight(lines, index, joined, found)
                self._note_structure(lines, index, lowered)
                return any(rule.kind == "harmless" and not rule.weak for rule in found)
        return False

    def _sight(self, lines: list[bytes], index: int, line: bytes, rules: list[Rule]) -> None:
        """Count a line for its classes; one that a harmless class claims is of no other."""
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
            if not harmless and (size := _SIZE.search(line.lower())) and int(size[1]) > sighting.largest:
                sighting.largest, sighting.largest_text = int(size[1]), quoted.text

    def _traceback_before(self, lines: list[bytes], index: int) -> bytes:
        """The lines from the last traceback's head on; nothing where no traceback stands before."""
        start = max(index - CONTEXT_LINES, 0)
        context = lines[start:index]
        if index < CONTEXT_LINES:
            context = self._before[-(CONTEXT_LINES - index) :] + context
        for back in range(len(context) - 1, -1, -1):
            if TRACEBACK in context[back].lower():
                return b"\n".join(context[back:])
        return b"\n".join(line for line in context[-40:] if line.lstrip().startswith(b"File "))

    def _note_structure(self, lines: list[bytes], index: int, mask: bytes) -> None:
        number = self.reading.lines + index + 1
        if TRACEBACK in mask:
            self._find_exception(lines, index + 1)
        elif _SHUTTING_DOWN in mask:
            self.reading.shutting_down = number
        elif _STUCK in mask:
            self.reading.stuck = self._quoted(index, lines[index])
        else:
            body = without_prefix(mask)
            for prefix, name in _STRUCTURE:
                if body.startswith(prefix):
                    setattr(self.reading, name, number)

    def _find_exception(self, lines: list[bytes], start: int) -> None:
        """The line that ends a traceback; where it is not there yet, it is looked for in the next chunk."""
        self._in_traceback = True
        for index in range(start, min(len(lines), start + CONTEXT_LINES)):
            line = lines[index].rstrip()
            if line and _EXCEPTION.fullmatch(as_printed(line)) and TRACEBACK not in line.lower():
                self._in_traceback = False
                self._quote(self.reading.tracebacks, index, line, keep_last=True)
                return
        if len(lines) - start >= CONTEXT_LINES:
            self._in_traceback = False

    def _note_progress(self, lines: list[bytes]) -> None:
        for index in range(len(lines) - 1, -1, -1):
            if b"Learning iteration" in lines[index] and (found := _ITERATION.search(lines[index])):
                self.reading.iteration = (self.reading.lines + index + 1, int(found[1]), int(found[2]))
                break
        for index in range(len(lines) - 1, -1, -1):
            if lines[index].strip():
                self.reading.last = self._quoted(index, lines[index])
                break

    def _quote(self, quotes: list[QuotedLine], index: int, line: bytes, *, keep_last: bool) -> None:
        if len(quotes) < MAX_QUOTES:
            quotes.append(self._quoted(index, line))
        elif keep_last:
            quotes[-1] = self._quoted(index, line)

    def _quoted(self, index: int, line: bytes) -> QuotedLine:
        text = clean_line(line[:MAX_TEXT_CHARACTERS].decode("utf-8", "replace")).strip()
        return QuotedLine(self.reading.lines + index + 1, text)


def scan_console(stream: BinaryIO) -> ConsoleReading:
    """Read a console to its end.

    Raises:
        OSError: the stream can't be read.
    """
    scan = ConsoleScan()
    for lines in read_chunks(stream):
        scan.feed(lines)
    return scan.reading


def _with_neighbours(indices: list[int], count: int) -> list[int]:
    """The indices and those beside them, in order: a line that is known may go on in one that is not."""
    if len(indices) == count:
        return indices
    return sorted({near for index in indices for near in (index - 1, index, index + 1) if 0 <= near < count})


def _is_told(mask: bytes, mark: bytes) -> bool:
    """Whether a masked line that holds this mark may say something of the training."""
    if mark in (TRACEBACK, _SHUTTING_DOWN, _STUCK):
        return True
    if any(mark == prefix for prefix, _ in _STRUCTURE):
        return without_prefix(mask).startswith(mark)
    return may_be_astray(without_prefix(mask))
