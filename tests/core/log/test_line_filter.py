from pathlib import Path

import pytest

from rwm_tui.core.diagnosis.harmless_lines import HarmlessLines
from rwm_tui.core.log.landmarks import StageLines, stage_at
from rwm_tui.core.log.levels import ERRORS, TROUBLE
from rwm_tui.core.log.line_filter import LineFilter
from rwm_tui.core.log.log_file import LogFile
from rwm_tui.core.log.matches import Matches
from rwm_tui.core.log.matching import parse_query
from rwm_tui.core.trainer_output.stages import Stage

CONSOLE = b"""before
[INFO] Using python from: here
[INFO][AppLauncher]: booting
[Warning] [omni.datastore] OmniHub is inaccessible
[INFO]: Base environment:
[INFO] Observation Manager: 5 groups
    Learning iteration 0/3
[Error] one
Storing git diff for 'rsl_rl' in: x
    Learning iteration 1/3
[Error] two
[Warning] two
Training time: 3.2 seconds
after
"""


def log_of(folder: Path, content: bytes = CONSOLE) -> LogFile:
    path = folder / "console.log"
    path.write_bytes(content)
    return LogFile(path)


def picked(log: LogFile, wanted: LineFilter, limit: int = 2**20) -> list[bytes]:
    matches = Matches(log, wanted, wanted.stage.inside if wanted.stage else 0, wanted.stage)
    while matches.advance(limit):
        pass
    assert matches.complete
    return [line.raw for line in matches.lines_from(0, 10**6)]


def stage_of(log: LogFile, line: bytes) -> StageLines | None:
    return stage_at(log, log.read(0, 10**6).index(line))


@pytest.mark.parametrize(
    ("line", "warns", "fails"),
    [
        (b"2026-05-28 [1,234ms] [Warning] [omni.physx] PhysX something", True, False),
        (b"2026-05-28 [Error] [omni.physx] PhysX something", True, True),
        (b"[WARNING]: The `critic` model configuration is only used", True, False),
        (b"a.py:3: UserWarning: The observation configuration", True, False),
        (b"Warp CUDA warning: Could not find", True, False),
        (b"torch.OutOfMemoryError: CUDA out of memory.", True, True),
        (b"Traceback (most recent call last):", True, True),
        (b"error: unknown option", True, True),
        (b"Segmentation fault (core dumped)", True, True),
        (b"Metrics/base_velocity/error_vel_xy: 0.1", False, False),
        (b"Mean autoregressive error: 0.31", False, False),
        (b"autoregressive error: nan", False, False),
        (b"  warnings.warn(", False, False),
        (b"    _exit_on_error(run_train_cli(args))", False, False),
        (b"Mean reward: 1.2, mirrored", False, False),
    ],
)
def test_levels(line: bytes, warns: bool, fails: bool) -> None:
    block = b"first\n" + line + b"\nlast"
    assert (list(TROUBLE.line_starts(block)) == [6], list(ERRORS.line_starts(block)) == [6]) == (warns, fails)


@pytest.mark.parametrize("limit", [40, 2**20])
def test_a_stage_ends_where_the_next_begins(tmp_path: Path, limit: int) -> None:
    log = log_of(tmp_path)
    lines = CONSOLE.splitlines()
    assert stage_of(log, b"before") is None
    for word, stage, first, after in [
        (b"booting", Stage.BOOTING_SIMULATOR, 2, 4),
        (b"[Error] one", Stage.TRAINING, 6, 8),
        (b"Storing git", Stage.SAVING_CODE_STATE, 8, 9),
        (b"[Warning] two", Stage.TRAINING, 9, 12),
        (b"after", Stage.TRAINING_COMPLETE, 12, 14),
    ]:
        found = stage_of(log, word)
        assert found is not None
        assert found.stage is stage
        assert picked(log, LineFilter(stage=found), limit) == lines[first:after]


def test_an_open_stage_ends_when_the_next_comes(tmp_path: Path) -> None:
    log = log_of(tmp_path, b"Learning iteration 0/3\none\n")
    stage = stage_of(log, b"one")
    assert stage is not None
    matches = Matches(log, LineFilter(stage=stage), stage.inside, stage)
    assert not matches.advance()
    with log.path.open("ab") as file:
        file.write(b"two\nTraining time: 3 seconds\nthree\n")
    while matches.advance():
        pass
    assert [line.raw for line in matches.lines_from(0, 9)] == [b"Learning iteration 0/3", b"one", b"two"]


def test_all_parts_must_fit(tmp_path: Path) -> None:
    log = log_of(tmp_path)
    stage = stage_of(log, b"[Error] two")
    assert picked(log, LineFilter(level=TROUBLE, stage=stage)) == [b"[Error] two", b"[Warning] two"]
    assert picked(log, LineFilter(query=parse_query("two"), level=ERRORS)) == [b"[Error] two"]
    assert picked(log, LineFilter(query=parse_query("two"))) == [b"[Error] two", b"[Warning] two"]
    harmless = HarmlessLines().among
    assert picked(log, LineFilter(level=TROUBLE, harmless=harmless)) == [
        b"[Error] one",
        b"[Error] two",
        b"[Warning] two",
    ]
    assert b"OmniHub" not in b"".join(picked(log, LineFilter(harmless=harmless)))
    assert LineFilter().is_open
    assert not LineFilter(harmless=harmless).is_open


def test_a_failure_is_not_harmless_because_it_is_deprecated_too() -> None:
    lines = [
        b"\x1b[33m[Warning] [omni.datastore] OmniHub is inaccessible\x1b[0m",
        b"FutureWarning: this is deprecated",
        b"RuntimeError: CUDA out of memory. Tried to allocate 2 GiB (FutureWarning)",
        b"nothing",
    ]
    assert HarmlessLines().among(lines * 2) == [0, 1, 4, 5]
