"""``runs`` and ``launches``: choosing, sorting and judging, through the installed command."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from rwm_tui.core.launch.outcome import Outcome
from rwm_tui.core.settings import Project
from tests.contract.test_cli import COMMAND
from tests.core.review.past import Past


@pytest.fixture
def past(tmp_path: Path, project_root: Path) -> Past:
    past = Past(Project(root=tmp_path, profiles=project_root / "profiles", logs=tmp_path / "logs", found=True))
    first = past.run("2026-01-01_00-00-00_pretrain", num_envs=64, task="T-v0")
    past.run("2026-01-02_00-00-00_pretrain", num_envs=4096)
    past.launch(Outcome.COMPLETED, first, peak_mib=6000.0)
    past.launch(Outcome.FAILED_TO_START)
    return past


def rwm_tui(past: Past, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(COMMAND), *arguments, "--logs", str(past.project.logs), "--project-root", str(past.project.root)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def listed(past: Past, name: str, *arguments: str) -> list[dict[str, Any]]:
    done = rwm_tui(past, name, *arguments, "--json")
    assert done.returncode == 0, done.stderr
    items: list[dict[str, Any]] = json.loads(done.stdout)[name]
    return items


def test_runs_are_chosen_sorted_and_limited(past: Past) -> None:
    assert [run["scale"]["num_envs"] for run in listed(past, "runs")] == [4096, 64]
    assert [run["scale"]["num_envs"] for run in listed(past, "runs", "--sort", "peak_vram")] == [64, 4096]
    assert [run["name"] for run in listed(past, "runs", "--limit", "1", "--reverse")] == [
        "2026-01-01_00-00-00_pretrain"
    ]
    [run] = listed(past, "runs", "--where", "outcome=COMPLETED", "--where", "peak_vram>5000")
    assert (run["task"], run["peak_device_mib"], run["scale"]["class"]) == ("T-v0", 6000.0, "reduced")
    outcomes = [launch["outcome"] for launch in listed(past, "launches", "--sort", "outcome")]
    assert outcomes == ["COMPLETED", "FAILED_TO_START"]


def test_verdicts_are_told_when_asked_for_and_then_remembered(past: Past) -> None:
    assert [run["verdict"] for run in listed(past, "runs")] == [None, None]
    judged = listed(past, "runs", "--judge", "--where", "num_envs=4096")
    assert judged[0]["verdict"]["weakest"] == "contradicted"  # its checkpoints are no zip archives
    assert [run["verdict"] is None for run in listed(past, "runs")] == [False, True]
    assert "contradicted" in rwm_tui(past, "runs").stdout


def test_a_check_is_remembered_for_the_lists(past: Past) -> None:
    run = past.project.logs / "rsl_rl" / "anymal_d_flat" / "2026-01-02_00-00-00_pretrain"
    assert rwm_tui(past, "check", str(run)).returncode == 1
    assert [item["name"] for item in listed(past, "runs", "--where", "verdict=contradicted")] == [run.name]


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (("--where", "outcom=FAILED"), "did you mean outcome?"),
        (("--sort", "vram"), "did you mean"),
        (("--limit", "0"), "from 1 on"),
        (("--limit", "x"), "--help"),
    ],
)
def test_bad_choices_are_one_error_document(past: Past, arguments: tuple[str, ...], hint: str) -> None:
    done = rwm_tui(past, "runs", *arguments, "--json")
    assert done.returncode == 2
    assert hint in json.loads(done.stdout)["error"]["hint"]


def test_a_list_that_nobody_reads_to_its_end_ends_without_a_word(past: Past) -> None:
    command = f"{COMMAND} runs --logs {past.project.logs} | true; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False, timeout=60)
    assert (done.stdout, done.stderr) == ("141\n", "")
