"""The app on this terminal."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from rwm_tui.commands.terminal import is_served, speaks_unicode
from rwm_tui.core.settings import Project

if TYPE_CHECKING:
    from rwm_tui.messages import Start


def show_app(project: Project, start: "Start | None" = None) -> None:
    """
    :param start: where to; None: at the profiles.
    """
    preferences = project.preferences
    if not preferences.colour:
        os.environ["NO_COLOR"] = "1"  # Textual reads it where it is loaded
    from rwm_tui.app import RwmTuiApp
    from rwm_tui.late_wiring import late_services

    ascii_only = not speaks_unicode() if preferences.ascii is None else preferences.ascii
    still_running = RwmTuiApp(late_services(project), start, ascii_only=ascii_only).run()
    if still_running is not None and not is_served():  # what a served app prints would be taken for its drawing
        print(goes_on(still_running))


def goes_on(directory: Path) -> str:
    return f"the run goes on; attach again with: rwm-tui attach {directory.name}"
