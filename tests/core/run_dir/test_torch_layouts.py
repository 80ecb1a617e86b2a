"""What torch itself writes in other types, layouts and byte orders than the reference: read, or refused by name."""

from __future__ import annotations

import collections
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rwm_tui.core.run_dir.checkpoint import ACTOR, CRITIC, POLICY, Checkpoint, read_checkpoint
from rwm_tui.core.run_dir.number_scan import NumberScan, scan_numbers
from rwm_tui.core.run_dir.unreadable import Unreadable
from rwm_tui.core.run_dir.weights import Weights, read_weights
from tests.core.run_dir.torch_file import Tensor, rewrite, saved_state, write_torch_file

torch = pytest.importorskip("torch")


def saved(path: Path, **states: object) -> Path:
    torch.save({**states, "iter": 3, "infos": None}, path)
    return path


def read(path: Path) -> Checkpoint:
    checkpoint = read_checkpoint(path)
    assert isinstance(checkpoint, Checkpoint), checkpoint
    return checkpoint


def scanned(path: Path) -> NumberScan:
    scan = scan_numbers(read(path))
    assert isinstance(scan, NumberScan), scan
    return scan


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16", "bfloat16"])
def test_each_floating_type_is_scanned(dtype: str, tmp_path: Path) -> None:
    numbers = torch.tensor([[1.0, -2.0, 60000.0], [float("nan"), float("inf"), 0.0]]).to(getattr(torch, dtype))
    path = saved(tmp_path / "model_3.pt", model_state_dict={"bad": numbers, "good": numbers[:1].clone()})
    assert read(path).tensors(POLICY)["bad"].dtype == dtype
    assert [(found.name, found.count) for found in scanned(path).non_finite] == [("bad", 2)]


@pytest.mark.parametrize(
    "change",
    [lambda t: t.T, lambda t: t[:, ::2], lambda t: t[1:2].expand(3, -1), lambda t: t[:, 1], lambda t: t.permute(1, 0)],
)
def test_numbers_that_do_not_follow_each_other(change: Callable[[Any], Any], tmp_path: Path) -> None:
    whole = torch.arange(12.0).reshape(3, 4)
    tensor = change(whole)
    path = saved(tmp_path / "model_3.pt", model_state_dict={"odd": tensor, "padding": torch.zeros(4)})
    weights = read_weights(read(path), POLICY)
    assert not isinstance(weights, Unreadable), weights
    assert weights["odd"] == Weights(tuple(tensor.shape), weights["odd"].numbers)
    assert list(weights["odd"].numbers) == tensor.flatten().tolist()


def test_a_nan_between_the_numbers_of_a_tensor_is_not_its_own(tmp_path: Path) -> None:
    whole = torch.tensor([[1.0, float("nan")], [2.0, float("nan")]])
    path = saved(tmp_path / "model_3.pt", model_state_dict={"column": whole[:, 0], "other": whole[:, 1]})
    assert [(found.name, found.count) for found in scanned(path).non_finite] == [("other", 2)]


def test_a_shared_storage_is_read_for_each(tmp_path: Path) -> None:
    shared = torch.arange(8.0)
    states = {"whole": shared, "again": shared, "end": shared[6:], "none": torch.empty(0, 3)}
    path = saved(tmp_path / "model_3.pt", model_state_dict=states)
    weights = read_weights(read(path), POLICY)
    assert not isinstance(weights, Unreadable)
    assert list(weights) == list(states)
    assert {name: list(weight.numbers) for name, weight in weights.items()} == {
        name: tensor.flatten().tolist() for name, tensor in states.items()
    }


def test_parameters_and_ordered_dictionaries(tmp_path: Path) -> None:
    state = torch.nn.Linear(3, 2).state_dict()
    state["kept"] = torch.nn.Parameter(torch.ones(2))
    path = saved(tmp_path / "model_3.pt", model_state_dict=collections.OrderedDict(state))
    assert {name: tensor.shape for name, tensor in read(path).tensors(POLICY).items()} == {
        "weight": (2, 3),
        "bias": (2,),
        "kept": (2,),
    }


