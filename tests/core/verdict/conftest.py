"""Copies of the real run directories, each test with its own."""

from __future__ import annotations

import os
import shutil
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

RunCopy = Callable[[str], Path]


@pytest.fixture(scope="session")
def unpacked_checkpoints(shared_fixtures: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The checkpoints that travel packed; tests link to them or copy what they change."""
    folder = tmp_path_factory.mktemp("checkpoints")
    for collection in ("upstream-runs", "isaaclab3-runs"):
        with tarfile.open(shared_fixtures / collection / "checkpoints.tar.xz") as archive:
            archive.extractall(folder / collection, filter="data")
    return folder


@pytest.fixture
def run_copy(shared_fixtures: Path, unpacked_checkpoints: Path, tmp_path: Path) -> Iterator[RunCopy]:
    """A copy of a run by `<collection>/<name>`; returns its run directory.

    The checkpoints that travel are linked, not copied: replace them, never write into them.
    """
    copies: list[Path] = []

    def copy(name: str) -> Path:
        (original,) = (shared_fixtures / name / "logs" / "rsl_rl" / "anymal_d_flat").iterdir()
        run_dir = tmp_path / name.partition("/")[2] / original.name
        shutil.copytree(original, run_dir, copy_function=shutil.copyfile)
        for path in [run_dir, *run_dir.rglob("*")]:
            path.chmod(0o755 if path.is_dir() else 0o644)
        packed = unpacked_checkpoints / name / original.relative_to(shared_fixtures / name)
        for checkpoint in packed.glob("*.pt") if packed.is_dir() else ():
            os.link(checkpoint, run_dir / checkpoint.name)
        copies.append(run_dir)
        return run_dir

    yield copy
    for run_dir in copies:
        shutil.rmtree(run_dir)


@pytest.fixture
def console_of(shared_fixtures: Path) -> Callable[[str], Path]:
    return lambda name: shared_fixtures / name / "console.log"
