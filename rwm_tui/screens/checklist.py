"""What a run establishes and what it does not, each line with its evidence."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from rwm_tui.core.services import Services
from rwm_tui.core.verdict.checklist import Checklist, scale_statement
from rwm_tui.messages import GroupsRequested
from rwm_tui.widgets.checklist_table import ChecklistTable, ClaimDetail, status_words
from rwm_tui.widgets.page import Page


class ChecklistScreen(Page):
    CSS_PATH = "checklist.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("o", "groups", "Groups"),
        Binding("R", "reload", "Judge again"),
    ]

    def __init__(
        self, services: Services, run_directory: Path, launch_directory: Path | None, *, ascii_only: bool = False
    ) -> None:
        super().__init__()
        self._services = services
        self._run_directory = run_directory
        self._launch_directory = launch_directory
        self._ascii_only = ascii_only

    def compose_body(self) -> ComposeResult:
        yield Static("reading the run directory ...", id="checklist-summary", markup=False)
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

    async def _load(self) -> None:
        checklist = await asyncio.to_thread(self._services.check, self._run_directory, self._launch_directory)
        self.clear_problem()
        summary = summary_text(checklist, ascii_only=self._ascii_only)
        self.query_one("#checklist-summary", Static).update(summary)
        self.query_one(ChecklistTable).show(checklist.items)

    def on_checklist_table_claim_highlighted(self, message: ChecklistTable.ClaimHighlighted) -> None:
        self.query_one(ClaimDetail).show(message.item)
        self.query_one("#claim-scroll").scroll_home(animate=False)


def summary_text(checklist: Checklist, *, ascii_only: bool = False) -> Content:
    """What wrote the run, at which scale, and how many claims stand where."""
    counts = ", ".join(
        f"{count} {status_words(status, ascii_only=ascii_only)}" for status, count in checklist.summary.items() if count
    )
    return Content.assemble(
        (f"{checklist.backend_statement}\n", "bold"),
        f"scale: {scale_statement(checklist.scale)}\n{counts}",
    )
