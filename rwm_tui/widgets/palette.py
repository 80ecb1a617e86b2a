"""Textual's command palette, unharmed by what is typed ahead."""

from __future__ import annotations

from typing import Any

from textual.await_complete import AwaitComplete
from textual.command import CommandList, CommandPalette
from textual.worker import ResultType, Worker, WorkType


class Palette(CommandPalette):
    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The list has its commands before it is drawn: until then Textual's fails at a move by pages."""
        if action == "command_list" and parameters in (("page_up",), ("page_down",)):
            return any(commands.scrollable_content_region for commands in self.query(CommandList))
        return super().check_action(action, parameters)

    def run_worker(self, work: WorkType[ResultType], *_: Any, **options: Any) -> Worker[ResultType]:
        """A search that was begun as the palette left finds no list, which is no reason for the app to end."""
        return super().run_worker(work, **{**options, "exit_on_error": False})

    def dismiss(self, result: Any = None) -> AwaitComplete:
        """A second Enter that was typed before it was gone does not leave the screen beneath."""
        return super().dismiss(result) if self.is_current else AwaitComplete.nothing()  # type: ignore[no-untyped-call]
