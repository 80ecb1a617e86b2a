"""From console lines to events: what the trainer says of its stages, its run directory, its iterations, its end.

Lines come from stdout and stderr in whatever order they were written, by a launcher, Kit, Isaac Lab and rsl_rl, and any
of them may be hostile. A line that means nothing costs a few prefix tests.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from rwm_tui.core.trainer_output.console_events import (
    CodeStateStored,
    ConfigurationNamed,
    ConsoleEvent,
    ErrorPrinted,
    IterationReported,
    KitLogNamed,
    LogRootNamed,
    NumEnvsReported,
    ObservationGroup,
    ObservationGroupsResolved,
    ObservationTerm,
    OutOfMemoryKind,
    OutOfMemorySeen,
    RunStampNamed,
    StageReached,
    TracebackSeen,
    TrainerAnnounced,
)
from rwm_tui.core.trainer_output.iteration_block import IterationBlock
from rwm_tui.core.trainer_output.log_prefix import without_time_stamp
from rwm_tui.core.trainer_output.manager_tables import ObservationTables
from rwm_tui.core.trainer_output.out_of_memory import out_of_memory_kind, part_of_traceback
from rwm_tui.core.trainer_output.stages import STAGE_MARKERS, Stage
from rwm_tui.core.trainer_output.terminal_text import clean_line

__all__ = [
    "CodeStateStored",
    "ConsoleEvent",
    "ConsoleParser",
    "IterationReported",
    "LogRootNamed",
    "NumEnvsReported",
    "ObservationGroup",
    "ObservationGroupsResolved",
    "ObservationTerm",
    "OutOfMemoryKind",
    "OutOfMemorySeen",
    "RunStampNamed",
    "StageReached",
    "TracebackSeen",
    "TrainerAnnounced",
    "parse_console",
]

MAX_LINE_BYTES = 256 * 1024
MAX_TEXT_CHARACTERS = 4000
MAX_FRAMES = 200

_LOG_ROOT = "[INFO] Logging experiment in directory: "
_RUN_STAMP = "Exact experiment name requested from command line: "
_CONFIGURATION = "[INFO]: Parsing configuration from: "
_ANNOUNCEMENT = "[INFO] rwm-tui embedded trainer ("
_NUM_ENVS = re.compile(r"Number of environments: (\d{1,9})")
_CODE_STATE = re.compile(r"Storing git diff for '([^']{1,200})' in: (.+)")
_KIT_LOG_SAYS = "Logging to file: "
_KIT_LOG = re.compile(r"(?:\[[\d,]{1,12}ms\] )?\[Info\] \[carb\] Logging to file: ('?)(/.{1,1000}\.log)\1")
_ERROR = "[ERROR] "
_TRACEBACK = "Traceback (most recent call last):"
_MANAGER = " Manager: "  # "[INFO] Observation Manager: <…>": a new manager's tables begin, the old ones are over
_FIRST_CHARACTERS = frozenset("LTN") | {prefix[0] for prefix, _ in STAGE_MARKERS}
_STAGE_PREFIXES = tuple(prefix for prefix, _ in STAGE_MARKERS)
_EXCEPTION = re.compile(r"(?:[A-Za-z_]\w{0,99}\.){0,20}[A-Za-z_]\w{0,99}(?:: .*)?")


class ConsoleParser:
    """Reads a console line by line; keeps only what the next lines need (an open block, table or traceback)."""

    def __init__(self) -> None:
        self._stage: Stage | None = None
        self._reached: set[Stage] = set()
        self._tables: ObservationTables | None = None
        self._block: IterationBlock | None = None
        self._in_traceback = False
        self._frames: list[str] = []
        self._iterations_done = False

    def feed(self, line: str, *, number: int, offset: int) -> tuple[ConsoleEvent, ...]:
        """The events that one more line completes.

        Args:
            line: the line as printed, with or without its ending, control sequences and all.
            number: the line's number, from 1.
            offset: the byte offset of its start in the console file.
        """
        text = without_time_stamp(clean_line(line)[:MAX_TEXT_CHARACTERS])
        body = text.strip()
        if not body:
            return ()
        events: list[ConsoleEvent] = []
        if body[0] in _FIRST_CHARACTERS:
            self._read_marker(body, number, offset, events)
        if self._tables and (groups := self._tables.add(body)):
            self._tables = None
            events.append(ObservationGroupsResolved(groups=groups, line=number, offset=offset))
        if self._block:
            self._block.add(body)
            if self._block.ended:
                self._end_block(events)
        if body.startswith('File "') and len(self._frames) < MAX_FRAMES:
            self._frames.append(body)
        part = part_of_traceback(self._frames) if self._frames and "emory" in body else None
        if kind := out_of_memory_kind(body, is_training=self._iterations_done or part is not None):
            events.append(OutOfMemorySeen(kind=kind, text=body, part=part, line=number, offset=offset))
        if self._in_traceback and text == body and body != _TRACEBACK and _EXCEPTION.fullmatch(body):
            self._in_traceback = False
            events.append(TracebackSeen(last_line=body, line=number, offset=offset))
        return tuple(events)

    def finish(self) -> tuple[ConsoleEvent, ...]:
        """The events that the end of the console completes: a block whose footer is missing."""
        events: list[ConsoleEvent] = []
        self._end_block(events)
        return tuple(events)

    def _read_marker(self, body: str, number: int, offset: int, events: list[ConsoleEvent]) -> None:
        if block := IterationBlock.opened_by(body, line=number, offset=offset):
            self._end_block(events)
            self._block = block
            self._reach(Stage.TRAINING, body, number, offset, events)
        elif body == _TRACEBACK:
            self._end_block(events)
            self._in_traceback = True
            self._frames.clear()
        elif stage := _stage_proven_by(body):
            self._end_block(events)
            self._in_traceback = False
            self._reach(stage, body, number, offset, events)
        if _MANAGER in body:
            self._tables = ObservationTables.opened_by(body)
        if fact := _fact(body, number, offset):
            events.append(fact)

    def _reach(self, stage: Stage, text: str, number: int, offset: int, events: list[ConsoleEvent]) -> None:
        if self._stage is None or stage.order > self._stage.order or self._goes_back(self._stage, stage):
            self._stage = stage
            self._reached.add(stage)
            events.append(StageReached(stage=stage, text=text, line=number, offset=offset))

    def _goes_back(self, present: Stage, stage: Stage) -> bool:
        """Training goes on after the code state was stored. Isaac Lab 3 resolves the configuration before it boots."""
        if stage is Stage.BOOTING_SIMULATOR:
            return present is Stage.RESOLVING_CONFIG and stage not in self._reached
        return present is Stage.SAVING_CODE_STATE and stage is Stage.TRAINING

    def _end_block(self, events: list[ConsoleEvent]) -> None:
        if self._block:
            events.append(self._block.report())
            self._block = None
            self._iterations_done = True


def _stage_proven_by(body: str) -> Stage | None:
    if not body.startswith(_STAGE_PREFIXES):
        return None
    return next(stage for prefix, stage in STAGE_MARKERS if body.startswith(prefix))


def _fact(body: str, number: int, offset: int) -> ConsoleEvent | None:
    """The fact that a single line states by itself."""
    if body.startswith(_LOG_ROOT):
        return LogRootNamed(path=body.removeprefix(_LOG_ROOT), line=number, offset=offset)
    if body.startswith(_RUN_STAMP):
        return RunStampNamed(stamp=body.removeprefix(_RUN_STAMP), line=number, offset=offset)
    if body.startswith(_CONFIGURATION):
        return ConfigurationNamed(entry_point=body.removeprefix(_CONFIGURATION), line=number, offset=offset)
    if body.startswith(_ANNOUNCEMENT):
        return TrainerAnnounced(text=body, line=number, offset=offset)
    if body.startswith(_ERROR):
        return ErrorPrinted(text=body.removeprefix(_ERROR), line=number, offset=offset)
    if body[0] == "N" and (num_envs := _NUM_ENVS.fullmatch(body)):
        return NumEnvsReported(num_envs=int(num_envs[1]), line=number, offset=offset)
    if _KIT_LOG_SAYS in body and (kit_log := _KIT_LOG.fullmatch(body)):
        return KitLogNamed(path=kit_log[2], line=number, offset=offset)
    if body[0] == "S" and (code_state := _CODE_STATE.fullmatch(body)):
        return CodeStateStored(repository=code_state[1], path=code_state[2], line=number, offset=offset)
    return None


def parse_console(path: Path) -> tuple[ConsoleEvent, ...]:
    """All events of a console file, whatever its bytes; memory is bounded by the longest line kept.

    Raises:
        OSError: the file can't be read.
    """
    parser = ConsoleParser()
    events: list[ConsoleEvent] = []
    for number, offset, line in _lines(path):
        events.extend(parser.feed(line, number=number, offset=offset))
    events.extend(parser.finish())
    return tuple(events)


def _lines(path: Path) -> Iterator[tuple[int, int, str]]:
    """Number, byte offset and text of each line; a line longer than `MAX_LINE_BYTES` is cut, not split."""
    with path.open("rb") as file:
        number = 0
        offset = 0
        while line := file.readline(MAX_LINE_BYTES):
            number += 1
            yield number, offset, line.decode("utf-8", "replace")
            offset += len(line)
            while line and not line.endswith(b"\n"):
                line = file.readline(MAX_LINE_BYTES)
                offset += len(line)
