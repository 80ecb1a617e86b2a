"""The preflight's checks by number, word and title, and the fact and remedy of the selected one."""

from __future__ import annotations

from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from rwm_tui.core.plan.preflight.finding import CheckResult, CheckStatus, Preflight
from rwm_tui.core.plan.preflight.report import STATUS_WORDS
from rwm_tui.core.trainer_output.terminal_text import clean_line
from rwm_tui.widgets.choice_list import ChoiceList

# Colour never carries the meaning alone: the word stands beside it.
_STYLES = {
    CheckStatus.PASS: "$text-success",
    CheckStatus.WARN: "$text-warning",
    CheckStatus.FAIL: "bold $text-error",
    CheckStatus.NOT_APPLICABLE: "dim",
}
_ATTENTION = (CheckStatus.FAIL, CheckStatus.WARN)


def check_content(check: CheckResult, number: int, total: int) -> Content:
    width = len(str(total))
    word = (f"{STATUS_WORDS[check.status]:<4}", _STYLES[check.status])
    return Content.assemble(f"[{number:>{width}}/{total}] ", word, f"  {check.title}")


def check_detail(check: CheckResult) -> Content:
    parts: list[str | tuple[str, str]] = [
        (f"{check.id}\n", "bold"),
        (f"{STATUS_WORDS[check.status]}\n\n", _STYLES[check.status]),
        clean_line(check.fact),
    ]
    if check.remedy:
        parts += [("\n\nremedy ", "bold"), clean_line(check.remedy)]
    return Content.assemble(*parts)


class CheckList(ChoiceList):
    """One line a check; says which one is highlighted. Opens at the first that wants attention."""

    class CheckHighlighted(Message):
        def __init__(self, check: CheckResult) -> None:
            super().__init__()
            self.check = check

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id, markup=False)
        self._checks: tuple[CheckResult, ...] = ()

    def show(self, preflight: Preflight) -> None:
        chosen = self.highlighted
        self._checks = preflight.checks
        total = len(self._checks)
        self.clear_options()
        self.add_options([Option(check_content(check, number, total)) for number, check in enumerate(self._checks, 1)])
        self.highlighted = self._first_to_see() if chosen is None else min(chosen, total - 1)

    def _first_to_see(self) -> int:
        for status in _ATTENTION:
            for index, check in enumerate(self._checks):
                if check.status is status:
                    return index
        return 0

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        event.stop()
        self.post_message(self.CheckHighlighted(self._checks[event.option_index]))


class CheckDetail(Static):
    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id, markup=False)

    def show(self, check: CheckResult) -> None:
        self.update(check_detail(check))
