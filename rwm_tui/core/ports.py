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


class DeviceDescription(msgspec.Struct, frozen=True, tag="described"):
    """Which GPU is looked at, and why this one.

    :param chosen_because: in words, e.g. ``CUDA_VISIBLE_DEVICES=1 names it``.
    """

    name: str
    uuid: str
    driver: str
    total_mib: float
    chosen_because: str


class DeviceActivity(msgspec.Struct, frozen=True, tag="activity"):
    """What a GPU does besides holding memory; utilisation is the share of the last period in which it computed."""

    utilisation_percent: float | NotAvailable
    temperature_c: float | NotAvailable
    power_w: float | NotAvailable


class HostLoad(msgspec.Struct, frozen=True, tag="host"):
    """The machine beside its GPU.

    :param ram_used_mib: total less what is available to new programs without swapping (kernel's ``MemAvailable``).
    :param cpu_percent: of all cores together, since the reading before.
    :param disk_free_mib: on the disk that holds the launch.
    """

    ram_used_mib: float | NotAvailable
    ram_total_mib: float | NotAvailable
    cpu_percent: float | NotAvailable
    disk_free_mib: float | NotAvailable


NOT_RECORDED = NotAvailable("not recorded by that version")
NOT_STARTED = NotAvailable("the trainer has not been started")
NOT_LISTED = NotAvailable("NVML lists no process of the trainer")


class MemorySample(msgspec.Struct, frozen=True):
    """One tick of the memory record.

    :param t: seconds since the epoch.
    :param device: the GPU's memory, or why there is none.
    :param trainer_rss_mib: resident memory of the trainer's whole process session, in MiB.
    :param ours_mib: what NVML says the trainer's processes hold of the GPU; containers and MIG often hide it.
    :param activity: the GPU's load, or why it is not known.
    :param host: the machine's load.
    :param console_bytes: how long the console log was; puts log and memory on one time axis.
    :param running_s: since the trainer's start, by the clock that the time limit goes by: nobody sets it, and it stands
        still while the machine sleeps.
    """

    t: float
    device: DeviceMemory | NotAvailable
    trainer_rss_mib: float | NotAvailable
    ours_mib: float | NotAvailable = NOT_RECORDED
    activity: DeviceActivity | NotAvailable = NOT_RECORDED
    host: HostLoad | NotAvailable = NOT_RECORDED
    console_bytes: int | NotAvailable = NOT_RECORDED
    running_s: float | NotAvailable = NOT_RECORDED


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


class SupervisedDevice(TenantProbe, Protocol):
    """Everything that is recorded of the device while a trainer runs on it."""

    def describe(self) -> DeviceDescription | NotAvailable: ...

    def read_activity(self) -> DeviceActivity | NotAvailable: ...


class ChangeWatcher(Protocol):
    def changes(self, folder: Path) -> AsyncIterator[None]:
        """Yields once at the start, then whenever something in the folder may have changed."""
