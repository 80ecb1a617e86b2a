"""Run directories that look right and are not: none of them may be validated where it is wrong."""

from __future__ import annotations

import json
import os
import shutil
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from rwm_tui.core.trainer_output.scalars import ScalarReader
from rwm_tui.core.verdict.checklist import Checklist, judge
from rwm_tui.core.verdict.claims import ClaimResult
from rwm_tui.core.verdict.evidence import LaunchFacts, collect_evidence
from tests.core.run_dir.torch_file import Tensor, rewrite, saved_state, write_torch_file
from tests.core.trainer_output.test_scalars import HEADER, scalar_record
from tests.core.verdict.test_reference_runs import (
    AGAINST,
    EXECUTION,
    OPEN,
    QUALITY,
    REDUCED,
    A,
    B,
    ConsoleOf,
    RunCopy,
    check,
    statuses,
)

NAN = struct.pack("<f", float("nan"))


def item(checklist: Checklist, claim: str) -> ClaimResult:
    return next(found for found in checklist.items if found.id == claim)


def edit(path: Path, *replacements: tuple[str, str]) -> None:
    text = path.read_text()
    for old, new in replacements:
        assert old in text
        text = text.replace(old, new)
    path.write_text(text)


def put(run_dir: Path, name: str = "model_1.pt", **changes: object) -> None:
    """A written checkpoint in place of the real one."""
    settings: dict[str, object] = {"iteration": 0, "dynamics_steps": 1.0} | changes
    write_torch_file(run_dir / name, saved_state(**settings))  # type: ignore[arg-type]


# --- the final checkpoint -------------------------------------------------------------------------------------------


def test_a_written_checkpoint_counts_like_a_real_one(run_copy: RunCopy) -> None:
    """Without this, the tests below would prove nothing."""
    run_dir = run_copy(B)
    put(run_dir)
    assert statuses(check(run_dir)) == dict.fromkeys(EXECUTION, REDUCED) | dict.fromkeys(QUALITY, OPEN)


def test_an_earlier_checkpoint_under_the_name_of_the_final_one(run_copy: RunCopy) -> None:
    run_dir = run_copy(A)
    first = run_copy(B) / "model_0.pt"
    shutil.copyfile(first, run_dir / "model_0.pt")
    shutil.copyfile(first, run_dir / "model_1.pt")
    found = statuses(check(run_dir))
    assert found["runner-end-to-end"] == OPEN
    assert found["checkpoints-well-formed"] == OPEN


def test_a_final_checkpoint_of_another_iteration(run_copy: RunCopy) -> None:
    run_dir = run_copy("upstream-runs/C_fixed_60it")
    put(run_dir, "model_60.pt", iteration=20, dynamics_steps=21.0)
    checklist = check(run_dir)
    assert item(checklist, "runner-end-to-end").status == AGAINST
    assert item(checklist, "checkpoints-well-formed").status == AGAINST
    put(run_dir, "model_60.pt", iteration=59, dynamics_steps=60.0)
    assert statuses(check(run_dir)) == dict.fromkeys(EXECUTION, REDUCED) | dict.fromkeys(QUALITY, OPEN)


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "empty"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 18035047\n", "LFS pointer"),
        (b"PK\x03\x04 and no more", "truncated"),
        (b"\x80\x02}q\x00.", "no checkpoint of torch.save"),
    ],
)
def test_a_final_checkpoint_that_is_none(content: bytes, word: str, run_copy: RunCopy) -> None:
    run_dir = run_copy(B)
    (run_dir / "model_1.pt").unlink()
    (run_dir / "model_1.pt").write_bytes(content)
    checklist = check(run_dir)
    assert item(checklist, "runner-end-to-end").status == OPEN
    assert item(checklist, "checkpoints-well-formed").status == AGAINST
    assert word in item(checklist, "checkpoints-well-formed").reason
    assert item(checklist, "dynamics-update").status == REDUCED  # model_0.pt still proves it


def test_a_named_pipe_as_checkpoint_does_not_hang(run_copy: RunCopy) -> None:
    run_dir = run_copy(B)
    (run_dir / "model_1.pt").unlink()
    os.mkfifo(run_dir / "model_1.pt")
    assert "not a regular file" in item(check(run_dir), "checkpoints-well-formed").reason


