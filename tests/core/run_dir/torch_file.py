"""Writing and changing checkpoints without torch: the zip of `torch.save`, its pickle emitted opcode by opcode."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

LOGGED_NOISE_STD = 1.0003674  # of the run that most written checkpoints are put into, by its event file


@dataclass(frozen=True)
class Tensor:
    """A float32 tensor; 0.01 everywhere where no data is given."""

    shape: tuple[int, ...]
    data: bytes | None = None

    @property
    def numbers(self) -> int:
        count = 1
        for size in self.shape:
            count *= size
        return count

    def stored(self) -> bytes:
        return b"\n\xd7#<" * self.numbers if self.data is None else self.data


@dataclass(frozen=True)
class CallOf:
    """A call that an attacker would put into the pickle."""

    module: str
    name: str
    arguments: tuple[object, ...]


class _Emitter:
    def __init__(self) -> None:
        self.storages: list[bytes] = []

    def emit(self, value: object) -> bytes:
        if value is None or isinstance(value, bool):
            return {None: b"N", True: b"\x88", False: b"\x89"}[value]
        if isinstance(value, int):
            return b"J" + struct.pack("<i", value)
        if isinstance(value, float):
            return b"G" + struct.pack(">d", value)
        if isinstance(value, str):
            encoded = value.encode()
            return b"X" + struct.pack("<I", len(encoded)) + encoded
        if isinstance(value, tuple):
            return b"(" + b"".join(self.emit(item) for item in value) + b"t"
        if isinstance(value, list):
            return b"](" + b"".join(self.emit(item) for item in value) + b"e"
        if isinstance(value, dict):
            return b"}(" + b"".join(self.emit(key) + self.emit(item) for key, item in value.items()) + b"u"
        if isinstance(value, CallOf):
            return b"c" + f"{value.module}\n{value.name}\n".encode() + self.emit(value.arguments) + b"R"
        assert isinstance(value, Tensor)
        return self._tensor(value)

    def _tensor(self, tensor: Tensor) -> bytes:
        key = str(len(self.storages))
        self.storages.append(tensor.stored())
        storage = b"(" + self.emit("storage") + b"ctorch\nFloatStorage\n"
        storage += self.emit(key) + self.emit("cpu") + self.emit(tensor.numbers) + b"tQ"
        stride, strides = 1, []
        for size in reversed(tensor.shape):
            strides.insert(0, stride)
            stride *= size
        arguments = storage + self.emit(0) + self.emit(tensor.shape) + self.emit(tuple(strides)) + self.emit(False)
        hooks = b"ccollections\nOrderedDict\n)R"
        return b"ctorch._utils\n_rebuild_tensor_v2\n(" + arguments + hooks + b"tR"


def write_torch_file(path: Path, saved: object, *, archive_name: str | None = None) -> None:
    """What `torch.save(saved, path)` would write."""
    emitter = _Emitter()
    pickled = b"\x80\x02" + emitter.emit(saved) + b"."
    name = archive_name or path.stem
    path.unlink(missing_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{name}/data.pkl", pickled)
        archive.writestr(f"{name}/byteorder", b"little")
        for key, data in enumerate(emitter.storages):
            archive.writestr(f"{name}/data/{key}", data)
        archive.writestr(f"{name}/version", b"3\n")


def rewrite(path: Path, edit: Callable[[str, bytes], bytes]) -> None:
    """The file with each entry's content edited; names stay."""
    with zipfile.ZipFile(path) as archive:
        entries = [(info.filename, archive.read(info)) for info in archive.infolist()]
    path.unlink()  # it may be a link to a file that others use
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in entries:
            archive.writestr(name, edit(name.partition("/")[2], content))


def saved_state(
    *,
    iteration: int,
    dynamics_steps: float,
    policy_steps: float = 20.0,
    state: int = 45,
    infos: object = None,
    hidden: int = 256,
    noise_std: float = LOGGED_NOISE_STD,
) -> dict[str, object]:
    """The reference's dictionary with weights of 0.01; `state` is the width of system_state."""
    policy = (
        {"std": Tensor((12,), struct.pack("<f", noise_std) * 12)}
        | _mlp("actor", [48, 128, 128, 128, 12])
        | _mlp("critic", [48, 128, 128, 128, 1])
    )
    dynamics = _gru("state_base", state + 12, hidden)
    dynamics["state_heads.0.state_min_logstd"] = Tensor((1, state))
    dynamics["state_heads.0.state_log_delta_logstd"] = Tensor((1, state))
    dynamics |= _mlp("state_heads.0.state_mean_layers", [hidden, 128, state])
    dynamics |= _mlp("state_heads.0.state_logstd_layers", [hidden, 128, state])
    dynamics |= _gru("auxiliary_base", state + 12, hidden)
    dynamics |= _mlp("auxiliary_heads.0.contact_layers", [hidden, 128, 8])
    dynamics |= _mlp("auxiliary_heads.0.termination_layers", [hidden, 128, 1])
    return {
        "model_state_dict": policy,
        "system_dynamics_state_dict": dynamics,
        "optimizer_state_dict": _adam(policy, policy_steps),
        "system_dynamics_optimizer_state_dict": _adam(dynamics, dynamics_steps),
        "iter": iteration,
        "infos": infos,
    }


def _mlp(name: str, widths: list[int]) -> dict[str, Tensor]:
    layers = {}
    for place, (inside, outside) in enumerate(pairwise(widths)):
        layers[f"{name}.{2 * place}.weight"] = Tensor((outside, inside))
        layers[f"{name}.{2 * place}.bias"] = Tensor((outside,))
    return layers


def _gru(name: str, width: int, hidden: int) -> dict[str, Tensor]:
    weights = {}
    for layer, inside in enumerate((width, hidden)):
        weights[f"{name}.memory.rnn.weight_ih_l{layer}"] = Tensor((3 * hidden, inside))
        weights[f"{name}.memory.rnn.weight_hh_l{layer}"] = Tensor((3 * hidden, hidden))
        weights[f"{name}.memory.rnn.bias_ih_l{layer}"] = Tensor((3 * hidden,))
        weights[f"{name}.memory.rnn.bias_hh_l{layer}"] = Tensor((3 * hidden,))
    return weights


def _adam(weights: Mapping[str, Tensor], step: float) -> dict[str, object]:
    entries = {
        index: {
            "step": Tensor((), struct.pack("<f", step)),
            "exp_avg": Tensor(tensor.shape),
            "exp_avg_sq": Tensor(tensor.shape),
        }
        for index, tensor in enumerate(weights.values())
    }
    return {"state": entries, "param_groups": [{"lr": 0.001, "params": list(range(len(weights)))}]}
