"""What one jumps to in a training log, and what one may want to see alone."""

import re

from rwm_tui.core.log.matching import Matcher
from rwm_tui.core.trainer_output.stages import STAGE_MARKERS

_STYLES = rb"(?:\x1b\[[0-9;:]*m|[ \t])*"


def _line_that_begins_with(texts: list[str]) -> re.Pattern[bytes]:
    return re.compile(rb"^" + _STYLES + b"(?:" + b"|".join(re.escape(text.encode()) for text in texts) + b")", re.M)


STAGE = Matcher("stage", pattern=_line_that_begins_with([marker for marker, _ in STAGE_MARKERS]))
ITERATION = Matcher("iteration", pattern=_line_that_begins_with(["Learning iteration "]))
TROUBLE = Matcher(
    "warnings and errors",
    pattern=re.compile(rb"\b(?:[Ww]arn|WARN|[Ee]rror|ERROR|[Ff]atal|FATAL|Traceback |[A-Z]\w+(?:Error|Exception)\b)"),
)
"""Lines that say warning or error, harmless ones too."""
