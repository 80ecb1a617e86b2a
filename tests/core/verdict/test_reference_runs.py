"""The verdict on real runs of the upstream trainer and of Isaac Lab 3."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from rwm_tui.core.verdict.checklist import Checklist, judge
from rwm_tui.core.verdict.evidence import collect_evidence
from rwm_tui.core.verdict.further_claims import FURTHER_CLAIMS
from tests.core.trainer_output.test_scalars import HEADER, IMAGE, scalar_record

EXECUTION = ("task-resolves", "observation-groups", "runner-end-to-end", "dynamics-update", "checkpoints-well-formed")
QUALITY = ("predictive-accuracy", "generalization", "matches-paper", "finetune-runs")
REDUCED, OPEN, AGAINST = "validated-at-reduced-scale", "not-verified", "contradicted"
B = "upstream-runs/B_fixed_reduced_ok"
A = "upstream-runs/A_unpatched_reduced"
TASK = "Template-Isaac-Velocity-Flat-Anymal-D-Pretrain-v0"

RunCopy = Callable[[str], Path]
ConsoleOf = Callable[[str], Path]


def statuses(checklist: Checklist) -> dict[str, str]:
    """Of the reference check's nine claims; further claims have tests of their own."""
    found = {item.id: str(item.status) for item in checklist.items}
    return {claim: found[claim] for claim in (*EXECUTION, *QUALITY)}


def further(checklist: Checklist) -> dict[str, str]:
    """Of the claims that `further_claims` adds."""
    added = {claim.id for claim in FURTHER_CLAIMS}
    return {item.id: str(item.status) for item in checklist.items if item.id in added}


def check(run_dir: Path, console: Path | None = None) -> Checklist:
    return judge(collect_evidence(run_dir, console))


@pytest.mark.parametrize("name", [B, "isaaclab3-runs/A_reduced_64env_1it"])
@pytest.mark.parametrize("with_console", [False, True])
def test_a_reduced_run_that_passed(name: str, with_console: bool, run_copy: RunCopy, console_of: ConsoleOf) -> None:
    run_dir = run_copy(name)
    if "isaaclab3" in name:  # only the final checkpoint travels
        assert not (run_dir / "model_0.pt").exists()
    checklist = check(run_dir, console_of(name) if with_console else None)
    assert statuses(checklist) == dict.fromkeys(EXECUTION, REDUCED) | dict.fromkeys(QUALITY, OPEN)
    assert checklist.backend == "isaaclab"
    assert checklist.scale.class_ == "reduced"
    assert checklist.scale.sizes == {
        "num_envs": 64,
        "max_iterations": 1,
        "mini_batch_size": 128,
        "num_mini_batches": 1,
        "replay_buffer_size": 256,
        "forecast_horizon": 2,
    }
    for item in checklist.items:
        assert item.reason
        assert item.evidence or item.status == OPEN


def test_the_task_is_what_a_file_records_and_never_a_guess(run_copy: RunCopy) -> None:
    assert check(run_copy(B)).task is None
    assert check(run_copy("isaaclab3-runs/A_reduced_64env_1it")).task == TASK


def test_a_crash_after_iteration_0_is_no_end(run_copy: RunCopy, console_of: ConsoleOf) -> None:
    run_dir = run_copy(A)
    os.link(run_copy(B) / "model_0.pt", run_dir / "model_0.pt")
    alone = statuses(check(run_dir))
    assert alone["runner-end-to-end"] == OPEN
    assert alone["checkpoints-well-formed"] == OPEN
    with_console = check(run_dir, console_of(A))
    assert statuses(with_console)["runner-end-to-end"] == AGAINST
    assert statuses(with_console)["checkpoints-well-formed"] == OPEN
    runner = next(item for item in with_console.items if item.id == "runner-end-to-end")
    assert "imagination_infos" in runner.reason
    assert any(fact.agrees is False and fact.locator.startswith("line ") for fact in runner.evidence)


