"""The claims beside the nine, on real runs."""

from __future__ import annotations

import os
import struct
from pathlib import Path

import pytest

from rwm_tui.core.verdict.checklist import Checklist
from rwm_tui.core.verdict.claims import CLAIMS, ClaimResult
from rwm_tui.core.verdict.facts import PhysicsReport
from rwm_tui.core.verdict.further_claims import FURTHER_CLAIMS
from rwm_tui.core.verdict.physics_report import read_physics_report
from tests.core.run_dir.torch_file import Tensor, saved_state, write_torch_file
from tests.core.verdict.test_adversarial import edit, item, put
from tests.core.verdict.test_reference_runs import (
    AGAINST,
    EXECUTION,
    OPEN,
    REDUCED,
    B,
    ConsoleOf,
    RunCopy,
    check,
    further,
    statuses,
)

A3 = "isaaclab3-runs/A_reduced_64env_1it"
A3_NOISE_STD = 0.99957603  # by its event file
PROVEN = (
    "final-checkpoint",
    "weights-finite",
    "policy-updated",
    "dynamics-changed",
    "losses-finite",
    "imagination-off",
)
UNPROVEN = ("history-filled", "replay-buffer-filled", "code-state-reconstructible", "environment-recorded")


def test_the_nine_come_first(run_copy: RunCopy) -> None:
    ids = [found.id for found in check(run_copy(B)).items]
    assert ids[:9] == [claim.id for claim in CLAIMS[:9]]
    assert ids[-len(FURTHER_CLAIMS) :] == [claim.id for claim in FURTHER_CLAIMS]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("name", [B, A3])
@pytest.mark.parametrize("with_console", [False, True])
def test_a_reduced_run_that_passed(name: str, with_console: bool, run_copy: RunCopy, console_of: ConsoleOf) -> None:
    checklist = check(run_copy(name), console_of(name) if with_console else None)
    expected = dict.fromkeys(PROVEN, REDUCED) | dict.fromkeys(UNPROVEN, OPEN)
    assert further(checklist) == expected | {"physics-sound": REDUCED if with_console else OPEN}
    for found in checklist.items[-len(FURTHER_CLAIMS) :]:
        assert found.reason
        assert found.required_to_advance
        assert found.evidence


def test_the_zero_padding_is_said_with_figures(run_copy: RunCopy) -> None:
    checklist = check(run_copy(B))
    history = item(checklist, "history-filled")
    assert "24 steps per environment" in history.reason
    assert "needs 34 (32 history + 2 forecast)" in history.reason
    assert "zero padding" in history.reason
    assert "24 steps per environment for a buffer of 256" in item(checklist, "replay-buffer-filled").reason


def _longer(run_dir: Path, iterations: int) -> None:
    """B as if it had run longer; its event file would end too early, so it goes."""
    edit(run_dir / "params" / "agent.yaml", ("max_iterations: 1", f"max_iterations: {iterations}"))
    (run_dir / "model_1.pt").unlink()
    put(
        run_dir,
        f"model_{iterations}.pt",
        iteration=iterations - 1,
        dynamics_steps=float(iterations),
        policy_steps=20.0 * iterations,
    )
    for events in run_dir.glob("events.out.tfevents.*"):
        events.unlink()


@pytest.mark.parametrize(
    ("iterations", "history", "buffer"), [(2, REDUCED, OPEN), (10, REDUCED, OPEN), (11, REDUCED, REDUCED)]
)
def test_buffers_fill_with_the_iterations(iterations: int, history: str, buffer: str, run_copy: RunCopy) -> None:
    """11 × 24 = 264 steps fill the buffer of 256; 10 do not."""
    run_dir = run_copy(B)
    _longer(run_dir, iterations)
    found = further(check(run_dir))
    assert (found["history-filled"], found["replay-buffer-filled"]) == (history, buffer)
    padded = [fact for fact in item(check(run_dir), "history-filled").evidence if "padding" in fact.locator]
    assert padded[0].observed.startswith(f"1 of {iterations} iterations")
    assert "not only on zero padding" in item(check(run_dir), "history-filled").claim


