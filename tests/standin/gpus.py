"""GPUs that a test makes up, seen through the stand-in for pynvml."""

import importlib.util
import json
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from rwm_tui.core.atomic_file import write_atomically

FOLDER = Path(__file__).parent / "nvml"
STATE = "RWM_TUI_STANDIN_NVML"


def gpu(uuid: str = "GPU-11111111-aaaa", **changes: Any) -> dict[str, Any]:
    return {
        "uuid": uuid,
        "name": "NVIDIA Test 8GB",
        "total": 8188.0,
        "used": 600.0,
        "reserved": 300.0,
        "processes": [],
        "load": 7,
        "temperature": 41,
        "power": 63.5,
    } | changes


@dataclass
class Gpus:
    """What NVML would say; every process that inherits the environment sees it, also while it runs."""

    path: Path
    world: dict[str, Any] = field(default_factory=lambda: {"driver": "580.65.06", "devices": [gpu()]})

    def set(self, *devices: dict[str, Any], **others: Any) -> None:
        self.world = {"driver": "580.65.06", "devices": list(devices), **others}
        write_atomically(self.path, json.dumps(self.world).encode())


def install(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Gpus:
    """From now on ``import pynvml`` finds the stand-in, here and in processes that are started."""
    gpus = Gpus(folder / "gpus.json")
    gpus.set(gpu())
    monkeypatch.setenv(STATE, str(gpus.path))
    monkeypatch.setenv("PYTHONPATH", str(FOLDER), prepend=":")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    spec = importlib.util.spec_from_file_location("pynvml", FOLDER / "pynvml.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setitem(sys.modules, "pynvml", module)
    return gpus
