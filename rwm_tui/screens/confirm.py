"""A yes-or-no question with the settings that would change."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from rwm_tui.messages import Question
from rwm_tui.widgets.dialogue import Dialogue
from rwm_tui.widgets.key_line import KeyLine
from rwm_tui.widgets.rung_detail import settings_table


class ConfirmScreen(Dialogue[bool]):
    CSS_PATH = "confirm.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", "Yes"),
        Binding("n,escape", "answer(False)", "No"),
    ]

    def __init__(self, question: Question) -> None:
        super().__init__()
        self._question = question

    def compose(self) -> ComposeResult:
        question = self._question
        table = settings_table(question.changes, "new", "before") if question.changes else []
        with VerticalScroll(id="question"):
            yield Static(
                Content.assemble(
                    (f"{question.title}\n\n", "bold"),
                    f"{question.explanation}\n\n",
                    "".join(f"{line}\n" for line in table),
                    "\ny: yes    n: no",
                )
            )
        yield KeyLine()

    def action_answer(self, answer: bool) -> None:
        self.dismiss(answer)