def test_an_iteration_that_was_edited_fills_nothing(run_copy: RunCopy) -> None:
    """The optimizer's counters tell how many there were."""
    run_dir = run_copy(B)
    _longer(run_dir, 11)
    put(run_dir, "model_11.pt", iteration=10, dynamics_steps=1.0, policy_steps=20.0)
    found = further(check(run_dir))
    assert (found["history-filled"], found["replay-buffer-filled"]) == (OPEN, OPEN)


def test_two_iterations_with_the_same_weights_were_no_training(run_copy: RunCopy) -> None:
    run_dir = run_copy(B)
    _longer(run_dir, 4)
    (run_dir / "model_0.pt").unlink()
    put(run_dir, "model_0.pt", iteration=0, dynamics_steps=1.0, policy_steps=20.0)
    found = further(check(run_dir))
    assert (found["policy-updated"], found["dynamics-changed"]) == (AGAINST, AGAINST)
    assert "hold the same weights" in item(check(run_dir), "dynamics-changed").reason
    assert {statuses(check(run_dir))[claim] for claim in EXECUTION} == {REDUCED}


def test_weights_that_changed_between_two_iterations(run_copy: RunCopy) -> None:
    run_dir = run_copy(B)
    _longer(run_dir, 4)
    found = check(run_dir)
    assert item(found, "dynamics-changed").status == REDUCED
    assert any("34 of 34 tensors changed" in fact.observed for fact in item(found, "dynamics-changed").evidence)


@pytest.mark.parametrize(("steps", "status"), [(20.0, REDUCED), (19.0, OPEN), (0.0, AGAINST)])
def test_the_policys_counters(steps: float, status: str, run_copy: RunCopy) -> None:
    run_dir = run_copy(B)
    put(run_dir, policy_steps=steps)
    checklist = check(run_dir)
    assert item(checklist, "policy-updated").status == status
    assert {statuses(checklist)[claim] for claim in EXECUTION} == {REDUCED}


def test_a_policy_that_rests_in_the_warm_up_is_open(run_copy: RunCopy) -> None:
    run_dir = run_copy(B)
    edit(run_dir / "params" / "agent.yaml", ("warmup_iterations: 0", "warmup_iterations: 5"))
    for name in ("model_0.pt", "model_1.pt"):
        put(run_dir, name, policy_steps=0.0)
    assert item(check(run_dir), "policy-updated").status == OPEN


def test_moments_of_zeros_show_that_no_gradient_came(run_copy: RunCopy) -> None:
    run_dir, saved = run_copy(B), saved_state(iteration=0, dynamics_steps=1.0)
    optimizer = saved["optimizer_state_dict"]
    assert isinstance(optimizer, dict)
    for entry in optimizer["state"].values():
        for name in ("exp_avg", "exp_avg_sq"):
            entry[name] = Tensor(entry[name].shape, bytes(4 * entry[name].numbers))
    write_torch_file(run_dir / "model_1.pt", saved)
    checklist = check(run_dir)
    assert item(checklist, "policy-updated").status == AGAINST
    assert "no gradient" in item(checklist, "policy-updated").reason
    assert item(checklist, "dynamics-changed").status == REDUCED


OVERFLOW = (
    "2026-05-28T17:31:54Z [12,345ms] [Error] [omni.physx.plugin] PhysX error: Patch buffer overflow detected, please "
    "increase its size to at least 401234 in the scene desc!"
)


def _with_line(console: Path, line: str, to: Path) -> Path:
    lines = console.read_text().splitlines()
    lines.insert(30, line)
    to.write_text("\n".join(lines) + "\n")
    return to


