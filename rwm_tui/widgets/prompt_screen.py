"""A screen that shows what changed as soon as it has changed."""

from __future__ import annotations

from collections.abc import Iterable

from textual import events
from textual._compositor import Compositor
from textual.geometry import Region
from textual.screen import Screen, ScreenResultType
from textual.strip import Strip
from textual.timer import Timer
from textual.widget import Widget

PAINT_PERIOD_S = 0.001
"""Long enough that what one key changes on several widgets is one picture."""


class PromptScreen(Screen[ScreenResultType]):
    """Textual lets one to two of its periods, 17 to 33 ms, pass between a picture and the next.

    Beside a log that grows that is what most keys waited for. What changes here by itself has a pace of its own.
    """

    _paint_timer: Timer | None = None

    def __init__(self, name: str | None = None, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(name, id, classes)
        self._compositor = _LeanCompositor()

    def _on_mount(self, event: events.Mount) -> None:
        """The first picture waits for Textual's period, in which the parts of the screen come together."""
        self.call_after_refresh(self._begin_to_be_prompt)

    def _begin_to_be_prompt(self) -> None:
        super()._update_timer.pause()
        self._paint_timer = self.set_interval(PAINT_PERIOD_S, self._on_timer_update, name="screen_update")

    @property
    def _update_timer(self) -> Timer:
        """Paused while nothing has changed."""
        return self._paint_timer or super()._update_timer

    def show_at_once(self, widget: Widget) -> None:
        """Draw what has changed of a widget now, not when the messages that lead there are through three queues."""
        self._dirty_widgets.add(widget)
        self._on_timer_update()


class _LeanCompositor(Compositor):
    """Asks the foremost widgets that cover the changed part for its lines; Textual's asks all widgets for all lines."""

    def _get_renders(self, crop: Region | None = None) -> Iterable[tuple[Region, Region, list[Strip]]]:
        part = self.size.region if crop is None else crop
        for widget, (region, clip) in self.visible_widgets.items():  # the foremost first
            shown = region.intersection(clip)
            if part.overlaps(shown):
                rows = shown.intersection(Region(shown.x, part.y, shown.width, part.height))
                yield region, rows, widget.render_lines(rows.translate((-region.x, -region.y)))
                if rows.contains_region(part):  # what lies behind it is not to be seen
                    return
