"""The keys of the screen in one line: those for help and for leaving always, of the others as many as fit."""

from __future__ import annotations

from collections.abc import Iterable

from rich.cells import cell_len
from textual import events
from textual.app import ComposeResult
from textual.widgets import Footer
from textual.widgets._footer import FooterKey

ALWAYS = ("help", "leave")
_BLANKS = 3  # around a key and after its description


class KeyLine(Footer):
    """Textual's footer cuts off at the right, where the app's own keys stand; `?` tells of the keys left out here."""

    def __init__(self) -> None:
        super().__init__(show_command_palette=False)
        self._composed_for = 0

    def compose(self) -> ComposeResult:
        self._composed_for = self.app.size.width
        yield from keys_that_fit([key for key in super().compose() if isinstance(key, FooterKey)], self._composed_for)

    def on_resize(self, event: events.Resize) -> None:
        if self._composed_for and event.size.width != self._composed_for:
            self.call_after_refresh(self.recompose)


def keys_that_fit(keys: Iterable[FooterKey], width: int) -> list[FooterKey]:
    """In their order; the first have precedence, after those that are always there."""
    keys = list(keys)
    kept = {id(key) for key in keys if key.action in ALWAYS}
    left = width - sum(_width(key) for key in keys if id(key) in kept)
    for key in keys:
        if id(key) not in kept:
            left -= _width(key)
            if left < 0:
                break
            kept.add(id(key))
    return [key for key in keys if id(key) in kept]


def _width(key: FooterKey) -> int:
    return cell_len(key.key_display) + cell_len(key.description) + _BLANKS
