"""Why a run failed, on the screens: the card, its keys, the jump to the line, and warnings while a run goes on."""

import json
import os
import shutil
from pathlib import Path

import msgspec
import pytest
from textual.pilot import Pilot

from rwm_tui.app import RwmTuiApp
from rwm_tui.core.launch.beginnings import Beginning, read_beginnings
from rwm_tui.core.launch.events import (
    JournalEntry,
    JournalWriter,
    StopRequested,
    SupervisorStarted,
    TrainerStarted,
)
from rwm_tui.core.launch.leftovers import leftovers_among
from rwm_tui.core.launch.outcome import Outcome, OutcomeRecord, write_outcome
from rwm_tui.core.launch.process import identify
from rwm_tui.core.plan.asked import asked_settings
from rwm_tui.core.plan.upstream.runner_guard import GuardState, examine_guard
from rwm_tui.core.trainer_output.console import parse_console
from rwm_tui.core.verdict.place import SeriesPlace
from rwm_tui.messages import AttachTo, PlaceRequested, ReviewRun
from rwm_tui.screens.checklist import ChecklistScreen
from rwm_tui.screens.file import FileScreen
from rwm_tui.widgets.diagnosis_card import DiagnosisCard
from rwm_tui.wiring import diagnose_run
from tests.core.diagnosis.test_diagnose import scalar_record
from tests.core.plan.isaac_lab_tree import IsaacLabTree
from tests.core.plan.runner_sources import BARE, runner_source
from tests.screens.launches import live_launch, started
from tests.screens.world import START, LaunchFiles, World, on_top, screen_text, shows

SETTING = "sim.physx.gpu_max_rigid_patch_count"
FOOTER = ("esc Back", "? Help", "q Quit")


def ended_launch(
    world: World, console: Path, outcome: Outcome, *, profile: str = "default", signal: str | None = None
) -> LaunchFiles:
    """A launch that printed this console, and left the run directory beside it."""
    launch = world.open_launch(profile)
    launch.record(*started(), *parse_console(console))
    launch.print(console.read_text())
    run = next((params.parent for params in (console.parent / "logs").rglob("params")), None)
    status = None if signal else int(outcome is not Outcome.COMPLETED)
    record = OutcomeRecord(
        outcome=outcome,
        reason="as a test has it",
        exit_status=status,
        signal=signal,
        ended_at=START + 100.0,
        run_directory=str(run) if run else None,
    )
    write_outcome(launch.paths.outcome, record)
    return launch


def excerpt(fixtures: Path, number: str, folder: Path) -> Path:
    """The console of a labelled failure, as a file."""
    path = folder / f"{number}.log"
    path.write_text(json.loads((fixtures / "failures" / f"{number}.json").read_text())["text"])
    return path


def card_of(pilot: Pilot[Path]) -> DiagnosisCard:
    return pilot.app.screen.query_one(DiagnosisCard)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_the_card_names_class_cause_line_stage_and_remedy(
    world: World, shared_fixtures: Path, size: tuple[int, int]
) -> None:
    console = shared_fixtures / "upstream-runs" / "A_unpatched_reduced" / "console.log"
    launch = ended_launch(world, console, Outcome.FAILED, profile="reduced")
    app = RwmTuiApp(world.services(), AttachTo(launch.paths.directory))
    async with app.run_test(size=size, notifications=True) as pilot:
        await shows(
            pilot,
            "! the runner's guard is missing  rwm-imagination-infos, fatal",
            "ended in stage 10/12: collecting + updating, after iteration 0 of 1",
            "line 70 (i): AttributeError: 'MBPOOnPolicyRunner' object has no attribute",
            "- Guard that line in mbpo_on_policy_runner.py",
            *FOOTER,
        )
        await pilot.press("x")
        await shows(pilot, "harmless-isaac-startup: 2 lines, first line 3", "(x: fold)")
        await pilot.press("i")
        await shows(pilot, "held at line 70 of 70")
        await pilot.press("X")
        assert not card_of(pilot).display


@pytest.mark.parametrize("run", ["G2_gpu_oom_fraction_5GiB", "G3_gpu_oom_same_process_hog"])
async def test_out_of_memory_has_its_rerun_on_the_card(world: World, shared_fixtures: Path, run: str) -> None:
    console = shared_fixtures / "upstream-runs" / run / "console.log"
    launch = ended_launch(world, console, Outcome.OUT_OF_MEMORY)
    app = RwmTuiApp(world.services(), AttachTo(launch.paths.directory))
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await shows(pilot, "torch ran out of GPU memory", "r Rerun at a smaller scale profile")
        await pilot.press("r")
        await shows(pilot, "2 largest fit", "the world-model update")


