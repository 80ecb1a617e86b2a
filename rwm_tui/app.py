"""The Textual app: navigation only. Screens do the rest through the services they are given.

Only the first screen is imported at the start; each other one when it is first opened.
"""

from __future__ import annotations

import asyncio
import gc
import os
import re
import sys
from collections.abc import Iterable
from functools import partial
from pathlib import Path, PurePath
from typing import Any, ClassVar, cast

from textual import constants
from textual.app import App, SystemCommand
from textual.binding import ActiveBinding, Binding, BindingType
from textual.command import CommandPalette
from textual.dom import DOMNode
from textual.driver import Driver
from textual.screen import Screen
from textual.theme import ThemeProvider
from textual.widgets import Input

from rwm_tui.core.errors import InputError
from rwm_tui.core.profile import Backend
from rwm_tui.core.services import Services
from rwm_tui.core.trainer_output.terminal_text import clean_line
from rwm_tui.messages import (
    AttachTo,
    ChecklistRequested,
    ComparisonRequested,
    ConfirmationRequested,
    CopyRequested,
    GroupsRequested,
    KitLogRequested,
    LastSuccessRequested,
    LaunchStarted,
    NewsCame,
    PlaceRequested,
    Replay,
    ReplayRequested,
    RerunChoiceRequested,
    ReviewRun,
    RunRequested,
    Start,
    StartAtProfiles,
)
from rwm_tui.screens.profiles import ProfilesScreen
from rwm_tui.widgets.dialogue import Dialogue
from rwm_tui.widgets.page import Page
from rwm_tui.widgets.palette import Palette
from rwm_tui.widgets.prompt_app import PromptApp

PLAIN_THEME = "ansi-dark"
"""Has the terminal's own colours alone, so that it fits dark and light ones."""


