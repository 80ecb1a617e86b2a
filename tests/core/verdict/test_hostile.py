"""Hostile run directories, judged in a process with limits: nothing runs, nothing hangs, memory stays bounded."""

from __future__ import annotations

import json
import os
import resource
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from rwm_tui.core.errors import InputError
from rwm_tui.core.run_dir.unreadable import Absent
from rwm_tui.core.verdict.evidence import LaunchFacts, collect_evidence
from tests.core.run_dir.torch_file import CallOf, saved_state, write_torch_file
from tests.core.verdict.test_reference_runs import B, RunCopy

LIMIT_BYTES = 1 << 30
LIMIT_S = 60
DEEP = 1_000_000
COMMAND = Path(sys.executable).with_name("rwm-tui")


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (LIMIT_BYTES, LIMIT_BYTES))


def judged(run_dir: Path, project: Path) -> dict[str, dict[str, object]]:
    """What the command says of each claim, under a limit of memory and time."""
    done = subprocess.run(
        [str(COMMAND), "--project-root", str(project), "check", str(run_dir), "--json"],
        capture_output=True,
        stdin=subprocess.DEVNULL,
        timeout=LIMIT_S,
        check=False,
        preexec_fn=_limit,
    )
    assert done.returncode in (0, 1), done.stderr[-2000:]
    assert b"\x1b" not in done.stdout
    return {item["id"]: item for item in json.loads(done.stdout)["items"]}


def _pickled(pickle: bytes, *names: str) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        with zipfile.ZipFile(path, "w") as archive:
            for name in names or ("model_1/data.pkl",):
                archive.writestr(name, pickle)

    return write


def _calls_a_shell(path: Path) -> None:
    saved = saved_state(iteration=0, dynamics_steps=1.0)
    write_torch_file(path, saved | {"infos": CallOf("os", "system", (f"touch {path.parent}/owned",))})