def test_a_flipped_byte_in_the_weights_is_damage(run_copy: RunCopy) -> None:
    run_dir = run_copy(B)
    content = bytearray((run_dir / "model_1.pt").read_bytes())
    content[9_000_000] ^= 1
    (run_dir / "model_1.pt").unlink()
    (run_dir / "model_1.pt").write_bytes(content)
    assert item(check(run_dir), "checkpoints-well-formed").status == AGAINST


def test_a_missing_final_checkpoint_is_open(run_copy: RunCopy) -> None:
    run_dir = run_copy(B)
    (run_dir / "model_1.pt").unlink()
    found = statuses(check(run_dir))
    assert found["runner-end-to-end"] == OPEN
    assert found["checkpoints-well-formed"] == OPEN


def test_a_checkpoint_beyond_the_end(run_copy: RunCopy) -> None:
    run_dir = run_copy(B)
    put(run_dir, "model_7.pt", iteration=7, dynamics_steps=8.0)
    assert statuses(check(run_dir))["runner-end-to-end"] == OPEN


def test_a_resumed_run_ends_where_nobody_knows(run_copy: RunCopy) -> None:
    run_dir = run_copy(B)
    edit(run_dir / "params" / "agent.yaml", ("resume: false", "resume: true"))
    found = statuses(check(run_dir))
    assert {found[claim] for claim in ("runner-end-to-end", "dynamics-update", "checkpoints-well-formed")} == {OPEN}


# --- drift ----------------------------------------------------------------------------------------------------------


def test_a_state_of_33_is_drift_though_45_stands_there(run_copy: RunCopy) -> None:
    """The GRU's input is 45 = 33 + 12 wide then."""
    run_dir = run_copy(B)
    (run_dir / "model_0.pt").unlink()
    put(run_dir, state=33)
    groups = item(check(run_dir), "observation-groups")
    assert groups.status == AGAINST
    assert {(fact.observed, fact.expected) for fact in groups.evidence if fact.agrees is False} == {
        ("45", "57"),
        ("33", "45"),
    }
    assert item(check(run_dir), "checkpoints-well-formed").status == AGAINST


def test_one_drifted_checkpoint_among_sound_ones(run_copy: RunCopy) -> None:
    run_dir = run_copy(B)
    put(run_dir, "model_0.pt", state=33)
    assert item(check(run_dir), "observation-groups").status == AGAINST


@pytest.mark.parametrize(
    "replacements",
    [
        [("isaaclab.envs.mdp.observations:joint_effort", "isaaclab.envs.mdp.observations:joint_pos")],
        [("body_names: .*FOOT\n", "body_names: .*SHANK\n")],
        [("    joint_torque:\n", "    joint_power:\n")],
        [("  system_contact:\n", "  system_extension:\n")],
    ],
)
def test_other_terms_are_drift(replacements: list[tuple[str, str]], run_copy: RunCopy) -> None:
    run_dir = run_copy(B)
    edit(run_dir / "params" / "env.yaml", *replacements)
    groups = item(check(run_dir), "observation-groups")
    assert groups.status == AGAINST
    assert any(fact.source == "params/env.yaml" and fact.agrees is False for fact in groups.evidence)


@pytest.mark.parametrize("change", ["a tensor is missing", "a tensor too many"])
def test_other_tensors_than_the_references(change: str, run_copy: RunCopy) -> None:
    run_dir, saved = run_copy(B), saved_state(iteration=0, dynamics_steps=1.0)
    dynamics = saved["system_dynamics_state_dict"]
    assert isinstance(dynamics, dict)
    if change == "a tensor is missing":
        del dynamics["auxiliary_heads.0.termination_layers.2.bias"]
    else:
        dynamics["auxiliary_heads.0.extension_layers.0.weight"] = Tensor((128, 256))
    write_torch_file(run_dir / "model_1.pt", saved)
    assert item(check(run_dir), "checkpoints-well-formed").status == AGAINST


