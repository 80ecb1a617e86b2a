"""The machine's memory, processors and disk, from a few small files of /proc."""

import os
from pathlib import Path

from rwm_tui.core.ports import HostLoad, NotAvailable

PROC = Path("/proc")
_IDLE = slice(3, 5)  # idle and iowait; proc_stat(5)
_TIMES = 8  # the guests' times that follow are counted in user's already
_MIB = 2**20


class HostReader:
    """Reads what is used now; of the processors, since the reading before.

    :param folder: lies on the disk that is looked at.
    """

    def __init__(self, folder: Path, proc: Path = PROC) -> None:
        self._folder = folder
        self._proc = proc
        self._times = _processor_times(proc)

    def read(self) -> HostLoad:
        total, available = _memory_mib(self._proc, "MemTotal"), _memory_mib(self._proc, "MemAvailable")
        return HostLoad(
            ram_used_mib=_used(total, available),
            ram_total_mib=total,
            cpu_percent=self._cpu_percent(),
            disk_free_mib=_disk_free_mib(self._folder),
        )

    def _cpu_percent(self) -> float | NotAvailable:
        before, self._times = self._times, _processor_times(self._proc)
        if isinstance(before, NotAvailable):
            return before
        if isinstance(self._times, NotAvailable):
            return self._times
        passed, idle = (after - earlier for after, earlier in zip(self._times, before, strict=True))
        if passed <= 0:
            return NotAvailable("too short a time since the reading before")
        return min(max(100.0 * (passed - idle) / passed, 0.0), 100.0)


def _processor_times(proc: Path) -> tuple[int, int] | NotAvailable:
    """All ticks, and the idle ones, of all cores together."""
    try:
        fields = (proc / "stat").read_text().partition("\n")[0].split()
        ticks = [int(field) for field in fields[1 : 1 + _TIMES]]
    except (OSError, ValueError) as error:
        return NotAvailable(f"{proc / 'stat'}: {error}")
    return sum(ticks), sum(ticks[_IDLE])


def _memory_mib(proc: Path, name: str) -> float | NotAvailable:
    try:
        lines = (proc / "meminfo").read_text().splitlines()
        found = next((int(line.split()[1]) for line in lines if line.startswith(f"{name}:")), None)
    except (OSError, ValueError, IndexError) as error:
        return NotAvailable(f"{proc / 'meminfo'}: {error}")
    return found / 1024.0 if found is not None else NotAvailable(f"{proc / 'meminfo'} has no {name}")


def _used(total: float | NotAvailable, available: float | NotAvailable) -> float | NotAvailable:
    if isinstance(total, NotAvailable):
        return total
    return available if isinstance(available, NotAvailable) else total - available


def _disk_free_mib(folder: Path) -> float | NotAvailable:
    try:
        disk = os.statvfs(folder)
    except OSError as error:
        return NotAvailable(f"{folder}: {error.strerror}")
    return disk.f_bavail * disk.f_frsize / _MIB