async def test_a_kill_is_no_fault_and_offers_nothing_to_do_here(world: World, shared_fixtures: Path) -> None:
    console = shared_fixtures / "upstream-runs" / "E_sigkill_in_save" / "console.log"
    launch = ended_launch(world, console, Outcome.KILLED, signal="SIGKILL")
    app = RwmTuiApp(world.services(), AttachTo(launch.paths.directory))
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        text = await shows(pilot, "! killed by somebody else  killed, not fatal", "line 126 (i): ETA: 00:03:59")
        assert "Rerun" not in text


@pytest.mark.parametrize("run", ["H_4envs_no_finished_episode", "G6_gpu_reduced_3it"])
async def test_a_healthy_run_has_no_card(world: World, shared_fixtures: Path, run: str) -> None:
    launch = ended_launch(world, shared_fixtures / "upstream-runs" / run / "console.log", Outcome.COMPLETED)
    diagnosed: list[object] = []
    services = world.services()

    def diagnose(run_directory: Path | None, launch_directory: Path | None) -> object:
        diagnosed.append(services.diagnose(run_directory, launch_directory))
        return diagnosed[-1]

    app = RwmTuiApp(world.services(diagnose=diagnose), AttachTo(launch.paths.directory))
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        text = await shows(pilot, "COMPLETED", "state loss")
        while not diagnosed:
            await pilot.pause(0.02)
        await pilot.pause()
        assert diagnosed == [None]
        assert not card_of(pilot).display
        assert "harmless" not in text


async def test_what_is_not_recognised_is_not_guessed_at(world: World, tmp_path: Path) -> None:
    console = tmp_path / "console.log"
    console.write_text(
        "booting\nTraceback (most recent call last):\n  File 'x', line 1\nKeyError: 'my \x1b[2Jown key'\n"
    )
    launch = ended_launch(world, console, Outcome.FAILED)
    app = RwmTuiApp(world.services(), AttachTo(launch.paths.directory))
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await shows(pilot, "! not recognised  fatal", "no known message", "line 4 (i): KeyError: 'my own key'")


async def test_a_stop_that_was_asked_for_needs_no_card(world: World, shared_fixtures: Path) -> None:
    console = shared_fixtures / "upstream-runs" / "D_sigint" / "console.log"
    launch = ended_launch(world, console, Outcome.STOPPED, signal="SIGINT")
    launch.record(StopRequested("user"))
    assert world.services().diagnose(None, launch.paths.directory) is None


async def test_after_the_time_limit_a_longer_one_is_shown_and_launched(world: World, shared_fixtures: Path) -> None:
    launch = world.open_launch("reduced")
    console = shared_fixtures / "upstream-runs" / "D_sigint" / "console.log"
    events = parse_console(console)[:-1]
    JournalWriter(launch.paths.events).write(*(JournalEntry(START, event) for event in (*started(), *events)))
    launch.record(StopRequested("time-limit"), t=START + 900.0)
    launch.print(console.read_text().partition("Traceback")[0])
    record = OutcomeRecord(
        outcome=Outcome.TIMED_OUT,
        reason="stopped at the time limit",
        exit_status=None,
        signal="SIGKILL",
        ended_at=START + 920.0,
        run_directory=None,
    )
    write_outcome(launch.paths.outcome, record)
    app = RwmTuiApp(world.services(), AttachTo(launch.paths.directory))
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await shows(
            pilot,
            "! the time limit was too short  time-limit-reached, not fatal",
            "r Raise the time",
            "r Rerun",
            *FOOTER,
        )
        await pilot.press("r")
        # 8 of 200 iterations took 920 s
        await shows(pilot, "Launch reduced again?", "would take some 6 h 23 min", "time_limit_s")
        await pilot.press("n")
        assert world.launched == []
        await pilot.press("r")
        await shows(pilot, "grace_s")
        await pilot.press("y")
        await shows(pilot, "waiting for the trainer's first stage")
    [plan] = world.launched
    before = launch.paths.launch_id
    assert (plan.time_limit_s, plan.grace_s, plan.parent) == (28800.0, 40.0, before)
    assert plan.follows_because is not None
    assert "was too short" in plan.follows_because


async def test_a_buffer_that_overflowed_is_raised_by_the_size_that_the_message_asks_for(
    world: World, shared_fixtures: Path, tmp_path: Path
) -> None:
    launch = ended_launch(world, excerpt(shared_fixtures, "089", tmp_path), Outcome.COMPLETED, profile="reduced")
    app = RwmTuiApp(world.services(), AttachTo(launch.paths.directory))
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await shows(pilot, "PhysX buffer full, contacts dropped", "r Set sim.physx.gpu_")
        await pilot.press("r")
        await shows(pilot, "Launch reduced again?", "env.sim.physx.gpu_max_rigid_patch_count", "default")
        await pilot.press("y")
        await shows(pilot, "waiting for the trainer's first stage")
    [plan] = world.launched
    assert f"env.sim.physx.gpu_max_rigid_patch_count={plan.profile.env[SETTING]}" in " ".join(plan.argv)
    assert asked_settings(plan.argv)[f"env.{SETTING}"] == plan.profile.env[SETTING] >= 2**18


