"""A log in an app of its own, and what of it is on the screen."""

from collections.abc import Callable
from pathlib import Path

from textual.app import ComposeResult
from textual.pilot import Pilot

from rwm_tui.messages import CopyRequested
from rwm_tui.widgets.log_pane import LogPane
from rwm_tui.widgets.log_viewer import LogViewer
from rwm_tui.widgets.prompt_app import PromptApp


class LogApp(PromptApp[None]):
    CSS = "LogPane .log-pane--cursor { background: $primary-muted; }"

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.animation_level = "none"
        self.path = path
        self.changes: list[bool] = []
        self.copied: list[str] = []

    def compose(self) -> ComposeResult:
        yield LogViewer()

    def on_mount(self) -> None:
        pane = self.query_one(LogPane)
        pane.focus()
        pane.show_file(self.path, live=True)

    def on_log_pane_follow_changed(self, message: LogPane.FollowChanged) -> None:
        self.changes.append(message.following)

    def on_copy_requested(self, message: CopyRequested) -> None:
        self.copied.append(message.text)


def append(path: Path, text: str) -> None:
    with path.open("a") as file:
        file.write(text)


def shown(app: LogApp) -> list[str]:
    """The text of the rows on the screen, without the scroll bar."""
    pane = app.query_one(LogPane)
    return [pane.render_line(y).text[:-1].rstrip() for y in range(pane.size.height)]


def info(app: LogApp) -> str:
    return str(app.query_one("#log-info").render())


async def sees(pilot: Pilot[None], condition: Callable[[], bool]) -> None:
    """Wait until the screen shows it."""
    for _ in range(400):
        await pilot.pause(0.02)
        if condition():
            return
    raise AssertionError("not seen within its time")
