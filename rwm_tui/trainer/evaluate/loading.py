"""A checkpoint's networks, loaded strictly: every tensor by name and shape, none more, none fewer, no pickle run."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TypeVar

import torch
from torch import Tensor, nn

from rwm_tui.core.errors import InputError
from rwm_tui.core.evaluation.measurement import FileDigest
from rwm_tui.core.run_dir.checkpoint import DYNAMICS, POLICY, Checkpoint
from rwm_tui.core.run_dir.digest import read_with_digest
from rwm_tui.core.run_dir.unreadable import Absent, Unreadable
from rwm_tui.core.run_dir.weights import Weights, read_weights
from rwm_tui.trainer.actor_critic import ActorCritic
from rwm_tui.trainer.evaluate.configuration import AGENT, RunConfiguration
from rwm_tui.trainer.runner import policy_width, system_widths
from rwm_tui.trainer.system_dynamics import SystemDynamics
from rwm_tui.trainer.task import NUM_ACTIONS

_MOST_BYTES = 4 * 1024**3
_DIFFERENCES_NAMED = 3

Network = TypeVar("Network", bound=nn.Module)


@dataclass(frozen=True)
class LoadedCheckpoint:
    """A checkpoint that was opened, and the digest of what was opened."""

    content: Checkpoint
    digest: FileDigest
    iteration: int


def open_checkpoint(run_dir: Path, name: str) -> LoadedCheckpoint:
    """
    :raises InputError: for a file that is no readable checkpoint.
    """
    path = run_dir / name
    content, digest = read_with_digest(path, _MOST_BYTES)
    for part in (digest, content):
        if isinstance(part, Absent | Unreadable):
            raise _not_usable(path, part.reason)
    assert isinstance(content, Checkpoint)
    assert not isinstance(digest, Absent | Unreadable)
    if isinstance(content.iteration, Absent):
        raise _not_usable(path, content.iteration.reason)
    return LoadedCheckpoint(content, FileDigest(name, digest.bytes, digest.sha256), content.iteration)


def load_system_dynamics(checkpoint: LoadedCheckpoint, configuration: RunConfiguration) -> SystemDynamics:
    """The world model of the configuration with the checkpoint's weights.

    :raises InputError: naming the first tensors that differ.
    """
    with torch.device("meta"):  # shapes first: no memory is taken for a model that the file does not hold
        model = SystemDynamics(system_widths(), configuration.system_dynamics)
    return _filled(model, checkpoint.content, DYNAMICS)


def load_policy(checkpoint: LoadedCheckpoint, configuration: RunConfiguration) -> ActorCritic:
    """The policy of the configuration with the checkpoint's weights.

    :raises InputError: naming the first tensors that differ.
    """
    if configuration.policy.noise_std_type != "scalar":
        raise InputError(
            "run configuration not usable",
            f"{AGENT}: policy.noise_std_type: {configuration.policy.noise_std_type} is not known here",
            "evaluate on a dataset: --dataset CSV",
        )
    with torch.device("meta"):
        policy = ActorCritic(policy_width(), NUM_ACTIONS, configuration.policy)
    return _filled(policy, checkpoint.content, POLICY)


def _filled(network: Network, content: Checkpoint, key: str) -> Network:
    weights = read_weights(content, key)
    if isinstance(weights, Unreadable):
        raise _not_usable(content.path, weights.reason)
    if differences := list(islice(_differences(network, weights), _DIFFERENCES_NAMED)):
        raise InputError(
            "checkpoint does not fit its configuration",
            f"{content.path}: {key}: {'; '.join(differences)}",
            f"keep {AGENT} and the checkpoint of one and the same run together",
        )
    filled = network.to_empty(device="cpu")
    filled.load_state_dict({name: _tensor(found) for name, found in weights.items()}, strict=True)
    return filled.eval()


def _differences(network: nn.Module, weights: Mapping[str, Weights]) -> list[str]:
    expected = {name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}
    missing = [f"{name} {shape} is missing" for name, shape in expected.items() if name not in weights]
    foreign = [f"{name[:80]} {found.shape} is not expected" for name, found in weights.items() if name not in expected]
    other = [
        f"{name} is {weights[name].shape} instead of {shape}"
        for name, shape in expected.items()
        if name in weights and weights[name].shape != shape
    ]
    return missing + other + foreign


def _tensor(weights: Weights) -> Tensor:
    return torch.frombuffer(weights.numbers, dtype=torch.float32).reshape(weights.shape)


def _not_usable(path: Path, reason: str) -> InputError:
    return InputError(
        "checkpoint not usable", f"{path}: {reason}", "choose another one with --checkpoint, or a run that ended"
    )
