"""The least that a Textual app of one screen can be: a title, a text and a footer."""

from textual.app import App, ComposeResult
from textual.widgets import Footer, Header, Label


class MinimalApp(App[None]):
    BINDINGS = [("q", "quit", "Goodbye")]  # noqa: RUF012

    def compose(self) -> ComposeResult:
        yield Header()
        yield Label("minimal text")
        yield Footer()


MinimalApp().run()
