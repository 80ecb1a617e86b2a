"""What would spoil a launch on this machine, and what to do about it."""

from __future__ import annotations

import asyncio
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Static

from rwm_tui.core.launch.beginnings import Beginning
from rwm_tui.core.plan.preflight.checks import GUARD_CHECK
from rwm_tui.core.plan.preflight.finding import CheckStatus
from rwm_tui.core.plan.preflight.report import environment_line, summary_line
from rwm_tui.core.plan.upstream.guard_fix import GuardProposal
from rwm_tui.core.profile import ScaleProfile
from rwm_tui.core.services import Services
from rwm_tui.core.trainer_output.terminal_text import clean_line
from rwm_tui.messages import ConfirmationRequested
from rwm_tui.widgets.check_list import CheckDetail, CheckList
from rwm_tui.widgets.page import Page
from rwm_tui.widgets.questions import guard_question, leftovers_question


class DoctorScreen(Page):
    CSS_PATH = "doctor.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("R", "reload", "Look again"),
        Binding("f", "fix_guard", "Fix the runner"),
        Binding("e", "end_leftovers", "End leftovers"),
    ]

    def __init__(self, services: Services, profile: ScaleProfile | None) -> None:
        """:param profile: the one that is to be launched; None for the machine as a whole."""
        super().__init__()
        self._services = services
        self._profile = profile
        self._leftovers: tuple[Beginning, ...] = ()
        self._guard_is_missing = False

    def compose_body(self) -> ComposeResult:
        yield Static("looking ...", id="doctor-summary", markup=False)
        with Horizontal(id="doctor-body"):
            yield CheckList(id="checks")
            with VerticalScroll(id="check-scroll"):
                yield CheckDetail(id="check")

    def on_mount(self) -> None:
        self.show_title("rwm-tui", "doctor", self._profile.name if self._profile else "this machine")
        self.query_one(CheckList).focus()
        self.action_reload()

    def action_reload(self) -> None:
        self.begin(self._load, name="looking ahead", group="load")

    async def _load(self) -> None:
        preflight = await asyncio.to_thread(self._services.preflight, self._profile)
        self._leftovers = await asyncio.to_thread(self._services.leftovers)
        self._guard_is_missing = GUARD_CHECK in (check.id for check in preflight.with_status(CheckStatus.FAIL))
        self.clear_problem()
        summary = f"{environment_line(preflight)}\n{summary_line(preflight)}"
        self.query_one("#doctor-summary", Static).update(summary)
        self.query_one(CheckList).show(preflight)
        self.refresh_bindings()

    def on_check_list_check_highlighted(self, message: CheckList.CheckHighlighted) -> None:
        self.query_one(CheckDetail).show(message.check)
        self.query_one("#check-scroll").scroll_home(animate=False)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "end_leftovers":
            return bool(self._leftovers) and not self.is_read_only
        if action == "fix_guard":
            return self._guard_is_missing and not self.is_read_only
        return super().check_action(action, parameters)

    def action_fix_guard(self) -> None:
        self.begin(self._propose, name="reading the runner", group="fix")

    async def _propose(self) -> None:
        """Show the diff; nothing is written before a yes."""
        proposal = await asyncio.to_thread(self._services.propose_guard, self._profile)

        def apply() -> None:
            self.begin(self._apply, proposal, name="fixing the runner", group="fix")

        self.post_message(ConfirmationRequested(guard_question(proposal), apply))

    async def _apply(self, proposal: GuardProposal) -> None:
        applied = await asyncio.to_thread(self._services.apply_guard, proposal)
        self.notify(clean_line(f"as it was: {applied.backup}"), title="The runner is guarded", markup=False)
        self.action_reload()

    def action_end_leftovers(self) -> None:
        self.post_message(ConfirmationRequested(leftovers_question(self._leftovers), self._begin_ending))

    def _begin_ending(self) -> None:
        self.begin(self._end, name="ending leftovers", group="end")

    async def _end(self) -> None:
        for sentence in await asyncio.to_thread(self._services.end_leftovers, self._leftovers):
            self.notify(clean_line(sentence), markup=False)
        self.action_reload()
