"""Checkpoints with the reference trainer's keys, names and shapes; they can be loaded there and the other way round."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from rwm_tui.core.errors import InputError


@dataclass(frozen=True)
class Trained:
    """What a checkpoint holds the state of."""

    policy: nn.Module
    system_dynamics: nn.Module
    policy_optimizer: torch.optim.Optimizer
    system_dynamics_optimizer: torch.optim.Optimizer


def save_checkpoint(path: Path, trained: Trained, iteration: int, infos: dict[str, Any]) -> None:
    """Write under a temporary name, then rename: a file named ``model_<n>.pt`` is complete.

    :param iteration: the last finished one, counted from 0.
    :raises InputError: where the disk is full or not writable.
    """
    # The stem stays the same, as torch names the entries inside the zip file after it.
    partial = path.with_suffix(".saving")
    contents = {
        "model_state_dict": trained.policy.state_dict(),
        "system_dynamics_state_dict": trained.system_dynamics.state_dict(),
        "optimizer_state_dict": trained.policy_optimizer.state_dict(),
        "system_dynamics_optimizer_state_dict": trained.system_dynamics_optimizer.state_dict(),
        "iter": iteration,
        "infos": infos,
    }
    try:
        torch.save(contents, partial)
        os.replace(partial, path)
    except (OSError, RuntimeError) as error:  # torch's writer reports a full disk as RuntimeError
        if isinstance(error, torch.OutOfMemoryError):
            raise
        reason = str(error).splitlines()[0]
        raise InputError(
            "checkpoint not written", f"{path}: {reason}", "free disk space or choose another --logs"
        ) from error
    finally:
        partial.unlink(missing_ok=True)


def load_checkpoint(path: Path, policy: nn.Module, system_dynamics: nn.Module) -> int:
    """Load both networks strictly and return the checkpoint's iteration. Only tensors and plain values are unpickled.

    :raises InputError: for a file that is no checkpoint or has other names or shapes.
    """
    try:
        contents = torch.load(path, map_location="cpu", weights_only=True)
        policy.load_state_dict(contents["model_state_dict"])
        system_dynamics.load_state_dict(contents["system_dynamics_state_dict"])
        return int(contents["iter"])
    except Exception as error:  # torch raises a dozen kinds for a file that is not what it should be
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError(
            "checkpoint not usable", f"{path}: {reason}", "choose a run directory whose training ended"
        ) from error
