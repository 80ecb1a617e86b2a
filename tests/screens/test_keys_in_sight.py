"""The way to help and the way out are in sight on every screen, at 80 columns."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from textual.screen import Screen

from rwm_tui.app import RwmTuiApp
from rwm_tui.core.compare.side import SidePaths
from rwm_tui.core.launch.outcome import Outcome
from rwm_tui.core.services import Services
from rwm_tui.core.verdict.place import TextPlace
from rwm_tui.screens.checklist import ChecklistScreen
from rwm_tui.screens.compare import CompareScreen
from rwm_tui.screens.doctor import DoctorScreen
from rwm_tui.screens.file import FileScreen
from rwm_tui.screens.groups import GroupsScreen
from rwm_tui.screens.history import HistoryScreen
from rwm_tui.screens.kit_log import KitLogScreen
from rwm_tui.screens.replay import ReplayScreen
from rwm_tui.screens.run import RunScreen
from tests.screens.world import World, shows

SCREENS: dict[str, tuple[Callable[[Services, Path, Path], Screen[None]], str]] = {
    "history": (lambda services, run, launch: HistoryScreen(services), "history 1"),
    "run": (lambda services, run, launch: RunScreen(services, launch), "OUT_OF_MEMORY"),
    "replay": (lambda services, run, launch: ReplayScreen(services, launch), "replay"),
    "checklist": (lambda services, run, launch: ChecklistScreen(services, run, launch), "task-resolves"),
    "groups": (lambda services, run, launch: GroupsScreen(services, run, launch, None), "expected"),
    "compare": (
        lambda services, run, launch: CompareScreen(services, SidePaths(run, None), SidePaths(None, launch)),
        "only on the",
    ),
    "doctor": (lambda services, run, launch: DoctorScreen(services, None), "esc Back"),
    "file": (
        lambda services, run, launch: FileScreen(TextPlace(run / "params" / "agent.yaml", 3), "embedded"),
        "agent.yaml",
    ),
    "kit log": (lambda services, run, launch: KitLogScreen(run / "params" / "agent.yaml"), "agent.yaml"),
}


async def test_help_and_quit_are_in_sight(world: World, shared_fixtures: Path) -> None:
    [params] = (shared_fixtures / "upstream-runs" / "B_fixed_reduced_ok" / "logs").rglob("params")
    run = world.project.logs / "rsl_rl" / "anymal_d_flat" / params.parent.name
    shutil.copytree(params.parent, run)
    launch = world.open_launch("embedded")
    launch.end(Outcome.OUT_OF_MEMORY, "CUDA out of memory", run)
    services = world.services()
    async with RwmTuiApp(services).run_test(size=(80, 24)) as pilot:
        await shows(pilot, "num_envs", "? Help", "q Quit")
        for screen, loaded in SCREENS.values():
            pilot.app.push_screen(screen(services, run, launch.paths.directory))
            await shows(pilot, loaded, "esc Back", "? Help", "q Quit")
        await pilot.resize_terminal(40, 24)
        await shows(pilot, "esc Back", "? Help", "q Quit")
        await pilot.resize_terminal(140, 24)
        await shows(pilot, "p Profiles", "h History", "? Help", "q Quit")
