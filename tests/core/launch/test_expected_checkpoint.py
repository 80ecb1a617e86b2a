"""Which checkpoint ends a launch, and that the verdict waits for the same one."""

from pathlib import Path

import pytest

from rwm_tui.core.launch.expected_checkpoint import ExpectedCheckpoint
from rwm_tui.core.profile import EMBEDDED_TASK, PRETRAIN_TASK, ScaleProfile
from rwm_tui.core.verdict.ending import PlannedEnd, planned_end
from rwm_tui.core.verdict.evidence import collect_evidence


def profile(task: str) -> ScaleProfile:
    backend = "embedded" if task == EMBEDDED_TASK else "isaaclab"
    return ScaleProfile(name="one", purpose="a test", backend=backend, task=task, num_envs=4, max_iterations=3)


def resolve(run: Path, text: str) -> None:
    (run / "params").mkdir(exist_ok=True)
    (run / "params" / "agent.yaml").write_text(text)


@pytest.mark.parametrize(
    ("task", "name"),
    [(PRETRAIN_TASK, "model_3.pt"), (EMBEDDED_TASK, "model_3.pt"), ("Isaac-Velocity-Flat-AnymalD", "model_2.pt")],
)
def test_before_the_configuration_is_resolved_the_task_tells(task: str, name: str, tmp_path: Path) -> None:
    expected = ExpectedCheckpoint(profile(task))
    assert expected.name == name
    for unfinished in ("", "max_iterations: 7\n", "max_iterations: 7\nclass_name: [", "- 1\n"):
        resolve(tmp_path, unfinished)
        expected.look(tmp_path)
        assert expected.name == name


@pytest.mark.parametrize(
    ("task", "runner", "name"),
    [
        (PRETRAIN_TASK, "MBPOOnPolicyRunner", "model_7.pt"),
        ("Template-Isaac-Velocity-Flat-Anymal-D-Init-v0", "OnPolicyRunner", "model_6.pt"),
        ("Isaac-Velocity-Flat-AnymalD", "OnPolicyRunner", "model_6.pt"),
        ("Isaac-Mine-v0", "MBPOOnPolicyRunner", "model_7.pt"),
        ("Isaac-Distilled-v0", "DistillationRunner", "model_6.pt"),
    ],
)
def test_the_resolved_runner_tells_launch_and_verdict_alike(task: str, runner: str, name: str, tmp_path: Path) -> None:
    resolve(tmp_path, f"max_iterations: 7\nclass_name: {runner}\n")
    expected = ExpectedCheckpoint(profile(task))
    expected.look(tmp_path)
    assert expected.name == name
    end = planned_end(collect_evidence(tmp_path))
    assert isinstance(end, PlannedEnd)
    assert (end.checkpoint_name, end.last_iteration) == (name, 6)
