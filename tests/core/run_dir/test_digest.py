"""Digests of files that may be anything."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from rwm_tui.core.run_dir.checkpoint import Checkpoint
from rwm_tui.core.run_dir.digest import read_with_digest, sha256_of
from rwm_tui.core.run_dir.unreadable import Absent, Unreadable
from tests.core.run_dir.torch_file import saved_state, write_torch_file


def test_structure_and_digest_are_of_one_file(tmp_path: Path) -> None:
    path = tmp_path / "model_0.pt"
    write_torch_file(path, saved_state(iteration=0, dynamics_steps=1.0))
    checkpoint, digest = read_with_digest(path)
    assert isinstance(checkpoint, Checkpoint)
    assert digest == hashlib.sha256(path.read_bytes()).hexdigest()


def test_what_is_no_checkpoint_still_has_a_digest(tmp_path: Path) -> None:
    path = tmp_path / "model_0.pt"
    path.write_bytes(b"")
    checkpoint, digest = read_with_digest(path)
    assert isinstance(checkpoint, Unreadable)
    assert digest == hashlib.sha256(b"").hexdigest()


def test_what_is_no_file_has_none(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert isinstance(sha256_of(tmp_path / "pipe"), Unreadable)
    assert isinstance(sha256_of(tmp_path / "none"), Absent)
