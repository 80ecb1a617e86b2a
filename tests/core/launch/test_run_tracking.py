"""Which run directory is a launch's: what the console names, what the processes wrote, and where the two disagree."""

import os
import socket
import time
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest

from rwm_tui.core.launch import process
from rwm_tui.core.launch.events import RunDirectoryBound, RunDirectoryUnbound
from rwm_tui.core.launch.paths import LaunchPaths
from rwm_tui.core.launch.run_binding import TWO_LINES
from rwm_tui.core.launch.run_tracking import RunDirectoryTracking
from rwm_tui.core.launch.trainer import Trainer
from rwm_tui.core.plan.launch_plan import ContainerAccess, LaunchPlan
from rwm_tui.core.profile import EMBEDDED_TASK, ScaleProfile
from rwm_tui.core.trainer_output.console_events import LogRootNamed, RunStampNamed

STAMP = "2026-01-02_03-04-05"


@dataclass
class SetClock:
    """Real time, moved."""

    ahead_s: float = 0.0
    passed_s: float = 0.0

    def now(self) -> float:
        return time.time() + self.ahead_s + self.passed_s

    def monotonic(self) -> float:
        return time.monotonic() + self.passed_s

    def sleep(self, seconds: float) -> None:
        raise AssertionError("nothing here waits")


class World:
    """A launch whose trainer is this very process."""

    def __init__(self, folder: Path) -> None:
        profile = ScaleProfile(
            name="test", purpose="a test", backend="embedded", task=EMBEDDED_TASK, num_envs=4, max_iterations=3
        )
        self.folder = folder
        self.plan = LaunchPlan(
            profile=profile, argv=("x",), cwd=str(folder), environment={}, time_limit_s=None, grace_s=1.0
        )
        self.clock = SetClock()

    def start(self) -> None:
        paths = LaunchPaths(self.folder / "elsewhere" / "launches" / "one")
        self.tracking = RunDirectoryTracking(self.plan, paths, self.clock)
        identity = process.identify(os.getpid())
        assert identity is not None
        self.trainer = Trainer(identity, self.clock)
        self.trainer.members.add(os.getpid())

    def write(self, name: str = f"{STAMP}_pretrain", pid: int | None = None) -> Path:
        run = self.folder / "logs" / "rsl_rl" / "anymal_d_flat" / name
        (run / "params").mkdir(parents=True)
        (run / "params" / "agent.yaml").write_text("experiment_name: anymal_d_flat\nrun_name: pretrain\n")
        event = f"events.out.tfevents.{int(time.time())}.{socket.gethostname()}.{pid or os.getpid()}.0"
        (run / event).touch()
        return run

    def name(self, run: Path) -> None:
        self.tracking.see(LogRootNamed(path=str(run.parent), line=1, offset=0))
        self.tracking.see(RunStampNamed(stamp=run.name.removesuffix("_pretrain"), line=2, offset=0))


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path)
    made.start()
    return made


def test_the_lines_bind_without_a_proof_of_the_process(world: World) -> None:
    run = world.write(pid=1)
    world.name(run)
    assert world.tracking.look(world.trainer) == RunDirectoryBound(str(run), TWO_LINES)
    assert world.tracking.look(world.trainer) is None
    assert world.tracking.conclude(world.trainer) is None


def test_a_relative_root_is_one_of_the_trainers_folder(world: World) -> None:
    run = world.write()
    world.tracking.see(LogRootNamed(path="logs/rsl_rl/anymal_d_flat", line=1, offset=0))
    world.tracking.see(RunStampNamed(stamp=STAMP, line=2, offset=0))
    assert world.tracking.look(world.trainer) == RunDirectoryBound(str(run), TWO_LINES)


def test_the_process_binds_where_no_line_does(world: World) -> None:
    assert world.tracking.look(world.trainer) is None
    run = world.write()
    assert world.tracking.look(world.trainer) is None, "a search is made once a second"
    world.clock.passed_s = 2.0
    bound = world.tracking.look(world.trainer)
    assert isinstance(bound, RunDirectoryBound)
    assert (Path(bound.path), world.tracking.path) == (run, run)
    assert world.tracking.conclude(world.trainer) is None


def test_lines_that_come_later_and_agree_take_over(world: World) -> None:
    run = world.write()
    world.tracking.look(world.trainer)
    world.name(run)
    assert world.tracking.look(world.trainer) == RunDirectoryBound(str(run), TWO_LINES)


def test_lines_that_disagree_with_the_process_leave_nothing_bound(world: World) -> None:
    run = world.write()
    other = world.write("2026-01-02_03-04-06_pretrain", pid=1)
    world.tracking.look(world.trainer)
    world.name(other)
    unbound = world.tracking.look(world.trainer)
    assert isinstance(unbound, RunDirectoryUnbound)
    assert str(run) in unbound.reason
    assert str(other) in unbound.reason
    assert world.tracking.path is None
    assert world.tracking.conclude(world.trainer) is None


def test_a_second_directory_of_ours_unbinds_the_first(world: World) -> None:
    world.write()
    assert world.tracking.look(world.trainer)
    world.write("2026-01-02_03-04-06_pretrain")
    assert isinstance(world.tracking.conclude(world.trainer), RunDirectoryUnbound)
    assert "more than one" in world.tracking.doubt


def test_a_root_without_a_stamp_narrows_the_search(world: World) -> None:
    world.write()
    world.tracking.see(LogRootNamed(path=str(world.folder / "logs" / "rsl_rl" / "another"), line=1, offset=0))
    assert world.tracking.look(world.trainer) is None
    assert world.tracking.conclude(world.trainer) is None
    assert world.tracking.path is None


def test_a_named_run_that_is_older_than_the_launch_is_not_its_own(tmp_path: Path) -> None:
    world = World(tmp_path)
    run = world.write()
    world.clock.ahead_s = 3600
    world.start()
    world.name(run)
    unbound = world.tracking.look(world.trainer)
    assert isinstance(unbound, RunDirectoryUnbound)
    assert "agent.yaml is older than this launch" in unbound.reason


def test_a_clock_that_was_set_back_proves_nothing(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.clock.ahead_s = 3600
    world.start()
    world.clock.ahead_s = 0
    run = world.write()
    world.name(run)
    assert world.tracking.look(world.trainer) == RunDirectoryBound(str(run), TWO_LINES)


def test_two_trainers_of_the_same_second_are_told(world: World) -> None:
    run = world.write()
    world.name(run)
    assert world.tracking.look(world.trainer)
    world.tracking.conclude(world.trainer)
    assert world.tracking.shared_with is None
    (run / f"events.out.tfevents.{int(time.time())}.{socket.gethostname()}.1.0").touch()
    world.tracking.conclude(world.trainer)
    assert world.tracking.shared_with is not None
    assert world.tracking.shared_with.pid == 1


def test_event_files_of_others_alone_say_nothing(world: World) -> None:
    run = world.write(pid=1)
    world.name(run)
    assert world.tracking.look(world.trainer)
    world.tracking.conclude(world.trainer)
    assert world.tracking.shared_with is None


def test_named_and_never_made(world: World) -> None:
    world.name(world.folder / "logs" / "rsl_rl" / "anymal_d_flat" / f"{STAMP}_pretrain")
    assert world.tracking.look(world.trainer) is None
    assert isinstance(world.tracking.conclude(world.trainer), RunDirectoryUnbound)
    assert "is not there" in world.tracking.doubt


def test_records_of_before_have_no_workdir_inside() -> None:
    old = b'{"enter": ["docker", "exec", "lab"], "path_map": {}}'
    assert msgspec.json.decode(old, type=ContainerAccess).workdir is None
