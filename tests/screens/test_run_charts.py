"""The charts of a run, with an earlier launch behind them."""

from pathlib import Path

import pytest

from rwm_tui.app import RwmTuiApp
from rwm_tui.core.launch.events import (
    JournalWriter,
    RunDirectoryBound,
)
from rwm_tui.core.launch.outcome import Outcome
from rwm_tui.core.ports import HostLoad, MemorySample, NotAvailable
from rwm_tui.messages import AttachTo
from rwm_tui.widgets.time_chart import TimeChart
from tests.screens.launches import live_launch, started, write_losses
from tests.screens.world import START, World, shows


async def test_charts_are_turned_through_zoomed_and_read_off(world: World, shared_fixtures: Path) -> None:
    launch = live_launch(world, shared_fixtures)
    host = HostLoad(2048.0, 8192.0, 30.0, NotAvailable("not told"))
    for second in range(30, 400):
        sample = MemorySample(START + second, NotAvailable("no NVML"), 812.0, host=host)
        JournalWriter(launch.paths.samples).write(sample)
    app = RwmTuiApp(world.services(), AttachTo(launch.paths.directory))
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await shows(pilot, "trainer's own memory (RSS) 0.79 GiB", "(1 of 9: t)", "7 min 20 s")
        await pilot.press("t")
        await shows(pilot, "mean reward 0.19", "(2 of 9: t)")
        await pilot.press("T", "T", "T")
        await shows(pilot, "host RAM used 2.00 of 8.00 GiB")
        await pilot.press("t", "t")
        app.screen.query_one(TimeChart).focus()
        await pilot.press("left", "left")
        await shows(pilot, "trainer's own memory (RSS) 0.79 GiB, at 6 min 28 s, collecting + updating, peak")
        await pilot.press("home")
        await shows(pilot, "at 0 s")
        await pilot.press("plus")
        await shows(pilot, "3 min 40 s")
        await pilot.press("end", "0")
        await shows(pilot, "(RSS) 0.79 GiB", "7 min 20 s")


async def test_an_earlier_launch_is_laid_behind_the_chart(world: World, shared_fixtures: Path) -> None:
    earlier = live_launch(world, shared_fixtures)
    earlier.end(Outcome.STOPPED, "stopped")
    launch = live_launch(world, shared_fixtures)
    app = RwmTuiApp(world.services(), AttachTo(launch.paths.directory))
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await shows(pilot, "trainer's own memory (RSS) 0.78 GiB")
        await pilot.press("o")
        await shows(pilot, f"earlier: {earlier.paths.launch_id}")
        await pilot.press("o")
        await shows(pilot, "GiB - no GPU")


async def test_an_earlier_launchs_event_file_is_laid_behind_the_chart(world: World, tmp_path: Path) -> None:
    launches = []
    for name, losses in (("earlier", (0.5, 0.25)), ("this", (0.8, 0.4))):
        launch = world.open_launch("embedded")
        run = write_losses(tmp_path / "runs" / name, {"state_loss": losses})
        launch.record(*started(), RunDirectoryBound(str(run), "a test"))
        launches.append(launch)
    earlier, this = launches
    earlier.end(Outcome.STOPPED, "stopped")
    app = RwmTuiApp(world.services(), AttachTo(this.paths.directory))
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await shows(pilot, "(1 of 2: t)")
        await pilot.press("t", "o")
        text = await shows(pilot, f"earlier: {earlier.paths.launch_id}")
        assert "state loss 0.4 - earlier" in text


@pytest.mark.parametrize(
    ("width", "told"),
    [
        (60, "trainer's own memo… 0.50 to 0.59 GiB, earlier 0.50 to 0.59"),
        (80, "trainer's own memo… 0.50 to 0.55 GiB, earlier 0.50 to 0.55, at 0 s (1 of 7: t)"),
    ],
)
async def test_the_cursor_tells_both_launches_values_until_the_earlier_one_ended(
    world: World, shared_fixtures: Path, width: int, told: str
) -> None:
    earlier = live_launch(world, shared_fixtures)
    earlier.end(Outcome.STOPPED, "stopped")  # at 60 s
    launch = live_launch(world, shared_fixtures)
    launch.sample(START + 400.0, 900.0)
    app = RwmTuiApp(world.services(), AttachTo(launch.paths.directory))
    async with app.run_test(size=(width, 24), notifications=True) as pilot:
        await shows(pilot, "trainer's own memory (RSS) 0.88 GiB", "… (1 of 7: t)")
        app.screen.query_one(TimeChart).focus()
        await pilot.press("o", "left")
        await shows(pilot, "0.78 GiB, earlier: ended by then")
        await pilot.press("home")
        await shows(pilot, told)
