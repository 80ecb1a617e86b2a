import shutil
import threading
from pathlib import Path

import pytest

from rwm_tui.app import RwmTuiApp
from rwm_tui.commands.show import at_profiles
from rwm_tui.core.errors import ConsentNeeded, InputError
from rwm_tui.core.plan.environment import plan_under_settings
from rwm_tui.core.plan.launch_plan import LaunchPlan, shell_command
from rwm_tui.core.profile import DEFAULT_PROFILE, ProfileFolder, ScaleProfile, usable_profiles
from rwm_tui.core.settings import Project, settings_path
from rwm_tui.messages import AttachTo
from rwm_tui.screens.run import RunScreen
from tests.screens.world import World, on_top, shows

SIZES = [(80, 24), (120, 40)]


@pytest.mark.parametrize("size", SIZES)
async def test_the_default_profile_is_selected_and_shown_against_the_reference(
    world: World, size: tuple[int, int]
) -> None:
    async with RwmTuiApp(world.services()).run_test(size=size, notifications=True) as pilot:
        text = await shows(pilot, "embedded-long", "Isaac Lab", "reduced", "num_envs", "CUDA context", "Quit")
        assert "embedded trainer (MuJoCo): not Isaac Lab" in text.splitlines()[0]
        num_envs = next(line for line in text.splitlines() if "num_envs" in line)
        assert num_envs.split()[-2:] == ["64", "4096"]
        assert ("PYTHONUNBUFFERED=1" in text) is (size != (80, 24))  # the command is one page further down there


async def test_enter_launches_the_selected_profile_and_shows_its_run(world: World) -> None:
    app = RwmTuiApp(world.services())
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await shows(pilot, "num_envs")
        await pilot.press("enter")
        await shows(pilot, "waiting for the trainer's first stage")
        assert on_top(app) is RunScreen
    assert [plan.profile.name for plan in world.launched] == [DEFAULT_PROFILE]
    assert world.launched[0].parent is None


async def test_page_up_goes_to_the_first_profile_and_selects_it(world: World) -> None:
    app = RwmTuiApp(world.services())
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "num_envs")
        await pilot.press("pageup", "enter")
        await shows(pilot, "waiting for the trainer's first stage")
    assert [plan.profile.name for plan in world.launched] == ["embedded-reduced"]


async def test_a_launch_that_fails_is_explained_in_place(world: World) -> None:
    def fail(plan: LaunchPlan) -> Path:
        raise InputError("embedded trainer not installed", "/usr/bin/python3 has no torch", "pip install it")

    async with RwmTuiApp(world.services(launch=fail)).run_test(size=(80, 24), notifications=True) as pilot:
        await shows(pilot, "num_envs")
        await pilot.press("enter")
        await shows(pilot, "embedded trainer not installed", "has no torch", "pip install it", "num_envs")


async def test_a_defect_in_a_worker_is_shown_and_does_not_end_the_app(world: World) -> None:
    def fail(plan: LaunchPlan) -> Path:
        raise ZeroDivisionError("made for the test")

    async with RwmTuiApp(world.services(launch=fail)).run_test(size=(80, 24), notifications=True) as pilot:
        await shows(pilot, "num_envs")
        await pilot.press("enter")
        await shows(pilot, "launching failed", "ZeroDivisionError: made for the test")


async def test_broken_profiles_are_explained_and_can_be_read_again(world: World, tmp_path: Path) -> None:
    profiles = tmp_path / "profiles"
    profiles.mkdir()
    good = (world.project.profiles / "embedded.yaml").read_text()
    (profiles / "mine.yaml").write_text(good + "\nnum_env: 3\n")
    world.project = Project(root=tmp_path, profiles=profiles, logs=tmp_path / "logs", found=True)
    async with RwmTuiApp(world.services()).run_test(size=(160, 40), notifications=True) as pilot:
        await shows(pilot, "profile not usable", "mine.yaml", "num_env", "did you mean 'num_envs'?")
        (profiles / "mine.yaml").write_text(good)
        await pilot.press("R")
        text = await shows(pilot, "mine", "64      4096")
        assert "profile not usable" not in text


async def test_the_command_is_copied_and_also_written_to_a_file(world: World) -> None:
    app = RwmTuiApp(world.services())
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await shows(pilot, "num_envs")
        await pilot.press("end", "c")
        await shows(pilot, "Command copied")
        written = (world.project.logs / "commands" / "default.sh").read_text()
        assert "--task=Template-Isaac-Velocity-Flat-Anymal-D-Pretrain-v0" in written
        assert written == app.clipboard + "\n"


async def test_the_command_shown_is_the_command_run(world: World) -> None:
    app = RwmTuiApp(world.services())
    async with app.run_test(size=(260, 80), notifications=True) as pilot:
        await shows(pilot, "num_envs")
        await pilot.press("end")
        text = await shows(pilot, "| default |", "4096 ", "isaaclab.sh", "Departures", "no `pkill`")
        await pilot.press("enter")
        await shows(pilot, "waiting for")
    [plan] = world.launched
    for line in shell_command(plan).splitlines()[1:]:
        assert line.strip() in text


async def test_logs_that_cannot_be_written_are_named(world: World, tmp_path: Path) -> None:
    (tmp_path / "logs").write_text("a file, no folder")
    async with RwmTuiApp(world.services()).run_test(size=(80, 24), notifications=True) as pilot:
        await shows(pilot, "num_envs")
        await pilot.press("c")
        await shows(pilot, "command not written")
        await pilot.press("enter")
        await shows(pilot, "logs folder not writable")


