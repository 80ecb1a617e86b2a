from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from textual.worker import WorkerState

from rwm_tui.app import RwmTuiApp
from rwm_tui.core.launch.events import (
    MemoryWarned,
    RunDirectoryBound,
    StopRequested,
)
from rwm_tui.core.launch.outcome import Outcome
from rwm_tui.core.memory.shrinking import BATCH, value_of
from rwm_tui.core.review.history import list_history
from rwm_tui.core.trainer_output.console import ConsoleParser, OutOfMemorySeen
from rwm_tui.messages import AttachTo
from rwm_tui.screens.checklist import ChecklistScreen
from rwm_tui.screens.run import RunScreen
from rwm_tui.widgets.log_pane import LogPane
from rwm_tui.widgets.time_chart import TimeChart
from tests.core.launch.recorded import recorded_launch
from tests.screens.launches import live_launch, out_of_memory_launch, started, write_losses
from tests.screens.world import START, World, on_top, screen_text, shows
from tests.widgets.states import iteration


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_a_live_run_shows_stage_memory_figures_and_log(
    world: World, shared_fixtures: Path, size: tuple[int, int]
) -> None:
    launch = live_launch(world, shared_fixtures)
    app = RwmTuiApp(world.services(), AttachTo(launch.paths.directory))
    async with app.run_test(size=size, notifications=True) as pilot:
        text = await shows(pilot, "RUNNING", "iteration 8/200", "ETA 2 min 44 s", "KeyboardInterrupt", "Stop")
        assert "embedded trainer (MuJoCo): not Isaac Lab" in text
        assert "collecting + updating" in text
        assert "trainer's own memory (RSS) 0.78 GiB, peak 0.78 GiB - no GPU" in text
        assert "mean reward 0.19" in text
        assert "not in the event file yet" in text
        assert "following" in text
        footer = text.splitlines()[-1]
        assert "Stop" in footer
        assert "Rerun" not in footer
        assert "Checklist" not in footer


async def test_the_log_grows_while_it_is_watched(world: World, shared_fixtures: Path) -> None:
    launch = live_launch(world, shared_fixtures)
    app = RwmTuiApp(world.services(), AttachTo(launch.paths.directory))
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await shows(pilot, "KeyboardInterrupt")
        launch.print("a new line\nand \x1b[2Janother\x1b]0;title\x07\n")
        await shows(pilot, "a new line", "and another")
        await pilot.press("up")
        await shows(pilot, "NOT FOLLOWING")
        launch.print("unseen\n" * 30)
        await pilot.press("f")
        await shows(pilot, "unseen", "| following")


async def test_stopping_asks_first(world: World, shared_fixtures: Path) -> None:
    launch = live_launch(world, shared_fixtures)
    app = RwmTuiApp(world.services(), AttachTo(launch.paths.directory))
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await shows(pilot, "RUNNING")
        await pilot.press("s")
        await shows(pilot, "Stop this run?", "SIGKILL after")
        await pilot.press("n")
        assert world.stopped == []
        await pilot.press("s", "y")
        await shows(pilot, "SIGINT requested")
        assert world.stopped == [launch.paths.directory]
        launch.record(StopRequested("user"))
        await shows(pilot, "STOPPING", "stop asked for by user")
        await pilot.press("s")  # what is under way is not asked for again
        assert on_top(app) is RunScreen


async def test_leaving_a_live_run_names_it_so_that_it_can_be_attached_again(
    world: World, shared_fixtures: Path
) -> None:
    launch = live_launch(world, shared_fixtures)
    app = RwmTuiApp(world.services(), AttachTo(launch.paths.directory))
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await shows(pilot, "RUNNING")
        await pilot.press("q")
    assert app.return_value == launch.paths.directory
    assert world.stopped == []


async def test_what_a_screen_began_ends_in_order_when_it_is_left(world: World, shared_fixtures: Path) -> None:
    launch = live_launch(world, shared_fixtures)
    app = RwmTuiApp(world.services(), AttachTo(launch.paths.directory))
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "RUNNING", "KeyboardInterrupt")
        began = [worker for worker in app.workers if worker.node is app.screen]
        assert {"following the run", "watching for changes"} <= {worker.name for worker in began}
        await pilot.press("escape")
        await shows(pilot, "Settings against")
        assert [worker.error for worker in began if worker.state is WorkerState.ERROR] == []


