"""GPU memory through NVML; the only importer of pynvml (distribution ``nvidia-ml-py``)."""

import os
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from rwm_tui.core.ports import DeviceMemory, DeviceProcess, DeviceTenants, NotAvailable

Reading = TypeVar("Reading")


class NvmlProbe:
    """Reads one GPU: the first that CUDA_VISIBLE_DEVICES names, by index or UUID, else the first of all.

    Values are those of ``nvmlDeviceGetMemoryInfo``: ``used`` counts all processes and, unlike nvidia-smi's
    ``memory.used``, the driver's own reserve.
    """

    def __init__(self, environ: Mapping[str, str] = os.environ) -> None:
        self._chosen = environ.get("CUDA_VISIBLE_DEVICES", "").split(",")[0].strip()
        self._device: Any = None

    def read(self) -> DeviceMemory | NotAvailable:
        """One reading; a missing library, driver or device is a value with its reason."""
        return self._reading(_memory)

    def read_tenants(self) -> DeviceTenants | NotAvailable:
        """The processes on the GPU, as far as this machine or container may see them."""
        return self._reading(_tenants)

    def _reading(self, read: Callable[[Any, Any], Reading]) -> Reading | NotAvailable:
        try:
            import pynvml  # here, because it loads a library that most development machines lack
        except ImportError:
            return NotAvailable("no NVML: the package nvidia-ml-py is not installed")
        try:
            if self._device is None:
                pynvml.nvmlInit()
                self._device = _handle(pynvml, self._chosen)
            return read(pynvml, self._device)
        except pynvml.NVMLError_LibraryNotFound:
            return NotAvailable("no GPU: NVIDIA's driver library is not installed")
        except pynvml.NVMLError as error:
            self._device = None
            return NotAvailable(f"NVML: {error}")


def _handle(pynvml: Any, chosen: str) -> Any:
    if chosen.startswith(("GPU-", "MIG-")):
        return pynvml.nvmlDeviceGetHandleByUUID(chosen)
    return pynvml.nvmlDeviceGetHandleByIndex(int(chosen) if chosen.isdecimal() else 0)


def _memory(pynvml: Any, device: Any) -> DeviceMemory:
    memory = pynvml.nvmlDeviceGetMemoryInfo(device)
    return DeviceMemory(
        name=pynvml.nvmlDeviceGetName(device),
        uuid=pynvml.nvmlDeviceGetUUID(device),
        used_mib=memory.used / 2**20,
        total_mib=memory.total / 2**20,
    )


def _tenants(pynvml: Any, device: Any) -> DeviceTenants:
    """Compute and graphics processes; one that is both is listed by NVML in both lists with the same figure."""
    used: dict[int, float | NotAvailable] = {}
    for running in (pynvml.nvmlDeviceGetComputeRunningProcesses, pynvml.nvmlDeviceGetGraphicsRunningProcesses):
        for found in running(device):
            known = found.usedGpuMemory is not None
            used[found.pid] = found.usedGpuMemory / 2**20 if known else NotAvailable("the driver does not tell")
    try:
        reserved = pynvml.nvmlDeviceGetMemoryInfo(device, version=pynvml.nvmlMemory_v2).reserved / 2**20
    except pynvml.NVMLError:  # drivers before 510
        reserved = 0.0
    return DeviceTenants(tuple(DeviceProcess(pid, mib) for pid, mib in sorted(used.items())), reserved)
