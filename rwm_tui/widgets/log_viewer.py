"""The log pane with its prompt and a line that says where one is."""

from __future__ import annotations

from typing import ClassVar, Literal

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, Static

from rwm_tui.core.errors import InputError
from rwm_tui.core.log.landmarks import TROUBLE
from rwm_tui.core.log.matching import parse_query
from rwm_tui.core.trainer_output.terminal_text import clean_line
from rwm_tui.widgets.log_pane import LogPane

Asked = Literal["search", "filter", "line"]
PLACEHOLDERS: dict[Asked, str] = {
    "search": "search: text, or /regular expression/",
    "filter": "show only lines with: text, or /regular expression/ (empty: all)",
    "line": "go to line",
}


class LogPrompt(Input):
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "close", "Close", show=False)]

    def action_close(self) -> None:
        self.display = False


class LogViewer(Vertical):
    """Keys that act on the whole log; the pane below has those that move in it.

    The keys that open the prompt have priority: what is typed ahead over a slow line is then the prompt's.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "ask('search')", "Search", show=False, priority=True),
        Binding("ampersand", "ask('filter')", "Filter", show=False, priority=True),
        Binding("colon", "ask('line')", "Go to line", show=False, priority=True),
        Binding("F", "only_trouble", "Warnings only", show=False),
    ]

    def __init__(self, *, id: str | None = None, ascii_only: bool = False) -> None:
        super().__init__(id=id)
        self._ascii_only = ascii_only
        self._asked: Asked = "search"

    def compose(self) -> ComposeResult:
        yield LogPane(ascii_only=self._ascii_only, id="log-pane")
        yield Static("", id="log-info", markup=False)
        yield LogPrompt(id="log-prompt", compact=True)

    def on_mount(self) -> None:
        self.query_one("#log-info").display = False
        self.query_one(LogPrompt).display = False

    @property
    def pane(self) -> LogPane:
        return self.query_one(LogPane)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """In the prompt itself the same keys are letters."""
        return not (action == "ask" and self.query_one(LogPrompt).has_focus)

    def action_ask(self, asked: Asked) -> None:
        self._asked = asked
        prompt = self.query_one(LogPrompt)
        prompt.value = ""
        prompt.placeholder = PLACEHOLDERS[asked]
        prompt.display = True
        self.screen.set_focus(prompt)  # at once, not after what waits in the queue

    def on_input_submitted(self, message: Input.Submitted) -> None:
        message.stop()
        try:
            self._answer(message.value)
        except InputError as error:
            self.notify(f"{error.message}\n{error.hint}", title=error.title, severity="warning", markup=False)
            return
        self.query_one(LogPrompt).display = False
        self.pane.focus()

    def on_input_blurred(self) -> None:
        self.query_one(LogPrompt).display = False

    def _answer(self, text: str) -> None:
        match self._asked:
            case "search" if not text:
                self.pane.end_search()
            case "search":
                self.pane.search(parse_query(text))
            case "filter":
                self.pane.show_only(parse_query(text) if text else None)
            case "line":
                if not text.isascii() or not text.isdigit():
                    raise InputError("no line number", clean_line(text) or "nothing", "type a number, from 1")
                self.pane.go_to_line(int(text[:15]))

    def action_only_trouble(self) -> None:
        self.pane.show_only(TROUBLE if self.pane.filter is None else None)

    def on_log_pane_page_turned(self) -> None:
        self._show_info()

    def _show_info(self) -> None:
        parts = [part for part in (self._place(), self._search(), self._filter(), self._marks()) if part]
        info = self.query_one("#log-info", Static)
        info.update("  ".join(parts), layout=False)
        info.display = bool(parts)

    def _place(self) -> str:
        page = self.pane.page
        if page.cursor is None:
            return ""
        percent = f"{100 * page.cursor // page.size if page.size else 100} %"
        if page.first_number is None:
            return f"held at {percent}"
        above = sum(line.offset < page.cursor for line in page.lines)
        total = self.pane.lines_counted
        return f"held at line {page.first_number + above + 1:,}{f' of {total:,}' if total else ''}, {percent}"

    def _search(self) -> str:
        found = self.pane.found
        if found is None:
            return ""
        more = "" if found.complete else "+"
        cursor = self.pane.page.cursor
        rank = f"{found.rank(cursor):,} of " if cursor is not None else ""
        return f"{clean_line(found.matcher.text)!r}: {rank}{len(found):,}{more} (n, N)"

    def _filter(self) -> str:
        only = self.pane.filter
        if only is None:
            return ""
        return f"only {clean_line(only.matcher.text)}: {len(only):,} lines (F: all)"

    def _marks(self) -> str:
        marks = len(self.pane.marks)
        return f"{marks} marked (')" if marks else ""
