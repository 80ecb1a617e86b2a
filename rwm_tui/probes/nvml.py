"""GPU memory through NVML; the only importer of pynvml (distribution ``nvidia-ml-py``)."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from rwm_tui.core.ports import (
    DeviceActivity,
    DeviceDescription,
    DeviceMemory,
    DeviceProcess,
    DeviceTenants,
    NotAvailable,
)
from rwm_tui.probes.nvml_choice import Chosen, choose

Reading = TypeVar("Reading")
NVML_TEMPERATURE_GPU = 0


class NvmlProbe:
    """Reads the GPU that a CUDA process with these variables would take first.

    Values are those of ``nvmlDeviceGetMemoryInfo``: ``used`` counts all processes and, unlike nvidia-smi's
    ``memory.used``, the driver's own reserve. Whatever cannot be read is a value with its reason.
    """

    def __init__(self, environ: Mapping[str, str] = os.environ) -> None:
        self._environ = environ
        self._chosen: Chosen | None = None

    def read(self) -> DeviceMemory | NotAvailable:
        return self._reading(_memory)

    def read_tenants(self) -> DeviceTenants | NotAvailable:
        """The processes on the GPU, as far as this machine or container may see them."""
        return self._reading(_tenants)

    def read_activity(self) -> DeviceActivity | NotAvailable:
        return self._reading(_activity)

    def describe(self) -> DeviceDescription | NotAvailable:
        """Which GPU it is, and why this one."""
        return self._reading(_description)

    def _reading(self, read: Callable[[Any, Chosen], Reading]) -> Reading | NotAvailable:
        try:
            import pynvml  # here, because it loads a library that most development machines lack
        except ImportError:
            return NotAvailable("no NVML: the package nvidia-ml-py is not installed")
        try:
            if self._chosen is None:
                pynvml.nvmlInit()
                chosen = choose(pynvml, self._environ)
                if isinstance(chosen, NotAvailable):
                    return chosen
                self._chosen = chosen
            return read(pynvml, self._chosen)
        except pynvml.NVMLError as error:
            return NotAvailable(self._explained(pynvml, error))

    def _explained(self, pynvml: Any, error: Any) -> str:
        """Why, in words; a handle that may be stale is looked up anew the next time."""
        if isinstance(error, pynvml.NVMLError_LibraryNotFound):
            return "no GPU: NVIDIA's driver library is not installed"
        if isinstance(error, pynvml.NVMLError_NoPermission):
            return "NVML: no permission to read this GPU (a restricted container, or the GPU around a MIG instance)"
        if isinstance(error, pynvml.NVMLError_NotSupported):
            return "NVML: this GPU does not tell its memory (unified with the host's?)"
        self._chosen = None
        if isinstance(error, pynvml.NVMLError_GpuIsLost):
            return "NVML: the GPU is lost; the kernel log says why (Xid)"
        return f"NVML: {error}"


@dataclass(frozen=True)
class _Figure:
    """One figure of a GPU's load; MIG instances have none of their own, and some cards lack one or the other."""

    pynvml: Any

    def of(self, read: Callable[[], float]) -> float | NotAvailable:
        try:
            return float(read())
        except self.pynvml.NVMLError as error:
            return NotAvailable(f"NVML: {error}")


def _memory(pynvml: Any, chosen: Chosen) -> DeviceMemory:
    memory = pynvml.nvmlDeviceGetMemoryInfo(chosen.handle)
    return DeviceMemory(
        name=_text(pynvml.nvmlDeviceGetName(chosen.handle)),
        uuid=_text(pynvml.nvmlDeviceGetUUID(chosen.handle)),
        used_mib=memory.used / 2**20,
        total_mib=memory.total / 2**20,
    )


def _description(pynvml: Any, chosen: Chosen) -> DeviceDescription:
    memory = _memory(pynvml, chosen)
    driver = _text(pynvml.nvmlSystemGetDriverVersion())
    return DeviceDescription(memory.name, memory.uuid, driver, memory.total_mib, chosen.because)


def _activity(pynvml: Any, chosen: Chosen) -> DeviceActivity:
    figure = _Figure(pynvml)
    return DeviceActivity(
        utilisation_percent=figure.of(lambda: pynvml.nvmlDeviceGetUtilizationRates(chosen.handle).gpu),
        temperature_c=figure.of(lambda: pynvml.nvmlDeviceGetTemperature(chosen.card, NVML_TEMPERATURE_GPU)),
        power_w=figure.of(lambda: pynvml.nvmlDeviceGetPowerUsage(chosen.card) / 1000),
    )


def _tenants(pynvml: Any, chosen: Chosen) -> DeviceTenants:
    """Compute and graphics processes; one that is both is listed by NVML in both lists with the same figure."""
    used: dict[int, float | NotAvailable] = {}
    for running in (pynvml.nvmlDeviceGetComputeRunningProcesses, pynvml.nvmlDeviceGetGraphicsRunningProcesses):
        for found in running(chosen.handle):
            known = found.usedGpuMemory is not None
            used[found.pid] = found.usedGpuMemory / 2**20 if known else NotAvailable("the driver does not tell")
    try:
        reserved = pynvml.nvmlDeviceGetMemoryInfo(chosen.handle, version=pynvml.nvmlMemory_v2).reserved / 2**20
    except pynvml.NVMLError:  # drivers before 510
        reserved = 0.0
    return DeviceTenants(tuple(DeviceProcess(pid, mib) for pid, mib in sorted(used.items())), reserved)


def _text(value: str | bytes) -> str:
    """Bytes in releases of nvidia-ml-py before 12."""
    return value.decode(errors="replace") if isinstance(value, bytes) else value