# --- the dynamics update --------------------------------------------------------------------------------------------


def _poison(data_name: str) -> Callable[[str, bytes], bytes]:
    return lambda name, content: NAN + content[4:] if name == data_name else content


def test_nan_in_the_dynamics_weights(run_copy: RunCopy) -> None:
    run_dir = run_copy(B)
    rewrite(run_dir / "model_1.pt", _poison("data/18"))
    update = item(check(run_dir), "dynamics-update")
    assert update.status == AGAINST
    assert "NaN" in update.reason
    assert any(fact.source == "model_1.pt" and "state_base" in fact.locator for fact in update.evidence)


def test_nan_in_the_policy_is_told_but_is_not_the_dynamics_fault(run_copy: RunCopy) -> None:
    run_dir = run_copy(B)
    rewrite(run_dir / "model_1.pt", _poison("data/1"))
    update = item(check(run_dir), "dynamics-update")
    assert update.status == REDUCED
    assert any("actor.0.weight" in fact.locator and "NaN" in fact.observed for fact in update.evidence)


@pytest.mark.parametrize(("value", "status"), [(float("nan"), AGAINST), (float("inf"), AGAINST), (3.0, REDUCED)])
def test_a_state_loss_that_is_not_finite(value: float, status: str, run_copy: RunCopy) -> None:
    run_dir = run_copy(B)
    (events,) = run_dir.glob("events.out.tfevents.*")
    events.write_bytes(events.read_bytes() + scalar_record("System Dynamics/state_loss", 0, value))
    assert item(check(run_dir), "dynamics-update").status == status


def test_a_damaged_event_file_is_told(run_copy: RunCopy) -> None:
    run_dir = run_copy(B)
    (events,) = run_dir.glob("events.out.tfevents.*")
    events.write_bytes(events.read_bytes()[:200] + b"\x00" * 100)
    update = item(check(run_dir), "dynamics-update")
    assert update.status == REDUCED  # the counters prove it, and no loss that was recorded speaks against it
    assert any("checksum" in fact.observed for fact in update.evidence)


def test_imagination_in_the_event_file(run_copy: RunCopy) -> None:
    run_dir = run_copy(B)
    (events,) = run_dir.glob("events.out.tfevents.*")
    events.write_bytes(events.read_bytes() + scalar_record("Imagination/reward", 0, 1.0))
    assert item(check(run_dir), "task-resolves").status == AGAINST


def test_the_dump_of_isaac_lab_2_3_itself(run_copy: RunCopy, shared_fixtures: Path) -> None:
    run_dir = run_copy(B)
    shutil.copyfile(shared_fixtures / "isaaclab23" / "env.yaml", run_dir / "params" / "env.yaml")
    assert statuses(check(run_dir)) == dict.fromkeys(EXECUTION, REDUCED) | dict.fromkeys(QUALITY, OPEN)
    shutil.copyfile(shared_fixtures / "isaaclab23" / "agent.yaml", run_dir / "params" / "agent.yaml")
    found = statuses(check(run_dir))
    assert found["observation-groups"] != AGAINST
    assert found["runner-end-to-end"] == OPEN  # 2000 iterations were to be run


@pytest.mark.parametrize(("steps", "status"), [(0.0, AGAINST), (2.0, OPEN), (1.5, OPEN), (float("nan"), OPEN)])
def test_counters_that_do_not_fit(steps: float, status: str, run_copy: RunCopy) -> None:
    run_dir = run_copy(B)
    put(run_dir, dynamics_steps=steps)
    assert item(check(run_dir), "dynamics-update").status == status


def test_an_optimizer_that_was_never_used(run_copy: RunCopy) -> None:
    run_dir = run_copy(B)
    saved = saved_state(iteration=0, dynamics_steps=1.0)
    saved["system_dynamics_optimizer_state_dict"] = {"state": {}, "param_groups": [{"params": list(range(34))}]}
    write_torch_file(run_dir / "model_1.pt", saved)
    update = item(check(run_dir), "dynamics-update")
    assert update.status == AGAINST
    assert "never updated" in update.reason


# --- backend and task -----------------------------------------------------------------------------------------------

