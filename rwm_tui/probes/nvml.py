"""GPU memory through NVML; the only importer of pynvml (distribution ``nvidia-ml-py``)."""

import os
from collections.abc import Mapping
from typing import Any

from rwm_tui.core.ports import DeviceMemory, NotAvailable


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
        import pynvml  # here, because it loads a library that most development machines lack

        try:
            if self._device is None:
                pynvml.nvmlInit()
                self._device = _handle(pynvml, self._chosen)
            memory = pynvml.nvmlDeviceGetMemoryInfo(self._device)
            return DeviceMemory(
                name=pynvml.nvmlDeviceGetName(self._device),
                uuid=pynvml.nvmlDeviceGetUUID(self._device),
                used_mib=memory.used / 2**20,
                total_mib=memory.total / 2**20,
            )
        except pynvml.NVMLError_LibraryNotFound:
            return NotAvailable("no GPU: NVIDIA's driver library is not installed")
        except pynvml.NVMLError as error:
            self._device = None
            return NotAvailable(f"NVML: {error}")


def _handle(pynvml: Any, chosen: str) -> Any:
    if chosen.startswith(("GPU-", "MIG-")):
        return pynvml.nvmlDeviceGetHandleByUUID(chosen)
    return pynvml.nvmlDeviceGetHandleByIndex(int(chosen) if chosen.isdecimal() else 0)
