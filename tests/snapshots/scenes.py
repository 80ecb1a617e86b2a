"""Every screen of the app, each with something to see on it."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Awaitable, Callable
from pathlib import Path

from msgspec.structs import replace
from textual.pilot import Pilot

from rwm_tui.core.compare.side import SidePaths
from rwm_tui.core.launch.outcome import Outcome
from rwm_tui.core.plan.preflight.finding import CheckResult, CheckStatus, Preflight
from rwm_tui.core.settings import Preferences
from rwm_tui.core.trainer_output.console import ConsoleParser
from rwm_tui.core.verdict.place import TensorPlace
from rwm_tui.messages import AttachTo, ComparisonRequested, PlaceRequested, Replay, ReviewRun, Start, StartAtProfiles
from tests.core.launch.recorded import recorded_launch
from tests.core.review.past import settle
from tests.core.run_dir.torch_file import saved_state, write_torch_file
from tests.screens.launches import live_launch, out_of_memory_launch
from tests.screens.world import World, shows

Drive = Callable[[Pilot[Path]], Awaitable[object]]
Prepare = Callable[[World, Path], tuple[Start, Drive]]
"""Of the world and the shared fixtures: where the app starts, and how it gets to the scene."""

PREFLIGHT = Preflight(
    profile="reduced",
    environment={"kind": "conda", "title": "conda environment env_isaaclab_src", "state": "found"},
    checks=(
        CheckResult("disk-space", "run directories can be written", CheckStatus.PASS, "81 GB are free", ""),
        CheckResult("runner-guard", "runner survives", CheckStatus.FAIL, "line 171 is bare", "rwm-tui upstream fix"),
        CheckResult("gpu-free", "the GPU is free", CheckStatus.WARN, "4.1 GiB are held", "end what holds them"),
        CheckResult("eula", "licence accepted", CheckStatus.NOT_APPLICABLE, "no Isaac Sim", ""),
    ),
)


def after(*texts: str, keys: tuple[str, ...] = (), then: tuple[str, ...] = ()) -> Drive:
    """Wait for texts, press keys, wait for further texts."""

    async def drive(pilot: Pilot[Path]) -> None:
        await shows(pilot, *texts)
        await pilot.press(*keys)
        await shows(pilot, *then)

    return drive


def real_run(world: World, fixtures: Path, kind: str = "B_fixed_reduced_ok") -> Path:
    """A run directory of the upstream trainer, among the project's own."""
    [params] = (fixtures / "upstream-runs" / kind / "logs").rglob("params")
    target = world.project.logs / "rsl_rl" / "anymal_d_flat" / params.parent.name
    shutil.copytree(params.parent, target)
    return target


def forget_the_hour(archive: Path) -> None:
    """Give the members of a zip file the same date everywhere, so that its digest is the same."""
    with zipfile.ZipFile(archive) as before:
        members = [(name, before.read(name)) for name in before.namelist()]
    with zipfile.ZipFile(archive, "w") as after_it:
        for name, content in members:
            after_it.writestr(zipfile.ZipInfo(name), content)


def profiles(world: World, fixtures: Path) -> tuple[Start, Drive]:
    return StartAtProfiles(), after("Settings against", "Device memory")


def profiles_isaaclab(world: World, fixtures: Path) -> tuple[Start, Drive]:
    keys = ("down", "down", "down")
    return StartAtProfiles(), after("Settings against", keys=keys, then=("reduced | Isaac Lab",))


def history(world: World, fixtures: Path) -> tuple[Start, Drive]:
    real_run(world, fixtures)
    world.open_launch("default").end(Outcome.OUT_OF_MEMORY, "torch ran out of memory (console line 72)")
    world.open_launch("embedded").end(Outcome.STOPPED, "stopped by user")
    world.open_launch("embedded")
    settle(world.project.logs)
    return StartAtProfiles(), after("Settings against", keys=("h",), then=("history 4", "OUT_OF_MEMORY"))


def run_live(world: World, fixtures: Path) -> tuple[Start, Drive]:
    launch = live_launch(world, fixtures)
    return AttachTo(launch.paths.directory), after("RUNNING", "iteration 8/200", "KeyboardInterrupt")


def log_filtered(world: World, fixtures: Path) -> tuple[Start, Drive]:
    launch = live_launch(world, fixtures)
    keys = ("l", "F", "g", "slash", *"obs_groups", "enter", "down", "m", "v", "down")
    return AttachTo(launch.paths.directory), after("KeyboardInterrupt", keys=keys, then=("only warnings", "2 of 2"))


