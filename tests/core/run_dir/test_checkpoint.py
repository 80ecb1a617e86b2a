"""Reading checkpoints without torch, the honest and the hostile."""

from __future__ import annotations

import os
import struct
import time
import zipfile
from pathlib import Path

import pytest

from rwm_tui.core.run_dir.checkpoint import (
    DYNAMICS,
    DYNAMICS_OPTIMIZER,
    POLICY,
    POLICY_OPTIMIZER,
    Checkpoint,
    read_checkpoint,
)
from rwm_tui.core.run_dir.number_scan import scan_numbers
from rwm_tui.core.run_dir.unreadable import Absent, Unreadable
from tests.core.run_dir.torch_file import CallOf, Tensor, rewrite, saved_state, write_torch_file

ALL_STATES = (POLICY, DYNAMICS, POLICY_OPTIMIZER, DYNAMICS_OPTIMIZER)


def read(path: Path) -> Checkpoint:
    checkpoint = read_checkpoint(path)
    assert isinstance(checkpoint, Checkpoint), checkpoint
    return checkpoint


def kind_of(path: Path) -> str:
    finding = read_checkpoint(path)
    assert isinstance(finding, Unreadable), finding
    return finding.kind


@pytest.fixture
def written(tmp_path: Path) -> Path:
    path = tmp_path / "model_3.pt"
    write_torch_file(path, saved_state(iteration=2, dynamics_steps=6.0, infos={"trainer": "someone", "n": [1, 2.5]}))
    return path


def test_what_a_checkpoint_says(written: Path) -> None:
    checkpoint = read(written)
    assert checkpoint.keys == (*ALL_STATES, "iter", "infos")
    assert checkpoint.iteration == 2
    assert checkpoint.archive_name == "model_3"
    assert checkpoint.infos == {"trainer": "someone", "n": (1, 2.5)}
    assert checkpoint.size_bytes == written.stat().st_size
    assert sum(tensor.numbers for tensor in checkpoint.tensors(POLICY).values()) == 80_281
    assert sum(tensor.numbers for tensor in checkpoint.tensors(DYNAMICS).values()) == 1_417_789
    gru = checkpoint.tensors(DYNAMICS)["state_base.memory.rnn.weight_ih_l0"]
    assert (gru.shape, gru.dtype) == ((768, 57), "float32")
    assert checkpoint.optimizers[DYNAMICS_OPTIMIZER].steps == {6.0}
    assert checkpoint.optimizers[DYNAMICS_OPTIMIZER].parameter_count == 34
    assert checkpoint.optimizers[POLICY_OPTIMIZER].steps == {20.0}


def test_the_real_one_reads_the_same_as_with_torch(unpacked_b: Path) -> None:
    torch = pytest.importorskip("torch")
    loaded = torch.load(unpacked_b, weights_only=True, map_location="cpu")
    checkpoint = read(unpacked_b)
    for key in (POLICY, DYNAMICS):
        shapes = {name: tensor.shape for name, tensor in checkpoint.tensors(key).items()}
        assert shapes == {name: tuple(tensor.shape) for name, tensor in loaded[key].items()}
    assert checkpoint.iteration == loaded["iter"]
    steps = {float(entry["step"]) for entry in loaded[DYNAMICS_OPTIMIZER]["state"].values()}
    assert checkpoint.optimizers[DYNAMICS_OPTIMIZER].steps == steps


@pytest.fixture(scope="module")
def unpacked_b(shared_fixtures: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    import tarfile

    folder = tmp_path_factory.mktemp("b")
    with tarfile.open(shared_fixtures / "upstream-runs" / "checkpoints.tar.xz") as archive:
        member = next(member for member in archive if member.name.endswith("model_1.pt"))
        archive.extract(member, folder, filter="data")
    return folder / member.name


def test_reading_and_scanning_18_mb_is_quick(unpacked_b: Path) -> None:
    started = time.process_time()
    scan = scan_numbers(read(unpacked_b))
    assert not isinstance(scan, Unreadable)
    assert scan.non_finite == ()
    assert not any(name.endswith("weight") for name in scan.all_zero.get(DYNAMICS, ()))
    assert time.process_time() - started < 1


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), float("-inf")])
def test_one_bad_number_is_found_and_named(bad: float, tmp_path: Path) -> None:
    path = tmp_path / "model_1.pt"
    saved = saved_state(iteration=0, dynamics_steps=1.0)
    policy = saved[POLICY]
    assert isinstance(policy, dict)
    policy["actor.0.bias"] = Tensor((128,), struct.pack("<128f", *[1.0] * 100, bad, *[1.0] * 27))
    write_torch_file(path, saved)
    scan = scan_numbers(read(path))
    assert not isinstance(scan, Unreadable)
    (found,) = scan.non_finite
    assert (found.key, found.name, found.count, found.numbers) == (POLICY, "actor.0.bias", 1, 128)