@pytest.mark.parametrize(
    ("line", "status"),
    [
        (OVERFLOW, AGAINST),
        ("nefc overflow - please increase njmax to 1200", AGAINST),
        ("Broadphase OVERFLOW", AGAINST),
        ("WARNING: NAN, Inf or huge value in QACC at DOF 7. The simulation is unstable.", AGAINST),
        ("a stack overflow", REDUCED),
        ("[Error] [omni.physx.tensors.plugin] Invalid PhysX transform detected for /World/envs/env_3", OPEN),
        ("[Warning] [omni.physx.plugin] a remark", REDUCED),
    ],
)
def test_what_the_simulator_complained_of(
    line: str, status: str, run_copy: RunCopy, console_of: ConsoleOf, tmp_path: Path
) -> None:
    console = _with_line(console_of(B), line, tmp_path / "with-line.log")
    checklist = check(run_copy(B), console)
    assert item(checklist, "physics-sound").status == status
    assert {statuses(checklist)[claim] for claim in EXECUTION} == {REDUCED}
    if status != REDUCED:
        assert any(fact.locator == "line 31" for fact in item(checklist, "physics-sound").evidence)


@pytest.mark.parametrize(
    "line",
    [
        "    warnings.warn(",
        "x.py:3: UserWarning: old",
        "2026 [12ms] [Warning] [omni] a remark",
        "2026 [12ms] [Error] [omni] a remark",
        "[Warning] [omni] a remark",
        "[Error] [omni] a remark",
    ],
)
def test_one_line_shows_that_stderr_or_native_lines_are_there(line: str, tmp_path: Path) -> None:
    console = tmp_path / "console.log"
    console.write_text(f"[INFO] one line\n{line}\n[Info] [omni] another\n")
    assert read_physics_report(console, 1, None) == PhysicsReport((), (), would_show=True)
    console.write_text("[INFO] one line\n[Info] [omni] another\nno warning, no error\n")
    assert not read_physics_report(console, 1, None).would_show


def test_silence_says_nothing_where_no_complaint_would_show(
    run_copy: RunCopy, console_of: ConsoleOf, tmp_path: Path
) -> None:
    run_dir = run_copy(B)
    console = tmp_path / "stdout-only.log"  # what `| tee` without 2>&1 leaves
    console.write_text(
        "".join(line for line in console_of(B).read_text().splitlines(True) if "warn" not in line.lower())
    )
    assert "neither stderr" in item(check(run_dir, console), "physics-sound").reason
    console.write_text(
        "".join(line for line in console_of(B).read_text().splitlines(True) if "requested from" not in line)
    )
    assert "names this run directory" in item(check(run_dir, console), "physics-sound").reason
    console.write_text(console_of(B).read_text().partition("Learning iteration")[0])
    assert "no iteration" in item(check(run_dir, console), "physics-sound").reason


def test_an_overflow_of_another_run_in_the_same_console(
    run_copy: RunCopy, console_of: ConsoleOf, tmp_path: Path
) -> None:
    other = console_of("upstream-runs/H_4envs_no_finished_episode")
    poisoned = _with_line(other, OVERFLOW, tmp_path / "poisoned.log")
    both = tmp_path / "both.log"
    run_dir = run_copy(B)
    for parts in ((poisoned, console_of(B)), (console_of(B), poisoned)):
        both.write_text("".join(part.read_text() for part in parts))
        assert item(check(run_dir, both), "physics-sound").status == REDUCED


COMMIT = "--- git commit ---\n18eebcdd7145284c8d5eed5d8ed1a4b96c649693\n\n\n--- git diff ---\n"


def _code_state(checklist: Checklist) -> ClaimResult:
    return item(checklist, "code-state-reconstructible")


def test_code_that_can_be_put_together_again(run_copy: RunCopy) -> None:
    run_dir = run_copy(B)
    for diff in (run_dir / "git").iterdir():
        edit(diff, ("--- git diff ---\n", COMMIT))
    assert _code_state(check(run_dir)).status == REDUCED
    edit(run_dir / "git" / "rsl_rl_rwm.diff", ("no changes added", "Untracked files:\n\tnew.py\n\nno changes added"))
    assert "did not track" in _code_state(check(run_dir)).reason
    (run_dir / "git" / "rsl_rl_rwm.diff").unlink()
    assert "robotic_world_model alone" in _code_state(check(run_dir)).reason
    (run_dir / "git" / "robotic_world_model.diff").unlink()
    assert "stored no code state" in _code_state(check(run_dir)).reason