async def test_the_missing_guard_is_put_in_from_the_card(world: World, shared_fixtures: Path, tmp_path: Path) -> None:
    runner = IsaacLabTree(tmp_path).runner
    runner.parent.mkdir(parents=True)
    runner.write_text(runner_source(BARE))
    console = shared_fixtures / "upstream-runs" / "A_unpatched_reduced" / "console.log"
    launch = ended_launch(world, console, Outcome.FAILED, profile="reduced")
    app = RwmTuiApp(world.services(), AttachTo(launch.paths.directory))
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        text = await shows(pilot, "a Guard that line", "- Then launch the same again.")
        assert "Rerun" not in text.splitlines()[-1]  # it would fail again
        await pilot.press("a")
        await shows(pilot, "Put this guard into the runner?", "+")
        assert examine_guard(runner.read_text()).state is GuardState.MISSING
        await pilot.press("y")
        await shows(pilot, "The runner is guarded", "- Guard that line", "r Then launch the same again.")
        assert examine_guard(runner.read_text()).state is GuardState.GUARDED
        await pilot.press("r")
        await shows(pilot, "Launch reduced again?", "nothing changes")
        await pilot.press("y")
        await shows(pilot, "waiting for the trainer's first stage")
    assert [plan.parent for plan in world.launched] == [launch.paths.launch_id]


async def test_a_missing_consent_is_asked_for_from_the_card(
    world: World, shared_fixtures: Path, tmp_path: Path
) -> None:
    launch = ended_launch(world, excerpt(shared_fixtures, "105", tmp_path), Outcome.FAILED, profile="reduced")
    app = RwmTuiApp(world.services(), AttachTo(launch.paths.directory))
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await shows(pilot, "Isaac Sim's licence is not accepted", "a Read the licence")
        await pilot.press("a")
        await shows(pilot, "Do you accept NVIDIA's Omniverse licence?")
        await pilot.press("y")
        await shows(pilot, "the consent is noted", "- Read the licence")
    assert "eula_accepted: 2026-05-28" in (world.project.root / "rwm-tui.yaml").read_text()


async def test_a_leftover_of_ours_that_holds_the_gpu_is_ended_from_the_card(
    world: World, shared_fixtures: Path, tmp_path: Path
) -> None:
    left = world.open_launch("reduced")
    us = identify(os.getpid())
    assert us is not None
    gone = msgspec.structs.replace(us, start_ticks=us.start_ticks - 1)
    left.record(SupervisorStarted(gone), TrainerStarted(us))
    launch = ended_launch(world, excerpt(shared_fixtures, "005", tmp_path), Outcome.OUT_OF_MEMORY, profile="reduced")
    [found] = leftovers_among(read_beginnings(world.project.launches))
    ended: list[tuple[Beginning, ...]] = []

    def end(leftovers: tuple[Beginning, ...]) -> tuple[str, ...]:
        ended.append(leftovers)
        return ("process group ended after SIGINT",)

    services = world.services(leftovers=lambda: (found,), end_leftovers=end)
    app = RwmTuiApp(services, AttachTo(launch.paths.directory))
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await shows(pilot, "another process holds the GPU's memory", "E End the process that holds the memory")
        await pilot.press("E")
        await shows(pilot, "End what earlier launches left running?", f"process group {os.getpid()}")
        await pilot.press("n")
        assert ended == []
        await pilot.press("E")
        await shows(pilot, "y: yes")
        await pilot.press("y")
        await shows(pilot, "process group ended after SIGINT")
    assert ended == [(found,)]


def test_read_only_offers_nothing(world: World, shared_fixtures: Path) -> None:
    console = shared_fixtures / "upstream-runs" / "A_unpatched_reduced" / "console.log"
    launch = ended_launch(world, console, Outcome.FAILED, profile="reduced")
    preferences = msgspec.structs.replace(world.project.preferences, read_only=True)
    found = diagnose_run(msgspec.structs.replace(world.project, preferences=preferences), None, launch.paths.directory)
    assert found is not None
    assert found.diagnosis.name == "rwm-imagination-infos"
    assert found.possible == frozenset()


