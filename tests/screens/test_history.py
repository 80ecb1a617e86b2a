import shutil
from pathlib import Path

from rwm_tui.app import RwmTuiApp
from rwm_tui.core.launch.outcome import Outcome
from rwm_tui.screens.checklist import ChecklistScreen
from rwm_tui.screens.history import HistoryScreen
from rwm_tui.screens.profiles import ProfilesScreen
from rwm_tui.screens.run import RunScreen
from tests.screens.world import World, on_top, shows


def copy_run(world: World, shared_fixtures: Path) -> Path:
    """B's run directory, as if somebody had run it by hand."""
    [params] = (shared_fixtures / "upstream-runs" / "B_fixed_reduced_ok" / "logs").rglob("params")
    target = world.project.logs / "rsl_rl" / "anymal_d_flat" / params.parent.name
    shutil.copytree(params.parent, target)
    return target


async def test_an_empty_history_says_what_to_do(world: World) -> None:
    async with RwmTuiApp(world.services()).run_test(size=(80, 24), notifications=True) as pilot:
        await shows(pilot, "num_envs")
        await pilot.press("h")
        await shows(pilot, "nothing yet: launch a profile (p)")


async def test_launches_and_run_directories_stand_together(world: World, shared_fixtures: Path) -> None:
    run = copy_run(world, shared_fixtures)
    world.open_launch("embedded").end(Outcome.FAILED_TO_START, "python: no such file")
    app = RwmTuiApp(world.services())
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await shows(pilot, "num_envs")
        await pilot.press("h")
        text = await shows(pilot, "FAILED_TO_START", "embedded", run.name, "no record")
        assert "none was left" in text or str(run) in text


async def test_a_launch_opens_its_run_and_a_run_directory_its_checklist(world: World, shared_fixtures: Path) -> None:
    run = copy_run(world, shared_fixtures)
    launch = world.open_launch("embedded")
    launch.end(Outcome.KILLED, "ended by SIGKILL, sent by somebody else")
    app = RwmTuiApp(world.services())
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await shows(pilot, "num_envs")
        await pilot.press("h")
        text = await shows(pilot, "KILLED", "no record")
        rows = [line for line in text.splitlines() if "KILLED" in line or "no record" in line]
        to_launch, to_run = ("home", "end") if "KILLED" in rows[0] else ("end", "home")
        await pilot.press(f"ctrl+{to_launch}", "enter")
        await shows(pilot, "KILLED: run failed")
        assert on_top(app) is RunScreen
        await pilot.press("escape")
        await shows(pilot, "no record")
        assert on_top(app) is HistoryScreen
        await pilot.press(f"ctrl+{to_run}")
        await shows(pilot, "not launched from here")
        await pilot.press("enter")
        await shows(pilot, "checklist", run.name, "Not verified")
        assert on_top(app) is ChecklistScreen
        await pilot.press("p")
        await shows(pilot, "num_envs")
        assert on_top(app) is ProfilesScreen


async def test_a_damaged_launch_is_listed_with_its_problem(world: World) -> None:
    launch = world.open_launch("embedded")
    launch.paths.plan.write_text("{")
    async with RwmTuiApp(world.services()).run_test(size=(200, 40), notifications=True) as pilot:
        await shows(pilot, "num_envs")
        await pilot.press("h")
        await shows(pilot, "record damaged", "problem", "plan.json")
        await pilot.press("enter")
        await shows(pilot, "Record damaged")
