"""What the core needs from the world, as Protocols, and the values that come back.

A reading that could not be taken is a value with its reason, never zero or ``None``.
"""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Protocol

import msgspec


class NotAvailable(msgspec.Struct, frozen=True, tag="not-available"):
    """A reading that is missing, and why."""

    reason: str


class DeviceMemory(msgspec.Struct, frozen=True, tag="device"):
    """Memory of one GPU as NVML reports it: all processes together, in MiB."""

    name: str
    uuid: str
    used_mib: float
    total_mib: float


class DeviceProcess(msgspec.Struct, frozen=True):
    """A process that holds memory of the GPU, in MiB, where the driver tells."""

    pid: int
    used_mib: float | NotAvailable


class DeviceTenants(msgspec.Struct, frozen=True):
    """Every process that NVML shows on the GPU.

    :param reserved_mib: the driver's own reserve, which ``DeviceMemory.used_mib`` includes; 0.0 where it is not told.
    """

    processes: tuple[DeviceProcess, ...]
    reserved_mib: float


class MemorySample(msgspec.Struct, frozen=True):
    """One tick of the memory record.

    :param t: seconds since the epoch.
    :param device: the GPU's memory, or why there is none.
    :param trainer_rss_mib: resident memory of the trainer's whole process session, in MiB.
    """

    t: float
    device: DeviceMemory | NotAvailable
    trainer_rss_mib: float | NotAvailable


class Clock(Protocol):
    def now(self) -> float:
        """Seconds since the epoch."""

    def monotonic(self) -> float:
        """Seconds that never go back."""

    def sleep(self, seconds: float) -> None: ...


class DeviceProbe(Protocol):
    def read(self) -> DeviceMemory | NotAvailable: ...


class TenantProbe(DeviceProbe, Protocol):
    """A device whose processes can be read as well."""

    def read_tenants(self) -> DeviceTenants | NotAvailable: ...


class ChangeWatcher(Protocol):
    def changes(self, folder: Path) -> AsyncIterator[None]:
        """Yields once at the start, then whenever something in the folder may have changed."""