async def test_the_checklist_shows_the_same_card_and_opens_the_console(world: World, shared_fixtures: Path) -> None:
    console = shared_fixtures / "upstream-runs" / "A_unpatched_reduced" / "console.log"
    launch = ended_launch(world, console, Outcome.FAILED, profile="reduced")
    app = RwmTuiApp(world.services(), AttachTo(launch.paths.directory))
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await shows(pilot, "the runner's guard is missing", "c Checklist")
        await pilot.press("c")
        await shows(pilot, "the runner's guard is missing", "ended in stage 10/12", "task-resolves")
        assert on_top(app) is ChecklistScreen
        await pilot.press("i")
        await shows(pilot, "console.log | line 70", "held at line 70 of 70")
        assert on_top(app) is FileScreen


@pytest.fixture
def poisoned_run(shared_fixtures: Path, tmp_path: Path) -> Path:
    """A run whose console is clean and whose status is 0; the world model's loss is NaN in the event file."""
    [params] = (shared_fixtures / "upstream-runs" / "B_fixed_reduced_ok" / "logs").rglob("params")
    run = Path(shutil.copytree(params.parent, tmp_path / params.parent.name))
    [events] = run.glob("events.out.tfevents.*")
    events.write_bytes(events.read_bytes() + scalar_record("System Dynamics/state_loss", float("nan")))
    return run


async def test_what_only_files_show_has_a_card_without_any_launch(world: World, poisoned_run: Path) -> None:
    app = RwmTuiApp(world.services(), ReviewRun(poisoned_run))
    places: list[object] = []
    async with app.run_test(
        size=(120, 40),
        notifications=True,
        message_hook=lambda message: places.append(message.place) if isinstance(message, PlaceRequested) else None,
    ) as pilot:
        await shows(
            pilot,
            "! NaN in the world model  silent-nan-dynamics, not fatal",
            "file (i): events.out.tfevents",
            "System Dynamics/state_loss is nan at step 1",
        )
        await pilot.press("i")
        await shows(pilot, "An event file")
    assert places
    assert isinstance(places[0], SeriesPlace)


async def test_a_completed_run_shows_what_its_files_show(
    world: World, shared_fixtures: Path, poisoned_run: Path
) -> None:
    launch = live_launch(world, shared_fixtures)
    launch.end(Outcome.COMPLETED, "model_1.pt was written", poisoned_run)
    app = RwmTuiApp(world.services(), AttachTo(launch.paths.directory))
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await shows(pilot, "COMPLETED: run completed", "! NaN in the world model", "Do not use this world model")


OVERFLOW = (
    "2026-03-01T08:12:45Z [12,345ms] [Error] [omni.physx.plugin] PhysX error: Patch buffer overflow detected, "
    "please increase its size to at least {size} in the scene desc!\n"
)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_a_live_run_is_warned_of_and_not_judged(
    world: World, shared_fixtures: Path, size: tuple[int, int]
) -> None:
    launch = live_launch(world, shared_fixtures)
    healthy = launch.paths.console.read_text().partition("Traceback")[0]
    launch.paths.console.write_text(healthy)
    app = RwmTuiApp(world.services(), AttachTo(launch.paths.directory))
    async with app.run_test(size=size, notifications=True) as pilot:
        await shows(pilot, "RUNNING", "ETA: 00:02:4")
        assert not card_of(pilot).display
        launch.print("".join(OVERFLOW.format(size=size) for size in (160_000, 170_000, 163_000)))
        await shows(pilot, "warning: PhysX buffer full, contacts dropped, 3 times; set", *FOOTER)
        assert "gpu_max_rigid_patch_count to at least 170000" in screen_text(app).replace("\n ", " ")
        launch.print("Mean value_function loss: nan\nRuntimeError: CUDA out of memory. Tried to allocate 1 MiB\n")
        text = await shows(pilot, "torch ran out of GPU memory", "Mean value_function loss is nan since iteration 7")
        assert "RUNNING" in text
        assert "fatal" not in text
        await pilot.press("i")
        first = len(healthy.splitlines()) + 1
        await shows(pilot, f"held at line {first} of {first + 4}")


async def test_a_warning_that_stays_is_not_drawn_again(world: World, shared_fixtures: Path) -> None:
    launch = live_launch(world, shared_fixtures)
    launch.paths.console.write_text(OVERFLOW.format(size=160_000))
    app = RwmTuiApp(world.services(), AttachTo(launch.paths.directory))
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await shows(pilot, "warning: PhysX buffer full")
        drawn: list[object] = []
        card = card_of(pilot)
        static = card.query_one("Static")
        static.update = lambda content: drawn.append(content)  # type: ignore[attr-defined, method-assign]
        warned = 0
        warn = card.warn

        def counting(warnings: tuple[object, ...]) -> None:
            nonlocal warned
            warned += 1
            warn(warnings)  # type: ignore[arg-type]

        card.warn = counting  # type: ignore[method-assign, assignment]
        launch.print("a healthy line\n" * 5)
        while warned < 2:
            await pilot.pause(0.05)
        assert drawn == []
