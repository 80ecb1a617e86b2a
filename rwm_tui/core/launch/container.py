"""A trainer inside a container: who it is there, and signals that reach it.

A signal to the engine's client (``docker exec``) ends the client and leaves the trainer running. So each signal is
another ``docker exec``, and it is sent only where pid and start time still are those of the trainer.
"""

import re
import signal
import subprocess
from pathlib import Path, PurePosixPath

import msgspec

from rwm_tui.core.plan.launch_plan import CONTAINER_PROCESS, ContainerAccess
from rwm_tui.core.run_dir.regular_file import open_record

ENGINE_LIMIT_S = 10.0
_ANNOUNCEMENT = re.compile(re.escape(CONTAINER_PROCESS).encode() + rb"(\d{1,10}) (\d{1,20})\n")
_LONGEST_ANNOUNCEMENT = 100
# Field 22 of /proc/PID/stat is the start time; the name in field 2, `timeout`, holds no blank (proc(5)).
_IS_LEADER = '[ "$(cut -d " " -f 22 "/proc/$2/stat" 2>/dev/null)" = "$3" ]'
_SIGNAL = _IS_LEADER + ' && kill -s "$1" -- "$4"'
# Field 5 is the process group; the member's own name may hold blanks, and ends with the last ")".
_HOST_OF_MEMBER = (
    _IS_LEADER + ' && [ "$(sed "s/.*) //" "/proc/$4/stat" | cut -d " " -f 3)" = "$2" ] && cat /proc/sys/kernel/hostname'
)


class ContainerProcess(msgspec.Struct, frozen=True):
    """The ``timeout`` that leads the trainer's process group, as the container numbers it.

    :param start_ticks: field 22 of its /proc/PID/stat.
    """

    pid: int
    start_ticks: int


def announced_process(console: Path) -> ContainerProcess | None:
    """The process that the console's first line names; later lines are the trainer's own and prove nothing."""
    try:
        with open_record(console) as file:
            match = _ANNOUNCEMENT.match(file.read(_LONGEST_ANNOUNCEMENT))
    except OSError:
        return None
    return ContainerProcess(int(match[1]), int(match[2])) if match else None


def signal_inside(access: ContainerAccess, process: ContainerProcess, number: signal.Signals) -> bool:
    """Signal the trainer; False where it is gone or the engine does not answer.

    SIGKILL goes to the whole group. Every other signal goes to ``timeout``, which hands it on to its child and group.
    """
    target = f"-{process.pid}" if number is signal.SIGKILL else str(process.pid)
    return _signal(access, process, number.name.removeprefix("SIG"), target)


def is_alive_inside(access: ContainerAccess, process: ContainerProcess) -> bool:
    return _signal(access, process, "0", str(process.pid))


def host_of_member(access: ContainerAccess, leader: ContainerProcess, pid: int) -> str | None:
    """The container's host name, where that pid belongs to the leader's process group; else None."""
    printed = _ask(access, _HOST_OF_MEMBER, "", str(leader.pid), str(leader.start_ticks), str(pid))
    return None if printed is None else printed.decode(errors="replace").strip()


def _signal(access: ContainerAccess, process: ContainerProcess, name: str, target: str) -> bool:
    return _ask(access, _SIGNAL, name, str(process.pid), str(process.start_ticks), target) is not None


def _ask(access: ContainerAccess, script: str, *arguments: str) -> bytes | None:
    """What a shell script prints inside; None where it fails or the engine does not answer."""
    try:
        done = subprocess.run(
            (*access.enter, "sh", "-c", script, "rwm-tui", *arguments),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=ENGINE_LIMIT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None


def outside_path(path: str, access: ContainerAccess | None) -> str:
    """Where a path inside the container lies outside; the longest mapped folder counts."""
    inside = PurePosixPath(path)
    folders = sorted(access.path_map if access else (), key=len, reverse=True)
    for folder in folders:
        if inside.is_relative_to(folder):
            return str(PurePosixPath(access.path_map[folder]) / inside.relative_to(folder)) if access else path
    return path
