"""Stands in for ``pynvml`` where a test puts this folder on the import path: it answers from a JSON file.

The file is named by ``RWM_TUI_STANDIN_NVML`` and read at every call, so that a test can change the GPUs while a process
watches them. Functions raise what the library raises: before ``nvmlInit``, for an index or UUID that is not there, for
MIG asked of a GPU without it, for figures that a MIG instance does not have.

    {"driver": "580.65.06", "error": 12, "devices": [{"uuid": "GPU-…", "name": "…", "total": 8188, "used": 600,
      "reserved": 300, "processes": [[4711, 300.5], [4712, null]], "errors": {"memory": 4}, "load": 40,
      "temperature": 55, "power": 120.5, "mig": [null, {…another device…}]}]}

Sizes are MiB, ``error`` and ``errors`` are NVML's return codes, for everything or for memory, processes, load.
"""

import json
import os
import types
from typing import Any, ClassVar

NVML_ERROR_UNINITIALIZED = 1
NVML_ERROR_INVALID_ARGUMENT = 2
NVML_ERROR_NOT_SUPPORTED = 3
NVML_ERROR_NO_PERMISSION = 4
NVML_ERROR_NOT_FOUND = 6
NVML_ERROR_LIBRARY_NOT_FOUND = 12
NVML_ERROR_GPU_IS_LOST = 15
NVML_ERROR_UNKNOWN = 999
NVML_DEVICE_MIG_ENABLE = 1
nvmlMemory_v2 = 2
_TEXTS = {
    1: "Uninitialized",
    2: "Invalid Argument",
    3: "Not Supported",
    4: "Insufficient Permissions",
    6: "Not Found",
    12: "NVML Shared Library Not Found",
    15: "GPU is lost",
    999: "Unknown Error",
}
_state: dict[str, Any] = {"initialized": False}


class NVMLError(Exception):
    classes: ClassVar[dict[int, type["NVMLError"]]] = {}

    def __new__(cls, value: int = NVML_ERROR_UNKNOWN) -> "NVMLError":
        return super().__new__(cls.classes.get(value, cls))

    def __init__(self, value: int = NVML_ERROR_UNKNOWN) -> None:
        super().__init__(value)
        self.value = value

    def __str__(self) -> str:
        return _TEXTS.get(self.value, f"NVML Error with code {self.value}")


class NVMLError_NotSupported(NVMLError):
    pass


class NVMLError_NoPermission(NVMLError):
    pass


class NVMLError_NotFound(NVMLError):
    pass


class NVMLError_LibraryNotFound(NVMLError):
    pass


class NVMLError_GpuIsLost(NVMLError):
    pass


NVMLError.classes.update(
    {
        3: NVMLError_NotSupported,
        4: NVMLError_NoPermission,
        6: NVMLError_NotFound,
        12: NVMLError_LibraryNotFound,
        15: NVMLError_GpuIsLost,
    }
)


def nvmlInit() -> None:
    _world(initializing=True)
    _state["initialized"] = True


def nvmlSystemGetDriverVersion() -> str:
    return str(_world()["driver"])


def nvmlDeviceGetCount() -> int:
    return len(_world()["devices"])


def nvmlDeviceGetHandleByIndex(index: int) -> tuple[str, ...]:
    devices = _world()["devices"]
    if not 0 <= index < len(devices):
        raise NVMLError(NVML_ERROR_INVALID_ARGUMENT)
    return (devices[index]["uuid"],)


def nvmlDeviceGetHandleByUUID(uuid: str) -> tuple[str, ...]:
    for device in _world()["devices"]:
        if device["uuid"] == uuid:
            return (uuid,)
        if any(part and part["uuid"] == uuid for part in device.get("mig") or ()):
            return (device["uuid"], uuid)
    raise NVMLError(NVML_ERROR_NOT_FOUND)


def nvmlDeviceGetMigMode(handle: tuple[str, ...]) -> list[int]:
    device = _device(handle)
    if "mig" not in device:
        raise NVMLError(NVML_ERROR_NOT_SUPPORTED)
    return [int(device["mig"] is not None)] * 2


def nvmlDeviceGetMaxMigDeviceCount(handle: tuple[str, ...]) -> int:
    return len(_device(handle)["mig"])


def nvmlDeviceGetMigDeviceHandleByIndex(handle: tuple[str, ...], index: int) -> tuple[str, ...]:
    part = _device(handle)["mig"][index]
    if part is None:
        raise NVMLError(NVML_ERROR_NOT_FOUND)
    return (handle[0], part["uuid"])


def nvmlDeviceGetDeviceHandleFromMigDeviceHandle(handle: tuple[str, ...]) -> tuple[str, ...]:
    return handle[:1]


def nvmlDeviceGetName(handle: tuple[str, ...]) -> str:
    return str(_device(handle)["name"])


def nvmlDeviceGetUUID(handle: tuple[str, ...]) -> str:
    return str(_device(handle)["uuid"])


def nvmlDeviceGetMemoryInfo(handle: tuple[str, ...], version: int | None = None) -> types.SimpleNamespace:
    device = _device(handle, "memory")
    reserved = int(device.get("reserved", 0) * 2**20)
    return types.SimpleNamespace(
        used=int(device["used"] * 2**20), total=int(device["total"] * 2**20), reserved=reserved if version else None
    )


def nvmlDeviceGetComputeRunningProcesses(handle: tuple[str, ...]) -> list[types.SimpleNamespace]:
    return [
        types.SimpleNamespace(pid=pid, usedGpuMemory=None if mib is None else int(mib * 2**20))
        for pid, mib in _device(handle, "processes").get("processes", ())
    ]


def nvmlDeviceGetGraphicsRunningProcesses(handle: tuple[str, ...]) -> list[types.SimpleNamespace]:
    _device(handle, "processes")
    return []


def nvmlDeviceGetUtilizationRates(handle: tuple[str, ...]) -> types.SimpleNamespace:
    if len(handle) > 1:
        raise NVMLError(NVML_ERROR_NOT_SUPPORTED)
    return types.SimpleNamespace(gpu=_device(handle, "load")["load"])


def nvmlDeviceGetTemperature(handle: tuple[str, ...], sensor: int) -> int:
    if sensor != 0:
        raise NVMLError(NVML_ERROR_INVALID_ARGUMENT)
    return int(_device(handle, "load")["temperature"])


def nvmlDeviceGetPowerUsage(handle: tuple[str, ...]) -> int:
    return int(_device(handle, "load")["power"] * 1000)


def _world(*, initializing: bool = False) -> dict[str, Any]:
    if not (initializing or _state["initialized"]):
        raise NVMLError(NVML_ERROR_UNINITIALIZED)
    with open(os.environ["RWM_TUI_STANDIN_NVML"]) as file:
        world: dict[str, Any] = json.load(file)
    if "error" in world:
        raise NVMLError(world["error"])
    return world


def _device(handle: tuple[str, ...], reading: str = "") -> dict[str, Any]:
    for device in _world()["devices"]:
        if device["uuid"] == handle[0]:
            parts = [device, *(part for part in device.get("mig") or () if part)]
            found: dict[str, Any] = next(part for part in parts if part["uuid"] == handle[-1])
            if reading in found.get("errors", {}):
                raise NVMLError(found["errors"][reading])
            return found
    raise NVMLError(NVML_ERROR_GPU_IS_LOST)
