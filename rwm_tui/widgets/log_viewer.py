"""The log pane with its prompt and a line that says where one is."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, Literal

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, Static

from rwm_tui.core.errors import InputError
from rwm_tui.core.log.levels import ERRORS, TROUBLE
from rwm_tui.core.log.line_filter import LineFilter
from rwm_tui.core.log.matches import Matches
from rwm_tui.core.log.matching import parse_query
from rwm_tui.core.trainer_output.terminal_text import clean_line
from rwm_tui.widgets.log_moves import shown_text
from rwm_tui.widgets.log_pane import LogPane

Asked = Literal["search", "filter", "line"]
PLACEHOLDERS: dict[Asked, str] = {
    "search": "search: text, or /regular expression/",
    "filter": "show only lines with: text, or /regular expression/ (empty: all)",
    "line": "go to line, or 50 %",
}


class LogPrompt(Input):
    """
    :param answer: takes what was typed; whether it is good.
    :param leave: gives the focus back where nothing is to be answered.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "close", "Close", show=False)]

    def __init__(self, answer: Callable[[str], bool], leave: Callable[[], None], *, id: str | None = None) -> None:
        super().__init__(id=id, compact=True)
        self._answer = answer
        self._leave = leave

    async def action_submit(self) -> None:
        """At once: what is typed after Enter is the log's."""
        if self._answer(self.value):
            self.display = False

    def action_close(self) -> None:
        """From the palette too, whose screen may still be the one that is shown."""
        self._leave()
        self.display = False


