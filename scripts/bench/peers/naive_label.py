"""One value that changes, as one writes it without a thought: a Label, updated. The argument: seconds between."""

import sys

from textual.app import App, ComposeResult
from textual.widgets import Footer, Header, Label


class NaiveLabel(App[None]):
    BINDINGS = [("q", "quit", "Goodbye")]  # noqa: RUF012
    ticks = 0

    def compose(self) -> ComposeResult:
        yield Header()
        yield Label("value 0", id="value")
        yield Footer()

    def on_mount(self) -> None:
        self.set_interval(float(sys.argv[1]), self.tick)

    def tick(self) -> None:
        self.ticks += 1
        self.query_one("#value", Label).update(f"value {self.ticks}")


NaiveLabel().run()
