"""What screens ask of the app, which alone navigates. Messages wrap core values."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from textual.message import Message

if TYPE_CHECKING:
    from rwm_tui.core.compare.side import SidePaths
    from rwm_tui.core.launch.news import News
    from rwm_tui.core.memory.rerun import Proposal, RerunOffer
    from rwm_tui.core.plan.launch_plan import LaunchPlan
    from rwm_tui.core.profile import ScaleProfile, SettingDifference
    from rwm_tui.core.verdict.place import Place


class StartAtProfiles(msgspec.Struct, frozen=True):
    """Open the ladder of profiles; with what the first picture shows, where it has been read already."""

    profiles: tuple[ScaleProfile, ...] = ()
    plan: LaunchPlan | None = None


class AttachTo(msgspec.Struct, frozen=True):
    """Open a launch, live or ended."""

    launch_directory: Path


class ReviewRun(msgspec.Struct, frozen=True):
    """Open the checklist of a run directory."""

    run_directory: Path


class Replay(msgspec.Struct, frozen=True):
    """Go through a launch that is over again."""

    launch_directory: Path


Start = StartAtProfiles | AttachTo | ReviewRun | Replay


class Question(msgspec.Struct, frozen=True):
    """A yes-or-no question, with what would change."""

    title: str
    explanation: str
    changes: tuple[SettingDifference, ...] = ()


class NewsCame(Message):
    """Something is worth telling of a launch that is watched."""

    def __init__(self, news: News) -> None:
        super().__init__()
        self.news = news


class LaunchStarted(Message):
    """A launch was started and can be watched."""

    def __init__(self, launch_directory: Path) -> None:
        super().__init__()
        self.launch_directory = launch_directory


class RunRequested(Message):
    """A launch is to be watched or reviewed."""

    def __init__(self, launch_directory: Path) -> None:
        super().__init__()
        self.launch_directory = launch_directory


class ReplayRequested(Message):
    """A launch that is over is to be gone through again."""

    def __init__(self, launch_directory: Path) -> None:
        super().__init__()
        self.launch_directory = launch_directory


class ChecklistRequested(Message):
    """The claims of a run directory are to be shown; with the launch that is bound to it, if any."""

    def __init__(self, run_directory: Path, launch_directory: Path | None) -> None:
        super().__init__()
        self.run_directory = run_directory
        self.launch_directory = launch_directory


class GroupsRequested(Message):
    """The observation groups of a run directory are to be shown; with the launch that is bound to it, if any."""

    def __init__(self, run_directory: Path, launch_directory: Path | None) -> None:
        super().__init__()
        self.run_directory = run_directory
        self.launch_directory = launch_directory


class ComparisonRequested(Message):
    """Two runs or launches are to be shown side by side."""

    def __init__(self, left: SidePaths, right: SidePaths) -> None:
        super().__init__()
        self.left = left
        self.right = right


class LastSuccessRequested(Message):
    """What changed since it last worked is to be shown, of a launch or a run directory."""

    def __init__(self, directory: Path) -> None:
        super().__init__()
        self.directory = directory


class KitLogRequested(Message):
    """Isaac Sim's own log is to be shown."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path


class PlaceRequested(Message):
    """The place in a file that a fact was read at is to be shown."""

    def __init__(self, place: Place) -> None:
        super().__init__()
        self.place = place


class ConfirmationRequested(Message):
    """A question is to be asked; `on_yes` is called when it was answered with yes."""

    def __init__(self, question: Question, on_yes: Callable[[], None]) -> None:
        super().__init__()
        self.question = question
        self.on_yes = on_yes


class CopyRequested(Message):
    """To the clipboard of whoever sits before the terminal, and to a file in any case."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


class RerunChoiceRequested(Message):
    """Which smaller run to launch is to be asked; `on_chosen` is called with the one that was chosen."""

    def __init__(self, offer: RerunOffer, on_chosen: Callable[[Proposal], None]) -> None:
        super().__init__()
        self.offer = offer
        self.on_chosen = on_chosen
