"""Two sources say what a run ran in: its own manifest, and what the launch wrote down before the start."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from rwm_tui.core.launch.environment_record import EnvironmentRecord
from rwm_tui.core.ports import NotAvailable
from rwm_tui.core.verdict.checklist import judge
from rwm_tui.core.verdict.claims import ClaimResult
from rwm_tui.core.verdict.evidence import collect_evidence
from rwm_tui.core.verdict.facts import LaunchFacts
from tests.core.launch.test_environment_record import RECORD
from tests.core.verdict.test_adversarial import edit, item
from tests.core.verdict.test_reference_runs import OPEN, REDUCED, B, RunCopy

WHOLE = msgspec.structs.replace(RECORD, packages={"torch": "2.7.0", "isaaclab": "0.47.2", "rsl-rl-lib": "2.3.0"})


def judged(run_dir: Path, record: EnvironmentRecord | NotAvailable) -> ClaimResult:
    launch = LaunchFacts(launch_id="L", task=None, backend="isaaclab", outcome="COMPLETED", environment=record)
    return item(judge(collect_evidence(run_dir, launch=launch)), "environment-recorded")


@pytest.fixture
def on_gpu(run_copy: RunCopy) -> Path:
    """B as if it had been trained on a GPU."""
    run_dir = run_copy(B)
    edit(run_dir / "params" / "agent.yaml", ("device: cpu", "device: cuda:0"))
    return run_dir


def manifest(run_dir: Path, **metadata: str) -> None:
    (run_dir / "run.json").write_text(json.dumps({"version": 1, "library": "rsl_rl", "metadata": metadata}))


def test_the_launch_record_alone_is_enough(on_gpu: Path) -> None:
    found = judged(on_gpu, WHOLE)
    assert found.status == REDUCED, found.reason
    assert {evidence.source for evidence in found.evidence if evidence.agrees} >= {"launch record"}


@pytest.mark.parametrize("name", ["torch", "isaaclab", "rsl-rl-lib"])
def test_a_version_that_was_not_found_is_named(run_copy: RunCopy, name: str) -> None:
    record = msgspec.structs.replace(WHOLE, packages={**WHOLE.packages, name: NotAvailable("no version")})
    found = judged(run_copy(B), record)
    assert (found.status, name in found.reason) == (OPEN, True)


def test_on_the_cpu_the_device_stands_in_agent_yaml(run_copy: RunCopy) -> None:
    found = judged(run_copy(B), WHOLE)
    assert found.status == REDUCED, found.reason
    assert ("params/agent.yaml", "device") in {(evidence.source, evidence.locator) for evidence in found.evidence}


def test_without_gpu_and_driver_it_is_open(on_gpu: Path) -> None:
    found = judged(on_gpu, msgspec.structs.replace(WHOLE, device=NotAvailable("no NVML")))
    assert (found.status, "device, driver" in found.reason) == (OPEN, True)


def test_an_older_launch_record_says_why(run_copy: RunCopy) -> None:
    found = judged(run_copy(B), NotAvailable("the launch keeps no environment.json"))
    assert found.status == OPEN
    assert "the launch keeps no environment.json" in found.reason


@pytest.mark.parametrize(
    ("metadata", "status"),
    [
        ({"torch": "2.7.0+cu128", "python": "3.11.9", "device": "cuda:0 (RTX 4060)"}, REDUCED),
        ({"torch": "2.6.0+cu124"}, OPEN),
        ({"python": "3.1"}, OPEN),
        ({"python": "3.110"}, OPEN),
        ({"device": "cuda:0 (H100)"}, OPEN),
        ({"driver": "999"}, OPEN),
    ],
)
def test_the_two_must_agree(on_gpu: Path, metadata: dict[str, str], status: str) -> None:
    manifest(on_gpu, **metadata)
    found = judged(on_gpu, WHOLE)
    assert found.status == status, found.reason
    if status == OPEN:
        assert "run.json names" in found.reason
