"""Launches in this or that state, for the screens that show them."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from rwm_tui.core.launch.events import (
    LaunchEvent,
    SupervisorStarted,
    TrainerStarted,
)
from rwm_tui.core.launch.outcome import Outcome
from rwm_tui.core.launch.process import identify
from rwm_tui.core.trainer_output.console import parse_console
from rwm_tui.trainer.event_file import EventFile
from tests.screens.world import START, LaunchFiles, World


def started() -> tuple[LaunchEvent, ...]:
    """The events of a launch whose supervisor and trainer live: this process stands for both."""
    me = identify(os.getpid())
    assert me is not None
    return SupervisorStarted(me), TrainerStarted(me)


def live_launch(world: World, shared_fixtures: Path, profile: str = "embedded") -> LaunchFiles:
    """A launch in the middle of its training."""
    launch = world.open_launch(profile)
    console = shared_fixtures / "upstream-runs" / "D_sigint" / "console.log"
    launch.record(*started(), *parse_console(console)[:-1])
    launch.print(console.read_text())
    for second in range(30):
        launch.sample(START + second, 512.0 + 10.0 * second)
    return launch


def out_of_memory_launch(world: World, shared_fixtures: Path, profile: str) -> LaunchFiles:
    launch = world.open_launch(profile)
    console = shared_fixtures / "upstream-runs" / "G3_gpu_oom_same_process_hog" / "console.log"
    launch.record(*started(), *parse_console(console))
    launch.print(console.read_text())
    launch.end(Outcome.OUT_OF_MEMORY, "torch ran out of memory (console line 72); no model_2000.pt")
    return launch


def write_losses(folder: Path, losses: Mapping[str, Sequence[float]]) -> Path:
    """A run directory with losses of the world model in its event file, iteration by iteration."""
    folder.mkdir(parents=True)
    events = EventFile(folder)
    for name, values in losses.items():
        for step, value in enumerate(values):
            events.add_scalars({f"System Dynamics/{name}": value}, step)
    events.close()
    return folder
