"""The app on this terminal."""

import gc
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from rwm_tui.commands.terminal import is_served, speaks_unicode
from rwm_tui.core.errors import InputError
from rwm_tui.core.profile import DEFAULT_PROFILE
from rwm_tui.core.settings import Project
from rwm_tui.lean_imports import load_asyncio

if TYPE_CHECKING:
    from rwm_tui.core.launch.record import RunState
    from rwm_tui.core.services import Services
    from rwm_tui.messages import Start, StartAtProfiles

SWITCH_S = 0.001
"""How long a thread that reads or counts may keep a key waiting; Python's own is 5 ms."""


def show_app(project: Project, start: "Start | None" = None) -> int:
    """Until it is left; 0, or where the app broke 1.

    :param start: where to; None: at the profiles.
    """
    gc.disable()  # until the first picture: what a start makes stays, and looking through it takes a tenth of it
    load_asyncio()
    preferences = project.preferences
    if not preferences.colour:
        os.environ["NO_COLOR"] = "1"  # Textual reads it where it is loaded
    from rwm_tui.app import RwmTuiApp
    from rwm_tui.late_wiring import late_services

    ascii_only = not speaks_unicode() if preferences.ascii is None else preferences.ascii
    services = late_services(project)
    app = RwmTuiApp(services, start or at_profiles(services), ascii_only=ascii_only)
    sys.setswitchinterval(SWITCH_S)
    still_running = app.run()
    if still_running is not None and not is_served():  # what a served app prints would be taken for its drawing
        print(goes_on(still_running))
    return app.return_code or 0


def at_profiles(services: "Services") -> "StartAtProfiles":
    """Read before the app runs, so that its first picture is whole; a mistake in the files is told by the app."""
    from rwm_tui.messages import StartAtProfiles

    try:
        folder = services.load_profiles()
        if folder.problems:  # the screen reads again, and tells them
            return StartAtProfiles()
        profiles = folder.profiles
        first = next((profile for profile in profiles if profile.name == DEFAULT_PROFILE), None)
        return StartAtProfiles(profiles, services.plan(first, None, None) if first else None)
    except InputError:
        return StartAtProfiles()


def goes_on(directory: Path) -> str:
    return f"the run goes on; attach again with: rwm-tui attach {directory.name}"


def watch(project: Project, directory: Path) -> int:
    """Show a launch; the exit code that its outcome has."""
    load_asyncio()  # before the messages, which load Textual
    from rwm_tui.core.launch.follow import read_state
    from rwm_tui.messages import AttachTo

    broke = show_app(project, AttachTo(directory))
    if broke:
        return broke
    state = read_state(directory)
    return exit_code(state) if state.is_over else 0


def exit_code(state: "RunState") -> int:
    from rwm_tui.core.launch.outcome import EXIT_CODES

    assert state.outcome is not None, "a launch that is over has an outcome"
    return EXIT_CODES[state.outcome.outcome]
