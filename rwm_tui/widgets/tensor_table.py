"""The tensors of a checkpoint, a line each, below the state that they belong to."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets.option_list import Option

from rwm_tui.core.run_dir.tensor_listing import StateRows, TensorListing, TensorRow
from rwm_tui.core.trainer_output.terminal_text import clean_line
from rwm_tui.widgets.choice_list import ChoiceList

_SHAPE_WIDTH, _TYPE_WIDTH, _NUMBERS_WIDTH = 12, 8, 20
_MIN_NAME_WIDTH = 16


def state_heading(state: StateRows) -> Content:
    return Content.assemble((clean_line(state.key), "bold"), (f"  {state.remark}", "$text-muted"))


def tensor_line(row: TensorRow, width: int) -> Content:
    """Name, shape, type and numbers in columns; a suspect one is marked `!`."""
    name_width = max(width - _SHAPE_WIDTH - _TYPE_WIDTH - _NUMBERS_WIDTH - 8, _MIN_NAME_WIDTH)
    name, shape = clean_line(row.name), "x".join(map(str, row.shape)) or "one number"
    if len(name) > name_width:
        name = "..." + name[3 - name_width :]
    mark, style = ("!", "bold $text-error") if row.is_suspect else (" ", "$text-success")
    return Content.assemble(
        (f"{mark} ", style),
        f"{name:<{name_width}}  {shape:<{_SHAPE_WIDTH}}  {row.dtype:<{_TYPE_WIDTH}}  ",
        (row.numbers_are, style),
    )


class TensorTable(ChoiceList):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("k", "cursor_up", "Up", show=False),
        Binding("j", "cursor_down", "Down", show=False),
    ]

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id, markup=False)
        self._listing: TensorListing | None = None
        self._suspects: list[int] = []

    @property
    def has_suspects(self) -> bool:
        return bool(self._suspects)

    def show(self, listing: TensorListing, wanted: str) -> None:
        """:param wanted: a state, or `state › tensor`; the cursor goes there, else to the first suspect."""
        self._listing = listing
        key, _, name = wanted.partition(" › ")
        self._draw()
        places = [(state.key, row.name) for state in listing.states for row in (None, *state.rows) if row]
        rows = [row for row, _ in enumerate(self.options) if not self.options[row].disabled]
        found = [rows[index] for index, (of, tensor) in enumerate(places) if of == key and name in ("", tensor)]
        if target := [*found, *self._suspects, *rows]:
            self.highlighted = target[0]

    def _draw(self) -> None:
        if self._listing is None:
            return
        width = max(self.size.width - 3, 60)
        self.clear_options()
        self._suspects = []
        for state in self._listing.states:
            self.add_option(Option(state_heading(state), disabled=True))
            for row in state.rows:
                if row.is_suspect:
                    self._suspects.append(self.option_count)
                self.add_option(Option(tensor_line(row, width)))

    def on_resize(self, event: events.Resize) -> None:
        chosen = self.highlighted
        self._draw()
        self.highlighted = chosen

    def go_to_next_suspect(self) -> None:
        here = -1 if self.highlighted is None else self.highlighted
        self.highlighted = next((row for row in self._suspects if row > here), self._suspects[0])
