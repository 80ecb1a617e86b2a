"""The ladder of scale profiles: choose one, see exactly what it would run, launch it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll

from rwm_tui.core.errors import ConsentNeeded, InputError
from rwm_tui.core.plan.launch_plan import LaunchPlan, shell_command
from rwm_tui.core.profile import DEFAULT_PROFILE, ScaleProfile
from rwm_tui.core.services import Services
from rwm_tui.core.trainer_output.terminal_text import clean_line
from rwm_tui.messages import ConfirmationRequested, LaunchStarted, StartAtProfiles
from rwm_tui.widgets.ladder import Ladder
from rwm_tui.widgets.page import Page, backend_statement
from rwm_tui.widgets.rung_detail import RungDetail

_PROBLEM_S = 20.0


class ProfilesScreen(Page):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("c", "copy_command", "Copy"),
        Binding("R", "reload", "Reload"),
    ]

    def __init__(self, services: Services, opening: StartAtProfiles | None) -> None:
        """
        :param opening: None where another screen lies above at first: nothing is read before this one is seen.
        """
        super().__init__()
        self._services = services
        self._opening = opening
        self._launching = False
        self._services_are_warm = False
        self._waits_to_be_seen = False

    def compose_body(self) -> ComposeResult:
        with Horizontal(id="profiles-body"):
            yield Ladder(id="ladder")
            with VerticalScroll(id="rung-scroll", can_focus=True):
                yield RungDetail(id="rung")

    def on_mount(self) -> None:
        self.show_title("rwm-tui", "profiles", str(self._services.project.root))
        self.query_one(Ladder).focus()
        if self._opening and self._opening.profiles:
            self.query_one(Ladder).show(self._opening.profiles, DEFAULT_PROFILE)
            if plan := self._opening.plan:
                self.query_one(RungDetail).show(plan.profile, plan, None)
        elif self._opening:
            self.action_reload()

    @property
    def highlighted_profile(self) -> ScaleProfile | None:
        return self.query_one(Ladder).highlighted_profile

    def action_reload(self) -> None:
        self.begin(self._load, name="reading the profiles", group="load")

    async def _load(self) -> None:
        folder = await asyncio.to_thread(self._services.load_profiles)
        self.clear_problem()
        ladder = self.query_one(Ladder)
        chosen = ladder.highlighted_profile
        ladder.show(folder.profiles, chosen.name if chosen else DEFAULT_PROFILE)
        for problem in folder.problems:
            words = clean_line(f"{problem.message}: {problem.hint}")
            self.notify(words, title=clean_line(problem.title), severity="error", timeout=_PROBLEM_S, markup=False)

    def on_ladder_rung_highlighted(self, message: Ladder.RungHighlighted) -> None:
        profile = message.profile
        self.show_title("rwm-tui", "profiles", profile.name, backend_statement(profile.backend))
        self.begin(self._show, profile, name="planning the launch", group="show")

    async def _show(self, profile: ScaleProfile) -> None:
        self.clear_problem()
        try:
            plan = await asyncio.to_thread(self._services.plan, profile, None, None)
            if not self._services_are_warm:
                await self._paint_first(plan)
            forecast = await asyncio.to_thread(self._services.forecast, profile)
        except InputError:
            self.query_one(RungDetail).clear()  # what stands there is another profile's
            raise
        self.query_one(RungDetail).show(profile, plan, forecast)
        self.query_one("#rung-scroll").scroll_home(animate=False)

    async def _paint_first(self, plan: LaunchPlan) -> None:
        """The first forecast loads what all others rest on: until then the rung is shown without."""
        self._services_are_warm = True
        self.query_one(RungDetail).show(plan.profile, plan, None)
        painted = asyncio.Event()
        self.call_after_refresh(painted.set)
        await painted.wait()

    def on_screen_suspend(self) -> None:
        self._waits_to_be_seen = self._waits_to_be_seen or self._opening is None

    def on_screen_resume(self) -> None:
        self._launching = False
        if self._waits_to_be_seen:
            self._waits_to_be_seen, self._opening = False, StartAtProfiles()
            self.action_reload()

    def on_ladder_rung_chosen(self, message: Ladder.RungChosen) -> None:
        if self._launching:  # a second Enter must not start a second trainer
            return
        self._begin_launch(message.profile)

    def _begin_launch(self, profile: ScaleProfile) -> None:
        self._launching = True
        self.begin(self._launch, profile, name="launching", group="launch")

    async def _launch(self, profile: ScaleProfile) -> None:
        self.clear_problem()
        try:
            plan = await asyncio.to_thread(self._services.plan, profile, None, None)
            self.post_message(LaunchStarted(await asyncio.to_thread(self._services.launch, plan)))
        except ConsentNeeded as needed:
            self._launching = False
            self._ask_for_consent(profile, needed)
        except BaseException:
            self._launching = False
            raise

    def _ask_for_consent(self, profile: ScaleProfile, needed: ConsentNeeded) -> None:
        from rwm_tui.widgets.questions import licence_question

        def accept() -> None:
            self._launching = True
            self.begin(self._accept_and_launch, profile, name="launching", group="launch")

        self.post_message(ConfirmationRequested(licence_question(needed.message), accept))

    async def _accept_and_launch(self, profile: ScaleProfile) -> None:
        try:
            await asyncio.to_thread(self._services.accept_eula)
        except BaseException:
            self._launching = False
            raise
        await self._launch(profile)

    def action_copy_command(self) -> None:
        if profile := self.query_one(Ladder).highlighted_profile:
            self.begin(self._copy_command, profile, name="writing the command", group="copy")

    async def _copy_command(self, profile: ScaleProfile) -> None:
        command = shell_command(await asyncio.to_thread(self._services.plan, profile, None, None))
        self.app.copy_to_clipboard(command)
        path = self._services.project.logs / "commands" / f"{profile.name}.sh"
        await asyncio.to_thread(write_command, path, command)
        self.notify(clean_line(str(path)), title="Command copied (OSC 52) and written to", markup=False)


def write_command(path: Path, command: str) -> None:
    """
    :raises InputError: where the logs folder cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{command}\n")
    except OSError as error:
        raise InputError(
            "command not written",
            f"{path}: {error.strerror}",
            "mend the permissions or name another folder with --logs",
        ) from error
