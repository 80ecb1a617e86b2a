import shutil
import time
from pathlib import Path

from rwm_tui.app import RwmTuiApp
from rwm_tui.core.launch.outcome import Outcome
from rwm_tui.core.review.history import list_history
from rwm_tui.screens.checklist import ChecklistScreen
from rwm_tui.screens.history import HistoryScreen
from rwm_tui.screens.profiles import ProfilesScreen
from rwm_tui.screens.run import RunScreen
from rwm_tui.widgets.history_table import HistoryTable
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
        text = await shows(pilot, "FAILED_TO_START", "embedded", run.name, "no record", ", not Isaac Lab")
        assert "none was left" in text or str(run.relative_to(world.project.logs)) in text


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


def many_runs(world: World, count: int) -> None:
    for number in range(count):
        run = world.project.logs / "rsl_rl" / "a" / f"2026-01-01_{number // 60:02}-{number % 60:02}-00_pretrain"
        (run / "params").mkdir(parents=True)
        (run / "run.json").write_text(f'{{"task": "T{number % 2}"}}')


async def test_the_filter_narrows_the_list_as_it_is_typed(world: World) -> None:
    many_runs(world, 6)
    world.open_launch("embedded").end(Outcome.FAILED, "exit status 1")
    async with RwmTuiApp(world.services()).run_test(size=(80, 24), notifications=True) as pilot:
        await shows(pilot, "num_envs")
        await pilot.press("h")
        await shows(pilot, "history 7")
        await pilot.press("slash", *"task=T1")
        await shows(pilot, "history 3 of 7")
        await pilot.press("space", *"wrong=")
        await shows(pilot, "entries of the history have no 'wrong'", "keys: date")
        await pilot.press("escape")
        text = await shows(pilot, "history 7 |")
        assert "have no 'wrong'" not in text
        assert on_top(pilot.app) is HistoryScreen
        await pilot.press("slash", *"none-such", "enter")
        await shows(pilot, "nothing fits the filter")


async def test_sorting_keeps_the_selected_entry(world: World) -> None:
    many_runs(world, 40)
    world.open_launch("embedded").end(Outcome.FAILED, "exit status 1")
    async with RwmTuiApp(world.services()).run_test(size=(140, 24), notifications=True) as pilot:
        await shows(pilot, "num_envs")
        await pilot.press("h")
        await shows(pilot, "history 41", "by date", "peak VRAM")
        await pilot.press("end")
        await shows(pilot, "2026-01-01_00-00-00_pretrain", "task           T0")
        await pilot.press("s")
        text = await shows(pilot, "by outcome", "task           T0")
        await pilot.press("home")
        text = await shows(pilot, "exit" if "exit" in text else "FAILED")
        await pilot.press("S")
        await shows(pilot, "by outcome, reversed")


async def test_what_the_list_is_sorted_by_is_in_sight(world: World) -> None:
    many_runs(world, 4)
    async with RwmTuiApp(world.services()).run_test(size=(80, 24), notifications=True) as pilot:
        await shows(pilot, "num_envs")
        await pilot.press("h")
        text = await shows(pilot, "history 4", "by date", "envs × its")
        assert "peak VRAM  " not in text
        for key, column in (
            ("outcome", "ended"),
            ("verdict", "verdict"),
            ("peak_vram", "peak VRAM\n"),
            ("scale", "scale\n"),
            ("num_envs", "envs × its"),
            ("task", "task\n"),
        ):
            await pilot.press("s")
            await shows(pilot, f"by {key}", column)


async def test_two_thousand_runs_do_not_hold_up_the_keys(world: World) -> None:
    many_runs(world, 2000)
    entries = list_history(world.project)
    async with RwmTuiApp(world.services(history=lambda: entries)).run_test(size=(120, 40)) as pilot:
        await shows(pilot, "num_envs")
        await pilot.press("h")
        await shows(pilot, "history 2000")
        table = pilot.app.screen.query_one(HistoryTable)
        began = time.perf_counter()
        table.show(entries)
        table.action_last()
        for line in range(table.size.height):
            table.render_line(line)
        assert time.perf_counter() - began < 0.25  # a table widget that builds every row takes several times that
        assert table.selected is entries[-1]
