"""The scale profiles as ladders, one per backend, smallest rung first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from rwm_tui.core.profile import Backend, ScaleProfile, ladder
from rwm_tui.widgets.choice_list import ChoiceList

_HEADINGS: tuple[tuple[Backend, str], ...] = (("embedded", "Embedded trainer"), ("isaaclab", "Isaac Lab"))


class Ladder(ChoiceList):
    """Rungs to choose from."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "select", "Launch")]

    class RungHighlighted(Message):
        def __init__(self, profile: ScaleProfile) -> None:
            super().__init__()
            self.profile = profile

    class RungChosen(Message):
        def __init__(self, profile: ScaleProfile) -> None:
            super().__init__()
            self.profile = profile

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id, markup=False)
        self._profiles: dict[str, ScaleProfile] = {}

    @property
    def highlighted_profile(self) -> ScaleProfile | None:
        option = self.highlighted_option
        return self._profiles.get(option.id) if option and option.id else None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "select" and self.app.has_class("-read-only"):
            return False
        return super().check_action(action, parameters)

    def show(self, profiles: Sequence[ScaleProfile], selected: str) -> None:
        """Replace the rungs; highlight the one of that name where it is there."""
        self.clear_options()
        self._profiles = {profile.name: profile for profile in profiles}
        for backend, heading in _HEADINGS:
            rungs = ladder(profiles, backend)
            if not rungs:
                continue
            self.add_option(Option(Content.styled(heading, "bold"), disabled=True))
            self.add_options([Option(f"  {profile.name}", id=profile.name) for profile in rungs])
        if selected in self._profiles:
            self.highlighted = self.get_option_index(selected)
        else:
            self.action_first()

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        event.stop()
        if profile := self._profiles.get(event.option.id or ""):
            self.post_message(self.RungHighlighted(profile))

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        if (profile := self._profiles.get(event.option.id or "")) and self.check_action("select", ()):  # or by mouse
            self.post_message(self.RungChosen(profile))