@pytest.mark.parametrize(
    ("content", "holds_nothing"),
    [
        (b"", True),
        (HEADER, True),
        (HEADER[:-1], False),
        (HEADER + IMAGE, False),
        (HEADER + scalar_record("Loss/entropy", 0, 1.0), False),
        (HEADER + b"damaged bytes", False),
        (b"damaged bytes", False),
    ],
)
def test_another_process_event_file_counts_unless_it_holds_nothing(
    content: bytes, holds_nothing: bool, run_copy: RunCopy
) -> None:
    run_dir = run_copy(B)
    (run_dir / "events.out.tfevents.1764000000.other.77.0").write_bytes(content)
    item = next(item for item in check(run_dir).items if item.id == "runner-end-to-end")
    if holds_nothing:
        assert item.status == REDUCED
        assert any("nothing logged by process 77 on other" in fact.observed for fact in item.evidence)
    else:
        assert item.status == OPEN
        assert "more than one process" in item.reason


def test_a_truncated_checkpoint_is_named(run_copy: RunCopy, console_of: ConsoleOf) -> None:
    name = "upstream-runs/E_sigkill_in_save"
    checklist = check(run_copy(name), console_of(name))
    item = next(item for item in checklist.items if item.id == "checkpoints-well-formed")
    assert item.status == OPEN  # killed while it saved; the final one never came
    assert "model_2.pt" in item.reason
    assert "truncated" in item.reason
    assert "3145728 bytes" in item.reason
    assert statuses(checklist)["runner-end-to-end"] == OPEN


@pytest.mark.parametrize("name", ["upstream-runs/D_sigint", "isaaclab3-runs/F_sigint"])
def test_an_interrupted_run_is_open_and_not_contradicted(name: str, run_copy: RunCopy, console_of: ConsoleOf) -> None:
    run_dir = run_copy(name)
    for console in (None, console_of(name)):
        found = statuses(check(run_dir, console))
        assert AGAINST not in found.values()
        assert found["task-resolves"] == REDUCED
        assert found["runner-end-to-end"] == OPEN


@pytest.mark.parametrize("name", ["C_fixed_60it", "H_4envs_no_finished_episode", "G6_gpu_reduced_3it"])
def test_a_run_whose_checkpoints_are_elsewhere_proves_its_task_only(name: str, run_copy: RunCopy) -> None:
    found = statuses(check(run_copy(f"upstream-runs/{name}")))
    assert found == dict.fromkeys([*EXECUTION, *QUALITY], OPEN) | {"task-resolves": REDUCED}


@pytest.mark.parametrize("name", ["G2_gpu_oom_fraction_5GiB", "G3_gpu_oom_same_process_hog"])
def test_out_of_memory_at_reference_scale(name: str, run_copy: RunCopy, console_of: ConsoleOf) -> None:
    checklist = check(run_copy(f"upstream-runs/{name}"), console_of(f"upstream-runs/{name}"))
    found = statuses(checklist)
    assert checklist.scale.class_ == "reference"
    assert found["runner-end-to-end"] == AGAINST
    assert found["dynamics-update"] == OPEN
    assert found["checkpoints-well-formed"] == OPEN


def test_a_drift_that_the_console_alone_shows(run_copy: RunCopy, console_of: ConsoleOf) -> None:
    name = "isaaclab3-runs/C_drift_state33_unadapted"
    item = next(i for i in check(run_copy(name), console_of(name)).items if i.id == "observation-groups")
    assert item.status == AGAINST
    assert any("(33,)" in fact.observed and "(45,)" in fact.expected for fact in item.evidence if fact.agrees is False)


def test_a_run_directory_with_nothing_but_a_manifest_proves_nothing(run_copy: RunCopy) -> None:
    checklist = check(run_copy("isaaclab3-runs/I_bad_override"))
    assert set(statuses(checklist).values()) == {OPEN}
    assert checklist.scale.class_ == "unknown"


def test_a_missing_guard_on_isaac_lab_3(run_copy: RunCopy, console_of: ConsoleOf) -> None:
    name = "isaaclab3-runs/E_no_guard"
    found = statuses(check(run_copy(name), console_of(name)))
    assert found["observation-groups"] == REDUCED  # by the console's tables
    assert found["runner-end-to-end"] == AGAINST
