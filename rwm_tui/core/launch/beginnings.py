"""How launches began, from the first lines of their journals: who runs on, and how long starting took."""

from collections.abc import Iterable
from pathlib import Path

import msgspec

from rwm_tui.core.errors import InputError
from rwm_tui.core.launch import process
from rwm_tui.core.launch.events import JournalEntry, SupervisorStarted, TrainerStarted, decode_entry
from rwm_tui.core.launch.follow import read_plan
from rwm_tui.core.launch.paths import LaunchPaths
from rwm_tui.core.launch.process import ProcessIdentity
from rwm_tui.core.plan.launch_plan import ContainerAccess
from rwm_tui.core.profile import Backend
from rwm_tui.core.run_dir.regular_file import open_record
from rwm_tui.core.trainer_output.console_events import StageReached
from rwm_tui.core.trainer_output.stages import Stage

NEWEST = 200
FIRST_BYTES = 64 * 1024


class Beginning(msgspec.Struct, frozen=True, kw_only=True):
    """The start of one launch.

    :param container: set where the trainer is a client and the real one runs inside.
    :param boot_s: seconds from the trainer's start until the simulator was up; None where it never was.
    """

    launch_id: str
    directory: Path
    backend: Backend
    supervisor: ProcessIdentity | None
    trainer: ProcessIdentity | None
    boot_s: float | None
    container: ContainerAccess | None = None

    @property
    def is_supervised(self) -> bool:
        return self.supervisor is not None and process.is_alive(self.supervisor)

    @property
    def trainer_lives(self) -> bool:
        return self.trainer is not None and process.is_alive(self.trainer)


def read_beginnings(launches: Path) -> tuple[Beginning, ...]:
    """The newest launches that can be read, newest first."""
    names = sorted((path for path in launches.iterdir() if path.is_dir()), reverse=True) if launches.is_dir() else []
    return tuple(beginning for path in names[:NEWEST] if (beginning := _read(path)))


def _read(directory: Path) -> Beginning | None:
    paths = LaunchPaths(directory)
    try:
        plan = read_plan(paths)
        with open_record(paths.events) as file:
            lines = file.read(FIRST_BYTES).splitlines()
    except (InputError, OSError):
        return None
    entries = [entry for line in lines if (entry := decode_entry(line))]
    return Beginning(
        launch_id=paths.launch_id,
        directory=directory,
        backend=plan.backend,
        supervisor=next((e.event.supervisor for e in entries if isinstance(e.event, SupervisorStarted)), None),
        trainer=next((e.event.trainer for e in entries if isinstance(e.event, TrainerStarted)), None),
        boot_s=_boot_s(entries),
        container=plan.container,
    )


def _boot_s(entries: Iterable[JournalEntry]) -> float | None:
    started: float | None = None
    for entry in entries:
        match entry.event:
            case TrainerStarted():
                started = entry.t
            case StageReached(stage=stage) if started is not None and stage.order >= Stage.RESOLVING_CONFIG.order:
                return entry.t - started
    return None
