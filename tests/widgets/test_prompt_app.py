"""Keys that go to bindings at once."""

from __future__ import annotations

import asyncio
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input

from rwm_tui.widgets.prompt_app import PromptApp


class Busy(Widget, can_focus=True):
    """Answers nothing while it is at work."""

    class Work(Message):
        pass

    done = asyncio.Event()

    async def on_busy_work(self) -> None:
        await self.done.wait()


class Taker(Widget, can_focus=True):
    """Takes every key, and says so."""

    taken = ""

    def check_consume_key(self, key: str, character: str | None) -> bool:
        return True

    def on_key(self, event: events.Key) -> None:
        event.stop()
        self.taken += event.character or ""


class Keys(PromptApp[None]):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f", "note('f')"),
        Binding("down", "note('v')"),
        Binding("J", "note('J')", priority=True),
    ]
    noted = ""

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Busy()
            yield Taker()
            yield Input()

    def action_note(self, letter: str) -> None:
        self.noted += letter


async def test_a_letter_is_answered_while_the_focused_widget_is_at_work() -> None:
    app = Keys()
    async with app.run_test() as pilot:
        busy = app.query_one(Busy)
        busy.done = asyncio.Event()
        busy.focus()
        await pilot.pause()
        busy.post_message(Busy.Work())
        app.post_message(events.Key("f", "f"))
        try:
            async with asyncio.timeout(5):
                while app.noted != "f":
                    await asyncio.sleep(0.01)
        finally:
            busy.done.set()


async def test_what_is_typed_after_an_arrow_comes_after_it() -> None:
    app = Keys()
    async with app.run_test() as pilot:
        app.query_one(Busy).focus()
        await pilot.pause()
        for key, character in (("down", None), ("f", "f"), ("down", None), ("f", "f")):
            app.post_message(events.Key(key, character))
        await pilot.pause()
        assert app.noted == "vfvf"


async def test_a_letter_that_a_widget_takes_is_the_widgets() -> None:
    app = Keys()
    async with app.run_test() as pilot:
        app.query_one(Input).focus()
        await pilot.press("f", "x")
        assert app.query_one(Input).value == "fx"
        app.query_one(Taker).focus()
        await pilot.press("f", "x")
        assert app.query_one(Taker).taken == "fx"
        assert app.noted == ""


async def test_each_letter_is_answered_once() -> None:
    app = Keys()
    async with app.run_test() as pilot:
        app.query_one(Busy).focus()
        await pilot.press("f", "J", "x", "f")
        assert app.noted == "fJf"