def test_rsl_rl_5_and_normalizers(tmp_path: Path) -> None:
    """rsl_rl 4 and 5 write two networks, 2 and 3 normalizers beside or within the policy."""
    normalizer = {"_mean": torch.zeros(1, 48), "_std": torch.full((1, 48), float("nan")), "count": torch.tensor(7)}
    path = saved(
        tmp_path / "model_3.pt",
        actor_state_dict={"mlp.0.weight": torch.ones(2, 2), "distribution.std_param": torch.ones(2)},
        critic_state_dict={"mlp.0.weight": torch.ones(2, 2)},
        obs_norm_state_dict=normalizer | {"eps": 0.01},
    )
    checkpoint = read(path)
    assert set(checkpoint.state_dicts) == {ACTOR, CRITIC, "obs_norm_state_dict"}
    assert checkpoint.tensors("obs_norm_state_dict")["count"].dtype == "int64"
    assert [(found.key, found.name) for found in scanned(path).non_finite] == [("obs_norm_state_dict", "_std")]


def test_an_ensemble_of_five(tmp_path: Path) -> None:
    heads = {f"state_heads.{k}.state_mean_layers.0.weight": torch.full((4, 4), float(k)) for k in range(5)}
    path = saved(tmp_path / "model_3.pt", system_dynamics_state_dict=heads)
    assert scanned(path).all_zero == {"system_dynamics_state_dict": {"state_heads.0.state_mean_layers.0.weight"}}


class Foreign:
    pass


class Marked(torch.Tensor):  # type: ignore[misc]
    pass


@pytest.mark.parametrize(
    ("value", "named"),
    [
        (Foreign(), "NEWOBJ"),
        (torch.ones(2).as_subclass(Marked), "_rebuild_from_type_v2"),
        (torch.ones(2).to(torch.float8_e4m3fn), "_rebuild_tensor_v3"),
        (torch.ones(2).to(torch.complex64), "ComplexFloatStorage"),
        (torch.ones(2, 2).to_sparse(), "_get_layout"),
        (collections.defaultdict(list), "defaultdict"),
    ],
)
def test_what_is_not_known_is_named(value: object, named: str, tmp_path: Path) -> None:
    finding = read_checkpoint(saved(tmp_path / "model_3.pt", model_state_dict={"weight": value}))
    assert isinstance(finding, Unreadable)
    assert (finding.kind, named in finding.reason) == ("forbidden-content", True), finding


def test_the_other_byte_order(tmp_path: Path) -> None:
    path = tmp_path / "model_3.pt"
    state = saved_state(iteration=2, dynamics_steps=6.0, state=2, hidden=2)
    state[POLICY] = {"std": Tensor((2,), struct.pack(">2f", 1.0, float("inf")))}
    write_torch_file(path, state)
    rewrite(path, lambda name, content: b"big" if name == "byteorder" else content)
    assert [(found.name, found.count) for found in scanned(path).non_finite][:1] == [("std", 1)]


@pytest.mark.parametrize("compression", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_STORED])
def test_packed_again_by_another_program(compression: int, tmp_path: Path) -> None:
    written, packed = tmp_path / "model_3.pt", tmp_path / "packed" / "model_3.pt"
    noise = torch.rand(64, 64)
    saved(written, model_state_dict={"weight": noise}, optimizer_state_dict={"state": {}, "param_groups": []})
    packed.parent.mkdir()
    with zipfile.ZipFile(written) as archive, zipfile.ZipFile(packed, "w", compression) as other:
        for info in archive.infolist():
            with other.open(info.filename, "w", force_zip64=True) as entry:
                entry.write(archive.read(info))
    weights = read_weights(read(packed), POLICY)
    assert not isinstance(weights, Unreadable), weights
    assert list(weights["weight"].numbers) == noise.flatten().tolist()
    assert scanned(packed).non_finite == ()


def test_the_format_before_torch_1_6_is_named(tmp_path: Path) -> None:
    path = tmp_path / "model_3.pt"
    torch.save({"model_state_dict": {}}, path, _use_new_zipfile_serialization=False)
    finding = read_checkpoint(path)
    assert isinstance(finding, Unreadable)
    assert finding.kind == "old-format"


def test_a_changed_byte_in_a_storage_is_damage(tmp_path: Path) -> None:
    path = saved(tmp_path / "model_3.pt", model_state_dict={"weight": torch.full((64, 64), 0.5)})
    content = bytearray(path.read_bytes())
    content[content.index(struct.pack("<8f", *[0.5] * 8)) + 100] ^= 1
    path.write_bytes(content)
    finding = scan_numbers(read(path))
    assert isinstance(finding, Unreadable)
    assert finding.kind == "damaged"
    assert "checksum" in finding.reason
