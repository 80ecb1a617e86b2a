"""An app that answers a key as soon as it comes."""

from __future__ import annotations

from textual import events
from textual.app import App, ReturnType
from textual.widgets import Input


class PromptApp(App[ReturnType]):
    """Textual hands a key to every widget from the focused one up before it looks for a binding, each by its queue.

    A key that no widget takes as text waits for nothing but a binding. All act at once, not the letters alone: else
    what is typed ahead after an arrow or Enter would come before it.
    """

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.Key) and not event.is_forwarded and await self._is_answered_at_once(event):
            return
        await super().on_event(event)

    async def _is_answered_at_once(self, event: events.Key) -> bool:
        focused = self.focused
        if not isinstance(focused, Input) and not self._is_for_bindings_alone(event):
            return False
        self.app_focus = True
        if await self._check_bindings(event.key, priority=True):
            return True
        if isinstance(focused, Input) and event.is_printable and event.character:
            focused.replace(event.character, *focused.selection)
            return True
        return await self._check_bindings(event.key)

    def _is_for_bindings_alone(self, event: events.Key) -> bool:
        if event.key == "escape" and self.screen.maximized:  # which it ends
            return False
        nodes = (self.focused or self.screen).ancestors_with_self
        return not any(node.check_consume_key(event.key, event.character) for node in nodes)
