"""What the wheel holds: the package, the profiles with their schema, the stylesheets, and nothing else."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def names(project_root: Path, tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    target = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(target)]
    subprocess.run(command, cwd=project_root, check=True, capture_output=True)
    (wheel,) = target.glob("*.whl")
    return set(zipfile.ZipFile(wheel).namelist())


def test_every_profile_is_shipped(project_root: Path, names: set[str]) -> None:
    for path in (project_root / "profiles").iterdir():
        assert f"rwm_tui/_profiles/{path.name}" in names


def test_every_source_file_is_shipped(project_root: Path, names: set[str]) -> None:
    for pattern in ("*.py", "*.tcss", "py.typed"):
        for path in (project_root / "rwm_tui").rglob(pattern):
            assert str(path.relative_to(project_root)) in names


def test_nothing_else_is_shipped(names: set[str]) -> None:
    assert {name.split("/")[0].split("-")[0] for name in names} == {"rwm_tui"}