@pytest.mark.parametrize("size", SIZES)
async def test_help_lists_the_keys_of_the_screen(world: World, size: tuple[int, int]) -> None:
    async with RwmTuiApp(world.services()).run_test(size=size, notifications=True) as pilot:
        await shows(pilot, "num_envs")
        await pilot.press("question_mark")
        await shows(pilot, "Keys", "Launch", "Copy", "History", "Leaving never stops a run", "esc Close")
        await pilot.press("escape")
        await shows(pilot, "num_envs")


async def test_the_command_palette_lists_what_the_keys_do(world: World) -> None:
    app = RwmTuiApp(world.services())
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await shows(pilot, "num_envs")
        await pilot.press("ctrl+p", *"history")
        await shows(pilot, "key h")
        await pilot.press("enter")
        await shows(pilot, "nothing yet: launch a profile")


async def test_a_broken_profiles_words_reach_the_screen_without_control_sequences(world: World) -> None:
    def broken() -> ProfileFolder:
        raise InputError("profile not usable", "mine.yaml: key '\x1b[31mred' is unknown", "see \x1b]0;title\x07")

    async with RwmTuiApp(world.services(load_profiles=broken)).run_test(size=(80, 24)) as pilot:
        assert "\x1b" not in await shows(pilot, "profile not usable", "mine.yaml", "'red' is unknown")


async def test_a_broken_profile_is_told_and_costs_no_other(world: World, tmp_path: Path) -> None:
    folder = shutil.copytree(world.project.profiles, tmp_path / "profiles")
    (folder / "mine.yaml").write_text("num_evns: 3\n")
    services = world.services(load_profiles=lambda: usable_profiles(folder))
    for start in (None, at_profiles(services)):
        async with RwmTuiApp(services, start).run_test(size=(100, 30), notifications=True) as pilot:
            await shows(pilot, "embedded-long", "num_envs", "mine.yaml", "num_evns")
            await pilot.press("down")
            await shows(pilot, "embedded-long", "num_envs")


async def test_a_second_enter_starts_no_second_trainer(world: World) -> None:
    opened = threading.Event()

    def slow_launch(plan: LaunchPlan) -> Path:
        opened.wait(10.0)
        return world.launch(plan)

    async with RwmTuiApp(world.services(launch=slow_launch)).run_test(size=(80, 24), notifications=True) as pilot:
        await shows(pilot, "num_envs")
        await pilot.press("enter", "enter", "enter")
        opened.set()
        await shows(pilot, "waiting for the trainer's first stage")
    assert len(world.launched) == 1


async def test_in_ascii_mode_the_profiles_are_ascii(world: World) -> None:
    async with RwmTuiApp(world.services(), ascii_only=True).run_test(size=(80, 24), notifications=True) as pilot:
        text = await shows(pilot, "num_envs", "enter Launch")
        assert text.isascii(), [character for character in text if not character.isascii()]
        assert "? Help" in text


async def test_the_first_isaac_launch_asks_for_consent_and_records_it(world: World) -> None:
    def launch(plan: LaunchPlan) -> Path:
        if plan.needs_eula_consent:
            raise ConsentNeeded("licence not accepted", "no consent to Isaac Sim's licence is recorded", "say yes")
        return world.launch(plan)

    app = RwmTuiApp(world.services(launch=launch))
    async with app.run_test(size=(120, 80), notifications=True) as pilot:
        await shows(pilot, "num_envs")
        await pilot.press("end")
        await shows(pilot, "OMNI_KIT_ACCEPT_EULA is not set")
        await pilot.press("enter")
        await shows(pilot, "Do you accept NVIDIA's Omniverse licence?", "no consent to Isaac Sim's licence")
        await pilot.press("n")
        await shows(pilot, "Launch")
        assert not settings_path(world.project).exists()
        await pilot.press("enter")
        await shows(pilot, "Do you accept")
        await pilot.press("y")
        await shows(pilot, "waiting for the trainer's first stage")
    assert [plan.environment["OMNI_KIT_ACCEPT_EULA"] for plan in world.launched] == ["YES"]
    assert "eula_accepted: 2026-05-28" in settings_path(world.project).read_text()


async def test_settings_that_are_not_usable_are_shown_and_the_embedded_trainer_is_not_touched(world: World) -> None:
    settings_path(world.project).write_text("isaac_lab: {knd: conda}\n")

    def plan(profile: ScaleProfile, parent: str | None, because: str | None) -> LaunchPlan:
        return plan_under_settings(world.project, profile, parent, because)

    app = RwmTuiApp(world.services(plan=plan))
    async with app.run_test(size=(260, 40), notifications=True) as pilot:
        await shows(pilot, "num_envs", "PYTHONUNBUFFERED=1")
        await pilot.press("end")
        await shows(pilot, "key 'isaac_lab.knd' is unknown", "did you mean 'isaac_lab.kind'?")


async def test_beneath_a_run_nothing_is_read_until_it_is_seen(world: World) -> None:
    launch = world.open_launch("embedded")
    reads: list[str] = []

    def load() -> ProfileFolder:
        reads.append("profiles")
        return usable_profiles(world.project.profiles)

    app = RwmTuiApp(world.services(load_profiles=load), AttachTo(launch.paths.directory))
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, launch.paths.launch_id)
        assert reads == []
        await pilot.press("p")
        await shows(pilot, "embedded-long", "num_envs")
        await pilot.press("h", "p")
        await shows(pilot, "embedded-long")
        assert reads == ["profiles"]
