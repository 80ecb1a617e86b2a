"""An app that answers a key as soon as it comes."""

from __future__ import annotations

from textual import events
from textual.app import App, ReturnType


class PromptApp(App[ReturnType]):
    """Textual hands a key to every widget from the focused one up before it looks for a binding, each by its queue.

    A letter that no widget takes as text waits for nothing but a binding.
    """

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.Key) and not event.is_forwarded and self._is_for_bindings_alone(event):
            self.app_focus = True
            if await self._check_bindings(event.key, priority=True) or await self._check_bindings(event.key):
                return
        await super().on_event(event)

    def _is_for_bindings_alone(self, event: events.Key) -> bool:
        nodes = (self.focused or self.screen).ancestors_with_self
        return event.is_printable and not any(node.check_consume_key(event.key, event.character) for node in nodes)
