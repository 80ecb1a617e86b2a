"""A list of options to move and choose in, however little of it is in sight."""

from __future__ import annotations

from textual.widgets import OptionList


class ChoiceList(OptionList):
    """Textual's looks up a line of the list for a move by pages, and fails where none is drawn."""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return action not in ("page_up", "page_down") or bool(self.scrollable_content_region)

    def action_page_up(self) -> None:
        """To the first option at most; with a heading above it, Textual's selects none."""
        super().action_page_up()  # type: ignore[no-untyped-call]
        if self.highlighted is None:
            self.action_first()
