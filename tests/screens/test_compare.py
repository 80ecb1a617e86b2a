from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from rwm_tui.app import RwmTuiApp
from rwm_tui.core.compare.side import SidePaths
from rwm_tui.core.launch.outcome import Outcome
from rwm_tui.messages import ComparisonRequested
from rwm_tui.screens.checklist import ChecklistScreen
from rwm_tui.screens.compare import CompareScreen
from rwm_tui.screens.history import HistoryScreen
from tests.screens.world import World, on_top, shows


def real_runs(world: World, shared_fixtures: Path, *kinds: str) -> list[Path]:
    """Run directories of the upstream trainer, under names of their own."""
    runs = []
    for kind in kinds:
        [params] = (shared_fixtures / "upstream-runs" / kind / "logs").rglob("params")
        run = world.project.logs / "rsl_rl" / "anymal_d_flat" / f"2026-11-23_18-00-{len(runs):02}_{kind}"
        shutil.copytree(params.parent, run)
        runs.append(run)
    return runs


def comparison_of(left: Path, right: Path) -> ComparisonRequested:
    return ComparisonRequested(SidePaths(left, None), SidePaths(right, None))


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_what_differs_stands_first_and_the_rest_is_counted(
    world: World, shared_fixtures: Path, size: tuple[int, int]
) -> None:
    left, right = real_runs(world, shared_fixtures, "C_fixed_60it", "D_sigint")
    async with RwmTuiApp(world.services()).run_test(size=size, notifications=True) as pilot:
        await shows(pilot, "num_envs")
        pilot.app.post_message(comparison_of(left, right))
        heading, selected = "settings resolved  2 differ, 394 the same", "differs: +140, 3.333 times the left"
        text = await shows(pilot, "6 differences", left.name, right.name, heading, selected)
        assert text.index("max_iterations") < text.index("observation terms  186 the same")
        assert "60" in text
        assert "200" in text
        assert "settings asked: neither side tells" in text
        await pilot.press("enter")
        await shows(pilot, "▾ settings resolved")
        await pilot.press("enter")
        await shows(pilot, "▸ settings resolved")


async def test_a_row_is_found_though_it_is_folded(world: World, shared_fixtures: Path) -> None:
    left, right = real_runs(world, shared_fixtures, "C_fixed_60it", "D_sigint")
    async with RwmTuiApp(world.services()).run_test(size=(80, 24), notifications=True) as pilot:
        await shows(pilot, "num_envs")
        pilot.app.post_message(comparison_of(left, right))
        text = await shows(pilot, "6 differences")
        assert "scene.num_envs" not in text
        await pilot.press("slash", *"num_envs", "enter")
        text = await shows(pilot, "= env.yaml › scene.num_envs")
        assert "max_iterations" not in text
        assert "curves" not in text
        await pilot.press("slash", *"_none", "enter")
        await shows(pilot, "nothing fits the filter: esc takes it away")
        await pilot.press("escape")
        await shows(pilot, "max_iterations", "curves  4 differ")
        assert on_top(pilot.app) is CompareScreen


async def test_curves_of_both_lie_in_one_plot(world: World, shared_fixtures: Path) -> None:
    left, right = real_runs(world, shared_fixtures, "C_fixed_60it", "D_sigint")
    async with RwmTuiApp(world.services()).run_test(size=(120, 40), notifications=True) as pilot:
        await shows(pilot, "num_envs")
        pilot.app.post_message(comparison_of(left, right))
        await shows(pilot, "Perf/learning_time")
        await pilot.press("right_square_bracket", "n", "n")
        text = await shows(pilot, "curves: Perf/learning_time", "apart from step 0 on", "step ^ apart from 0")
        plot = text[text.index("curves: Perf/learning_time") :]
        assert any("\u2800" < character < "\u2900" for character in plot)
        assert {"L", "R"} <= set(plot)


async def test_the_sides_are_swapped_opened_and_left_again(world: World, shared_fixtures: Path) -> None:
    left, right = real_runs(world, shared_fixtures, "C_fixed_60it", "D_sigint")
    async with RwmTuiApp(world.services()).run_test(size=(80, 24), notifications=True) as pilot:
        await shows(pilot, "num_envs")
        pilot.app.post_message(comparison_of(left, right))
        await shows(pilot, f"left   {left.name}", "+140, 3.333 times")
        await pilot.press("x")
        await shows(pilot, f"left   {right.name}", "-140, 0.3 times")
        await pilot.press("l")
        await shows(pilot, "checklist", right.name, "task-resolves")
        assert on_top(pilot.app) is ChecklistScreen
        await pilot.press("escape")
        await shows(pilot, "differences")
        assert on_top(pilot.app) is CompareScreen


