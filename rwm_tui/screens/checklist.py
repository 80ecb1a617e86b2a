"""What a run establishes and what it does not, each line with its evidence."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.content import Content
from textual.widgets import Static

from rwm_tui.core.evaluation.request import EvaluationRequest
from rwm_tui.core.run_dir.unreadable import Absent
from rwm_tui.core.services import Services
from rwm_tui.core.trainer_output.terminal_text import clean_line
from rwm_tui.core.verdict.backend import Backend
from rwm_tui.core.verdict.checklist import Checklist, claim_text, scale_statement
from rwm_tui.core.verdict.finding import printable
from rwm_tui.messages import (
    ConfirmationRequested,
    CopyRequested,
    GroupsRequested,
    KitLogRequested,
    LastSuccessRequested,
    PlaceRequested,
    Question,
)
from rwm_tui.widgets.checklist_table import ChecklistTable, ClaimDetail, status_words
from rwm_tui.widgets.diagnosed_page import DiagnosedPage
from rwm_tui.widgets.diagnosis_card import DiagnosisCard


class ChecklistScreen(DiagnosedPage):
    CSS_PATH = ["checklist.tcss", "../widgets/diagnosis_card.tcss"]  # noqa: RUF012  an instance variable by Textual's annotation
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (140, "-beside")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-short"), (32, "-tall")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("v", "file", "File"),
        Binding("y", "copy_claim", "Copy"),
        Binding("Y", "copy_ledger", "Copy ledger", show=False),
        Binding("w", "write_ledger", "Write ledger", show=False),
        Binding("o", "groups", "Groups"),
        Binding("e", "evaluate", "Evaluate"),
        Binding("C", "since_success", "What changed since it last worked", show=False),
        Binding("R", "reload", "Judge again", show=False),
        Binding("K", "kit_log", "Kit log", show=False),
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

    @property
    def backend(self) -> Backend | None:
        return self._backend

    def compose_body(self) -> ComposeResult:
        yield Static("reading the run directory ...", id="checklist-summary", markup=False)
        yield DiagnosisCard(quoted_rows=1, id="diagnosis")
        with Container(id="checklist-body"):
            yield ChecklistTable(ascii_only=self._ascii_only, id="claims")
            yield ClaimDetail(ascii_only=self._ascii_only, id="claim")

    def on_mount(self) -> None:
        self.show_title("rwm-tui", "checklist", self._run_directory.name)
        self.query_one(ChecklistTable).focus()
        self.action_reload()

    def action_reload(self) -> None:
        self.begin(self._load, name="judging the run", group="load")
        self.diagnose(self._run_directory, self._launch_directory)

    def action_since_success(self) -> None:
        self.post_message(LastSuccessRequested(self._launch_directory or self._run_directory))

    def action_groups(self) -> None:
        self.post_message(GroupsRequested(self._run_directory, self._launch_directory))

    def action_file(self) -> None:
        """Show the place where the chosen fact was read; of a claim, its most telling one."""
        self.begin(self._open_file, name="finding the place", group="place")

    async def _open_file(self) -> None:
        evidence = self.query_one(ClaimDetail).chosen
        if evidence is None:
            self.notify("no fact bears on this claim", markup=False)
            return
        place = await asyncio.to_thread(
            self._services.find_place, evidence, self._run_directory, self._launch_directory
        )
        if isinstance(place, Absent):
            self.notify(clean_line(place.reason), title="No file to show", markup=False)
        else:
            self.post_message(PlaceRequested(place))

    def action_copy_claim(self) -> None:
        if item := self.query_one(ChecklistTable).selected:
            self.post_message(CopyRequested(claim_text(item)))

    def action_copy_ledger(self) -> None:
        self.begin(self._copy_ledger, name="writing the ledger", group="ledger")

    def action_write_ledger(self) -> None:
        self.begin(self._write_ledger, name="writing the ledger", group="ledger")

    async def _write_ledger(self) -> None:
        written = await asyncio.to_thread(self._services.write_ledger, self._run_directory)
        self.notify("\n".join(map(str, written)), title="Written", markup=False)

    async def _copy_ledger(self) -> None:
        self.post_message(CopyRequested(await asyncio.to_thread(self._services.ledger, self._run_directory)))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "evaluate":
            return self._backend is not None and not self._is_evaluating and not self.is_read_only
        if action in ("file", "copy_claim", "groups"):  # which say whose run it is, by the checklist
            return self.is_mounted and self.query_one(ChecklistTable).selected is not None
        if action == "kit_log":
            return self._diagnosed is not None and self._diagnosed.kit_log is not None
        return super().check_action(action, parameters)

    def action_kit_log(self) -> None:
        if self._diagnosed and self._diagnosed.kit_log:
            self.post_message(KitLogRequested(self._diagnosed.kit_log))

    def action_evaluate(self) -> None:
        question = evaluation_question(self._run_directory, self._backend)
        self.post_message(ConfirmationRequested(question, self._start_evaluation))

    def _start_evaluation(self) -> None:
        self.begin(self._evaluate, name="evaluation", group="evaluate")

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

    def on_checklist_table_evidence_wanted(self) -> None:
        self.query_one(ClaimDetail).choose_evidence()

    def on_claim_detail_left(self) -> None:
        self.query_one(ChecklistTable).focus()

    def on_claim_detail_evidence_opened(self) -> None:
        self.action_file()


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
