import asyncio
import json
import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from rwm_tui.app import RwmTuiApp
from rwm_tui.core.verdict.checklist import Checklist
from rwm_tui.core.verdict.further_claims import FURTHER_CLAIMS
from rwm_tui.core.verdict.place import TensorPlace, TextPlace
from rwm_tui.messages import PlaceRequested, ReviewRun
from rwm_tui.screens.checklist import ChecklistScreen
from rwm_tui.screens.profiles import ProfilesScreen
from tests.core.run_dir.torch_file import saved_state, write_torch_file
from tests.screens.world import World, on_top, shows


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_every_claim_has_its_status_by_word_and_its_evidence(
    world: World, shared_fixtures: Path, tmp_path: Path, size: tuple[int, int]
) -> None:
    [params] = (shared_fixtures / "upstream-runs" / "B_fixed_reduced_ok" / "logs").rglob("params")
    run = tmp_path / params.parent.name
    shutil.copytree(params.parent, run)
    app = RwmTuiApp(world.services(), ReviewRun(run))
    async with app.run_test(size=size, notifications=True) as pilot:
        text = await shows(pilot, "task-resolves", "Evidence (", "Not verified")
        assert "64" in text
        await pilot.press("end")
        await shows(pilot, FURTHER_CLAIMS[-1].id, "Not verified", "required to advance")
        await pilot.press("escape")
        await shows(pilot, "num_envs")
        assert on_top(app) is ProfilesScreen


async def test_a_narrow_list_has_short_words_and_room_for_the_claims(world: World, tmp_path: Path) -> None:
    (tmp_path / "run" / "params").mkdir(parents=True)
    claim = "The resolved configuration holds every setting that the"
    async with RwmTuiApp(world.services(), ReviewRun(tmp_path / "run")).run_test(size=(80, 40)) as pilot:
        text = await shows(pilot, f"○ not verified   {claim}", "task-resolves: ○ Not verified")
        await pilot.resize_terminal(120, 40)
        text = await shows(pilot, f"○ Not verified                {claim}")
        assert "not verified   The" not in text


async def test_a_folder_that_is_no_run_directory_is_explained(world: World, tmp_path: Path) -> None:
    async with RwmTuiApp(world.services(), ReviewRun(tmp_path)).run_test(size=(80, 24), notifications=True) as pilot:
        await shows(pilot, "no run directory")


async def test_in_ascii_mode_the_claims_are_ascii(world: World, tmp_path: Path) -> None:
    (tmp_path / "run" / "params").mkdir(parents=True)
    app = RwmTuiApp(world.services(), ReviewRun(tmp_path / "run"), ascii_only=True)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        text = await shows(pilot, "task-resolves", "Not verified")
        assert text.isascii(), [character for character in text if not character.isascii()]


@pytest.mark.parametrize(
    ("library", "said"), [("rwm_tui", "rwm-tui | not Isaac Lab | "), ("rsl_rl", "rwm-tui | Isaac Lab | ")]
)
async def test_what_is_opened_of_a_run_says_whose_it_is(world: World, tmp_path: Path, library: str, said: str) -> None:
    (tmp_path / "run" / "params").mkdir(parents=True)
    (tmp_path / "run" / "params" / "agent.yaml").write_text("max_iterations: 1\n")
    (tmp_path / "run" / "run.json").write_text(json.dumps({"library": library}))
    checkpoint = tmp_path / "run" / "model_0.pt"
    write_torch_file(checkpoint, saved_state(iteration=0, dynamics_steps=1.0))
    places = (TensorPlace(checkpoint, "iter"), TextPlace(tmp_path / "run" / "params" / "agent.yaml", 1))
    app = RwmTuiApp(world.services(), ReviewRun(tmp_path / "run"))
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await shows(pilot, "task-resolves", "Isaac Lab")
        await pilot.press("o")
        await shows(pilot, f"{said}observation groups")
        await pilot.press("escape")
        for place in places:
            app.post_message(PlaceRequested(place))
            await shows(pilot, f"{said}{place.path.name}")
            await pilot.press("escape")