def test_a_commit_that_only_the_diff_quotes_is_none(run_copy: RunCopy) -> None:
    run_dir = run_copy(B)
    with (run_dir / "git" / "rsl_rl_rwm.diff").open("a") as diff:
        diff.write(COMMIT)
    edit(run_dir / "git" / "robotic_world_model.diff", ("--- git diff ---\n", COMMIT))
    assert "rsl_rl_rwm.diff does not say from which commit" in _code_state(check(run_dir)).reason


def test_a_link_out_of_the_run_directory_is_no_evidence(run_copy: RunCopy, tmp_path: Path) -> None:
    run_dir = run_copy(B)
    outside = tmp_path / "outside.pt"
    os.link(run_dir / "model_1.pt", outside)
    (run_dir / "model_1.pt").unlink()
    (run_dir / "model_1.pt").symlink_to(outside)
    checklist = check(run_dir)
    assert {str(item(checklist, claim).status) for claim in ("runner-end-to-end", "checkpoints-well-formed")} == {OPEN}
    assert "link out of the run directory" in item(checklist, "checkpoints-well-formed").reason
    (run_dir / "model_1.pt").unlink()
    (run_dir / "model_1.pt").symlink_to("model_0.pt")  # inside, but saved under another name
    assert item(check(run_dir), "runner-end-to-end").status == OPEN


def test_a_policy_without_world_model_ends_with_its_own_checkpoint(run_copy: RunCopy) -> None:
    """Isaac Lab 3's plain task: rsl_rl 5 names the last file by the last iteration, and holds actor and critic."""
    run = run_copy(A3)
    edit(run / "params" / "agent.yaml", ("MBPOOnPolicyRunner", "OnPolicyRunner"))
    whole = saved_state(iteration=0, dynamics_steps=1.0)
    weights = whole["model_state_dict"]
    assert isinstance(weights, dict)
    weights["std"] = Tensor((12,), struct.pack("<f", A3_NOISE_STD) * 12)
    critic = {name: tensor for name, tensor in weights.items() if name.startswith("critic")}
    plain = {
        "actor_state_dict": {name: tensor for name, tensor in weights.items() if name not in critic},
        "critic_state_dict": critic,
        "optimizer_state_dict": whole["optimizer_state_dict"],
        "iter": 0,
    }
    for checkpoint in run.glob("model_*.pt"):
        checkpoint.unlink()
    write_torch_file(run / "model_0.pt", plain)
    checklist = check(run)
    found = item(checklist, "final-checkpoint")
    assert found.status == REDUCED
    first = found.evidence[0]
    assert (first.source, first.locator, first.agrees) == ("model_0.pt", "iter", True)
    of_pretraining = {claim.id: claim.status for claim in checklist.items[:9]}
    assert set(of_pretraining.values()) <= {OPEN, AGAINST}
    told = item(checklist, "dynamics-update").evidence
    assert not [fact for fact in told if fact.source == "model_0.pt" and fact.agrees]


def test_a_folder_that_two_processes_wrote_into_proves_no_run(run_copy: RunCopy) -> None:
    run = run_copy(B)
    (events,) = run.glob("events.out.tfevents.*")
    *before, pid, number = events.name.split(".")
    (run / ".".join([*before, str(int(pid) + 1), number])).write_bytes(events.read_bytes())
    found = item(check(run), "runner-end-to-end")
    assert found.status == OPEN
    assert "mixes runs" in found.reason
    (run / ".".join([*before, str(int(pid) + 1), number])).rename(run / ".".join([*before, pid, "1"]))
    assert item(check(run), "runner-end-to-end").status == REDUCED
