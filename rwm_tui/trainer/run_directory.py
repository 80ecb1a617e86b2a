"""The run directory: where it lies, and every file of it but checkpoints and events."""

import json
import os
import platform
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import mujoco
import torch
import yaml

from rwm_tui.core.errors import InputError

LIBRARY = "rwm_tui.trainer"
_STAMP_FORMAT = "%Y-%m-%d_%H-%M-%S"


@dataclass(frozen=True)
class RunDirectory:
    """``<root>/<stamp>_<run_name>``, created by :func:`create_run_directory`."""

    root: Path
    stamp: str
    path: Path

    def checkpoint(self, number: int) -> Path:
        return self.path / f"model_{number}.pt"


def create_run_directory(log_root: Path, experiment_name: str, run_name: str) -> RunDirectory:
    """Make a folder of our own under ``<log_root>/rsl_rl/<experiment_name>``; a taken second is left to its owner.

    :raises InputError: where the folder cannot be made, or the names are no names of folders.
    """
    if not experiment_name:
        raise InputError("name not usable", "--experiment_name is empty", "leave it out for the default")
    for name in (experiment_name, run_name):
        if os.sep in name or name in {".", ".."} or not name.isprintable():
            raise InputError("name not usable", f"{name!r} is not the name of a folder", "use letters, digits, _ and -")
    root = Path(os.path.abspath(log_root)) / "rsl_rl" / experiment_name
    start = time.time()
    try:
        root.mkdir(parents=True, exist_ok=True)
        for second in range(3600):
            stamp = time.strftime(_STAMP_FORMAT, time.localtime(start + second))
            path = root / (f"{stamp}_{run_name}" if run_name else stamp)
            try:
                path.mkdir()
            except FileExistsError:
                continue
            return RunDirectory(root, stamp, path)
    except OSError as error:
        raise _not_writable(root, error) from error
    raise InputError("logs not usable", f"{root}: the names of the next hour are all taken", "choose another --logs")


def write_manifest(run: RunDirectory, task: str, device: torch.device) -> None:
    """``run.json``, like the run manifest of Isaac Lab 3.0; it names this trainer as the library."""
    manifest = {
        "version": 1,
        "library": LIBRARY,
        "task": task,
        "created_at": datetime.now(UTC).isoformat(),
        "metadata": {
            "agent": "rwm_tui.core.agent_config:AgentConfig",
            "mujoco": mujoco.__version__,
            "torch": torch.__version__,
            "python": platform.python_version(),
            "device": _device_name(device),
        },
    }
    write_text(run.path / "run.json", json.dumps(manifest, indent=2) + "\n")


def write_params(run: RunDirectory, environment_yaml: str, agent: Mapping[str, Any]) -> None:
    """``params/env.yaml``, then ``params/agent.yaml``."""
    write_text(run.path / "params" / "env.yaml", environment_yaml)
    write_text(run.path / "params" / "agent.yaml", yaml.safe_dump(dict(agent), sort_keys=False))


def make_folder(path: Path) -> None:
    """Make a folder where there is none yet.

    :raises InputError: where that fails, naming the path.
    """
    try:
        path.mkdir(exist_ok=True)
    except OSError as error:
        raise _not_writable(path, error) from error


def write_text(path: Path, text: str) -> None:
    """Write a file and the folder it lies in.

    :raises InputError: where that fails, naming the path.
    """
    make_folder(path.parent)
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise _not_writable(path, error) from error


def _not_writable(path: Path, error: OSError) -> InputError:
    place = error.filename or path
    return InputError(
        "logs not writable", f"{place}: {error.strerror or error}", "free the disk or choose another --logs DIR"
    )


def _device_name(device: torch.device) -> str:
    if device.type == "cuda":
        return f"{device} ({torch.cuda.get_device_name(device)})"
    return str(device)
