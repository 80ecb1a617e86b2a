"""The frame that every screen shares: title, body, problems in place, keys."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.await_remove import AwaitRemove
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static
from textual.worker import Worker, WorkerState

from rwm_tui.core.errors import InputError
from rwm_tui.core.profile import Backend
from rwm_tui.core.trainer_output.terminal_text import clean_line
from rwm_tui.widgets.key_line import KeyLine
from rwm_tui.widgets.prompt_screen import PromptScreen

Work = Callable[..., Coroutine[Any, Any, None]]

_BACKENDS = {"embedded": "embedded trainer (MuJoCo): not Isaac Lab", "isaaclab": "Isaac Lab"}


def backend_statement(backend: Backend | None) -> str:
    """Which trainer a run's facts come from, in words."""
    return _BACKENDS.get(backend or "", "trainer unknown")


def short_backend_statement(backend: Backend | None) -> str:
    """The same where there is little room."""
    return "not Isaac Lab" if backend == "embedded" else backend_statement(backend)


class ProblemBar(Static):
    """What went wrong and what to do about it; takes no room while nothing is wrong."""

    def __init__(self) -> None:
        super().__init__(id="problem", markup=False)
        self.display = False

    def show(self, error: InputError) -> None:
        message = "\n".join(map(clean_line, f"{error.message}\n  {error.hint}".splitlines()))
        parts = Content.assemble((f"! {error.title}: ", "bold"), message)
        self.update(parts)
        self.display = True

    def clear(self) -> None:
        self.display = False


class Page(PromptScreen[None]):
    """A screen with a title line, a body from `compose_body`, a problem bar and a footer."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,b", "back", "Back")]

    @property
    def backend(self) -> Backend | None:
        """The trainer of the run that is shown, as far as it is known by now."""
        return None

    def compose(self) -> ComposeResult:
        yield Static("", id="page-title", markup=False)
        yield from self.compose_body()
        yield ProblemBar()
        yield KeyLine()

    @property
    def is_read_only(self) -> bool:
        """Whether nothing may be started, stopped, ended or changed from here."""
        return self.app.has_class("-read-only")

    def compose_body(self) -> ComposeResult:
        """The widgets between title and footer, which each screen names."""
        raise NotImplementedError  # abc's metaclass is not Textual's

    def begin(self, work: Work, *arguments: object, name: str, group: str) -> None:
        """Work on something beside the keys, instead of what the group was at; if it fails, that is shown.

        :param work: called once it is its turn: a coroutine that is replaced before it began would never be awaited.
        :param name: what is done, for the words of a failure.
        """
        begun: Any = partial(work, *arguments)  # Textual's alias of such functions loses their result's type
        self.run_worker(begun, name=name, group=group, exclusive=True, exit_on_error=False)

    def remove(self) -> AwaitRemove:
        """What the page has begun ends before its parts go, which it would look for."""
        self.workers.cancel_node(self)
        return super().remove()

    def action_back(self) -> None:
        if self.is_current:  # not where a second key was typed before the first had left
            self.app.pop_screen()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "back":
            return self is not self.app.screen_stack[0]  # the first page stays
        return True

    def show_title(self, *parts: str) -> None:
        title = self.query_one("#page-title", Static)
        if self.is_read_only:
            parts = ("read-only", *parts)
        line = Content(" | ".join(map(clean_line, parts)))
        if line != title.content:
            title.update(line, layout=False)

    @property
    def title_width(self) -> int | None:
        """Columns for the title; None before the first layout."""
        width = self.query_one("#page-title", Static).content_size.width
        return width - len("read-only | ") * self.is_read_only if width else None

    def show_problem(self, error: InputError) -> None:
        self.query_one(ProblemBar).show(error)

    def clear_problem(self) -> None:
        self.query_one(ProblemBar).clear()

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """A worker that failed is shown, and the screen goes on."""
        if event.state is not WorkerState.ERROR:
            return
        error = event.worker.error
        if isinstance(error, InputError):
            self.show_problem(error)
        else:
            self.show_problem(
                InputError(f"{event.worker.name} failed", f"{type(error).__name__}: {error}", "please report this")
            )
