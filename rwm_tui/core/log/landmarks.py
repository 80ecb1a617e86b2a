"""What one jumps to in a training log: where a stage begins, and each iteration."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from rwm_tui.core.log.log_file import LogFile
from rwm_tui.core.log.matching import NEVER, Matcher, next_match, previous_match
from rwm_tui.core.trainer_output.stages import STAGE_MARKERS, Stage

_STYLES = rb"(?:\x1b\[[0-9;:]*m|[ \t])*"
_ITERATION = "Learning iteration "


def _line_that_begins_with(texts: Iterable[str]) -> re.Pattern[bytes]:
    begun = b"|".join(re.escape(text.encode()) for text in texts)
    return re.compile(rb"^" + _STYLES + b"(" + begun + b")", re.M)


# An iteration block is the only line that proves training.
_MARKERS = (*STAGE_MARKERS, (_ITERATION, Stage.TRAINING))
STAGE = Matcher("stage", pattern=_line_that_begins_with(marker for marker, _ in STAGE_MARKERS))
ITERATION = Matcher("iteration", pattern=_line_that_begins_with([_ITERATION]))
_ANY = Matcher("stage", pattern=_line_that_begins_with(marker for marker, _ in _MARKERS))


@dataclass(frozen=True)
class StageLines:
    """The lines of one stage, up to where the next one begins.

    :param first: the byte at which it begins.
    :param end: finds the first line after it.
    """

    stage: Stage
    first: int
    end: Matcher


def stage_at(log: LogFile, offset: int, cancelled: Callable[[], bool] = NEVER) -> StageLines | None:
    """The stage that holds a line, by the last marker at or before it; None before the first."""
    here = log.lines_from(log.line_start(offset), 1)
    marker = previous_match(log, _ANY, here[0].end if here else offset, cancelled)
    if marker is None:
        return None
    stage = _stage_of(log.lines_from(marker, 1)[0].raw)
    end = Matcher("next stage", pattern=_line_that_begins_with(text for text, of in _MARKERS if of is not stage))
    own = Matcher("stage", pattern=_line_that_begins_with(text for text, of in _MARKERS if of is stage))
    before = previous_match(log, end, marker, cancelled)
    first = next_match(log, own, 0 if before is None else before, cancelled)
    return None if first is None or cancelled() else StageLines(stage, first, end)


def _stage_of(line: bytes) -> Stage:
    assert _ANY.pattern is not None
    found = _ANY.pattern.search(line)
    assert found is not None, "the line was found by this pattern"
    return next(stage for text, stage in _MARKERS if text.encode() == found[1])
