"""A checkpoint as a table of its tensors: names, shapes, types, and what their numbers are like."""

from __future__ import annotations

import asyncio
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Static

from rwm_tui.core.errors import InputError
from rwm_tui.core.profile import Backend
from rwm_tui.core.run_dir.tensor_listing import TensorListing, list_tensors
from rwm_tui.core.trainer_output.terminal_text import clean_line
from rwm_tui.core.verdict.place import TensorPlace
from rwm_tui.widgets.page import Page, short_backend_statement
from rwm_tui.widgets.tensor_table import TensorTable


class TensorsScreen(Page):
    CSS_PATH = "tensors.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("n", "next_suspect", "Next suspect")]

    def __init__(self, place: TensorPlace, backend: Backend | None) -> None:
        super().__init__()
        self._place = place
        self._trainer = short_backend_statement(backend)

    def compose_body(self) -> ComposeResult:
        yield Static("reading every number ...", id="tensor-facts", markup=False)
        yield TensorTable(id="tensors")

    def on_mount(self) -> None:
        self.show_title("rwm-tui", self._trainer, self._place.path.name, str(self._place.path.parent))
        self.query_one(TensorTable).focus()
        self.begin(self._load, name="reading the checkpoint", group="load")

    async def _load(self) -> None:
        listing = await asyncio.to_thread(list_tensors, self._place.path)
        facts = self.query_one("#tensor-facts", Static)
        if not isinstance(listing, TensorListing):
            facts.update("nothing to list")
            raise InputError("checkpoint not readable", listing.reason, "nothing of it is used in the verdict")
        facts.update("\n".join(clean_line(f"{name:<10} {value}") for name, value in listing.facts))
        self.query_one(TensorTable).show(listing, self._place.name)
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "next_suspect":
            return self.is_mounted and self.query_one(TensorTable).has_suspects
        return super().check_action(action, parameters)

    def action_next_suspect(self) -> None:
        self.query_one(TensorTable).go_to_next_suspect()
