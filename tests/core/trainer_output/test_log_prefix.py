import pytest

from rwm_tui.core.trainer_output.console import ConsoleParser
from rwm_tui.core.trainer_output.console_events import (
    ConsoleEvent,
    IterationReported,
    KitLogNamed,
    LogRootNamed,
    RunStampNamed,
    StageReached,
    TracebackSeen,
)
from rwm_tui.core.trainer_output.log_prefix import without_time_stamp
from rwm_tui.core.trainer_output.stages import Stage

CONSOLE = """\
[INFO][AppLauncher]: Using device: cuda:0
[Info] [carb] Logging to file: '/home/user/logs/Kit/Isaac-Sim Full/5.0/kit_20260425_100703.log'
[INFO] Logging experiment in directory: /home/user/logs/rsl_rl/anymal_d_flat
Exact experiment name requested from command line: 2026-05-28_19-31-54
################################################################################
                        Learning iteration 0/1
                       Computation: 729 steps/s (collection: 0.183s, learning 1.921s)
--------------------------------------------------------------------------------
                   Total timesteps: 1536
                    Iteration time: 2.10s
                      Time elapsed: 00:00:02
                               ETA: 00:00:02

Traceback (most recent call last):
  File "train.py", line 1, in <module>
ValueError: a must be positive
"""
PREFIXES = (
    "",
    "2026-05-28T19:31:54.123456789Z ",
    "2026-05-28T19:31:54+02:00 ",
    "[2026-05-28 19:31:54] ",
    "[2026-05-28 19:31:54,763] ",
    "May  8 19:31:54 ",
    "19:31:54 ",
    "[19:31:54.1] ",
)


def events_of(prefix: str) -> list[ConsoleEvent]:
    parser = ConsoleParser()
    found: list[ConsoleEvent] = []
    for number, line in enumerate(CONSOLE.splitlines(), start=1):
        found.extend(parser.feed(prefix + line, number=number, offset=0))
    return [*found, *parser.finish()]


@pytest.mark.parametrize("prefix", PREFIXES)
def test_a_console_reads_the_same_behind_time_stamps(prefix: str) -> None:
    found = events_of(prefix)
    assert found == events_of("")
    by_type = {type(event): event for event in found}
    assert by_type[LogRootNamed] == LogRootNamed(path="/home/user/logs/rsl_rl/anymal_d_flat", line=3, offset=0)
    assert isinstance(stamp := by_type[RunStampNamed], RunStampNamed)
    assert stamp.stamp == "2026-05-28_19-31-54"
    assert isinstance(kit := by_type[KitLogNamed], KitLogNamed)
    assert kit.path == "/home/user/logs/Kit/Isaac-Sim Full/5.0/kit_20260425_100703.log"
    assert isinstance(block := by_type[IterationReported], IterationReported)
    assert (block.iteration, block.total_timesteps) == (0, 1536)
    assert isinstance(trace := by_type[TracebackSeen], TracebackSeen)
    assert trace.last_line == "ValueError: a must be positive"
    stages = [event.stage for event in found if isinstance(event, StageReached)]
    assert stages == [Stage.BOOTING_SIMULATOR, Stage.RUN_DIRECTORY_KNOWN, Stage.TRAINING]


@pytest.mark.parametrize(
    "text",
    ["", "[INFO] x", "2026-05-28_19-31-54", "12:34", "Mean reward: 1", "2026-05-28T19:31:54Zx", "     12:00:00 x"],
)
def test_other_lines_stay(text: str) -> None:
    assert without_time_stamp(text) == text
