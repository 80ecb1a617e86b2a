"""What the launch asked for against what the trainer resolved, on real run directories."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from rwm_tui.core.verdict.checklist import judge
from rwm_tui.core.verdict.claims import ClaimResult
from rwm_tui.core.verdict.evidence import LaunchFacts, collect_evidence
from tests.core.verdict.test_adversarial import edit
from tests.core.verdict.test_reference_runs import AGAINST, OPEN, REDUCED, B, RunCopy

LAB3 = "isaaclab3-runs/A_reduced_64env_1it"
REDUCED_CHECK: Mapping[str, object] = {
    "num_envs": 64,
    "max_iterations": 1,
    "algorithm.system_dynamics_num_mini_batches": 1,
    "algorithm.system_dynamics_mini_batch_size": 128,
    "algorithm.system_dynamics_replay_buffer_size": 256,
    "algorithm.system_dynamics_forecast_horizon": 2,
}


def judged(run_dir: Path, asked: Mapping[str, object]) -> ClaimResult:
    launch = LaunchFacts(launch_id="one", task=None, backend="isaaclab", asked=asked)
    items = judge(collect_evidence(run_dir, None, launch)).items
    return next(item for item in items if item.id == "configuration-as-asked")


def add(run_dir: Path, line: str, name: str = "agent.yaml") -> None:
    """As Isaac Lab 3 adds a key: behind the others."""
    path = run_dir / "params" / name
    path.write_text(path.read_text() + line)


@pytest.mark.parametrize("name", [B, LAB3])
def test_everything_as_asked(name: str, run_copy: RunCopy) -> None:
    result = judged(run_copy(name), REDUCED_CHECK | {"pca_obs_buf_size": 10000, "env.decimation": 4})
    assert result.status == REDUCED
    assert len(result.evidence) == len(REDUCED_CHECK) + 2
    assert all(fact.agrees for fact in result.evidence)


def test_without_a_launch_record_nobody_knows_what_was_asked(run_copy: RunCopy) -> None:
    items = judge(collect_evidence(run_copy(B))).items
    (result,) = (item for item in items if item.id == "configuration-as-asked")
    assert (result.status, result.reason) == (OPEN, "no launch record says what was asked for")
    assert judged(run_copy(LAB3), {}).status == OPEN


@pytest.mark.parametrize(
    ("key", "asked", "place", "observed"),
    [
        ("num_envs", 128, "scene.num_envs", "64"),
        ("max_iterations", 2, "max_iterations", "1"),
        ("algorithm.gamma", 0.9, "algorithm.gamma", "0.99"),
        ("algorithm.use_clipped_value_loss", 1, "algorithm.use_clipped_value_loss", "true"),
        ("policy.actor_hidden_dims", [128, 128], "policy.actor_hidden_dims", "[128, 128, 128]"),
        ("env.decimation", 2, "decimation", "4"),
        ("resume", None, "resume", "false"),
    ],
)
def test_another_value_is_named_with_both(
    key: str, asked: object, place: str, observed: str, run_copy: RunCopy
) -> None:
    result = judged(run_copy(B), {**REDUCED_CHECK, key: asked})
    assert result.status == AGAINST
    (fact,) = (fact for fact in result.evidence if fact.agrees is False)
    assert (fact.locator, fact.observed) == (place, observed)
    assert place in result.reason


@pytest.mark.parametrize(
    ("key", "asked"),
    [
        ("algorithm.gamma", 0.99),
        ("algorithm.value_loss_coef", 1),
        ("seed", "42"),
        ("clip_actions", None),
        ("clip_actions", "None"),
        ("policy.actor_hidden_dims", (128, 128, 128)),
        ("load_run", ".*"),
    ],
)
def test_one_value_in_two_spellings(key: str, asked: object, run_copy: RunCopy) -> None:
    assert judged(run_copy(B), {key: asked}).status == REDUCED


@pytest.mark.parametrize(
    ("file", "line", "asked", "meant"),
    [
        ("agent.yaml", "max_iteration: 7\n", {"max_iteration": 7}, "max_iterations"),
        ("agent.yaml", "sede: 1\nmax_iteration: 7\n", {"max_iteration": 7, "sede": 1}, "max_iterations"),
        ("env.yaml", "episode_lenght_s: 5.0\n", {"env.episode_lenght_s": 5.0}, "episode_length_s"),
    ],
)
def test_a_misspelt_key_that_isaac_lab_3_took_in_silence(
    file: str, line: str, asked: Mapping[str, object], meant: str, run_copy: RunCopy
) -> None:
    run_dir = run_copy(LAB3)
    add(run_dir, line, file)
    result = judged(run_dir, {**REDUCED_CHECK, **asked})
    assert result.status == AGAINST
    for key in asked:
        assert key.removeprefix("env.") in result.reason
    assert meant in result.reason


def test_a_misspelt_key_inside_a_section(run_copy: RunCopy) -> None:
    run_dir = run_copy(LAB3)
    edit(run_dir / "params" / "agent.yaml", ("  - 0.8\ntorch", "  - 0.8\n  system_dynamics_mini_batchsize: 64\ntorch"))
    result = judged(run_dir, {"algorithm.system_dynamics_mini_batchsize": 64})
    assert result.status == AGAINST
    assert "system_dynamics_mini_batch_size" in result.reason


@pytest.mark.parametrize("key", ["symmetry", "save_interval_s", "num_mini_batches2"])
def test_an_added_key_that_resembles_none_stays_open(key: str, run_copy: RunCopy) -> None:
    """It may be a setting of a newer or an own configuration class, and it may be one that nothing reads."""
    run_dir = run_copy(LAB3)
    add(run_dir, f"{key}: 7\n")
    result = judged(run_dir, {**REDUCED_CHECK, key: 7})
    assert result.status == OPEN
    assert key in result.reason


def test_a_setting_of_the_world_model_in_a_configuration_without_one(run_copy: RunCopy) -> None:
    run_dir = run_copy(LAB3)
    edit(run_dir / "params" / "agent.yaml", ("MBPOOnPolicyRunner", "OnPolicyRunner"))
    assert judged(run_dir, {"pca_obs_buf_size": 10000}).status == OPEN


def test_a_key_of_an_own_class_stands_among_the_others(run_copy: RunCopy) -> None:
    run_dir = run_copy(LAB3)
    edit(run_dir / "params" / "agent.yaml", ("\nresume: false", "\nload_runs: 3\nresume: false"))
    assert judged(run_dir, {"load_runs": 3}).status == REDUCED


def test_isaac_lab_2_refuses_unknown_keys_itself(run_copy: RunCopy) -> None:
    """There is no run.json, so the key is one of an own class."""
    run_dir = run_copy(B)
    add(run_dir, "max_iteration: 7\n")
    assert judged(run_dir, {"max_iteration": 7}).status == REDUCED


@pytest.mark.parametrize(
    ("key", "asked", "words"),
    [
        ("absent", 1, "no absent"),
        ("algorithm", "PPO", "can't be compared"),
        ("env.scene.terrain.absent", 1, "no scene.terrain.absent"),
    ],
)
def test_what_the_files_cannot_show_stays_open(key: str, asked: object, words: str, run_copy: RunCopy) -> None:
    result = judged(run_copy(B), {**REDUCED_CHECK, key: asked})
    assert result.status == OPEN
    assert words in result.reason


def test_unreadable_params_stay_open(run_copy: RunCopy) -> None:
    run_dir = run_copy(B)
    (run_dir / "params" / "agent.yaml").write_text("{")
    assert judged(run_dir, REDUCED_CHECK).status == OPEN


def test_any_seed(run_copy: RunCopy) -> None:
    assert judged(run_copy(B), {**REDUCED_CHECK, "seed": -1}).status == REDUCED
