"""Process identity, liveness and signals on Linux, from /proc.

A pid alone proves nothing, for it is reused: identity is pid + start time + boot. Nothing is ever found or
ended by name.
"""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import msgspec

from rwm_tui.core.trainer_output.terminal_text import clean_line

_PAGE_MIB = os.sysconf("SC_PAGE_SIZE") / 2**20


class ProcessIdentity(msgspec.Struct, frozen=True):
    """One process of one boot of one machine.

    :param start_ticks: field 22 of /proc/PID/stat, in clock ticks since boot (proc(5)).
    """

    pid: int
    start_ticks: int
    boot_id: str


class _Stat(msgspec.Struct, frozen=True):
    pid: int
    state: str
    session: int
    start_ticks: int
    rss_pages: int


def identify(pid: int) -> ProcessIdentity | None:
    """Who holds this pid now; None where nobody does."""
    stat = _read_stat(pid)
    return ProcessIdentity(pid, stat.start_ticks, boot_id()) if stat else None


def is_alive(identity: ProcessIdentity) -> bool:
    """Whether that very process still runs; a zombie counts as ended."""
    stat = _stat_of(identity)
    return stat is not None and stat.state not in "ZX"


def process_name(pid: int) -> str:
    """The command name of whoever has this number now; empty where nobody visible has it."""
    try:
        return clean_line(Path(f"/proc/{pid}/comm").read_text(errors="replace").rstrip("\n"))
    except OSError:
        return ""


def signal_group(leader: ProcessIdentity, number: signal.Signals) -> bool:
    """Send a signal to the leader's process group; False where the group is not provably ours any more.

    It is ours while the leader runs or is a zombie that its parent has not reaped: until then the kernel gives
    its number to nobody else.
    """
    if _stat_of(leader) is None:
        return False
    try:
        os.killpg(leader.pid, number)
    except ProcessLookupError:
        return False
    return True


def session_members(leader: ProcessIdentity) -> tuple[int, ...]:
    """Pids that run in the leader's session, the leader included; empty once the leader was reaped."""
    return tuple(stat.pid for stat in _session(leader))


def working_folder(pid: int) -> Path | None:
    """The working directory of a process that we may look at; None where it is gone or another user's."""
    return _link(f"/proc/{pid}/cwd")


def open_files(pid: int) -> tuple[Path, ...]:
    """Files that a process holds open; empty where it is gone or another user's."""
    folder = f"/proc/{pid}/fd"
    try:
        names = os.listdir(folder)
    except OSError:
        return ()
    return tuple(path for name in names if (path := _link(f"{folder}/{name}")))


def _link(path: str) -> Path | None:
    """What a link of /proc points to; None for a pipe, a socket, or what cannot be read."""
    try:
        target = os.readlink(path)
    except OSError:
        return None
    return Path(target) if target.startswith("/") else None


def session_rss_mib(leader: ProcessIdentity) -> float:
    """Resident memory of all processes in the leader's session, in MiB; shared pages count in each."""
    return sum(stat.rss_pages for stat in _session(leader)) * _PAGE_MIB


def boot_id() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def _session(leader: ProcessIdentity) -> Iterator[_Stat]:
    if _stat_of(leader) is None:
        return
    for name in os.listdir("/proc"):
        if name.isdecimal():
            stat = _read_stat(int(name))
            if stat and stat.session == leader.pid and stat.state not in "ZX":
                yield stat


def _stat_of(identity: ProcessIdentity) -> _Stat | None:
    """The process behind the pid, if it is still the one that was identified."""
    stat = _read_stat(identity.pid)
    if stat is None or stat.start_ticks != identity.start_ticks or identity.boot_id != boot_id():
        return None
    return stat


def _read_stat(pid: int) -> _Stat | None:
    try:
        text = Path(f"/proc/{pid}/stat").read_text(errors="replace")
    except OSError:
        return None
    # The command name is in parentheses and may hold anything, so count fields from the last ")" (proc(5)).
    fields = text.rpartition(")")[2].split()
    return _Stat(
        pid=pid, state=fields[0], session=int(fields[3]), start_ticks=int(fields[19]), rss_pages=int(fields[21])
    )
