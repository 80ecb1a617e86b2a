"""What a run establishes and what it does not, each line with its evidence."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from rwm_tui.core.evaluation.request import EvaluationRequest
from rwm_tui.core.services import Services
from rwm_tui.core.verdict.backend import Backend
from rwm_tui.core.verdict.checklist import Checklist, scale_statement
from rwm_tui.core.verdict.finding import printable
from rwm_tui.messages import ConfirmationRequested, GroupsRequested, Question
from rwm_tui.widgets.checklist_table import ChecklistTable, ClaimDetail, status_words
from rwm_tui.widgets.page import Page


class ChecklistScreen(Page):
    CSS_PATH = "checklist.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (140, "-beside")]  # noqa: RUF012  an instance variable by Textual's annotation
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("o", "groups", "Groups"),
        Binding("e", "evaluate", "Evaluate"),
        Binding("R", "reload", "Judge again", show=False),
    ]

    def __init__(
        self, services: Services, run_directory: Path, launch_directory: Path | None, *, ascii_only: bool = False
    ) -> None:
        super().__init__()
        self._services = services
        self._run_directory = run_directory
        self._launch_directory = launch_directory
        self._ascii_only = ascii_only
        self._backend: Backend | None = None
        self._is_evaluating = False

    def compose_body(self) -> ComposeResult:
        yield Static("reading the run directory ...", id="checklist-summary", markup=False)
        with Container(id="checklist-body"):
            yield ChecklistTable(ascii_only=self._ascii_only, id="claims")
            with VerticalScroll(id="claim-scroll"):
                yield ClaimDetail(ascii_only=self._ascii_only, id="claim")

    def on_mount(self) -> None:
        self.show_title("rwm-tui", "checklist", self._run_directory.name)
        self.query_one(ChecklistTable).focus()
        self.action_reload()

    def action_reload(self) -> None:
        self.run_worker(self._load(), name="judging the run", group="load", exclusive=True, exit_on_error=False)

    def action_groups(self) -> None:
        self.post_message(GroupsRequested(self._run_directory, self._launch_directory))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "evaluate":
            return self._backend is not None and not self._is_evaluating
        return super().check_action(action, parameters)

    def action_evaluate(self) -> None:
        question = evaluation_question(self._run_directory, self._backend)
        self.post_message(ConfirmationRequested(question, self._start_evaluation))

    def _start_evaluation(self) -> None:
        self.run_worker(self._evaluate(), name="evaluation", group="evaluate", exclusive=True, exit_on_error=False)

    async def _evaluate(self) -> None:
        """Leaving the screen ends it: the process is killed with the worker."""
        self._is_evaluating = True
        self.refresh_bindings()
        try:
            async for said in self._services.evaluate(EvaluationRequest(self._run_directory)):
                if isinstance(said, str):
                    self.show_title("rwm-tui", "checklist", f"evaluating: {said}")
        finally:
            self._is_evaluating = False
            self.refresh_bindings()
            self.show_title("rwm-tui", "checklist", self._run_directory.name)
        self.action_reload()

    async def _load(self) -> None:
        checklist = await asyncio.to_thread(self._services.check, self._run_directory, self._launch_directory)
        self.clear_problem()
        self._backend = checklist.backend
        self.refresh_bindings()
        summary = summary_text(checklist, ascii_only=self._ascii_only)
        self.query_one("#checklist-summary", Static).update(summary)
        self.query_one(ChecklistTable).show(checklist.items)

    def on_checklist_table_claim_highlighted(self, message: ChecklistTable.ClaimHighlighted) -> None:
        self.query_one(ClaimDetail).show(message.item)
        self.query_one("#claim-scroll").scroll_home(animate=False)


def evaluation_question(run_directory: Path, backend: Backend | None) -> Question:
    """What an evaluation from here would do, and which claims it could move."""
    steps = (
        "Loads the final checkpoint in a process of its own, makes five kinds of 50 episodes in the embedded simulator "
        "and compares the world model's predictions with two naive ones: about a minute on two cores. "
        f"The result is written to {run_directory.name}/evaluation/; then the run is judged again."
    )
    foreign = (
        "\n\nThis run was trained in Isaac Lab, so that figures from the embedded simulator move none of its claims. "
        "Rows of its own can: rwm-tui evaluate RUN_DIR --dataset CSV --held-out"
    )
    return Question("Evaluate the world model?", steps + (foreign if backend == "isaaclab" else ""))


def summary_text(checklist: Checklist, *, ascii_only: bool = False) -> Content:
    """What wrote the run, at which scale, and how many claims stand where."""
    counts = ", ".join(
        f"{count} {status_words(status, ascii_only=ascii_only)}" for status, count in checklist.summary.items() if count
    )
    launch = f"launch: {printable(checklist.launch_statement)}\n" if checklist.launch_statement else ""
    return Content.assemble(
        (f"{checklist.backend_statement}\n", "bold"),
        launch,
        f"scale: {scale_statement(checklist.scale)}\n{counts}",
    )
