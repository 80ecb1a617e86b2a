"""A launch directory as a supervisor keeps it; this process is supervisor and trainer: live while we are."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from rwm_tui.core.launch.events import JournalEntry, SupervisorStarted, TrainerStarted, encode_line
from rwm_tui.core.launch.paths import LaunchPaths, open_launch
from rwm_tui.core.launch.process import identify
from rwm_tui.core.plan.environment import plan_launch
from rwm_tui.core.ports import DeviceMemory, MemorySample
from rwm_tui.core.profile import load_profile_named
from rwm_tui.core.settings import Project
from rwm_tui.core.shipped import shipped

RWM_TUI = (sys.executable, "-m", "rwm_tui")
DEVICE_MIB = 8188.0


def live_launch(logs: Path) -> LaunchPaths:
    """A launch of the default embedded profile whose trainer has just started."""
    project = Project(root=logs.parent, profiles=shipped("profiles"), logs=logs, found=True)
    paths = open_launch(plan_launch(load_profile_named(project.profiles, "embedded"), project), logs, time.time())
    ourselves = identify(os.getpid())
    assert ourselves is not None
    events = (SupervisorStarted(ourselves), TrainerStarted(ourselves))
    paths.events.write_bytes(b"".join(encode_line(JournalEntry(time.time(), event)) for event in events))
    return paths


def write_sample(paths: LaunchPaths, used_mib: float, rss_mib: float) -> None:
    """One tick of the memory record, as of now."""
    device = DeviceMemory("Stand-in GPU", "GPU-0", used_mib, DEVICE_MIB)
    with paths.samples.open("ab") as samples:
        samples.write(encode_line(MemorySample(time.time(), device, rss_mib)))


def watching(paths: LaunchPaths) -> list[str]:
    """The command that watches it."""
    return [*RWM_TUI, "attach", paths.directory.name, "--logs", str(paths.directory.parent.parent)]
