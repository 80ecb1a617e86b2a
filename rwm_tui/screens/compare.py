"""Two runs or launches side by side: what differs between them first, what is the same folded and counted."""

from __future__ import annotations

import asyncio
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.content import Content
from textual.widgets import Input, Static

from rwm_tui.core.compare.comparison import Comparison
from rwm_tui.core.compare.document import compare_markdown, row_text, side_statement
from rwm_tui.core.compare.side import SidePaths
from rwm_tui.core.services import Services
from rwm_tui.core.trainer_output.terminal_text import clean_line
from rwm_tui.messages import ChecklistRequested, CopyRequested, RunRequested
from rwm_tui.widgets.compare_table import CompareTable
from rwm_tui.widgets.difference_detail import DifferenceDetail
from rwm_tui.widgets.page import Page


class CompareScreen(Page):
    CSS_PATH = "compare.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (150, "-beside")]  # noqa: RUF012  an instance variable by Textual's annotation
    VERTICAL_BREAKPOINTS = [(0, "-short"), (32, "-tall")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "filter", "Filter"),
        Binding("x", "swap", "Swap"),
        Binding("w", "write", "Write"),
        Binding("y", "copy_row", "Copy"),
        Binding("Y", "copy_all", "Copy all", show=False),
        Binding("l", "open_side('left')", "Open left", show=False),
        Binding("r", "open_side('right')", "Open right", show=False),
        Binding("R", "reload", "Read again", show=False),
    ]

    def __init__(self, services: Services, left: SidePaths, right: SidePaths, *, ascii_only: bool = False) -> None:
        super().__init__()
        self._services = services
        self._paths = (left, right)
        self._ascii_only = ascii_only
        self._comparison: Comparison | None = None

    def compose_body(self) -> ComposeResult:
        yield Static("reading both sides ...", id="compare-sides", markup=False)
        yield Input(placeholder="only rows with this in their key or values", id="compare-filter")
        with Container(id="compare-body"):
            yield CompareTable(ascii_only=self._ascii_only, id="compare")
            yield DifferenceDetail(ascii_only=self._ascii_only, id="detail")

    def on_mount(self) -> None:
        self.show_title("rwm-tui", "compare")
        self.query_one("#compare-filter", Input).display = False
        self.query_one(CompareTable).focus()
        self.action_reload()

    def action_reload(self) -> None:
        self.begin(self._load, name="comparing", group="load")

    async def _load(self) -> None:
        comparison = await asyncio.to_thread(self._services.compare, *self._paths)
        self.clear_problem()
        self._comparison = comparison
        differences = comparison.difference_count
        counted = f"{differences or 'no'} difference{'' if differences == 1 else 's'}"
        self.show_title("rwm-tui", "compare", counted, str(self._services.project.logs))
        sides = (("left   ", "$text-warning", comparison.left), ("right  ", "$text-accent", comparison.right))
        parts = [((word, style), clean_line(side_statement(side))) for word, style, side in sides]
        self.query_one("#compare-sides", Static).update(Content.assemble(*parts[0], "\n", *parts[1]))
        self.query_one(CompareTable).show(comparison)
        self.refresh_bindings()

    def on_line_table_highlighted(self) -> None:
        line = self.query_one(CompareTable).selected
        if self._comparison:
            self.query_one(DifferenceDetail).show(self._comparison, line)
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "copy_row":
            selected = self.query_one(CompareTable).selected if self.is_mounted else None
            return selected is not None and selected.row is not None
        if action in ("write", "copy_all"):
            return self._comparison is not None
        return super().check_action(action, parameters)

    def action_filter(self) -> None:
        box = self.query_one("#compare-filter", Input)
        box.display = True
        self.set_focus(box)  # at once, not after what is typed ahead

    def on_input_changed(self, event: Input.Changed) -> None:
        self.query_one(CompareTable).show_only(event.value.strip())

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.input.display = bool(event.value.strip())
        self.query_one(CompareTable).focus()

    def action_back(self) -> None:
        """From the filter to all rows; else from the screen."""
        box = self.query_one("#compare-filter", Input)
        if not box.display:
            super().action_back()
            return
        box.value = ""
        box.display = False
        self.query_one(CompareTable).focus()

    def action_swap(self) -> None:
        self._paths = (self._paths[1], self._paths[0])
        self.action_reload()

    def action_copy_row(self) -> None:
        line = self.query_one(CompareTable).selected
        if self._comparison and line and line.row:
            self.post_message(CopyRequested(row_text(self._comparison, line.aspect, line.row)))

    def action_copy_all(self) -> None:
        if self._comparison:
            self.post_message(CopyRequested(compare_markdown(self._comparison, everything=False)))

    def action_write(self) -> None:
        self.begin(self._write, name="writing the comparison", group="write")

    async def _write(self) -> None:
        if self._comparison:
            written = await asyncio.to_thread(self._services.write_comparison, self._comparison)
            self.notify("\n".join(map(str, written)), title="Written", markup=False)

    def action_open_side(self, side: str) -> None:
        paths = self._paths[0 if side == "left" else 1]
        if paths.launch_directory:
            self.post_message(RunRequested(paths.launch_directory))
        elif paths.run_directory:
            self.post_message(ChecklistRequested(paths.run_directory, None))
