"""Digests of files that may be anything."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from rwm_tui.core.run_dir.checkpoint import Checkpoint
from rwm_tui.core.run_dir.digest import read_with_digest
from rwm_tui.core.run_dir.file_digest import FileDigest
from rwm_tui.core.run_dir.unreadable import Absent, Unreadable
from tests.core.run_dir.torch_file import saved_state, write_torch_file

MOST = 64 * 1024 * 1024


def test_structure_and_digest_are_of_one_file(tmp_path: Path) -> None:
    path = tmp_path / "model_0.pt"
    write_torch_file(path, saved_state(iteration=0, dynamics_steps=1.0))
    checkpoint, digest = read_with_digest(path, MOST)
    assert isinstance(checkpoint, Checkpoint)
    content = path.read_bytes()
    assert digest == FileDigest(len(content), hashlib.sha256(content).hexdigest())


def test_what_is_no_checkpoint_still_has_a_digest(tmp_path: Path) -> None:
    path = tmp_path / "model_0.pt"
    path.write_bytes(b"")
    checkpoint, digest = read_with_digest(path, MOST)
    assert isinstance(checkpoint, Unreadable)
    assert digest == FileDigest(0, hashlib.sha256(b"").hexdigest())


def test_what_is_too_large_has_a_structure_and_no_digest(tmp_path: Path) -> None:
    path = tmp_path / "model_0.pt"
    write_torch_file(path, saved_state(iteration=0, dynamics_steps=1.0, state=2, hidden=2))
    checkpoint, digest = read_with_digest(path, 1000)
    assert isinstance(checkpoint, Checkpoint)
    assert isinstance(digest, Unreadable)
    assert digest.kind == "too-large"


def test_what_is_no_file_has_neither(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert all(isinstance(part, Unreadable) for part in read_with_digest(tmp_path / "pipe", MOST))
    assert all(isinstance(part, Absent) for part in read_with_digest(tmp_path / "none", MOST))
