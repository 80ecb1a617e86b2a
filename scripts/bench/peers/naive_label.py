"""One value that changes, written without a thought: an attribute of the app that a Label follows.

    naive_label.py SECONDS [bare]

A reactive attribute of an App repaints its whole screen. `bare`: the Label alone is updated, nothing reactive.
"""

import sys

from textual.app import App, ComposeResult
from textual.reactive import reactive
from textual.widgets import Footer, Header, Label


class NaiveLabel(App[None]):
    BINDINGS = [("q", "quit", "Goodbye")]  # noqa: RUF012
    value = reactive(0)
    ticks = 0

    def compose(self) -> ComposeResult:
        yield Header()
        yield Label("value 0", id="value")
        yield Footer()

    def on_mount(self) -> None:
        self.set_interval(float(sys.argv[1]), self.tick)

    def tick(self) -> None:
        self.ticks += 1
        if sys.argv[2:] == ["bare"]:
            self.show(self.ticks)
        else:
            self.value = self.ticks

    def watch_value(self, value: int) -> None:
        if self.is_mounted:
            self.show(value)

    def show(self, value: int) -> None:
        self.query_one("#value", Label).update(f"value {value}")


NaiveLabel().run()