async def test_leaving_after_the_end_names_nothing(world: World, shared_fixtures: Path) -> None:
    launch = live_launch(world, shared_fixtures)
    launch.end(Outcome.STOPPED, "stopped on request; ended by SIGINT; no model_3.pt")
    app = RwmTuiApp(world.services(), AttachTo(launch.paths.directory))
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        text = await shows(pilot, "STOPPED: run stopped", "ended by SIGINT")
        assert "Stop" not in text.splitlines()[-1]
        assert "failed" not in text
        await pilot.press("q")
    assert app.return_value is None


async def test_a_run_that_completes_while_it_is_watched_opens_its_checklist(
    world: World, shared_fixtures: Path
) -> None:
    launch = live_launch(world, shared_fixtures)
    [params] = (shared_fixtures / "upstream-runs" / "B_fixed_reduced_ok" / "logs").rglob("params")
    app = RwmTuiApp(world.services(), AttachTo(launch.paths.directory))
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await shows(pilot, "RUNNING")
        launch.end(Outcome.COMPLETED, "model_1.pt was written", params.parent)
        await shows(pilot, "checklist", "Not verified")
        assert on_top(app) is ChecklistScreen
        await pilot.press("escape")
        await shows(pilot, "COMPLETED: run completed", "model_1.pt was written")
        await pilot.press("c")
        await shows(pilot, "Not verified")


async def test_a_past_run_stays_on_its_own_screen(world: World, shared_fixtures: Path) -> None:
    launch = live_launch(world, shared_fixtures)
    [params] = (shared_fixtures / "upstream-runs" / "B_fixed_reduced_ok" / "logs").rglob("params")
    launch.end(Outcome.COMPLETED, "model_1.pt was written", params.parent)
    app = RwmTuiApp(world.services(), AttachTo(launch.paths.directory))
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await shows(pilot, "COMPLETED", "state loss", "autoregressive error inf")
        assert on_top(app) is RunScreen


async def test_the_run_directory_takes_one_line_in_whatever_the_terminal_becomes(
    world: World, shared_fixtures: Path
) -> None:
    launch = live_launch(world, shared_fixtures)
    directory = launch.paths.directory / "a-folder-with-a-long-name" / "2026-11-29_08-50-29_pretrain"
    launch.end(Outcome.STOPPED, "no model_3.pt", directory)
    app = RwmTuiApp(world.services(), AttachTo(launch.paths.directory))
    async with app.run_test(size=(300, 24)) as pilot:
        await shows(pilot, f"run directory: {directory}")
        await pilot.resize_terminal(50, 24)
        await shows(pilot, "run directory: .../2026-11-29_08-50-29_pretrain")
        await pilot.resize_terminal(300, 24)
        await shows(pilot, f"run directory: {directory}")


@pytest.mark.parametrize(("keys", "name", "batch"), [(("y",), "default-fit", None), (("1", "y"), "medium", 1000)])
async def test_after_out_of_memory_both_smaller_runs_stand_side_by_side(
    world: World, shared_fixtures: Path, keys: tuple[str, ...], name: str, batch: int | None
) -> None:
    launch = out_of_memory_launch(world, shared_fixtures, "default")
    app = RwmTuiApp(world.services(), AttachTo(launch.paths.directory))
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await shows(pilot, "OUT_OF_MEMORY: out of memory", "Rerun")
        await pilot.press("r")
        text = await shows(pilot, "1 next rung", ">2 largest fit", "the world-model update", "reference")
        [samples] = [line for line in text.splitlines() if "samples per iteration" in line]
        assert samples.split()[-4] == samples.split()[-1] == "100000"
        assert "system_dynamics_mini_batch_size" in text  # the diff of the chosen one
        await pilot.press(*keys)
        await shows(pilot, "waiting for the trainer's first stage")
    [plan] = world.launched
    assert (plan.profile.name, plan.parent) == (name, launch.paths.launch_id)
    chosen = value_of(plan.profile, BATCH)
    assert chosen == batch if batch else 2000 <= chosen < 5000
    assert plan.follows_because
    assert "the world-model update" in plan.follows_because


async def test_no_to_the_rerun_launches_nothing(world: World, shared_fixtures: Path) -> None:
    launch = out_of_memory_launch(world, shared_fixtures, "default")
    app = RwmTuiApp(world.services(), AttachTo(launch.paths.directory))
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await shows(pilot, "Rerun")
        await pilot.press("r")
        await shows(pilot, "2 largest fit")
        await pilot.press("n")
        await shows(pilot, "OUT_OF_MEMORY: out of memory")
    assert world.launched == []