def _zip_bomb(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.writestr("model_1/data.pkl", b"\x80\x02}.")
        with archive.open("model_1/data/0", "w", force_zip64=True) as entry:
            for _ in range(256):
                entry.write(bytes(1 << 20))


def _sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(1 << 40)


def _text(value: str) -> bytes:
    return b"X" + struct.pack("<I", len(value)) + value.encode()


def _number(value: int) -> bytes:
    content = value.to_bytes(value.bit_length() // 8 + 1, "little")
    return b"\x8a" + bytes([len(content)]) + content


def _one_tensor(kind: str, numbers: int, shape: bytes, strides: bytes) -> bytes:
    """A pickle of a world model with one weight, whose shape and strides are given as they stand there."""
    storage = (
        b"(" + _text("storage") + f"ctorch\n{kind}\n".encode() + _text("0") + _text("cpu") + _number(numbers) + b"tQ"
    )
    tensor = b"ctorch._utils\n_rebuild_tensor_v2\n(" + storage + _number(0) + shape + strides
    tensor += b"\x89ccollections\nOrderedDict\n)RtR"
    return b"\x80\x02}" + _text("system_dynamics_state_dict") + b"}" + _text("a.weight") + tensor + b"ss."


def _sizes(*sizes: int) -> bytes:
    return b"(" + b"".join(map(_number, sizes)) + b"t"


def _with_storage(pickle: bytes, megabyte: bytes, megabytes: int) -> Callable[[Path], None]:
    """A storage that deflates well, padded so that the file does not look like a bomb."""

    def write(path: Path) -> None:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            archive.writestr("model_1/data.pkl", pickle)
            with archive.open("model_1/data/0", "w", force_zip64=True) as entry:
                for _ in range(megabytes):
                    entry.write(megabyte)
            padding = zipfile.ZipInfo("model_1/padding")
            archive.writestr(padding, bytes(megabytes * 1_000_000 // 40))

    return write


def _deep_shape(path: Path) -> None:
    deep = b"(" + b")" + b"\x85" * DEEP + b"t"
    _with_storage(_one_tensor("FloatStorage", 250_000, deep, deep), bytes(1_000_000), 1)(path)


def _in_many_pieces(path: Path) -> None:
    shape, strides = _sizes(15_000_000, 1), _sizes(2, 1)
    _with_storage(_one_tensor("FloatStorage", 30_000_000, shape, strides), bytes(1_000_000), 120)(path)


def _nothing_but_nan(path: Path) -> None:
    pickle = _one_tensor("BFloat16Storage", 25_000_000, _sizes(25_000_000), _sizes(1))
    _with_storage(pickle, b"\xc0\x7f" * 500_000, 50)(path)


def _lzma_of_4_gib(path: Path) -> None:
    """Its dictionary is as large as its header says."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("model_1/data.pkl", b"\x80\x02}." * 1000)
    content = bytearray(path.read_bytes())
    place = content.index(b"\x5d\x00\x00")
    content[place + 1 : place + 5] = b"\xff\xff\xff\xff"
    path.write_bytes(content)


CHECKPOINTS: dict[str, Callable[[Path], None]] = {
    "a pickle that calls a shell": _calls_a_shell,
    "a pickle that looks up eval": _pickled(b"\x80\x02cbuiltins\neval\n(X\x01\x00\x00\x001tR."),
    "deep tuples": _pickled(b"\x80\x02)" + b"\x85" * DEEP + b"."),
    "deep lists": _pickled(b"\x80\x02" + b"]" * DEEP + b"a" * (DEEP - 1) + b"."),
    "a deep tuple as key": _pickled(b"\x80\x02})" + b"\x85" * DEEP + b"Ns."),
    "marks without end": _pickled(b"\x80\x02" + b"(" * DEEP + b"."),
    "a far memo": _pickled(b"\x80\x02}r" + struct.pack("<I", 0xFFFFFFF0) + b"."),
    "a text longer than the file": _pickled(b"\x80\x02X" + struct.pack("<I", 0x7FFFFFFF) + b"x."),
    "names that climb": _pickled(b"\x80\x02}.", "../../../../owned/data.pkl", "/etc/data.pkl", "x/../data.pkl"),
    "a zip bomb": _zip_bomb,
    "a terabyte of nothing": _sparse,
    "a shape nested deeply": _deep_shape,
    "a tensor in millions of pieces": _in_many_pieces,
    "NaN by the million": _nothing_but_nan,
    "a shape beyond any storage": _pickled(_one_tensor("FloatStorage", 0, _sizes(2**62, 2**62), _sizes(0, 0))),
    "a dictionary of 4 GiB": _lzma_of_4_gib,
    "a named pipe": os.mkfifo,
    "the zero device": lambda path: path.symlink_to("/dev/zero"),
    "a link to itself": lambda path: path.symlink_to(path.name),
    "a link to the password file": lambda path: path.symlink_to("/etc/passwd"),
}


@pytest.mark.parametrize("name", CHECKPOINTS)
def test_a_hostile_checkpoint(name: str, run_copy: RunCopy, tmp_path: Path) -> None:
    run_dir = run_copy(B)
    (run_dir / "model_1.pt").unlink()
    CHECKPOINTS[name](run_dir / "model_1.pt")
    found = judged(run_dir, tmp_path)
    assert found["checkpoints-well-formed"]["status"] in ("not-verified", "contradicted")
    assert found["runner-end-to-end"]["status"] == "not-verified"
    assert "model_1.pt" in str(found["checkpoints-well-formed"]["reason"])
    assert found["task-resolves"]["status"] == "validated-at-reduced-scale"
    assert not list(tmp_path.rglob("owned*"))
    (run_dir / "model_1.pt").unlink()


YAML: dict[str, bytes] = {
    "a call": b"class_name: !!python/object/apply:os.system ['touch owned']\n",
    "a new object": b"class_name: !!python/object/new:subprocess.Popen [['touch', 'owned']]\n",
    "aliases of aliases": b"a0: &a0 [x]\n" + b"".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n".encode() for n in range(1, 30)
    ),
    "merges of merges": b"a0: &a0 {x: 1}\n" + b"".join(
        f"a{n}: &a{n}\n  <<: [{', '.join([f'*a{n - 1}'] * 9)}]\n".encode() for n in range(1, 30)
    ),
    "deep brackets": b"a: " + b"[" * DEEP,
    "deep braces": b"a: " + b"{a: " * (DEEP // 2),
    "deep dashes": b"a:\n  " + b"- " * DEEP,
    "deep question marks": b"? " * DEEP,
    "deep tags": b"a: " + b"!!python/tuple [" * (DEEP // 10),
    "itself": b"a: &a [*a]\n",
    "a huge number": b"max_iterations: " + b"9" * 1_000_000 + b"\n",
    "a number to base 60": b"max_iterations: 1" + b":1" * DEEP + b"\n",
    "thousands of groups": b"observations:\n" + b"".join(b"  g%d: {t: {func: x}}\n" % n for n in range(50_000)),
    "control sequences": b"class_name: \"\\e]0;owned\\a\\e[2J\"\n",
}  # fmt: skip


@pytest.mark.parametrize("file", ["agent.yaml", "env.yaml"])
@pytest.mark.parametrize("name", YAML)
def test_a_hostile_configuration(name: str, file: str, run_copy: RunCopy, tmp_path: Path) -> None:
    run_dir = run_copy(B)
    (run_dir / "params" / file).write_bytes(YAML[name])
    found = judged(run_dir, tmp_path)
    assert str(found["task-resolves"]["status"]) in ("not-verified", "contradicted")
    assert found["task-resolves"]["reason"]
    assert not list(tmp_path.rglob("owned*"))


def test_thousands_of_checkpoints(run_copy: RunCopy, tmp_path: Path) -> None:
    run_dir = run_copy(B)
    for number in range(2, 4_000):
        (run_dir / f"model_{number}.pt").touch()
    assert judged(run_dir, tmp_path)["runner-end-to-end"]["status"] == "not-verified"


def test_names_that_command_the_terminal(run_copy: RunCopy, tmp_path: Path) -> None:
    """In every text of the document, not only where a terminal would show it."""
    run_dir = run_copy(B)
    (run_dir / os.fsdecode(b"model_\xff\x1b[31m.pt")).touch()
    (run_dir / "git" / "\x1b]0;owned\x07.diff").write_text("--- git status ---\n\x1b[2J")
    found = judged(run_dir, tmp_path)
    assert "\\x1b[31m.pt is not readable" in str(found["checkpoints-well-formed"]["reason"])
    assert "\x1b" not in str(list(found.values()))


def test_a_console_of_a_terabyte(run_copy: RunCopy, tmp_path: Path) -> None:
    run_dir, console = run_copy(B), tmp_path / "console.log"
    _sparse(console)
    with pytest.raises(InputError, match="1099511627776 bytes"):
        collect_evidence(run_dir, console)
    launch = LaunchFacts(launch_id="one", task=None, backend="isaaclab", console=console)
    assert isinstance(collect_evidence(run_dir, None, launch).console, Absent)


PLACES = ("params/agent.yaml", "params/env.yaml", "run.json", "git/rsl_rl_rwm.diff", "model_0.pt", "events")


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("make", [os.mkfifo, _sparse, lambda path: path.symlink_to("/dev/zero")])
def test_no_file_that_is_none_hangs_or_fills_memory(
    place: str, make: Callable[[Path], None], run_copy: RunCopy, tmp_path: Path
) -> None:
    run_dir = run_copy(B)
    path = next(run_dir.glob("events.out*")) if place == "events" else run_dir / place
    path.unlink(missing_ok=True)
    make(path)
    found = judged(run_dir, tmp_path)
    assert found["predictive-accuracy"]["status"] == "not-verified"
    path.unlink()


def test_a_deeply_nested_manifest(run_copy: RunCopy, tmp_path: Path) -> None:
    run_dir = run_copy(B)
    (run_dir / "run.json").write_text('{"a":' * 40_000)
    assert judged(run_dir, tmp_path)["environment-recorded"]["status"] == "not-verified"