async def test_a_row_and_all_that_differs_are_copied_and_written(world: World, shared_fixtures: Path) -> None:
    left, right = real_runs(world, shared_fixtures, "C_fixed_60it", "D_sigint")
    async with RwmTuiApp(world.services()).run_test(size=(80, 24), notifications=True) as pilot:
        await shows(pilot, "num_envs")
        pilot.app.post_message(comparison_of(left, right))
        await shows(pilot, "6 differences")
        await pilot.press("y")
        await shows(pilot, "Copied")
        copied = world.project.logs / "copied.txt"
        assert f"{left.name}: 60\n{right.name}: 200" in copied.read_text()
        await pilot.press("w")
        await shows(pilot, "Written")
        [markdown] = (world.project.logs / "comparisons").glob("*.md")
        [document] = (world.project.logs / "comparisons").glob("*.json")
        assert "| agent.yaml › max\\_iterations | 60 | 200 | +140, 3.333 times the left |" in markdown.read_text()
        assert json.loads(document.read_text())["differences"] == 6


async def test_two_marked_in_the_history_are_compared(world: World, shared_fixtures: Path) -> None:
    newer, older = "2026-11-23_18-00-01_D_sigint", "2026-11-23_18-00-00_C_fixed_60it"
    real_runs(world, shared_fixtures, "C_fixed_60it", "D_sigint")
    async with RwmTuiApp(world.services()).run_test(size=(80, 24), notifications=True) as pilot:
        await shows(pilot, "num_envs")
        await pilot.press("h")
        text = await shows(pilot, newer, older, "Mark")
        assert "Compare" not in text
        await pilot.press("end", "m")
        await shows(pilot, f"*{older}")
        await pilot.press("home")
        await shows(pilot, "= Compare", "? Help", "q Quit")
        await pilot.press("equals_sign")
        await shows(pilot, f"left   {older}", f"right  {newer}", "6 differences")
        await pilot.press("escape")
        await shows(pilot, "history 2")
        assert on_top(pilot.app) is HistoryScreen


async def test_a_failure_is_compared_with_the_last_success(world: World) -> None:
    world.open_launch("embedded-reduced").end(Outcome.COMPLETED, "done")
    failed = world.open_launch("embedded-reduced")
    failed.end(Outcome.OUT_OF_MEMORY, "CUDA out of memory")
    async with RwmTuiApp(world.services()).run_test(size=(120, 40), notifications=True) as pilot:
        await shows(pilot, "num_envs")
        await pilot.press("h")
        await shows(pilot, "OUT_OF_MEMORY")
        await pilot.press("home", "C")
        text = await shows(pilot, "left   ", "COMPLETED", f"right  {failed.paths.directory.name}  OUT_OF_MEMORY")
        assert "CUDA out of memory" in text
        await pilot.press("r")
        await shows(pilot, "OUT_OF_MEMORY: out of memory - CUDA out of memory")
        await pilot.press("C")
        await shows(pilot, f"right  {failed.paths.directory.name}  OUT_OF_MEMORY")
        await pilot.press("escape", "escape", "escape", "end", "C")
        await shows(pilot, "nothing to compare with", "mark another (m) and compare (=)")


async def test_a_side_that_has_gone_is_told(world: World, tmp_path: Path) -> None:
    async with RwmTuiApp(world.services()).run_test(size=(80, 24), notifications=True) as pilot:
        await shows(pilot, "num_envs")
        pilot.app.post_message(comparison_of(tmp_path / "gone", tmp_path / "gone"))
        await shows(pilot, "! ", "gone")


async def test_in_ascii_mode_the_comparison_is_ascii(world: World, shared_fixtures: Path) -> None:
    left, right = real_runs(world, shared_fixtures, "C_fixed_60it", "D_sigint")
    async with RwmTuiApp(world.services(), ascii_only=True).run_test(size=(80, 24), notifications=True) as pilot:
        await shows(pilot, "num_envs")
        pilot.app.post_message(comparison_of(left, right))
        await shows(pilot, "+ settings resolved")
        await pilot.press("a", "end", "n", "right_square_bracket", "N")
        text = await shows(pilot, "differences")
        assert text.isascii(), {character for character in text if not character.isascii()}