async def test_memory_that_another_process_holds_is_no_reason_for_a_smaller_run(world: World) -> None:
    launch = world.open_launch("default")
    text = "torch.OutOfMemoryError: CUDA out of memory. Process 573 has 74.17 GiB memory in use."
    launch.record(*started(), OutOfMemorySeen(kind="other-process", text=text, line=9, offset=0))
    launch.end(Outcome.OUT_OF_MEMORY, "torch ran out of memory (console line 9); no model_2000.pt")
    app = RwmTuiApp(world.services(), AttachTo(launch.paths.directory))
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await shows(pilot, "Rerun")
        await pilot.press("r")
        await shows(pilot, "no rerun", "process 573 holds 74.17")
    assert world.launched == []


async def test_after_a_success_one_key_goes_up_the_ladder(world: World) -> None:
    launch = world.open_launch("embedded-reduced")
    launch.record(*started())
    launch.end(Outcome.COMPLETED, "model_1.pt was written")
    app = RwmTuiApp(world.services(), AttachTo(launch.paths.directory))
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await shows(pilot, "COMPLETED", "u Go up")
        await pilot.press("u")
        await shows(pilot, "Go up from embedded-reduced as embedded?", ">1 next rung", "2 largest fit is not offered")
        await pilot.press("y")
        await shows(pilot, "embedded | ", "PLANNED")
    [plan] = world.launched
    assert plan.profile.name == "embedded"
    assert plan.parent == launch.paths.launch_id
    assert plan.follows_because is not None
    assert plan.follows_because.startswith("embedded-reduced completed; next rung embedded: ")


async def test_a_warning_of_memory_stands_on_the_screen_while_the_run_is_live(world: World) -> None:
    launch = world.open_launch("default")
    warning = "will run out of device memory in the dynamics phase: 12.9-15.2 GiB foretold of 12.0"
    launch.record(*started(), MemoryWarned("ahead", warning, 15000.0, 12288.0))
    app = RwmTuiApp(world.services(), AttachTo(launch.paths.directory))
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await shows(pilot, "! will run out of device memory")
        launch.end(Outcome.COMPLETED, "model_2000.pt was written")
        await shows(pilot, "COMPLETED")
        assert "! will run out" not in screen_text(app)


async def test_a_failure_offers_no_rerun(world: World, shared_fixtures: Path) -> None:
    launch = live_launch(world, shared_fixtures)
    launch.end(Outcome.FAILED, "exit status 1, no model_3.pt: KeyError: 'x'")
    app = RwmTuiApp(world.services(), AttachTo(launch.paths.directory))
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        text = await shows(pilot, "FAILED: run failed", "KeyError: 'x'")
        assert "Rerun" not in text
        await pilot.press("r")
    assert world.launched == []


async def test_a_folder_that_is_no_launch_is_explained(world: World, tmp_path: Path) -> None:
    app = RwmTuiApp(world.services(), AttachTo(tmp_path / "nothing"))
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await shows(pilot, "no launch:", "rwm-tui launches")


async def test_the_log_can_take_the_whole_screen(world: World, shared_fixtures: Path) -> None:
    launch = live_launch(world, shared_fixtures)
    app = RwmTuiApp(world.services(), AttachTo(launch.paths.directory))
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await shows(pilot, "KeyboardInterrupt", "GiB")
        small = app.screen.query_one(LogPane).size.height
        await pilot.press("l")
        await pilot.pause()
        assert app.screen.query_one(LogPane).size.height > small
        await shows(pilot, "KeyboardInterrupt")


@pytest.mark.parametrize("keys", [(), ("R",)], ids=["run", "replay"])
async def test_the_log_that_takes_the_screen_takes_the_keys_too(world: World, keys: tuple[str, ...]) -> None:
    app = RwmTuiApp(world.services(), AttachTo(recorded_launch(world.project.root)))
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await shows(pilot, "ENDED", "bye")
        await pilot.press(*keys)
        await shows(pilot, *(["playing 10x"] if keys else []))
        app.screen.query_one(TimeChart).focus()
        await pilot.press("l")
        await pilot.pause()
        assert isinstance(app.focused, LogPane)
        await pilot.press("slash", *"boot", "enter")
        await shows(pilot, "'boot'")


async def test_in_ascii_mode_our_own_drawing_is_ascii(world: World, shared_fixtures: Path) -> None:
    launch = live_launch(world, shared_fixtures)
    app = RwmTuiApp(world.services(), AttachTo(launch.paths.directory), ascii_only=True)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        text = await shows(pilot, "RUNNING", "GiB", "KeyboardInterrupt")
        assert text.isascii(), [character for character in text if not character.isascii()]


