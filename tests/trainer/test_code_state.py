"""Uncommitted changes are kept; nothing about git ends a run."""

import subprocess
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("mujoco")

from rwm_tui.core.run_dir.code_state import read_code_state
from rwm_tui.trainer import code_state


def git(folder: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=test", "-c", "user.email=test@example.org")
    done = subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with one committed file, which stands for the trainer's own."""
    folder = tmp_path / "some-checkout"
    folder.mkdir()
    source = folder / "code_state.py"
    source.write_text("before\n")
    git(folder, "init", "-q")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "first")
    monkeypatch.setattr(code_state, "__file__", str(source))
    return folder


def test_a_change_is_in_the_diff(checkout: Path, tmp_path: Path) -> None:
    (checkout / "code_state.py").write_text("after\n")
    line = code_state.store_code_state(tmp_path / "git")
    path = tmp_path / "git" / "some-checkout.diff"
    assert line == f"Storing git diff for 'some-checkout' in: {path}"
    text = path.read_text()
    assert text.startswith("--- git status ---\nOn branch ")
    assert "\n\n\n--- git commit ---\n" in text
    assert "\n\n\n--- git diff ---\n" in text
    assert read_code_state(path).commit == git(checkout, "rev-parse", "HEAD").strip()  # type: ignore[union-attr]
    assert "-before\n+after\n" in text


def test_a_clean_tree_leaves_the_headers(checkout: Path, tmp_path: Path) -> None:
    code_state.store_code_state(tmp_path / "git")
    text = (tmp_path / "git" / "some-checkout.diff").read_text()
    assert "nothing to commit" in text
    assert text.endswith("--- git diff ---\n")


def test_an_installed_copy_in_someone_elses_repository_is_not_its_code(checkout: Path, tmp_path: Path) -> None:
    git(checkout, "rm", "-q", "--cached", "code_state.py")
    assert code_state.store_code_state(tmp_path / "git").startswith("Could not find git repository in ")
    assert list((tmp_path / "git").iterdir()) == []


def test_without_git_the_run_goes_on(checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert code_state.store_code_state(tmp_path / "git").endswith("Skipping.")
