"""What somebody who knew only the fixed meanings found: sources that disagree, cut files, pipes in place of records."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from rwm_tui.core.launch.beginnings import read_beginnings
from tests.core.verdict.test_adversarial import edit, item
from tests.core.verdict.test_reference_runs import AGAINST, OPEN, REDUCED, B, ConsoleOf, RunCopy, check, statuses

A3 = "isaaclab3-runs/A_reduced_64env_1it"


@pytest.mark.parametrize("stage", ["FINETUNE", "INIT"])
def test_a_console_that_resolves_another_configuration(
    stage: str, run_copy: RunCopy, console_of: ConsoleOf, tmp_path: Path
) -> None:
    run_dir, console = run_copy(A3), tmp_path / "console.log"
    shutil.copyfile(console_of(A3), console)
    assert statuses(check(run_dir, console))["task-resolves"] == REDUCED
    edit(console, ("FlatEnvCfg_PRETRAIN", f"FlatEnvCfg_{stage}"))
    found = item(check(run_dir, console), "task-resolves")
    assert str(found.status) == OPEN
    assert any(fact.source == console.name and stage in fact.observed for fact in found.evidence)


@pytest.mark.parametrize("environments", ["4096", "true", "null", "-5"])
def test_steps_of_0_beside_environments_leave_imagination_open(environments: str, run_copy: RunCopy) -> None:
    run_dir = run_copy(B)
    edit(
        run_dir / "params" / "agent.yaml",
        ("imagination:\n  num_envs: 0\n", f"imagination:\n  num_envs: {environments}\n"),
    )
    found = statuses(check(run_dir))
    assert (found["task-resolves"], str(item(check(run_dir), "imagination-off").status)) == (OPEN, OPEN)


def test_an_env_yaml_that_is_cut_off_within_its_observations(run_copy: RunCopy) -> None:
    run_dir = run_copy(B)
    env = run_dir / "params" / "env.yaml"
    text = env.read_text()
    env.write_text(text[: text.index("  system_state:\n") - 200].rpartition("\n")[0])
    found = statuses(check(run_dir))
    assert (found["task-resolves"], found["observation-groups"]) == (OPEN, OPEN)


def test_groups_that_a_whole_env_yaml_lacks_are_drift(run_copy: RunCopy) -> None:
    run_dir = run_copy(B)
    edit(run_dir / "params" / "env.yaml", ("  system_state:\n", "  state_of_the_system:\n"))
    assert statuses(check(run_dir))["task-resolves"] == AGAINST


def test_the_final_checkpoint_of_a_shorter_plan_speaks_for_the_format(run_copy: RunCopy) -> None:
    run_dir = run_copy(B)
    edit(run_dir / "params" / "agent.yaml", ("max_iterations: 1\n", "max_iterations: 2\n"))
    assert statuses(check(run_dir))["checkpoints-well-formed"] == OPEN


def test_two_checkpoints_of_one_iteration_are_both_named(run_copy: RunCopy) -> None:
    found = item(check(run_copy(B)), "policy-updated")
    assert any(fact.source == "model_0.pt and model_1.pt" for fact in found.evidence)


def test_a_pipe_in_place_of_a_launch_record_hangs_nobody(tmp_path: Path) -> None:
    for name in ("plan.json", "events.jsonl"):
        (tmp_path / name).mkdir()
        os.mkfifo(tmp_path / name / name)
    assert read_beginnings(tmp_path) == ()
