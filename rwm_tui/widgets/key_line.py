"""The keys of the screen in one line: those for help and for leaving always, of the others as many as fit.

One widget that draws a line. Textual's footer makes a widget of each key, styles and lays them all out again whenever
the focus moves, and cuts off at the right, where the app's own keys stand.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

import msgspec
from rich.cells import cell_len
from textual import events
from textual.content import Content
from textual.screen import Screen
from textual.widget import Widget

ALWAYS = ("help", "leave")


class ShownKey(msgspec.Struct, frozen=True):
    """
    :param key: what is pressed, in Textual's words.
    :param display: the same, as it is shown.
    """

    key: str
    display: str
    description: str
    action: str
    enabled: bool = True

    @property
    def width(self) -> int:
        return cell_len(self.display) + cell_len(self.description) + 3  # blanks around, and after the description


class KeyLine(Widget):
    """`?` tells of the keys that are left out here."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"key-line--key"}
    ALLOW_SELECT = False

    def __init__(self) -> None:
        super().__init__()
        self._keys: tuple[ShownKey, ...] = ()

    def on_mount(self) -> None:
        self.screen.bindings_updated_signal.subscribe(self, self._bindings_updated)

    def _bindings_updated(self, screen: Screen[object]) -> None:
        keys = tuple(self._shown_keys())
        if screen is self.screen and keys != self._keys:
            self._keys = keys
            self.refresh()

    def _shown_keys(self) -> Iterable[ShownKey]:
        actions = set[str]()
        for active in self.screen.active_bindings.values():
            binding = active.binding
            if binding.show and binding.action not in actions:  # two keys, one command
                actions.add(binding.action)
                display = self.app.get_key_display(binding)
                yield ShownKey(binding.key, display, binding.description, binding.action, active.enabled)

    def render(self) -> Content:
        look = self.get_visual_style("key-line--key", partial=True)
        parts = []
        for key in keys_that_fit(self._keys, self.size.width):
            line = Content.assemble((f" {key.display} ", look), f"{key.description} ")
            parts.append(line if key.enabled else line.stylize("dim"))
        return Content("").join(parts)

    def on_click(self, event: events.Click) -> None:
        """As if the key under the pointer had been pressed."""
        right = 0
        for key in keys_that_fit(self._keys, self.size.width):
            right += key.width
            if event.x < right:
                self.app.simulate_key(key.key)
                return


def keys_that_fit(keys: Iterable[ShownKey], width: int) -> list[ShownKey]:
    """In their order; the first have precedence, after those that are always there."""
    keys = list(keys)
    kept = {key for key in keys if key.action in ALWAYS}
    left = width - sum(key.width for key in kept)
    for key in keys:
        if key not in kept:
            left -= key.width
            if left < 0:
                break
            kept.add(key)
    return [key for key in keys if key in kept]