async def test_nothing_is_opened_of_a_run_before_it_is_known_whose_it_is(world: World, tmp_path: Path) -> None:
    (tmp_path / "run" / "params").mkdir(parents=True)
    (tmp_path / "run" / "run.json").write_text(json.dumps({"library": "rwm_tui"}))
    services, read = world.services(), threading.Event()

    def judged(run: Path, launch: Path | None) -> Checklist:
        read.wait(timeout=10)
        return services.check(run, launch)

    async with RwmTuiApp(replace(services, check=judged), ReviewRun(tmp_path / "run")).run_test() as pilot:
        await shows(pilot, "reading the run directory")
        await pilot.press("o")
        assert on_top(pilot.app) is ChecklistScreen
        read.set()
        await shows(pilot, "task-resolves")
        await pilot.press("o")
        await shows(pilot, "not Isaac Lab | observation groups")


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_the_groups_are_one_key_away(
    world: World, shared_fixtures: Path, tmp_path: Path, size: tuple[int, int]
) -> None:
    [params] = (shared_fixtures / "upstream-runs" / "B_fixed_reduced_ok" / "logs").rglob("params")
    run = tmp_path / params.parent.name
    shutil.copytree(params, run / "params", copy_function=shutil.copyfile)
    text = (run / "params" / "env.yaml").read_text()
    (run / "params").chmod(0o755)
    (run / "params" / "env.yaml").write_text(text.replace("    joint_torque:\n", "    joint_power:\n"))
    app = RwmTuiApp(world.services(), ReviewRun(run))
    async with app.run_test(size=size, notifications=True) as pilot:
        await shows(pilot, "task-resolves", "Groups")
        await pilot.press("o")
        await shows(pilot, "observation groups", "Drift in", "expected", "= generated_commands", "! not there")
        await pilot.press("end")
        await shows(pilot, "joint_power", "checkpoint is not available")
        await pilot.press("escape")
        await shows(pilot, "task-resolves")


def copied_run(shared_fixtures: Path, tmp_path: Path) -> Path:
    [params] = (shared_fixtures / "upstream-runs" / "B_fixed_reduced_ok" / "logs").rglob("params")
    return Path(shutil.copytree(params.parent, tmp_path / params.parent.name))


async def test_a_fact_leads_to_its_line_and_back(world: World, shared_fixtures: Path, tmp_path: Path) -> None:
    run = copied_run(shared_fixtures, tmp_path)
    function = "func: isaaclab.envs.mdp.observations:base_lin_vel"
    lines = (run / "params" / "env.yaml").read_text().splitlines()
    line = next(number for number, text in enumerate(lines, 1) if text.strip() == function)
    async with RwmTuiApp(world.services(), ReviewRun(run)).run_test(size=(80, 24), notifications=True) as pilot:
        await shows(pilot, "Reference check: that it runs", "task-resolves")
        await pilot.press("enter")
        await shows(pilot, "Claims", "observations.policy.base_lin_vel.func")
        await pilot.press("enter")
        await shows(pilot, f"env.yaml | line {line}", f"held at line {line}", function)
        await pilot.press("escape", "escape")
        await shows(pilot, "Facts", "task-resolves")


async def test_a_copy_that_no_file_takes_goes_to_the_clipboard_and_says_so(
    world: World, shared_fixtures: Path, tmp_path: Path
) -> None:
    (world.project.logs / "copied.txt").mkdir(parents=True)
    app = RwmTuiApp(world.services(), ReviewRun(copied_run(shared_fixtures, tmp_path)))
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await shows(pilot, "task-resolves")
        await pilot.press("y")
        await shows(pilot, "Copied", "alone:", "Is a directory")
        assert app.clipboard


async def test_claim_and_ledger_are_copied(world: World, shared_fixtures: Path, tmp_path: Path) -> None:
    run = copied_run(shared_fixtures, tmp_path)
    async with RwmTuiApp(world.services(), ReviewRun(run)).run_test(size=(120, 40), notifications=True) as pilot:
        await shows(pilot, "task-resolves")
        await pilot.press("y")
        await shows(pilot, "Copied")
        copied = world.project.logs / "copied.txt"
        assert "Status: Validated at reduced scale" in copied.read_text()
        assert "Evidence: params/agent.yaml › class_name: MBPOOnPolicyRunner" in copied.read_text()
        await pilot.press("Y")
        await until_async(lambda: "| Claim | Status | Evidence | Required to advance |" in copied.read_text())
        await pilot.press("w")
        await shows(pilot, "Written")
        ledgers = world.project.logs / "ledgers"
        assert (ledgers / f"{run.name}.md").read_text() == copied.read_text().removesuffix("\n")
        assert json.loads((ledgers / f"{run.name}.json").read_text())["run"] == run.name


async def until_async(holds: Callable[[], bool], limit_s: float = 10.0) -> None:
    deadline = time.monotonic() + limit_s
    while not holds():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)