class RwmTuiApp(PromptApp[Path]):
    """Returns the launch directory of the run that was watched, where it goes on after leaving.

    The profiles are always at the bottom of the stack; history, runs and checklists lie above them.
    """

    TITLE = "rwm-tui"
    CSS_PATH: ClassVar[list[str | PurePath]] = ["app.tcss", "screens/profiles.tcss"]  # parsed in one go
    ENABLE_COMMAND_PALETTE = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("p", "profiles", "Profiles"),
        Binding("h", "history", "History"),
        Binding("d", "doctor", "Doctor", show=False),
        Binding("J", "jump", "Jump to a part of the screen", show=False, priority=True),  # before what is typed ahead
        Binding("question_mark", "help", "Help"),
        Binding("q", "leave", "Quit"),
        Binding("ctrl+q", "leave", "Quit", show=False, priority=True),
        Binding("ctrl+c", "leave", "Quit", show=False),
        Binding("ctrl+l", "redraw", "Send the whole screen again", show=False),
    ]

    def __init__(self, services: Services, start: Start | None = None, *, ascii_only: bool = False) -> None:
        preferences = services.project.preferences
        no_colour = not preferences.colour
        super().__init__(ansi_color=no_colour or None)  # without the terminal's own colours Textual keeps its greys
        self.animation_level = "none"
        self._services = services
        self._start = start or StartAtProfiles()
        self._ascii_only = ascii_only
        self.set_class(ascii_only, "-ascii")
        self.set_class(services.project.read_only, "-read-only")
        self._watched: Path | None = None
        self._asked_theme = preferences.theme
        self._kept_theme = preferences.theme or (PLAIN_THEME if no_colour or has_sixteen_colours() else self.theme)
        if self._kept_theme in self.available_themes:
            self.theme = self._kept_theme

    def get_default_screen(self) -> Screen[None]:
        return ProfilesScreen(self._services, self._start if isinstance(self._start, StartAtProfiles) else None)

    def on_mount(self) -> None:
        if not gc.isenabled():
            self.call_after_refresh(collect_garbage_again)
        self.app_resume_signal.subscribe(self, lambda _: self.action_redraw())  # the terminal was a shell's meanwhile
        if self._asked_theme and self._asked_theme not in self.available_themes:
            known = ", ".join(self.available_themes)
            self.notify(f"there are: {known}", title=f"No theme {self._asked_theme}", severity="warning", markup=False)
        match self._start:
            case AttachTo(launch_directory):
                self._open_run(launch_directory)
            case ReviewRun(run_directory):
                self._open_checklist(run_directory, None)
            case Replay(launch_directory):
                self._open_replay(launch_directory)
            case StartAtProfiles():
                pass

    def get_driver_class(self) -> type[Driver]:
        """In a terminal, one that sends only what changes; elsewhere, or where TEXTUAL_DRIVER names one, Textual's."""
        if constants.DRIVER or sys.platform == "win32":
            return super().get_driver_class()
        from rwm_tui.display.driver import FrugalDriver

        return FrugalDriver

    def watch_theme(self, theme: str) -> None:
        """A theme that was chosen is kept for the next start."""
        if self.is_running and theme != self._kept_theme:
            self._kept_theme = theme
            if not self._services.project.read_only:
                keeping: Any = partial(self._keep_theme, theme)  # another choice may come before it began
                self.run_worker(keeping, group="theme", exclusive=True, exit_on_error=False)

    async def _keep_theme(self, theme: str) -> None:
        try:
            await asyncio.to_thread(self._services.keep_theme, theme)
        except InputError as error:
            self.notify(f"{error.message}\n{error.hint}", title=error.title, severity="warning", markup=False)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "jump" and isinstance(self.focused, Input):  # there it is a letter
            return False
        if action in ("profiles", "history", "doctor", "help", "jump"):
            return not isinstance(self.screen, Dialogue)  # which is answered before all else
        return True

    def get_key_display(self, binding: Binding) -> str:
        display = super().get_key_display(binding)
        return display if display.isascii() or not self._ascii_only else binding.key

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The command palette: every key of the screen that shows it, then Textual's own commands."""
        commands: dict[tuple[DOMNode, str], list[Binding]] = {}
        for active in keys_of(screen):
            commands.setdefault((active.node, active.binding.action), []).append(active.binding)
        for (node, action), bindings in commands.items():
            keys = " ".join(map(self.get_key_display, bindings))
            yield SystemCommand(bindings[0].description, f"key {keys}", partial(self.run_action, action, node))
        ours = ("Keys", "Quit")
        yield from (command for command in super().get_system_commands(screen) if command.title not in ours)

    def on_launch_started(self, message: LaunchStarted) -> None:
        self._open_run(message.launch_directory)
        self.run_worker(self._tell_warnings(message.launch_directory), group="warnings", exit_on_error=False)

    async def _tell_warnings(self, launch_directory: Path) -> None:
        for check in await asyncio.to_thread(self._services.warnings_of, launch_directory):
            self.notify(f"{check.fact}\n{check.remedy}", title=check.title, severity="warning", markup=False)

    def on_run_requested(self, message: RunRequested) -> None:
        self._open_run(message.launch_directory)

    def on_replay_requested(self, message: ReplayRequested) -> None:
        self._open_replay(message.launch_directory)

    def on_checklist_requested(self, message: ChecklistRequested) -> None:
        self._open_checklist(message.run_directory, message.launch_directory)

    def on_kit_log_requested(self, message: KitLogRequested) -> None:
        from rwm_tui.screens.kit_log import KitLogScreen

        self.push_screen(KitLogScreen(message.path, ascii_only=self._ascii_only))

    @property
    def _backend_shown(self) -> Backend | None:
        """Of the run on the screen, whose files and facts are opened from there."""
        return self.screen.backend if isinstance(self.screen, Page) else None

    def on_groups_requested(self, message: GroupsRequested) -> None:
        from rwm_tui.screens.groups import GroupsScreen

        self.push_screen(
            GroupsScreen(self._services, message.run_directory, message.launch_directory, self._backend_shown)
        )

    def on_comparison_requested(self, message: ComparisonRequested) -> None:
        from rwm_tui.screens.compare import CompareScreen

        self.push_screen(CompareScreen(self._services, message.left, message.right, ascii_only=self._ascii_only))

    def on_last_success_requested(self, message: LastSuccessRequested) -> None:
        self.run_worker(self._compare_with_success(message.directory), group="compare", exit_on_error=False)

    async def _compare_with_success(self, directory: Path) -> None:
        try:
            sides = await asyncio.to_thread(self._services.last_success, directory)
        except InputError as error:
            self.notify(error.message, title=error.title, markup=False)
        else:
            self.on_comparison_requested(ComparisonRequested(*sides))

    def on_place_requested(self, message: PlaceRequested) -> None:
        from rwm_tui.core.verdict.place import SeriesPlace, TensorPlace, TextPlace
        from rwm_tui.screens.file import FileScreen
        from rwm_tui.screens.tensors import TensorsScreen

        match message.place:
            case TextPlace():
                self.push_screen(FileScreen(message.place, self._backend_shown, ascii_only=self._ascii_only))
            case TensorPlace():
                self.push_screen(TensorsScreen(message.place, self._backend_shown))
            case SeriesPlace(path, tag):
                self.notify(f"{path.name} has no lines to show: {tag}", title="An event file", markup=False)

    def on_rerun_choice_requested(self, message: RerunChoiceRequested) -> None:
        from rwm_tui.screens.rerun import RerunScreen

        self.push_screen(RerunScreen(message.offer), lambda chosen: message.on_chosen(chosen) if chosen else None)

    def on_confirmation_requested(self, message: ConfirmationRequested) -> None:
        from rwm_tui.screens.confirm import ConfirmScreen

        self.push_screen(ConfirmScreen(message.question), lambda yes: message.on_yes() if yes else None)

    def on_news_came(self, message: NewsCame) -> None:
        """By the terminal's bell and the desktop's notification, as the settings have it."""
        notify = self._services.project.preferences.notify
        if notify.bell:
            self.bell()
        if notify.desktop and self._driver and not self.is_headless:
            from rwm_tui.core.desktop_notification import desktop_notification

            in_tmux = "TMUX" in os.environ
            self._driver.write(desktop_notification(message.news, notify.desktop, in_tmux=in_tmux))

    async def on_copy_requested(self, message: CopyRequested) -> None:
        """The clipboard by OSC 52, which not every terminal obeys; the file too, where it can be written."""
        self.copy_to_clipboard(message.text)
        try:
            written = f"and to {await asyncio.to_thread(self._services.write_copy, message.text)}"
        except InputError as error:  # the logs may be another's
            written = f"alone: {error.message}"
        lines = message.text.count("\n") + 1
        what = f"{lines} lines" if lines > 1 else "one line"
        self.notify(clean_line(f"{what} to the clipboard (OSC 52) {written}"), title="Copied", markup=False)

    async def action_profiles(self) -> None:
        await self._unwind()

    async def action_history(self) -> None:
        from rwm_tui.screens.history import HistoryScreen

        if not isinstance(self.screen, HistoryScreen):
            await self._unwind()
            await self.push_screen(HistoryScreen(self._services, ascii_only=self._ascii_only))

    async def action_doctor(self) -> None:
        """For the profile that is looked at, else for this machine."""
        from rwm_tui.screens.doctor import DoctorScreen

        if not isinstance(self.screen, DoctorScreen):
            profile = self.screen.highlighted_profile if isinstance(self.screen, ProfilesScreen) else None
            await self._unwind()
            await self.push_screen(DoctorScreen(self._services, profile))

    async def action_jump(self) -> None:
        """To any part of the screen that takes keys, without a mouse; a letter typed ahead counts."""
        from rwm_tui.screens.jump import JumpScreen

        if targets := [widget for widget in self.screen.focus_chain if widget.region]:
            beneath = self.screen
            await self.push_screen(JumpScreen(targets), lambda chosen: beneath.set_focus(chosen) if chosen else None)

    def action_command_palette(self) -> None:
        if not CommandPalette.is_open(cast(App[object], self)):
            self.push_screen(Palette(id="--command-palette", placeholder="what to do"))

    def search_themes(self) -> None:
        self.push_screen(Palette([ThemeProvider], placeholder="a theme"))

    def action_help(self) -> None:
        """Every key that acts here, made from the bindings: those in the footer first, those of other parts last."""
        from rwm_tui.screens.help import HelpScreen

        here = keys_of(self.screen)
        shown = self._help_rows(active.binding for active in here if active.binding.show)
        more = self._help_rows(active.binding for active in here if not active.binding.show)
        told = {meaning for _, meaning in shown}
        sections = [("Keys", [*shown, *(row for row in more if row[1] not in told)])]
        focused = self.screen.focused
        for widget in self.screen.focus_chain:
            bindings = own_bindings(widget)
            if bindings and type(widget) is not type(focused):
                sections.append((f"In the {name_of(widget)} (J or tab goes there)", self._help_rows(bindings)))
        self.push_screen(HelpScreen(sections))

    def _help_rows(self, bindings: Iterable[Binding]) -> list[tuple[str, str]]:
        """The keys of each meaning."""
        rows: dict[str, list[str]] = {}
        for binding in bindings:
            rows.setdefault(binding.description, []).append(self.get_key_display(binding))
        return [(" ".join(keys), meaning) for meaning, keys in rows.items()]

    def action_redraw(self) -> None:
        """Where something else has written over the screen."""
        if forget := getattr(self._driver, "forget", None):
            forget()
        self.screen.refresh()

    async def action_leave(self) -> None:
        """Leave the terminal; whatever runs, runs on."""
        watched = self._watched
        try:
            goes_on = watched is not None and not await asyncio.to_thread(self._is_over, watched)
        except (InputError, OSError):  # leaving always works; `rwm-tui launches` lists what there is
            goes_on = False
        self.exit(watched if goes_on else None)

    def _is_over(self, launch_directory: Path) -> bool:
        return self._services.follow(launch_directory).read().is_over

    def _open_run(self, launch_directory: Path) -> None:
        from rwm_tui.screens.run import RunScreen

        self._watched = launch_directory
        self.push_screen(RunScreen(self._services, launch_directory, ascii_only=self._ascii_only))

    def _open_replay(self, launch_directory: Path) -> None:
        from rwm_tui.screens.replay import ReplayScreen

        self.push_screen(ReplayScreen(self._services, launch_directory, ascii_only=self._ascii_only))

    def _open_checklist(self, run_directory: Path, launch_directory: Path | None) -> None:
        from rwm_tui.screens.checklist import ChecklistScreen

        self.push_screen(ChecklistScreen(self._services, run_directory, launch_directory, ascii_only=self._ascii_only))

    async def _unwind(self) -> None:
        """Back to the profiles, which stay at the bottom."""
        while not isinstance(self.screen, ProfilesScreen):
            await self.pop_screen()