def run_out_of_memory(world: World, fixtures: Path) -> tuple[Start, Drive]:
    launch = out_of_memory_launch(world, fixtures, "default")
    return AttachTo(launch.paths.directory), after("OUT_OF_MEMORY", "Rerun")


def rerun(world: World, fixtures: Path) -> tuple[Start, Drive]:
    launch = out_of_memory_launch(world, fixtures, "default")
    return AttachTo(launch.paths.directory), after("OUT_OF_MEMORY", "Rerun", keys=("r",), then=("largest fit",))


def replay(world: World, fixtures: Path) -> tuple[Start, Drive]:
    directory = recorded_launch(world.project.root)
    keys = ("B", *("full_stop",) * 20)
    return Replay(directory), after("playing", keys=keys, then=("paused", "Learning iteration 1/3"))


def kit_log(world: World, fixtures: Path) -> tuple[Start, Drive]:
    path = world.project.root / "kit_20260425_100703.log"
    path.write_text("".join(f"2026-04-25 [Warning] [omni.ext] line {number} of Kit\n" for number in range(60)))
    [named] = ConsoleParser().feed(f"[Info] [carb] Logging to file: {path}", number=1, offset=0)
    launch = world.open_launch("embedded")
    launch.record(named)
    return AttachTo(launch.paths.directory), after("first stage", keys=("K",), then=("line 59 of Kit",))


def checklist(world: World, fixtures: Path) -> tuple[Start, Drive]:
    return ReviewRun(real_run(world, fixtures)), after("Not verified", "task-resolves")


def groups(world: World, fixtures: Path) -> tuple[Start, Drive]:
    return ReviewRun(real_run(world, fixtures)), after("Not verified", keys=("o",), then=("observation groups", "48"))


def file(world: World, fixtures: Path) -> tuple[Start, Drive]:
    return ReviewRun(real_run(world, fixtures)), after("Not verified", keys=("v",), then=("env.yaml | line",))


def tensors(world: World, fixtures: Path) -> tuple[Start, Drive]:
    path = world.project.root / "model_0.pt"
    write_torch_file(path, saved_state(iteration=0, dynamics_steps=1.0))
    forget_the_hour(path)

    async def drive(pilot: Pilot[Path]) -> None:
        await shows(pilot, "Settings against")
        pilot.app.post_message(PlaceRequested(TensorPlace(path, "system_dynamics_state_dict")))
        await shows(pilot, "model_0.pt", "system_dynamics_state_dict")

    return StartAtProfiles(), drive


def compare(world: World, fixtures: Path) -> tuple[Start, Drive]:
    left, right = (real_run(world, fixtures, kind) for kind in ("C_fixed_60it", "D_sigint"))

    async def drive(pilot: Pilot[Path]) -> None:
        await shows(pilot, "Settings against")
        pilot.app.post_message(ComparisonRequested(SidePaths(left, None), SidePaths(right, None)))
        await shows(pilot, "max_iterations")

    return StartAtProfiles(), drive


def doctor(world: World, fixtures: Path) -> tuple[Start, Drive]:
    return StartAtProfiles(), after("Settings against", keys=("d",), then=("line 171 is bare",))


def help_of_a_run(world: World, fixtures: Path) -> tuple[Start, Drive]:
    launch = live_launch(world, fixtures)
    return AttachTo(launch.paths.directory), after("KeyboardInterrupt", keys=("question_mark",), then=("Keys", "Stop"))


def confirm(world: World, fixtures: Path) -> tuple[Start, Drive]:
    launch = live_launch(world, fixtures)
    return AttachTo(launch.paths.directory), after("KeyboardInterrupt", keys=("s",), then=("Stop this run?",))


def jump(world: World, fixtures: Path) -> tuple[Start, Drive]:
    launch = live_launch(world, fixtures)
    return AttachTo(launch.paths.directory), after("KeyboardInterrupt", keys=("J",))


def palette(world: World, fixtures: Path) -> tuple[Start, Drive]:
    keys = ("ctrl+p", *"prof")
    return StartAtProfiles(), after("Settings against", keys=keys, then=("key p",))


def read_only(world: World, fixtures: Path) -> tuple[Start, Drive]:
    world.project = replace(world.project, preferences=Preferences(read_only=True))
    launch = live_launch(world, fixtures)
    return AttachTo(launch.paths.directory), after("read-only", "KeyboardInterrupt")


SCENES: tuple[Prepare, ...] = (
    profiles, profiles_isaaclab, history, run_live, log_filtered, run_out_of_memory, rerun, replay, kit_log, checklist,
    groups, file, tensors, compare, doctor, help_of_a_run, confirm, jump, palette, read_only,
)  # fmt: skip