MANIFEST = {"version": 1, "library": "rwm_tui.trainer", "task": "RWM-Embedded-Velocity-Flat-Anymal-D-Pretrain-v0"}


def _as_embedded(run_dir: Path) -> None:
    (run_dir / "run.json").write_text(json.dumps(MANIFEST))
    edit(
        run_dir / "params" / "env.yaml",
        ("func: isaaclab.envs.mdp", "func: rwm_tui.trainer"),
        ("func: mbrl.", "func: rwm_tui.trainer."),
        ("func: isaaclab_tasks.", "func: rwm_tui.trainer."),
    )


def test_the_embedded_trainer_never_makes_isaac_labs_task(run_copy: RunCopy) -> None:
    run_dir = run_copy(B)
    _as_embedded(run_dir)
    checklist = check(run_dir)
    assert checklist.backend == "embedded"
    task = item(checklist, "task-resolves")
    assert task.status == OPEN
    assert task.reason.startswith("embedded trainer: Isaac Lab's task was not created")
    for claim in EXECUTION[1:]:
        assert item(checklist, claim).status == REDUCED
        assert "embedded trainer" in item(checklist, claim).reason


@pytest.mark.parametrize("trace", ["run.json", "infos", "launch", "console"])
def test_one_trace_of_the_embedded_trainer_is_enough(trace: str, run_copy: RunCopy, tmp_path: Path) -> None:
    """The rest says Isaac Lab, so that the sources disagree: nothing is validated."""
    run_dir, console, launch = run_copy(B), None, None
    if trace == "run.json":
        (run_dir / "run.json").write_text(json.dumps(MANIFEST))
    elif trace == "infos":
        put(run_dir, infos={"trainer": "rwm-tui embedded"})
    elif trace == "launch":
        launch = LaunchFacts(launch_id="x", task=None, backend="embedded")
    else:
        console = tmp_path / "console.log"
        console.write_text("[INFO] rwm-tui embedded trainer (MuJoCo 3.3.0, torch 2.13.0): not Isaac Lab.\n")
    checklist = judge(collect_evidence(run_dir, console, launch))
    assert checklist.backend == "embedded"
    assert {str(item(checklist, claim).status) for claim in EXECUTION} == {OPEN}
    assert "disagree" in item(checklist, "runner-end-to-end").reason


def test_a_run_that_nobody_signed(run_copy: RunCopy) -> None:
    run_dir = run_copy(B)
    edit(run_dir / "params" / "env.yaml", ("func: isaaclab", "func: somewhere"), ("func: mbrl.", "func: elsewhere."))
    checklist = check(run_dir)
    assert checklist.backend is None
    assert item(checklist, "task-resolves").status == OPEN
    assert "unknown whether Isaac Lab" in item(checklist, "runner-end-to-end").reason


@pytest.mark.parametrize(
    ("old", "new"),
    [("class_name: MBPOOnPolicyRunner", "class_name: OnPolicyRunner"), ("num_envs: 0", "num_envs: 64")],
)
def test_another_resolved_configuration(old: str, new: str, run_copy: RunCopy) -> None:
    run_dir = run_copy(B)
    agent = run_dir / "params" / "agent.yaml"
    edit(agent, (old, new))
    if "num_envs" in new:
        edit(agent, ("  num_steps_per_env: 0", "  num_steps_per_env: 24"))
    assert item(check(run_dir), "task-resolves").status == AGAINST


def test_another_recorded_task(run_copy: RunCopy) -> None:
    run_dir = run_copy(B)
    (run_dir / "run.json").write_text(json.dumps({"library": "rsl_rl", "task": "Template-Isaac-Velocity-Flat-Init-v0"}))
    assert item(check(run_dir), "task-resolves").status == OPEN


def test_params_that_cannot_be_read_prove_nothing(run_copy: RunCopy) -> None:
    run_dir = run_copy(B)
    (run_dir / "params" / "agent.yaml").write_text("max_iterations: 1\nmax_iterations: 2\n")
    found = statuses(check(run_dir))
    assert found["runner-end-to-end"] == OPEN
    assert found["dynamics-update"] == OPEN
    assert found["checkpoints-well-formed"] == OPEN
    assert found["task-resolves"] == OPEN


