"""What one jumps to in a training log: where a stage begins, and each iteration."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from rwm_tui.core.log.log_file import LogFile
from rwm_tui.core.log.matching import NEVER, Matcher, line_at, previous_match
from rwm_tui.core.trainer_output.stages import STAGE_MARKERS, Stage

_STYLES = rb"(?:\x1b\[[0-9;:]*m|[ \t])*+"  # which takes no memory to go back; nothing to be found begins so
_ITERATION = "Learning iteration "


def _line_that_begins_with(texts: Iterable[str]) -> re.Pattern[bytes]:
    begun = b"|".join(re.escape(text.encode()) for text in texts)
    return re.compile(rb"^" + _STYLES + b"(" + begun + b")", re.M)


# An iteration block is the only line that proves training.
_MARKERS = (*STAGE_MARKERS, (_ITERATION, Stage.TRAINING))
_STAGES = {marker.encode(): stage for marker, stage in _MARKERS}
STAGE = Matcher("stage", expression=_line_that_begins_with(marker for marker, _ in STAGE_MARKERS))
ITERATION = Matcher("iteration", expression=_line_that_begins_with([_ITERATION]))
_ANY_MARKER = _line_that_begins_with(marker for marker, _ in _MARKERS)
_ANY = Matcher("stage", expression=_ANY_MARKER)


@dataclass(frozen=True)
class StageLines:
    """The lines of one stage, from where it begins up to where the next one begins.

    :param inside: where one of its lines begins, the one that was asked for.
    """

    stage: Stage
    inside: int

    def end_in(self, block: bytes) -> int | None:
        """Where the first line of another stage begins, in a block that begins with a line of this one."""
        return next((at for at, stage in _stages_in(block) if stage is not self.stage), None)

    def beginning_in(self, block: bytes) -> tuple[int | None, bool]:
        """Where its first line begins, in a block after which lines of this one follow.

        :return: None where no line shows that it has begun; and whether another stage precedes it in the block.
        """
        begun = None
        for at, stage in reversed(list(_stages_in(block))):
            if stage is not self.stage:
                return begun, True
            begun = at
        return begun, False

    def is_at(self, log: LogFile, offset: int) -> bool:
        """Whether a line is of this stage, or of the same one at another time."""
        there = stage_at(log, offset)
        return there is not None and there.stage is self.stage

    @property
    def others(self) -> Matcher:
        """Finds the lines that tell another stage."""
        texts = (text for text, stage in _MARKERS if stage is not self.stage)
        return Matcher("another stage", expression=_line_that_begins_with(texts))


def stage_at(log: LogFile, offset: int, cancelled: Callable[[], bool] = NEVER) -> StageLines | None:
    """The stage that holds a line, by the last marker at or before it; None before the first."""
    inside = log.line_start(offset)
    here = log.lines_from(inside, 1)
    marker = previous_match(log, _ANY, here[0].end if here else offset, cancelled)
    return None if marker is None else StageLines(_stage_of(log.lines_from(marker, 1)[0].raw), inside)


def _stages_in(block: bytes) -> Iterator[tuple[int, Stage]]:
    """Where lines begin that tell a stage."""
    for at in _ANY.line_starts(block):
        yield at, _stage_of(line_at(block, at))


def _stage_of(line: bytes) -> Stage:
    found = _ANY_MARKER.search(line)
    assert found is not None, "the line was found by this pattern"
    return _STAGES[found[1]]
