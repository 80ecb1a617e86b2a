"""A launch that is over, as it stood at any time: its log, memory, stages and figures on one time axis."""

from __future__ import annotations

import os
from bisect import bisect_right
from pathlib import Path
from typing import TypeVar

import msgspec

from rwm_tui.core.charts.of_launch import span_of
from rwm_tui.core.launch.events import JournalEntry, decode_entry, decode_sample
from rwm_tui.core.launch.follow import read_state
from rwm_tui.core.launch.kept_samples import with_samples
from rwm_tui.core.launch.paths import LaunchPaths
from rwm_tui.core.launch.record import Batch, RunState, apply
from rwm_tui.core.launch.tail import Tail
from rwm_tui.core.ports import MemorySample
from rwm_tui.core.run_dir.regular_file import open_record
from rwm_tui.core.trainer_output.scalars import Scalar, ScalarReader

MAX_ENTRIES = 200_000
MAX_LENGTHS = 100_000
MAX_SCALARS = 300_000
LONGEST_LINE_BYTES = 64 * 1024

Timed = TypeVar("Timed")


class Recording:
    """Everything that a launch left, read once.

    :param final: the launch as it is now.
    :param missing: what an earlier version did not record, in words; empty where nothing is missing.
    :raises InputError: where the folder is no launch directory.
    """

    def __init__(self, directory: Path) -> None:
        self.paths = LaunchPaths(directory)
        self.final = read_state(directory)
        self._entries = _read_entries(self.paths.events)
        self._samples, self._lengths = _read_samples(self.paths.samples)
        self._scalars = _read_scalars(self.final.run_directory)
        self.missing = (
            "" if self._lengths else "console length not recorded by that version: the log goes by its events"
        )
        if not self._lengths:
            self._lengths = _lengths_by_events(self.paths.console, self._entries)
        self.span = span_of(self.final)
        self._start = RunState(launch_id=self.final.launch_id, plan=self.final.plan)
        self._state, self._t = self._start, float("-inf")

    def state_at(self, t: float) -> RunState:
        """What was known at a time, in seconds since the epoch; a step forward costs what it brings."""
        if t < self._t:
            self._state, self._t = self._start, float("-inf")
        batch = Batch(
            entries=_between(self._entries, self._t, t),
            samples=_between(self._samples, self._t, t),
            scalars=tuple(scalar for scalar in self._scalars if self._t < scalar.wall_time <= t),
        )
        if not batch.is_empty:
            self._state = apply(self._state, batch)
        self._t = t
        ended = self.final.outcome
        if ended and t >= min(ended.ended_at, self.span[1]):
            scalars_too = msgspec.structs.replace(self._state, run_directory=self.final.run_directory)
            return apply(scalars_too, Batch(outcome=ended))
        return self._state

    def console_bytes_at(self, t: float) -> int:
        """How much of the console had been written, as far as that is known; never more than there is."""
        size = _size(self.paths.console)
        if t >= self.span[1]:
            return size
        at = bisect_right(self._lengths, t, key=lambda known: known[0])
        return min(max(self._lengths[at - 1][1], 0), size) if at else 0


def _between(timed: tuple[Timed, ...], after: float, until: float) -> tuple[Timed, ...]:
    """Those in the order of the file; a clock that was set back leaves them behind no earlier one."""
    return tuple(item for item in timed if after < item.t <= until)  # type: ignore[attr-defined]


def _read_entries(journal: Path) -> tuple[JournalEntry, ...]:
    tail, entries = Tail(journal), list[JournalEntry]()
    while (lines := tail.read_lines()) and len(entries) < MAX_ENTRIES:
        entries += [entry for line in lines if (entry := decode_entry(line))]
    return tuple(entries)


def _read_samples(file: Path) -> tuple[tuple[MemorySample, ...], list[tuple[float, int]]]:
    """The samples that are kept of a launch, and how long the console was at all of them."""
    tail, samples, lengths = Tail(file), tuple[MemorySample, ...](), list[tuple[float, int]]()
    while lines := tail.read_lines():
        found = [sample for line in lines if (sample := decode_sample(line))]
        samples = with_samples(samples, found)
        lengths += [(sample.t, sample.console_bytes) for sample in found if isinstance(sample.console_bytes, int)]
        while len(lengths) > MAX_LENGTHS:
            lengths = lengths[::2]
    return samples, lengths


def _read_scalars(run_directory: str | None) -> tuple[Scalar, ...]:
    scalars: list[Scalar] = []
    for path in sorted(Path(run_directory).glob("events.out.tfevents.*")) if run_directory else ():
        reader = ScalarReader(path)
        while len(scalars) < MAX_SCALARS and (found := reader.read_new()):
            scalars += found
    return tuple(scalars)


def _lengths_by_events(console: Path, entries: tuple[JournalEntry, ...]) -> list[tuple[float, int]]:
    """Up to the line that an event was seen on; one that lies beyond the console's end was never seen in it."""
    lengths: list[tuple[float, int]] = []
    size = _size(console)
    try:
        with open_record(console) as file:
            for entry in entries:
                offset = getattr(entry.event, "offset", None)
                if isinstance(offset, int) and (lengths[-1][1] if lengths else 0) <= offset <= size:
                    file.seek(offset)
                    lengths.append((entry.t, offset + len(file.readline(LONGEST_LINE_BYTES))))
    except OSError:
        return lengths
    return lengths


def _size(file: Path) -> int:
    try:
        return os.stat(file).st_size
    except OSError:
        return 0
