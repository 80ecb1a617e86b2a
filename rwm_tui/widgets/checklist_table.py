"""The claims under headings with their status by word and symbol, and all that is known of the selected one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from rwm_tui.core.trainer_output.terminal_text import clean_line
from rwm_tui.core.verdict.checklist import (
    STATUS_SYMBOLS,
    STATUS_SYMBOLS_ASCII,
    STATUS_WORDS,
    evidence_line,
    in_ascii,
)
from rwm_tui.core.verdict.claim_groups import ClaimGroup, grouped
from rwm_tui.core.verdict.claims import ClaimResult, ClaimStatus
from rwm_tui.core.verdict.finding import Evidence
from rwm_tui.widgets.choice_list import ChoiceList

# Colour never carries the meaning alone: symbol and words stand beside it.
_STYLES = {
    ClaimStatus.VALIDATED: "$text-success",
    ClaimStatus.VALIDATED_AT_REDUCED_SCALE: "$text-success",
    ClaimStatus.NOT_VERIFIED: "$text-warning",
    ClaimStatus.CONTRADICTED: "bold $text-error",
}
_WORDS_WIDTH = max(map(len, STATUS_WORDS.values()))
# In a narrow list, where the claims need the room; the whole words stand beside, with the selected claim.
_SHORT_WORDS = {
    ClaimStatus.VALIDATED: "validated",
    ClaimStatus.VALIDATED_AT_REDUCED_SCALE: "reduced scale",
    ClaimStatus.NOT_VERIFIED: "not verified",
    ClaimStatus.CONTRADICTED: "contradicted",
}
_SHORT_WIDTH = max(map(len, _SHORT_WORDS.values()))
_NARROW = 100


def status_words(status: ClaimStatus, *, ascii_only: bool = False, short: bool = False) -> str:
    symbols = STATUS_SYMBOLS_ASCII if ascii_only else STATUS_SYMBOLS
    return f"{symbols[status]} {(_SHORT_WORDS if short else STATUS_WORDS)[status]}"


def heading(group: ClaimGroup) -> Content:
    """The group's title, and how many of its claims stand at least at reduced scale."""
    good = (ClaimStatus.VALIDATED, ClaimStatus.VALIDATED_AT_REDUCED_SCALE)
    established = sum(item.status in good for item in group.items)
    return Content.assemble((f"{group.title} ", "bold"), (f"{established} of {len(group.items)}", "$text-muted"))


def claim_line(item: ClaimResult, *, ascii_only: bool = False, short: bool = False) -> Content:
    status = status_words(item.status, ascii_only=ascii_only, short=short)
    width = (_SHORT_WIDTH if short else _WORDS_WIDTH) + (4 if ascii_only else 2)
    return Content.assemble("  ", (f"{status:<{width}}", _STYLES[item.status]), f"  {item.claim}")


def claim_head(item: ClaimResult, *, ascii_only: bool = False) -> Content:
    """What is known of one claim before its evidence."""
    parts: list[str | tuple[str, str]] = [
        (f"{item.id}: ", "bold"),
        (status_words(item.status, ascii_only=ascii_only), _STYLES[item.status]),
        f"\n{item.claim}\n",
    ]
    if item.reason:
        parts += [("because ", "bold"), f"{_plain(item.reason, ascii_only)}\n"]
    if item.required_to_advance:
        parts += [("required to advance ", "bold"), f"{_plain(item.required_to_advance, ascii_only)}\n"]
    parts.append((f"Evidence ({len(item.evidence)})", "bold"))
    return Content.assemble(*parts)


def _plain(text: str, ascii_only: bool) -> str:
    line = clean_line(text)
    return in_ascii(line) if ascii_only else line


def evidence_content(evidence: Evidence, *, ascii_only: bool = False) -> Content:
    """One fact, marked `!` where it disagrees and `=` where it is as expected."""
    mark, style = {False: ("!", "bold $text-error"), True: ("=", "$text-success"), None: ("-", "$text-muted")}[
        evidence.agrees
    ]
    return Content.assemble((f"{mark} ", style), _plain(evidence_line(evidence), ascii_only))


