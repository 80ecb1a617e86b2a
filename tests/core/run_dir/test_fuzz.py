"""Damaged files of every kind: a finding or a value, never an exception, never a hang."""

from __future__ import annotations

import random
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from rwm_tui.core.run_dir.checkpoint import Checkpoint, read_checkpoint
from rwm_tui.core.run_dir.code_state import read_code_state
from rwm_tui.core.run_dir.number_scan import scan_numbers
from rwm_tui.core.run_dir.params import load_params
from rwm_tui.core.trainer_output.scalars import ScalarReader
from tests.core.run_dir.torch_file import rewrite, saved_state, write_torch_file

pytestmark = pytest.mark.timeout(60)


def damaged(content: bytes, seed: int) -> bytes:
    """Some bytes changed, removed, doubled or cut off."""
    chance = random.Random(seed)
    changed = bytearray(content)
    for _ in range(chance.choice([1, 3, 20])):
        place = chance.randrange(len(changed))
        action = chance.randrange(5)
        if action == 0:
            changed[place] ^= 1 << chance.randrange(8)
        elif action == 1:
            changed[place] = chance.randrange(256)
        elif action == 2:
            del changed[place : place + chance.randrange(1, 9)]
        elif action == 3:
            changed[place:place] = changed[place : place + chance.randrange(1, 40)]
        else:
            changed[place : place + 4] = b"\xff\xff\xff\x7f"
    return bytes(changed[: chance.randrange(1, len(changed) + 1)] if chance.random() < 0.2 else changed) or b"x"


def read_whole_checkpoint(path: Path) -> None:
    checkpoint = read_checkpoint(path)
    if isinstance(checkpoint, Checkpoint):
        scan_numbers(checkpoint)


@pytest.fixture(scope="module")
def small_checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("fuzz") / "model_0.pt"
    write_torch_file(path, saved_state(iteration=0, dynamics_steps=1.0, state=2, hidden=2))
    return path


def test_damaged_checkpoints(small_checkpoint: Path, tmp_path: Path) -> None:
    content = small_checkpoint.read_bytes()
    path = tmp_path / "model_0.pt"
    for seed in range(300):
        path.write_bytes(damaged(content, seed))
        read_whole_checkpoint(path)


def test_damaged_pickles_in_sound_archives(small_checkpoint: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(small_checkpoint) as archive:
        pickled = archive.read("model_0/data.pkl")
    path = tmp_path / "model_0.pt"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("model_0/data.pkl", pickled)
        archive.writestr("model_0/data/0", bytes(48))
    for seed in range(300):
        content = damaged(pickled, seed)
        rewrite(path, lambda name, old, new=content: new if name == "data.pkl" else old)  # type: ignore[misc]
        read_whole_checkpoint(path)


def _read_events(path: Path) -> None:
    reader = ScalarReader(path)
    while reader.read_new():
        pass


@pytest.mark.parametrize(
    ("pattern", "read"),
    [
        ("env.yaml", load_params),
        ("agent.yaml", load_params),
        ("rsl_rl_rwm.diff", read_code_state),
        ("events.out.tfevents.*", _read_events),
    ],
)
def test_damaged_text_and_events(
    pattern: str, read: Callable[[Path], object], shared_fixtures: Path, tmp_path: Path
) -> None:
    original = next((shared_fixtures / "upstream-runs" / "B_fixed_reduced_ok").rglob(pattern)).read_bytes()
    path = tmp_path / "file"
    for seed in range(60):
        path.write_bytes(damaged(original[:30_000], seed))
        read(path)
