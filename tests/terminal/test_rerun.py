"""Fail, read, one key, choose, succeed, lineage: the rerun as its user meets it, on a stand-in Isaac Lab."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.standin.project import StandinProject, build
from tests.terminal.conftest import COMMAND
from tests.terminal.tmux import Terminal

pytestmark = pytest.mark.terminal


def rwm_tui(project: StandinProject, *words: str) -> dict[str, Any]:
    environment = os.environ | surroundings(project)
    done = subprocess.run(
        [str(COMMAND), *words, "--json"], cwd=project.root, env=environment, capture_output=True, text=True, check=False
    )
    assert done.stdout, done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def surroundings(project: StandinProject) -> dict[str, str]:
    return {"HOME": str(project.home), "PATH": f"{project.programs}:/usr/bin:/bin", "TERM": "tmux-256color"}


def test_an_out_of_memory_ends_in_a_smaller_run_that_says_what_it_follows(
    tmp_path: Path, shared_fixtures: Path
) -> None:
    project = build(tmp_path, shared_fixtures)
    project.script("too-large")
    project.settings(kind="conda")
    # A stand-in has no GPU for the preflight to see.
    failed = rwm_tui(project, "run", "default", "--no-ui", "--no-preflight")
    assert failed["outcome"] == "OUT_OF_MEMORY"
    assert failed["diagnosis"]["class"] == "torch-cuda-oom"

    terminal = Terminal([str(COMMAND), "attach"], (80, 24), surroundings(project) | {"LANG": "C.UTF-8"}, project.root)
    try:
        terminal.wait_for("OUT_OF_MEMORY", "Rerun")
        terminal.press("r")
        terminal.wait_for(
            ">2 largest fit", "1 next rung", "the world-model update", "samples per iteration", "y Launch"
        )
        terminal.press("y")
        terminal.wait_for("task-resolves", limit_s=60)
        terminal.press("h")
        terminal.wait_for("default-fit", f"follows        {failed['launch']['id']}", "because")
    finally:
        terminal.close()

    [rerun, first] = rwm_tui(project, "launches")["launches"]
    assert (rerun["outcome"], rerun["parent"]) == ("COMPLETED", first["launch"])
    assert "mini_batch_size 5000 ->" in rerun["follows_because"]
    for checkpoint in tmp_path.rglob("model_*.pt"):  # 18 MB each
        checkpoint.unlink()