def telling_evidence(item: ClaimResult) -> int | None:
    """The fact to look at first: one that disagrees, else the first; None where there is none."""
    disagreeing = (index for index, evidence in enumerate(item.evidence) if evidence.agrees is False)
    return next(disagreeing, 0 if item.evidence else None)


class ChecklistTable(ChoiceList):
    """One line a claim below its group's heading; says which one is highlighted, and when its evidence is wanted."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "select", "Facts"),
        Binding("right", "select", "Facts", show=False),
        Binding("k", "cursor_up", "Up", show=False),
        Binding("j", "cursor_down", "Down", show=False),
    ]

    class ClaimHighlighted(Message):
        def __init__(self, item: ClaimResult) -> None:
            super().__init__()
            self.item = item

    class EvidenceWanted(Message):
        """The selected claim's evidence is to be gone through."""

    def __init__(self, *, ascii_only: bool = False, id: str | None = None) -> None:
        super().__init__(id=id, markup=False)
        self._ascii_only = ascii_only
        self._items: dict[str, ClaimResult] = {}
        self._is_narrow = False

    def on_resize(self, event: events.Resize) -> None:
        is_narrow = event.size.width < _NARROW
        if is_narrow is not self._is_narrow:
            self._is_narrow = is_narrow
            self.show([*self._items.values()])

    @property
    def selected(self) -> ClaimResult | None:
        return None if self.highlighted_option is None else self._items.get(self.highlighted_option.id or "")

    def show(self, items: Sequence[ClaimResult]) -> None:
        """Replace the claims; the selected one stays."""
        chosen = self.selected
        groups = grouped(items)
        self._items = {item.id: item for item in items}
        self.clear_options()
        for group in groups:
            self.add_option(Option(heading(group), disabled=True))
            self.add_options(
                [
                    Option(claim_line(item, ascii_only=self._ascii_only, short=self._is_narrow), id=item.id)
                    for item in group.items
                ]
            )
        if groups:
            wanted = chosen.id if chosen and chosen.id in self._items else groups[0].items[0].id
            self.highlighted = self.get_option_index(wanted)
            if chosen is None:
                self.scroll_home(animate=False)  # the first heading, too

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        event.stop()
        if event.option_id in self._items:
            self.post_message(self.ClaimHighlighted(self._items[event.option_id]))

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.post_message(self.EvidenceWanted())


class ClaimDetail(ChoiceList):
    """What is known of one claim, and its evidence, of which one fact at a time can be chosen."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "select", "Open the file", show=False),
        Binding("escape", "leave", "Claims"),
        Binding("left", "leave", "Claims", show=False),
        Binding("k", "cursor_up", "Up", show=False),
        Binding("j", "cursor_down", "Down", show=False),
    ]

    class Left(Message):
        """Back to the claims."""

    class EvidenceOpened(Message):
        """The place of the chosen fact is wanted."""

    def __init__(self, *, ascii_only: bool = False, id: str | None = None) -> None:
        super().__init__(id=id, markup=False)
        self._ascii_only = ascii_only
        self._item: ClaimResult | None = None

    @property
    def chosen(self) -> Evidence | None:
        """The fact under the cursor, else the most telling one."""
        if self._item is None:
            return None
        index = self.highlighted - 1 if self.highlighted else telling_evidence(self._item)
        return None if index is None else self._item.evidence[index]

    def show(self, item: ClaimResult) -> None:
        self._item = item
        self.clear_options()
        self.add_option(Option(claim_head(item, ascii_only=self._ascii_only), disabled=True))
        self.add_options(
            [Option(evidence_content(evidence, ascii_only=self._ascii_only)) for evidence in item.evidence]
        )
        self.scroll_home(animate=False)

    def choose_evidence(self) -> None:
        """Take the focus, with the cursor on the most telling fact."""
        index = telling_evidence(self._item) if self._item else None
        self.highlighted = None if index is None else index + 1
        self.focus()

    def action_leave(self) -> None:
        self.highlighted = None
        self.scroll_home(animate=False)
        self.post_message(self.Left())

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        event.stop()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.post_message(self.EvidenceOpened())
