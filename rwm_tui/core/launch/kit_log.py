"""Isaac Sim's own log, where the console does not name it.

Kit writes ``<…>/logs/Kit/<app>/<version>/kit_<YYYYMMDD>_<HHMMSS>.log`` and holds it open while it runs. The trainer's
open files are therefore the proof; without them (another user's process, a container), the only log that was begun
within the launch and before its simulator was up.
"""

import datetime
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from rwm_tui.core.launch.container import outside_path
from rwm_tui.core.launch.process import open_files
from rwm_tui.core.plan.launch_plan import ContainerAccess

_NAME = re.compile(r"kit_(\d{8}_\d{6})\.log", re.ASCII)
_HOME_LOGS = ".nvidia-omniverse/logs/Kit"
_CONTAINER_HOME = PurePosixPath("/root")
_ISAAC_SIM_LOGS = PurePosixPath("/isaac-sim/kit/logs/Kit")
MAX_LOGS = 20_000


@dataclass(frozen=True)
class FoundKitLog:
    path: Path
    known_from: str


def open_kit_log(pids: Iterable[int]) -> FoundKitLog | None:
    """The Kit log that one of these processes holds open."""
    for pid in pids:
        for path in open_files(pid):
            if _NAME.fullmatch(path.name) and "Kit" in path.parts:
                return FoundKitLog(path, f"process {pid} of the trainer holds it open")
    return None


def kit_log_begun_between(folders: Iterable[Path], began: float, ended: float) -> FoundKitLog | None:
    """The only Kit log whose name and last change lie in that time; None where there is none, or more than one.

    :param folders: each holds ``<app>/<version>/kit_*.log``.
    """
    found = [path for path in _logs(folders) if _was_begun_between(path, began, ended)]
    return FoundKitLog(found[0], "the only one begun while this launch started") if len(found) == 1 else None


def kit_log_folders(home: Path, access: ContainerAccess | None) -> tuple[Path, ...]:
    """Where Kit logs lie as this machine sees them; of a container only what its path map shows."""
    if access is None:
        return home / _HOME_LOGS, Path(_ISAAC_SIM_LOGS)
    inside = (_CONTAINER_HOME / _HOME_LOGS, _ISAAC_SIM_LOGS)
    return tuple(Path(outside) for path in inside if (outside := outside_path(str(path), access)) != str(path))


def _logs(folders: Iterable[Path]) -> Iterator[Path]:
    for folder in folders:
        for number, path in enumerate(folder.glob("*/*/kit_*.log")):
            if number >= MAX_LOGS:
                break
            yield path


def _was_begun_between(path: Path, began: float, ended: float) -> bool:
    named = _NAME.fullmatch(path.name)
    try:
        if named is None or path.stat().st_mtime < began:
            return False
        # By the time zone of whoever wrote it: ours, or a container's UTC.
        stamp = datetime.datetime.strptime(named[1], "%Y%m%d_%H%M%S")
        times = (stamp.timestamp(), stamp.replace(tzinfo=datetime.UTC).timestamp())
    except (OSError, ValueError, OverflowError):
        return False
    return any(began - 1 <= time <= ended for time in times)
