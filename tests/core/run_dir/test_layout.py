"""Finding and describing run directories."""

from __future__ import annotations

from pathlib import Path

import pytest

from rwm_tui.core.errors import InputError
from rwm_tui.core.run_dir.layout import is_run_directory, read_layout
from rwm_tui.core.run_dir.unreadable import Absent


def make_run(path: Path, *files: str) -> Path:
    path.mkdir(parents=True)
    for name in files:
        (path / name).parent.mkdir(exist_ok=True)
        (path / name).write_text("")
    return path


def test_the_files_by_their_names(tmp_path: Path) -> None:
    run = make_run(
        tmp_path / "2026-11-23_18-08-36_pretrain",
        "model_0.pt",
        "model_100.pt",
        "model_20.pt",
        "model_best.pt",
        "other_1.pt",
        "params/agent.yaml",
        "events.out.tfevents.2.host.1.0",
        "events.out.tfevents.1.host.1.0",
        "git/b.diff",
        "git/a.diff",
        "git/notes.txt",
    )
    layout = read_layout(run)
    assert [file.number for file in layout.checkpoints] == [0, 20, 100, None]
    assert [file.path.name for file in layout.checkpoints][-1] == "model_best.pt"
    assert layout.params_agent == run / "params" / "agent.yaml"
    assert layout.params_env == Absent("there is no params/env.yaml")
    assert isinstance(layout.run_json, Absent)
    assert [path.name for path in layout.event_files] == [
        "events.out.tfevents.1.host.1.0",
        "events.out.tfevents.2.host.1.0",
    ]
    assert [path.name for path in layout.git_diffs] == ["a.diff", "b.diff"]
    assert layout.stamp == "2026-11-23_18-08-36"


@pytest.mark.parametrize("only", ["model_0.pt", "params/agent.yaml", "events.out.tfevents.1.h.1.0", "run.json"])
def test_one_trace_of_a_trainer_makes_a_run_directory(only: str, tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", only)
    assert is_run_directory(run)
    assert read_layout(run).path == run


def test_what_is_no_run_directory(tmp_path: Path) -> None:
    empty = make_run(tmp_path / "empty", "notes.txt")
    for path in (empty, tmp_path / "missing", empty / "notes.txt"):
        assert not is_run_directory(path)
        with pytest.raises(InputError) as error:
            read_layout(path)
        assert error.value.title == "no run directory"
        assert str(path) in error.value.message
        assert error.value.hint