def collect_garbage_again() -> None:
    """After a start without: whatever is there by now is never looked through again."""
    gc.freeze()
    gc.enable()


def has_sixteen_colours() -> bool:
    """Of the kernel's console and old terminals: their own colours look better than the nearest to ours."""
    if "TEXTUAL_DRIVER" in os.environ:  # a browser's
        return False
    return os.environ.get("TERM", "") in ("linux", "vt100", "vt220", "ansi", "xterm-16color")


def keys_of(screen: Screen[object]) -> list[ActiveBinding]:
    """The keys that act on a screen now, without those that only move in Textual's own widgets."""
    return [
        active
        for active in screen.active_bindings.values()
        if active.enabled and (active.binding.show or is_ours(active.node, active.binding))
    ]


def is_ours(node: DOMNode, binding: Binding) -> bool:
    """Whether a key was bound by a class of this package, not by one of Textual's beneath it."""
    return any(binding.action == own.action for own in own_bindings(node))


def own_bindings(node: DOMNode) -> list[Binding]:
    """What the classes of this package bind for it, one key each."""
    ours = [vars(base) for base in type(node).__mro__ if base.__module__.startswith("rwm_tui.")]
    return [one for names in ours for one in Binding.make_bindings(names.get("BINDINGS", ()))]


def name_of(widget: DOMNode) -> str:
    """The kind of a part of the screen, in words: LogPane is the log pane."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(widget).__name__).lower()
