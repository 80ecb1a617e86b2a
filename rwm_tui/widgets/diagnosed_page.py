"""A page with the card that says why its run failed, and the keys that carry out what the card names."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

from textual.binding import Binding, BindingType

from rwm_tui.core.diagnosis.action import ActionKind
from rwm_tui.core.diagnosis.console_reading import QuotedLine
from rwm_tui.core.diagnosis.diagnosed_run import DiagnosedRun
from rwm_tui.core.diagnosis.follow_up import FollowUp, follow_up
from rwm_tui.core.errors import InputError
from rwm_tui.core.launch.beginnings import Beginning
from rwm_tui.core.launch.paths import LaunchPaths
from rwm_tui.core.launch.record import RunState
from rwm_tui.core.memory.rerun import NotOffered, Proposal, RerunOffer
from rwm_tui.core.plan.upstream.guard_fix import GuardProposal
from rwm_tui.core.run_dir.unreadable import Absent
from rwm_tui.core.services import Services
from rwm_tui.core.trainer_output.terminal_text import clean_line
from rwm_tui.core.verdict.finding import Evidence
from rwm_tui.core.verdict.place import TextPlace
from rwm_tui.messages import (
    ConfirmationRequested,
    LaunchStarted,
    PlaceRequested,
    Question,
    RerunChoiceRequested,
)
from rwm_tui.widgets.diagnosis_card import ACTION_KEYS, TALL_ROWS, DiagnosisCard
from rwm_tui.widgets.page import Page, Work
from rwm_tui.widgets.questions import guard_question, leftovers_question, licence_question

RERUNS: tuple[ActionKind, ...] = tuple(kind for kind, key in ACTION_KEYS.items() if key == "r")
REPAIRS: tuple[ActionKind, ...] = tuple(kind for kind, key in ACTION_KEYS.items() if key == "a")
LONG_S = 1.0
"""A diagnosis that takes longer is announced: a log of a gigabyte takes some ten seconds."""


class DiagnosedPage(Page):
    """Holds a `DiagnosisCard`. What cannot be carried out has no key."""

    VERTICAL_BREAKPOINTS = [(0, "-short"), (TALL_ROWS, "-tall")]  # noqa: RUF012  an instance variable by Textual's annotation

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "rerun", "Rerun", show=False),
        Binding("a", "repair", "Repair", show=False),
        Binding("E", "end_leftovers", "End leftovers", show=False),
        Binding("i", "show_proof", "The line that proves it", show=False),
        Binding("x", "unfold", "Unfold the diagnosis", show=False),
        Binding("X", "hide_diagnosis", "Hide the diagnosis", show=False),
    ]
    _services: Services
    _diagnosed: DiagnosedRun | None = None

    @property
    def card(self) -> DiagnosisCard:
        return self.query_one(DiagnosisCard)

    def diagnose(self, run_directory: Path | None, launch_directory: Path | None) -> None:
        """Find out why the run failed, and show it."""
        self.begin(self._diagnose, run_directory, launch_directory, name="diagnosing the run", group="diagnose")

    async def _diagnose(self, run_directory: Path | None, launch_directory: Path | None) -> None:
        finding = asyncio.ensure_future(asyncio.to_thread(self._services.diagnose, run_directory, launch_directory))
        if not (await asyncio.wait({finding}, timeout=LONG_S))[0]:
            self.card.tell("looking for what went wrong ...")
        self._diagnosed = await finding
        self.card.show(self._diagnosed)
        self.set_class(self._diagnosed is not None, "-diagnosed")
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        match action:
            case "rerun":
                return self._can(RERUNS)
            case "repair":
                return self._can(REPAIRS)
            case "end_leftovers":
                return self._can(("end-leftovers",))
            case "show_proof" | "unfold" | "hide_diagnosis":
                return self.is_mounted and self.card.says_something
        return super().check_action(action, parameters)

    def _can(self, kinds: tuple[ActionKind, ...]) -> bool:
        return self._diagnosed is not None and self._diagnosed.can(kinds) is not None

    def _carry_out(self, work: Work, *arguments: object, name: str) -> None:
        self.begin(work, *arguments, name=name, group="remedy")

    def action_unfold(self) -> None:
        self.card.unfold()

    def action_hide_diagnosis(self) -> None:
        self.card.display = not self.card.display
        self.set_class(self.card.display and self._diagnosed is not None, "-diagnosed")

    def action_show_proof(self) -> None:
        place = self.card.next_place()
        if place is None:
            self.notify("no line and no file shows it", markup=False)
        elif place.line:
            self.show_console_line(place.line)
        elif isinstance(place, QuotedLine):
            self._carry_out(self._open_proof, place, name="finding the place")

    def show_console_line(self, number: int) -> None:
        """Put a line of the launch's console before the user."""
        if self._diagnosed and self._diagnosed.launch_directory:
            console = LaunchPaths(self._diagnosed.launch_directory).console
            self.post_message(PlaceRequested(TextPlace(console, number)))

    async def _open_proof(self, place: QuotedLine) -> None:
        run = self._diagnosed
        if run is None or run.run_directory is None:
            return
        evidence = Evidence(place.source, place.locator, place.text, "", False)
        found = await asyncio.to_thread(self._services.find_place, evidence, run.run_directory, run.launch_directory)
        if isinstance(found, Absent):
            self.notify(clean_line(found.reason), title="No file to show", markup=False)
        else:
            self.post_message(PlaceRequested(found))

    def action_rerun(self) -> None:
        """Launch again with what would help, after a look at what changes."""
        action = self._diagnosed.can(RERUNS) if self._diagnosed else None
        directory = self._diagnosed.launch_directory if self._diagnosed else None
        if action is None or directory is None:
            return
        if action.kind == "rerun-smaller":
            self.offer(self._services.rerun_offer, directory, "planning the rerun")
        else:
            self._carry_out(self._propose, directory, lambda state: follow_up(action, state), name="planning the rerun")

    def offer(self, offer_after: Callable[[Path], RerunOffer], directory: Path, name: str) -> None:
        """Ask which run to launch next, or say why there is nothing to ask."""
        self._carry_out(self._offer, offer_after, directory, name=name)

    async def _offer(self, offer_after: Callable[[Path], RerunOffer], directory: Path) -> None:
        offer = await asyncio.to_thread(offer_after, directory)
        if isinstance(offer.best, NotOffered):
            title = "no larger run" if offer.goes_up else "no rerun"
            raise InputError(title, offer.best.reason, offer.best.remedy)

        def launch(chosen: Proposal) -> None:
            self._carry_out(self._launch_chosen, directory, offer, chosen, name="launching")

        self.post_message(RerunChoiceRequested(offer, launch))

    async def _launch_chosen(self, directory: Path, offer: RerunOffer, chosen: Proposal) -> None:
        def tell(text: str) -> None:
            self.app.call_from_thread(self.notify, text, markup=False)

        launched = await asyncio.to_thread(self._services.rerun, directory, offer, chosen, tell)
        self.post_message(LaunchStarted(launched))

    async def _propose(self, directory: Path, plan: Callable[[RunState], FollowUp]) -> None:
        """Show what would change; nothing is launched before a yes."""
        follower = await asyncio.to_thread(self._services.follow, directory)
        follows = plan(await asyncio.to_thread(follower.read_all))
        what = f"Launch {follows.profile.name} again?"
        explanation = follows.because if follows.changes else f"{follows.because}: nothing changes"
        question = Question(what, explanation, follows.changes)
        self.post_message(
            ConfirmationRequested(
                question, lambda: self._carry_out(self._launch_after, directory, follows, name="launching")
            )
        )

    async def _launch_after(self, directory: Path, follows: FollowUp) -> None:
        self.post_message(LaunchStarted(await asyncio.to_thread(self._services.launch_after, directory, follows)))

    def action_repair(self) -> None:
        action = self._diagnosed.can(REPAIRS) if self._diagnosed else None
        directory = self._diagnosed.launch_directory if self._diagnosed else None
        if action is None or directory is None:
            return
        if action.kind == "guard-runner":
            self._carry_out(self._propose_guard, directory, name="reading the runner")
        else:
            question = licence_question(action.sentence.removesuffix("."))
            self.post_message(
                ConfirmationRequested(
                    question, lambda: self._carry_out(self._accept_licence, name="noting the consent")
                )
            )

    async def _propose_guard(self, directory: Path) -> None:
        """Show the diff; nothing is written before a yes."""
        follower = await asyncio.to_thread(self._services.follow, directory)
        proposal = await asyncio.to_thread(self._services.propose_guard, follower.state.plan.profile)
        self.post_message(
            ConfirmationRequested(
                guard_question(proposal), lambda: self._carry_out(self._apply_guard, proposal, name="fixing the runner")
            )
        )

    async def _apply_guard(self, proposal: GuardProposal) -> None:
        applied = await asyncio.to_thread(self._services.apply_guard, proposal)
        self.notify(clean_line(f"as it was: {applied.backup}"), title="The runner is guarded", markup=False)
        self._look_again()

    async def _accept_licence(self) -> None:
        await asyncio.to_thread(self._services.accept_eula)
        self.notify("the consent is noted", markup=False)
        self._look_again()

    def action_end_leftovers(self) -> None:
        self._carry_out(self._propose_ending, name="looking for leftovers")

    async def _propose_ending(self) -> None:
        leftovers = await asyncio.to_thread(self._services.leftovers)
        if not leftovers:
            self.notify("nothing of ours is left over any more", markup=False)
            self._look_again()
            return
        self.post_message(
            ConfirmationRequested(
                leftovers_question(leftovers), lambda: self._carry_out(self._end, leftovers, name="ending leftovers")
            )
        )

    async def _end(self, leftovers: tuple[Beginning, ...]) -> None:
        for sentence in await asyncio.to_thread(self._services.end_leftovers, leftovers):
            self.notify(clean_line(sentence), markup=False)
        self._look_again()

    def _look_again(self) -> None:
        """What can be done has changed."""
        if self._diagnosed:
            self.diagnose(self._diagnosed.run_directory, self._diagnosed.launch_directory)
