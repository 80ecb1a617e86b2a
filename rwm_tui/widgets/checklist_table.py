"""The claims with their status by word and symbol, and the evidence of the selected one."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from rwm_tui.core.trainer_output.terminal_text import clean_line
from rwm_tui.core.verdict.checklist import STATUS_SYMBOLS, STATUS_SYMBOLS_ASCII, STATUS_WORDS, evidence_line
from rwm_tui.core.verdict.claims import ClaimResult, ClaimStatus
from rwm_tui.core.verdict.finding import Evidence

# Colour never carries the meaning alone: symbol and words stand beside it.
_STYLES = {
    ClaimStatus.VALIDATED: "$text-success",
    ClaimStatus.VALIDATED_AT_REDUCED_SCALE: "$text-success",
    ClaimStatus.NOT_VERIFIED: "$text-warning",
    ClaimStatus.CONTRADICTED: "bold $text-error",
}
_WORDS_WIDTH = max(map(len, STATUS_WORDS.values()))


def status_words(status: ClaimStatus, *, ascii_only: bool = False) -> str:
    symbols = STATUS_SYMBOLS_ASCII if ascii_only else STATUS_SYMBOLS
    return f"{symbols[status]} {STATUS_WORDS[status]}"


def claim_line(item: ClaimResult, *, ascii_only: bool = False) -> Content:
    status = status_words(item.status, ascii_only=ascii_only)
    width = _WORDS_WIDTH + (4 if ascii_only else 2)
    return Content.assemble((f"{status:<{width}}", _STYLES[item.status]), f"  {item.claim}")


def claim_detail(item: ClaimResult, *, ascii_only: bool = False) -> Content:
    """Everything that is known of one claim."""
    parts: list[str | tuple[str, str]] = [
        (f"{item.id}: ", "bold"),
        (status_words(item.status, ascii_only=ascii_only), _STYLES[item.status]),
        f"\n{item.claim}\n",
    ]
    if item.reason:
        parts += [("because ", "bold"), f"{clean_line(item.reason)}\n"]
    if item.required_to_advance:
        parts += [("required to advance ", "bold"), f"{clean_line(item.required_to_advance)}\n"]
    parts.append((f"\nEvidence ({len(item.evidence)})\n", "bold"))
    parts += [f"- {_line(evidence, ascii_only)}\n" for evidence in item.evidence]
    return Content.assemble(*parts)


def _line(evidence: Evidence, ascii_only: bool) -> str:
    line = clean_line(evidence_line(evidence))
    return line.replace("\u203a", ">") if ascii_only else line


class ChecklistTable(OptionList):
    """One line a claim; says which one is highlighted."""

    class ClaimHighlighted(Message):
        def __init__(self, item: ClaimResult) -> None:
            super().__init__()
            self.item = item

    def __init__(self, *, ascii_only: bool = False, id: str | None = None) -> None:
        super().__init__(id=id, markup=False)
        self._ascii_only = ascii_only
        self._items: tuple[ClaimResult, ...] = ()

    def show(self, items: Sequence[ClaimResult]) -> None:
        chosen = self.highlighted or 0
        self._items = tuple(items)
        self.clear_options()
        self.add_options([Option(claim_line(item, ascii_only=self._ascii_only)) for item in items])
        if items:
            self.highlighted = min(chosen, len(items) - 1)

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        event.stop()
        self.post_message(self.ClaimHighlighted(self._items[event.option_index]))


class ClaimDetail(Static):
    def __init__(self, *, ascii_only: bool = False, id: str | None = None) -> None:
        super().__init__(id=id, markup=False)
        self._ascii_only = ascii_only

    def show(self, item: ClaimResult) -> None:
        self.update(claim_detail(item, ascii_only=self._ascii_only))