async def test_a_flood_is_shown_without_waiting_for_all_of_it(world: World, shared_fixtures: Path) -> None:
    launch = live_launch(world, shared_fixtures)
    launch.print("".join(f"flood {number} of lines that nobody reads\n" for number in range(200_000)))
    app = RwmTuiApp(world.services(), AttachTo(launch.paths.directory))
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await shows(pilot, "flood 199999", limit_s=5.0)
        await pilot.press("f")
        await shows(pilot, "NOT FOLLOWING", limit_s=2.0)


async def test_watching_that_fails_is_said_and_reading_goes_on(world: World, shared_fixtures: Path) -> None:
    async def fail(folder: Path) -> AsyncIterator[None]:
        yield None
        raise OSError("inotify watch limit reached")

    launch = live_launch(world, shared_fixtures)
    app = RwmTuiApp(world.services(changes=fail), AttachTo(launch.paths.directory))
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await shows(pilot, "watching for changes failed", "inotify watch limit reached")
        launch.print("still read\n")
        await shows(pilot, "still read")


async def test_isaac_sims_own_log_is_one_key_away(world: World, tmp_path: Path) -> None:
    kit_log = tmp_path / "kit_20260425_100703.log"
    kit_log.write_text("\x1b]0;owned\x07[Warning] [omni.ext] a line of Kit\n")
    [named] = ConsoleParser().feed(f"[Info] [carb] Logging to file: {kit_log}", number=1, offset=0)
    files = world.open_launch("embedded")
    files.record(named)
    async with RwmTuiApp(world.services(), AttachTo(files.paths.directory)).run_test(size=(120, 40)) as pilot:
        await shows(pilot, "waiting for the trainer's first stage")
        await pilot.press("K")
        await shows(pilot, "kit_20260425_100703.log", "a line of Kit")
        await pilot.press("escape")
        await shows(pilot, "waiting for the trainer's first stage")
    assert [entry.kit_log for entry in list_history(world.project)] == [str(kit_log)]


@pytest.mark.parametrize(
    ("size", "plotted"), [((60, 16), True), ((80, 16), True), ((60, 12), False), ((40, 12), False)]
)
async def test_the_log_keeps_three_rows_where_there_are_few(
    world: World, tmp_path: Path, size: tuple[int, int], plotted: bool
) -> None:
    """Of a run whose losses are known: its figures, and then its chart, have what is left."""
    losses = ("state", "bound", "contact", "termination")
    run = write_losses(tmp_path / "run", {f"{name}_loss": (0.5,) for name in losses})
    launch = world.open_launch("embedded")
    launch.record(*started(), RunDirectoryBound(str(run), "a test"), iteration(1))
    launch.sample(START, 512.0)
    launch.sample(START + 20.0, 600.0)
    launch.print("".join(f"printed {number}\n" for number in range(9)))
    app = RwmTuiApp(world.services(), AttachTo(launch.paths.directory))
    async with app.run_test(size=size, notifications=True) as pilot:
        text = await shows(pilot, "printed 6", "printed 7", "printed 8", "own me", "steps/s")
        assert ("│" in text) is plotted


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_a_launch_is_gone_through_again(world: World, size: tuple[int, int]) -> None:
    directory = recorded_launch(world.project.root)
    app = RwmTuiApp(world.services(), AttachTo(directory))
    async with app.run_test(size=size, notifications=True) as pilot:
        await shows(pilot, "ENDED", "COMPLETED", "bye")
        await pilot.press("R")
        await shows(pilot, "replay: ", " of 1 min 00 s, playing 10x")
        await pilot.press("comma", "B")
        text = await shows(pilot, "replay: 0 s of 1 min 00 s, paused", "STARTING")
        assert "booting" in text
        assert "COMPLETED" not in text
        for _ in range(21):
            await pilot.press("full_stop")
        text = await shows(pilot, "replay: 25 s of 1 min", "RUNNING", "iteration 2/3", "Learning iteration 1/3")
        assert "following" in text
        await pilot.press("f")
        await shows(pilot, "NOT FOLLOWING (f)")
        await pilot.press("f")
        await shows(pilot, "| following |")
        assert "Learning iteration 2/3" not in text
        footer = text.splitlines()[-1]
        assert all(key in footer for key in ("Back", "Play", "Help", "Quit"))
        assert all(key not in footer for key in ("Stop", "Rerun", "Go up"))
        await pilot.press("E")
        await shows(pilot, "COMPLETED", "bye")
        await pilot.press("greater_than_sign", "space")
        await shows(pilot, "playing 30x")
        await shows(pilot, "replay: 1 min 00 s of 1 min 00 s, paused")