# --- console and launch record --------------------------------------------------------------------------------------


def test_the_console_of_another_run(run_copy: RunCopy, console_of: ConsoleOf) -> None:
    checklist = check(run_copy(B), console_of("upstream-runs/H_4envs_no_finished_episode"))
    assert {str(item(checklist, claim).status) for claim in EXECUTION} == {OPEN}
    assert "another run" in item(checklist, "dynamics-update").reason


def test_another_number_of_environments_on_the_console(run_copy: RunCopy, console_of: ConsoleOf) -> None:
    run_dir = run_copy(B)
    edit(run_dir / "params" / "env.yaml", ("num_envs: 64", "num_envs: 4096"))
    checklist = check(run_dir, console_of(B))
    assert {str(item(checklist, claim).status) for claim in EXECUTION} == {OPEN}
    assert checklist.scale.class_ == "reduced"


def test_a_traceback_beside_a_sound_final_checkpoint(run_copy: RunCopy, console_of: ConsoleOf, tmp_path: Path) -> None:
    console = tmp_path / "console.log"
    text = console_of(B).read_text()
    console.write_text(text + 'Traceback (most recent call last):\n  File "x.py", line 1\nRuntimeError: no\n')
    assert item(check(run_copy(B), console), "runner-end-to-end").status == OPEN


def test_an_interrupt_after_the_final_checkpoint_changes_nothing(
    run_copy: RunCopy, console_of: ConsoleOf, tmp_path: Path
) -> None:
    console = tmp_path / "console.log"
    text = 'Traceback (most recent call last):\n  File "x.py", line 1\nKeyboardInterrupt\n'
    console.write_text(console_of(B).read_text() + text)
    run_dir = run_copy(B)
    assert item(check(run_dir, console), "runner-end-to-end").status == REDUCED
    (run_dir / "model_1.pt").unlink()
    assert item(check(run_dir, console), "runner-end-to-end").status == OPEN


def test_one_console_of_two_runs_is_read_for_the_right_one(
    run_copy: RunCopy, console_of: ConsoleOf, tmp_path: Path
) -> None:
    console = tmp_path / "console.log"
    run_a, run_b = run_copy(A), run_copy(B)
    for first, second in ((A, B), (B, A)):
        console.write_text(console_of(first).read_text() + console_of(second).read_text())
        assert item(check(run_a, console), "runner-end-to-end").status == AGAINST
        assert item(check(run_b, console), "runner-end-to-end").status == REDUCED


def test_a_caught_traceback_at_the_start_ends_nothing(run_copy: RunCopy, console_of: ConsoleOf, tmp_path: Path) -> None:
    console = tmp_path / "console.log"
    text = 'Traceback (most recent call last):\n  File "x.py", line 1\nRuntimeError: an extension\n'
    console.write_text(text + console_of(B).read_text())
    assert item(check(run_copy(B), console), "runner-end-to-end").status == REDUCED


@pytest.mark.parametrize(
    ("outcome", "has_final", "expected"),
    [
        ("COMPLETED", True, REDUCED),
        ("COMPLETED", False, OPEN),
        ("STOPPED", False, OPEN),
        ("TIMED_OUT", False, OPEN),
        ("KILLED", False, OPEN),
        ("LOST", False, OPEN),
        ("FAILED", False, AGAINST),
        ("OUT_OF_MEMORY", False, AGAINST),
        ("FAILED", True, OPEN),
        (None, False, OPEN),
    ],
)
def test_the_launch_record_is_a_witness(outcome: str | None, has_final: bool, expected: str, run_copy: RunCopy) -> None:
    run_dir = run_copy(B)
    if not has_final:
        (run_dir / "model_1.pt").unlink()
    launch = LaunchFacts(launch_id="one", task=None, backend="isaaclab", outcome=outcome)
    checklist = judge(collect_evidence(run_dir, None, launch))
    assert item(checklist, "runner-end-to-end").status == expected
    assert checklist.launch_id == "one"


