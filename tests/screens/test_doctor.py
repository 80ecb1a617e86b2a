"""The doctor in the app: the list, the selected line's fact and remedy, looking again, ending leftovers."""

import datetime
import os
import shutil
from pathlib import Path

import pytest

from rwm_tui.app import RwmTuiApp
from rwm_tui.core.launch.beginnings import Beginning
from rwm_tui.core.launch.preflight_record import write_preflight
from rwm_tui.core.launch.process import identify
from rwm_tui.core.plan.preflight.finding import CheckResult, CheckStatus, Preflight
from rwm_tui.core.plan.upstream.runner_guard import GuardState, examine_guard
from rwm_tui.core.profile import ScaleProfile
from rwm_tui.core.settings import record_eula_consent
from rwm_tui.messages import LaunchStarted
from rwm_tui.screens.doctor import DoctorScreen
from rwm_tui.screens.profiles import ProfilesScreen
from tests.core.plan.isaac_lab_tree import IsaacLabTree
from tests.core.plan.runner_sources import BARE, runner_source
from tests.screens.world import World, on_top, shows


def preflight_with(fact: str, status: CheckStatus) -> Preflight:
    return Preflight(
        profile="reduced",
        environment={"kind": "embedded"},
        checks=(
            CheckResult("disk-space", "disk space", CheckStatus.PASS, "plenty", ""),
            CheckResult("runner-guard", "runner survives", status, fact, "rwm-tui upstream fix [red]"),
        ),
    )


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_the_checks_of_the_highlighted_profile(world: World, size: tuple[int, int]) -> None:
    app = RwmTuiApp(world.services())
    async with app.run_test(size=size, notifications=True) as pilot:
        await shows(pilot, "num_envs")
        await pilot.press("d")
        await shows(pilot, "doctor | embedded", "[1/6] PASS", "run directories can be written", "python-version")
        await pilot.press("end")
        await shows(pilot, "gpu-device")
        assert on_top(app) is DoctorScreen
        await pilot.press("escape")
        await shows(pilot, "num_envs")
        assert on_top(app) is ProfilesScreen


async def test_it_opens_at_what_fails_and_looks_again(world: World) -> None:
    answers = iter(
        [preflight_with("line 171 is bare", CheckStatus.FAIL), preflight_with("it is guarded", CheckStatus.PASS)]
    )
    app = RwmTuiApp(world.services(preflight=lambda profile: next(answers)))
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await shows(pilot, "num_envs")
        await pilot.press("d")
        await shows(pilot, "[2/2] FAIL", "line 171 is bare", "upstream fix", "[red]", "1 PASS, 1 FAIL")
        await pilot.press("R")
        await shows(pilot, "[2/2] PASS", "it is guarded", "2 PASS")


async def test_from_elsewhere_it_looks_at_the_machine(world: World) -> None:
    asked: list[ScaleProfile | None] = []

    def preflight(profile: ScaleProfile | None) -> Preflight:
        asked.append(profile)
        return preflight_with("x", CheckStatus.PASS)

    app = RwmTuiApp(world.services(preflight=preflight))
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await shows(pilot, "num_envs")
        await pilot.press("h")
        await shows(pilot, "nothing yet")
        await pilot.press("d")
        await shows(pilot, "this machine")
        assert asked == [None]


async def test_leftovers_are_ended_after_a_yes(world: World) -> None:
    us = identify(os.getpid())
    left = Beginning(
        launch_id="20260528_193154_reduced",
        directory=Path("x"),
        backend="isaaclab",
        supervisor=None,
        trainer=us,
        boot_s=None,
    )
    ended: list[tuple[Beginning, ...]] = []

    def end(leftovers: tuple[Beginning, ...]) -> tuple[str, ...]:
        ended.append(leftovers)
        return ("ended after SIGINT",)

    services = world.services(leftovers=lambda: () if ended else (left,), end_leftovers=end)
    app = RwmTuiApp(services)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await shows(pilot, "num_envs")
        await pilot.press("d")
        await shows(pilot, "End leftovers")
        await pilot.press("e")
        await shows(pilot, "20260528_193154_reduced", str(os.getpid()))
        await pilot.press("n")
        assert ended == []
        await pilot.press("e")
        await shows(pilot, "y: yes")
        await pilot.press("y")
        await shows(pilot, "ended after SIGINT")
        assert ended == [(left,)]


async def test_a_settings_file_that_is_not_usable_is_explained(world: World) -> None:
    (world.project.root / "rwm-tui.yaml").write_text("isaac_lab: {kind: conda, venvv: x}\n")
    async with RwmTuiApp(world.services()).run_test(size=(80, 24), notifications=True) as pilot:
        await pilot.press("d")
        await shows(pilot, "venvv", "did you mean 'isaac_lab.venv'?")


async def test_a_launch_says_what_it_went_ahead_in_spite_of(world: World) -> None:
    record_eula_consent(world.project, datetime.date(2026, 5, 28))
    files = world.open_launch("reduced")
    write_preflight(files.paths, preflight_with("44 GB belong to nobody", CheckStatus.WARN))
    app = RwmTuiApp(world.services())
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await shows(pilot, "num_envs")
        app.post_message(LaunchStarted(files.paths.directory))
        await shows(pilot, "44 GB belong to nobody", "runner survives")


def world_with_isaac_lab(root: Path, project_root: Path, runner: str) -> tuple[World, IsaacLabTree]:
    tree = IsaacLabTree(root).build()
    tree.write(tree.runner, runner)
    shutil.copytree(project_root / "profiles", root / "profiles")
    tree.commit()
    return World(tree.project), tree


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_the_missing_guard_is_shown_and_put_in_after_a_yes(
    tmp_path: Path, project_root: Path, size: tuple[int, int]
) -> None:
    world, tree = world_with_isaac_lab(tmp_path, project_root, runner_source(BARE))
    before = tree.runner.read_text()
    async with RwmTuiApp(world.services()).run_test(size=size, notifications=True) as pilot:
        await shows(pilot, "num_envs")
        await pilot.press("h", "d")
        await shows(pilot, "this machine", "Fix the runner", "FAIL  runner survives")
        await pilot.press("f")
        await shows(pilot, "Put this guard into the runner?", '+            if hasattr(self, "imagination_infos"):')
        await pilot.press("n")
        assert tree.runner.read_text() == before
        await pilot.press("f")
        await shows(pilot, "Put this guard")
        await pilot.press("y")
        text = await shows(pilot, "PASS  runner survives", "The runner is guarded")
        assert "Fix the runner" not in text
    assert examine_guard(tree.runner.read_text()).state is GuardState.GUARDED
    [backup] = tree.runner.parent.glob("*.orig.*")
    assert backup.read_text() == before


async def test_a_runner_that_changed_since_it_was_shown_is_left_alone(tmp_path: Path, project_root: Path) -> None:
    world, tree = world_with_isaac_lab(tmp_path, project_root, runner_source(BARE))
    async with RwmTuiApp(world.services()).run_test(size=(80, 24), notifications=True) as pilot:
        await shows(pilot, "num_envs")
        await pilot.press("h", "d")
        await shows(pilot, "Fix the runner")
        await pilot.press("f")
        await shows(pilot, "Put this guard")
        changed = tree.runner.read_text() + "\n# somebody else's work\n"
        tree.runner.write_text(changed)
        await pilot.press("y")
        await shows(pilot, "runner not fixed", "changed since")
    assert tree.runner.read_text() == changed
    assert list(tree.runner.parent.glob("*.orig.*")) == []
