"""Stored git states."""

from __future__ import annotations

from pathlib import Path

from rwm_tui.core.run_dir.code_state import CodeState, read_code_state
from rwm_tui.core.run_dir.unreadable import Absent, Unreadable


def test_real_states(shared_fixtures: Path) -> None:
    (folder,) = (shared_fixtures / "upstream-runs" / "B_fixed_reduced_ok").rglob("git")
    clean = read_code_state(folder / "robotic_world_model.diff")
    changed = read_code_state(folder / "rsl_rl_rwm.diff")
    assert isinstance(clean, CodeState)
    assert isinstance(changed, CodeState)
    assert (clean.repository, clean.is_dirty) == ("robotic_world_model", False)
    assert (changed.repository, changed.is_dirty) == ("rsl_rl_rwm", True)
    assert isinstance(clean.commit, Absent)


def test_a_commit_is_read_where_it_stands(tmp_path: Path) -> None:
    path = tmp_path / "repo.diff"
    commit = "18eebcdd7145284c8d5eed5d8ed1a4b96c649693"
    clean = "nothing to commit, working tree clean"
    path.write_text(f"--- git status ---\n{clean}\n--- git commit ---\n{commit}\n--- git diff ---\n")
    state = read_code_state(path)
    assert isinstance(state, CodeState)
    assert (state.commit, state.is_dirty) == (commit, False)


def test_something_else(tmp_path: Path) -> None:
    path = tmp_path / "repo.diff"
    path.write_bytes(b"\xff\xfe binary")
    assert isinstance(read_code_state(path), Unreadable)
    assert isinstance(read_code_state(tmp_path / "none.diff"), Absent)