def test_a_checkpoint_that_a_live_run_is_writing(run_copy: RunCopy) -> None:
    run_dir = run_copy("upstream-runs/E_sigkill_in_save")
    live = LaunchFacts(launch_id="one", task=None, backend="isaaclab")
    assert item(judge(collect_evidence(run_dir, None, live)), "checkpoints-well-formed").status == OPEN


# --- scale ----------------------------------------------------------------------------------------------------------

TO_REFERENCE = (
    ("system_dynamics_forecast_horizon: 2", "system_dynamics_forecast_horizon: 8"),
    ("system_dynamics_num_mini_batches: 1", "system_dynamics_num_mini_batches: 20"),
    ("system_dynamics_mini_batch_size: 128", "system_dynamics_mini_batch_size: 5000"),
    ("system_dynamics_replay_buffer_size: 256", "system_dynamics_replay_buffer_size: 1000"),
)


def _at_reference_scale(run_dir: Path) -> None:
    edit(run_dir / "params" / "env.yaml", ("num_envs: 64", "num_envs: 4096"))
    edit(run_dir / "params" / "agent.yaml", *TO_REFERENCE)
    for name in ("model_0.pt", "model_1.pt"):
        put(run_dir, name, dynamics_steps=20.0)
    _log_the_speed_of(4096, run_dir)


def _log_the_speed_of(num_envs: int, run_dir: Path) -> None:
    """The event file as so many environments in the same time would have left it."""
    (events,) = run_dir.glob("events.out.tfevents.*")
    scalars = ScalarReader(events).read_new()
    seconds = sum(one.value for one in scalars if one.tag in ("Perf/collection time", "Perf/learning_time"))
    speed = float(int(num_envs * 24 / seconds))
    records = (scalar_record(o.tag, o.step, speed if o.tag == "Perf/total_fps" else o.value) for o in scalars)
    events.write_bytes(HEADER + b"".join(records))


def test_the_logged_speed_of_a_single_iteration_denies_a_forged_scale(run_copy: RunCopy) -> None:
    """Configuration and counters at reference scale, the event file that of 64 environments."""
    run_dir = run_copy(B)
    _at_reference_scale(run_dir)
    _log_the_speed_of(64, run_dir)
    assert "validated" not in statuses(check(run_dir)).values()


def test_reference_scale_is_validated(run_copy: RunCopy) -> None:
    run_dir = run_copy(B)
    _at_reference_scale(run_dir)
    checklist = check(run_dir)
    assert checklist.scale.class_ == "reference"
    assert statuses(checklist) == dict.fromkeys(EXECUTION, "validated") | dict.fromkeys(QUALITY, OPEN)


def test_the_embedded_trainer_is_never_at_reference_scale(run_copy: RunCopy) -> None:
    run_dir = run_copy(B)
    _at_reference_scale(run_dir)
    _as_embedded(run_dir)
    assert "validated" not in statuses(check(run_dir)).values()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("forecast_horizon: 8", "forecast_horizon: 7"),
        ("mini_batch_size: 5000", "mini_batch_size: 4999"),
        ("replay_buffer_size: 1000", "replay_buffer_size: '1000'"),
        ("  system_dynamics_replay_buffer_size: 1000\n", ""),
    ],
)
def test_one_size_below_or_unknown_is_reduced(old: str, new: str, run_copy: RunCopy) -> None:
    run_dir = run_copy(B)
    _at_reference_scale(run_dir)
    edit(run_dir / "params" / "agent.yaml", (old, new))
    assert {statuses(check(run_dir))[claim] for claim in EXECUTION} == {REDUCED}


def test_yaml_alone_makes_no_reference_scale(run_copy: RunCopy) -> None:
    """The optimizer counted one mini-batch, whatever the configuration says."""
    run_dir = run_copy(B)
    edit(run_dir / "params" / "env.yaml", ("num_envs: 64", "num_envs: 4096"))
    edit(run_dir / "params" / "agent.yaml", *TO_REFERENCE)
    checklist = check(run_dir)
    assert "validated" not in statuses(checklist).values()
    assert item(checklist, "dynamics-update").status == OPEN
    assert checklist.scale.class_ == "unknown"
