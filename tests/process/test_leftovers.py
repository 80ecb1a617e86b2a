"""Trainers whose supervisor was killed: found by pid and start time, ended by the ladder, others never touched."""

import os
import signal
from pathlib import Path

import msgspec
import pytest

from rwm_tui.core.launch import process
from rwm_tui.core.launch.beginnings import Beginning, read_beginnings
from rwm_tui.core.launch.leftovers import end_leftovers, leftovers_among, running_among
from rwm_tui.core.launch.paths import LaunchPaths
from rwm_tui.core.launch.process import ProcessIdentity, identify
from rwm_tui.probes.clock import SystemClock
from tests.process.test_supervisor import end_of, start
from tests.waiting import until


def orphan(mode: str, folder: Path) -> Beginning:
    """A launch whose trainer runs and whose supervisor was killed."""
    paths = start(mode, folder)
    until(lambda: "ready" in paths.console.read_text())
    (beginning,) = until(lambda: running_among(read_beginnings(folder / "logs" / "launches")))
    assert beginning.supervisor is not None
    assert beginning.launch_id == paths.launch_id
    os.kill(beginning.supervisor.pid, signal.SIGKILL)
    until(lambda: not beginning.is_supervised)
    return beginning


@pytest.mark.parametrize(("mode", "ended_by"), [("hangs", "SIGINT"), ("ignores-sigint", "SIGKILL")])
def test_a_leftover_is_ended_by_the_ladder(tmp_path: Path, mode: str, ended_by: str) -> None:
    left = orphan(mode, tmp_path)
    assert leftovers_among(read_beginnings(tmp_path / "logs" / "launches")) == (left,)
    (sentence,) = end_leftovers([left], SystemClock(), grace_s=0.5)
    assert ended_by in sentence
    assert not left.trainer_lives
    assert leftovers_among(read_beginnings(tmp_path / "logs" / "launches")) == ()


def test_a_supervised_launch_is_no_leftover(tmp_path: Path) -> None:
    paths = start("hangs", tmp_path)
    (running,) = until(lambda: running_among(read_beginnings(tmp_path / "logs" / "launches")))
    assert leftovers_among([running]) == ()
    (sentence,) = end_leftovers([running], SystemClock(), grace_s=0.5)
    assert "nothing" in sentence
    assert running.trainer_lives
    paths.stop_request.write_text("kill\n")
    end_of(paths)


def test_a_reused_pid_is_nobody_of_ours(tmp_path: Path) -> None:
    ours = identify(os.getpid())
    assert ours is not None
    another = msgspec.structs.replace(ours, start_ticks=ours.start_ticks + 1)
    assert process.is_alive(ours)
    claimed = Beginning(
        launch_id="a", directory=tmp_path, backend="embedded", supervisor=None, trainer=another, boot_s=None
    )
    assert leftovers_among([claimed]) == ()
    assert "nothing" in next(iter(end_leftovers([claimed], SystemClock(), grace_s=0.1)))


def test_damaged_launches_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    LaunchPaths(tmp_path / "b").plan.write_text("{")
    assert read_beginnings(tmp_path) == ()
    assert read_beginnings(tmp_path / "nowhere") == ()


def test_an_identity_of_another_boot_is_dead() -> None:
    ours = identify(os.getpid())
    assert ours is not None
    assert not process.is_alive(ProcessIdentity(ours.pid, ours.start_ticks, "another-boot"))
