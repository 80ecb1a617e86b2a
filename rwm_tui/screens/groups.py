"""The observation groups of a run three ways: console tables, env.yaml, checkpoint tensors."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import Static

from rwm_tui.core.profile import Backend
from rwm_tui.core.services import Services
from rwm_tui.core.verdict.observation_table import summary
from rwm_tui.widgets.groups_table import GroupsTable
from rwm_tui.widgets.page import Page, short_backend_statement


class GroupsScreen(Page):
    CSS_PATH = "groups.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("R", "reload", "Read again")]

    def __init__(
        self, services: Services, run_directory: Path, launch_directory: Path | None, backend: Backend | None
    ) -> None:
        super().__init__()
        self._trainer = short_backend_statement(backend)
        self._services = services
        self._run_directory = run_directory
        self._launch_directory = launch_directory

    def compose_body(self) -> ComposeResult:
        yield Static("reading the run directory ...", id="groups-summary", markup=False)
        with VerticalScroll(id="groups-scroll", can_focus=True):
            yield GroupsTable(id="groups")

    def on_mount(self) -> None:
        self.show_title("rwm-tui", self._trainer, "observation groups", self._run_directory.name)
        self.query_one("#groups-scroll").focus()
        self.action_reload()

    def action_reload(self) -> None:
        self.begin(self._load, name="reading the groups", group="load")

    async def _load(self) -> None:
        comparison = await asyncio.to_thread(self._services.compare_groups, self._run_directory, self._launch_directory)
        self.clear_problem()
        self.query_one("#groups-summary", Static).update(summary(comparison))
        self.query_one(GroupsTable).show(comparison)