def test_the_largest_float_is_finite(tmp_path: Path) -> None:
    path = tmp_path / "model_1.pt"
    saved = saved_state(iteration=0, dynamics_steps=1.0)
    policy = saved[POLICY]
    assert isinstance(policy, dict)
    policy["std"] = Tensor((12,), b"\xff\xff\x7f\x7f" * 6 + b"\xff\xff\x7f\xff" * 6)
    write_torch_file(path, saved)
    scan = scan_numbers(read(path))
    assert not isinstance(scan, Unreadable)
    assert scan.non_finite == ()


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", "empty"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 3\n", "lfs-pointer"),
        (b"PK\x03\x04" + bytes(1000), "truncated"),
        (b"\x80\x02}.", "not-a-zip"),
    ],
)
def test_what_is_no_archive_is_named(content: bytes, kind: str, tmp_path: Path) -> None:
    path = tmp_path / "model_1.pt"
    path.write_bytes(content)
    assert kind_of(path) == kind


def test_a_cut_file_is_truncated(written: Path) -> None:
    content = written.read_bytes()
    for length in (len(content) // 3, len(content) - 1):
        written.write_bytes(content[:length])
        assert kind_of(written) == "truncated"


def test_what_is_not_there_and_what_is_no_file(tmp_path: Path) -> None:
    assert isinstance(read_checkpoint(tmp_path / "model_1.pt"), Absent)
    (tmp_path / "model_2.pt").mkdir()
    assert kind_of(tmp_path / "model_2.pt") == "not-a-file"
    os.mkfifo(tmp_path / "model_3.pt")
    assert kind_of(tmp_path / "model_3.pt") == "not-a-file"


def test_a_zip_of_something_else(tmp_path: Path) -> None:
    path = tmp_path / "model_1.pt"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("notes.txt", "hello")
    assert kind_of(path) == "not-a-checkpoint"


@pytest.mark.parametrize(
    ("module", "name"), [("os", "system"), ("builtins", "eval"), ("torch.storage", "_load_from_bytes")]
)
def test_a_call_is_never_made(module: str, name: str, tmp_path: Path) -> None:
    path, witness = tmp_path / "model_1.pt", tmp_path / "witness"
    saved = saved_state(iteration=0, dynamics_steps=1.0)
    saved["infos"] = CallOf(module, name, (f"touch {witness}",))
    write_torch_file(path, saved)
    finding = read_checkpoint(path)
    assert isinstance(finding, Unreadable)
    assert finding.kind == "forbidden-content"
    assert f"{module}.{name}" in finding.reason
    assert not witness.exists()


@pytest.mark.parametrize(
    "pickled",
    [
        b"\x80\x02cos\nsystem\n(X\x02\x00\x00\x00idtR.",
        b"(S'id'\nios\nsystem\n.",
        b"\x80\x02cos\nsystem\n)\x81.",
        b"\x80\x02ccollections\nOrderedDict\n}b.",
        b"\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x02id\x85R.",
    ],
)
def test_other_opcodes_that_make_things(pickled: bytes, written: Path) -> None:
    rewrite(written, lambda name, content: pickled if name == "data.pkl" else content)
    assert kind_of(written) == "forbidden-content"


def test_a_memo_index_of_billions_costs_nothing(written: Path) -> None:
    rewrite(written, lambda name, content: b"\x80\x02}r\xff\xff\xff\x7f." if name == "data.pkl" else content)
    assert isinstance(read_checkpoint(written), Checkpoint)


def test_a_zip_bomb_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model_1.pt"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("model_1/data.pkl", b"\x80\x02}.")
        archive.writestr("model_1/data/0", bytes(50_000_000))
    assert kind_of(path) == "forbidden-content"


def test_a_storage_that_is_too_small(written: Path) -> None:
    rewrite(written, lambda name, content: content[:-4] if name == "data/1" else content)
    assert kind_of(written) == "damaged"