class LogViewer(Vertical):
    """Keys that act on the whole log; the pane below has those that move in it.

    The keys that open the prompt have priority: what is typed ahead over a slow line is then the prompt's.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "ask('search')", "Search", show=False, priority=True),
        Binding("ampersand", "ask('filter')", "Filter", show=False, priority=True),
        Binding("colon", "ask('line')", "Go to line", show=False, priority=True),
        Binding("F", "next_level", "Warnings, errors, all", show=False),
        Binding("H", "hide_harmless", "Hide harmless", show=False),
        Binding("S", "only_stage", "This stage only", show=False),
        Binding("D", "diagnosis", "Line of the diagnosis", show=False),
    ]

    def __init__(self, *, id: str | None = None, ascii_only: bool = False) -> None:
        super().__init__(id=id)
        self._ascii_only = ascii_only
        self._asked: Asked = "search"
        self._wanted = LineFilter()
        self._proof: tuple[int, ...] = ()
        self._proof_of: tuple[Path, int] | None = None

    def compose(self) -> ComposeResult:
        yield LogPane(ascii_only=self._ascii_only, id="log-pane")
        info = Static("", id="log-info", markup=False)
        prompt = LogPrompt(self._take, self._focus_pane, id="log-prompt")
        info.display = prompt.display = False  # not once mounted: its screen may be left by then, and no part be there
        yield from (info, prompt)

    @property
    def pane(self) -> LogPane:
        return self.query_one(LogPane)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """In the prompt itself the same keys are letters: from the key on that opened it, not from its focus event."""
        return not (action == "ask" and self.app.focused is self.query_one(LogPrompt))

    def action_ask(self, asked: Asked) -> None:
        self._asked = asked
        prompt = self.query_one(LogPrompt)
        prompt.value = ""
        prompt.placeholder = PLACEHOLDERS[asked]
        prompt.display = True
        self.screen.set_focus(prompt)  # at once, not after what waits in the queue

    def _take(self, typed: str) -> bool:
        try:
            self._answer(typed)
        except InputError as error:
            self.notify(f"{error.message}\n{error.hint}", title=error.title, severity="warning", markup=False)
            return False
        self._focus_pane()
        return True

    def _focus_pane(self) -> None:
        self.screen.set_focus(self.pane)

    def on_input_blurred(self) -> None:
        self.query_one(LogPrompt).display = False

    def _answer(self, text: str) -> None:
        match self._asked:
            case "search" if not text:
                self.pane.end_search()
            case "search":
                self.pane.search(parse_query(text))
            case "filter":
                self._show_only(replace(self._wanted, query=parse_query(text) if text else None))
            case "line":
                number = text.removesuffix("%").strip()
                if not number.isascii() or not number.isdigit():
                    hint = "type a number, from 1, or a share of the log: 50 %"
                    raise InputError("no line number", clean_line(text) or "nothing", hint)
                if "%" in text:
                    self.pane.go_to_percent(int(number[:15]))
                else:
                    self.pane.go_to_line(int(number[:15]))

    def _show_only(self, wanted: LineFilter) -> None:
        self._wanted = wanted
        self.pane.show_only(wanted)

    def action_next_level(self) -> None:
        levels = (None, TROUBLE, ERRORS)
        here = levels.index(self._wanted.level)
        self._show_only(replace(self._wanted, level=levels[(here + 1) % len(levels)]))

    async def action_hide_harmless(self) -> None:
        if self._wanted.harmless:
            self._show_only(replace(self._wanted, harmless=None))
            return
        from rwm_tui.core.diagnosis.harmless_lines import HarmlessLines  # reads the signatures; seldom wanted

        lines = await asyncio.to_thread(HarmlessLines)
        self._show_only(replace(self._wanted, harmless=lines.among))

    def action_only_stage(self) -> None:
        if self._wanted.stage:
            self._show_only(replace(self._wanted, stage=None))
        else:
            self.pane.find_stage()

    def on_log_pane_stage_found(self, message: LogPane.StageFound) -> None:
        self._show_only(replace(self._wanted, stage=message.stage))

    def show_line(self, number: int) -> None:
        """Put the cursor on a line, from 1."""
        self._show_only(LineFilter())  # a filter may hide it
        self.pane.go_to_line(number)

    def action_diagnosis(self) -> None:
        finding: Any = self._show_proof  # a coroutine that is replaced before it began would never be awaited
        self.run_worker(finding, name="diagnosing the log", group="diagnosis", exclusive=True, exit_on_error=False)

    async def _show_proof(self) -> None:
        """Go to the line that proves the diagnosis; again: to the next such line."""
        path = self.pane.path
        if path is None:
            return
        seen = (path, self.pane.page.size)
        if self._proof_of != seen:
            lines, said = await asyncio.to_thread(lines_of_diagnosis, path)
            self._proof, self._proof_of = lines, seen
            self.notify(said, title="Diagnosis of this log", markup=False)
        if self._proof:
            self.show_line(self._proof[0])
            self._proof = (*self._proof[1:], self._proof[0])

    def on_log_pane_page_turned(self) -> None:
        self._show_info()

    def _show_info(self) -> None:
        place = (self.pane.said, self._place(), self._column())
        asked = (self._search(), self._filter(), self._selection(), self._marks())
        info = self.query_one("#log-info", Static)
        text = "  ".join(filter(None, (*place, *asked)))
        info.update(text, layout=False)
        info.display = bool(text)

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

    def _column(self) -> str:
        column = self.pane.first_column
        return f"from column {column + 1:,}" if column else ""

    def _selection(self) -> str:
        return "selecting (y, esc)" if self.pane.page.selected else ""

    def _search(self) -> str:
        found = self.pane.found
        return "" if found is None else f"'{shown_text(found.picker)}': {self._how_many(found)} (n, N)"

    def _filter(self) -> str:
        only = self.pane.filter
        if only is None:
            return ""
        unit = "line" if len(only) == 1 else "lines"
        return f"only {clean_line(only.picker.text)}: {self._how_many(only)} {unit} (F H S &)"

    def _how_many(self, matches: Matches) -> str:
        """How many there are, or were found so far, and which one the cursor is on."""
        page = self.pane.page
        rank = None if page.cursor is None else matches.rank(page.cursor)
        known = f"{rank:,} of {len(matches):,}" if rank is not None else f"{len(matches):,}"
        return known if matches.complete else f"{known}+ ({100 * matches.searched_bytes // max(page.size, 1)} %)"

    def _marks(self) -> str:
        marks = len(self.pane.page.marks)
        return f"{marks} marked (')" if marks else ""


def lines_of_diagnosis(console: Path) -> tuple[tuple[int, ...], str]:
    """The numbers of the lines that prove what went wrong, by the log alone, and what that is.

    :raises InputError: where the log can't be read.
    """
    from rwm_tui.core.diagnosis.diagnose import diagnose_file  # reads the signatures; seldom wanted

    diagnosis = diagnose_file(console)
    if diagnosis.name is None:
        return (), "the log alone shows nothing that went wrong"
    lines = tuple(quoted.line for quoted in diagnosis.evidence if quoted.line > 0)
    more = f" (D: {len(lines)} lines prove it)" if len(lines) > 1 else ""
    return lines, f"{diagnosis.name}: {diagnosis.cause}{more}"
