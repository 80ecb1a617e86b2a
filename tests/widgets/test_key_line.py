"""The line of keys: what fits, and the key under the pointer."""

from __future__ import annotations

from typing import ClassVar

from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType

from rwm_tui.widgets.key_line import KeyLine, ShownKey, keys_that_fit

KEYS = [
    ShownKey("a", "a", "Alpha", "alpha"),
    ShownKey("b", "b", "Beta", "beta"),
    ShownKey("question_mark", "?", "Help", "help"),
    ShownKey("q", "q", "Quit", "leave"),
]


def test_help_and_quit_stay_where_others_go() -> None:
    assert keys_that_fit(KEYS, 100) == KEYS
    assert [key.key for key in keys_that_fit(KEYS, 26)] == ["a", "question_mark", "q"]
    assert [key.key for key in keys_that_fit(KEYS, 10)] == ["question_mark", "q"]


class Counting(App[None]):
    BINDINGS: ClassVar[list[BindingType]] = [Binding("a", "alpha", "Alpha"), Binding("b", "beta", "Beta")]
    ENABLE_COMMAND_PALETTE = False
    pressed = ""

    def compose(self) -> ComposeResult:
        yield KeyLine()

    def action_alpha(self) -> None:
        self.pressed += "a"

    def action_beta(self) -> None:
        self.pressed += "b"


async def test_a_click_presses_the_key_under_it() -> None:
    app = Counting()
    async with app.run_test(size=(40, 5)) as pilot:
        await pilot.pause()
        line = app.query_one(KeyLine)
        assert str(line.render()) == " a Alpha  b Beta "
        await pilot.click(KeyLine, offset=(12, 0))
        await pilot.click(KeyLine, offset=(1, 0))
        await pilot.click(KeyLine, offset=(30, 0))
        assert app.pressed == "ba"
