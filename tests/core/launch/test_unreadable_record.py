"""A launch record of which a file can't be read: a finding of the run that it names, not a run without a launch."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from rwm_tui import judging_wiring
from rwm_tui.core.launch.outcome import Outcome
from rwm_tui.core.settings import Project
from rwm_tui.core.verdict.checklist import Checklist, check_document
from rwm_tui.core.verdict.claims import ClaimResult
from tests.core.review.past import Past

RUN = "2026-01-01_00-00-00_pretrain"


@pytest.fixture
def past(tmp_path: Path, project_root: Path) -> Past:
    return Past(Project(root=tmp_path, profiles=project_root / "profiles", logs=tmp_path / "logs", found=True))


def item(checklist: Checklist, claim: str) -> ClaimResult:
    return next(item for item in checklist.items if item.id == claim)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:100])


def garbage(path: Path) -> None:
    path.write_bytes(bytes(range(256)))


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def of_another_schema(path: Path) -> None:
    path.write_text('{"schema": 99}')


def not_permitted(path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may read everything")
    path.chmod(0)


DAMAGES = (cut, garbage, emptied, of_another_schema, not_permitted)


@pytest.mark.parametrize(
    ("name", "damage"),
    [*((name, damage) for name in ("plan.json", "outcome.json") for damage in DAMAGES), ("plan.json", Path.unlink)],
)
def test_the_file_is_named_where_the_launch_would_have_been(
    name: str, damage: Callable[[Path], None], past: Past
) -> None:
    run, other = past.run(RUN), past.run("2026-01-02_00-00-00_pretrain")
    launch = past.launch(Outcome.COMPLETED, run)
    damage(launch / name)
    checklist = judging_wiring.check_run(past.project, run)
    assert check_document(checklist)["launch"] is None
    asked = item(checklist, "configuration-as-asked")
    assert asked.status == "not-verified"
    assert f"launch {launch.name} can't be read: {name}: " in asked.reason
    assert str(past.project.logs) not in asked.reason
    of_runner = item(checklist, "runner-end-to-end").evidence
    assert any(fact.locator == name and "not readable" in fact.observed for fact in of_runner)
    assert f"launch {launch.name} can't be read" in item(checklist, "environment-recorded").reason
    assert "no launch record" in item(judging_wiring.check_run(past.project, other), "configuration-as-asked").reason


def test_the_outcome_alone_names_the_run(past: Past) -> None:
    run = past.run(RUN)
    launch = past.launch(Outcome.COMPLETED, run)
    garbage(launch / "plan.json")
    garbage(launch / "events.jsonl")
    assert launch.name in item(judging_wiring.check_run(past.project, run), "configuration-as-asked").reason
    garbage(launch / "outcome.json")  # nothing is left that says whose it was
    assert "no launch record" in item(judging_wiring.check_run(past.project, run), "configuration-as-asked").reason


def test_a_record_that_can_be_read_is_taken_before_one_that_cannot(past: Past) -> None:
    run = past.run(RUN)
    sound = past.launch(Outcome.COMPLETED, run)
    garbage(past.launch(Outcome.COMPLETED, run) / "plan.json")
    checklist = judging_wiring.check_run(past.project, run)
    assert checklist.launch_id == sound.name
    assert "can't be read" not in item(checklist, "configuration-as-asked").reason


def test_a_launch_that_is_named_itself(past: Past) -> None:
    """As the run's own screen asks for it."""
    run = past.run(RUN)
    launch = past.launch(Outcome.COMPLETED, run)
    cut(launch / "plan.json")
    assert launch.name in item(judging_wiring.check_run(past.project, run, launch), "configuration-as-asked").reason


def test_the_manifest_says_so(past: Past, tmp_path: Path) -> None:
    run = past.run(RUN)
    launch = past.launch(Outcome.COMPLETED, run)
    cut(launch / "plan.json")
    judged = judging_wiring.judge_for_ledger(past.project, run)
    assert any(file.path.endswith("plan.json") for file in judged.ledger.launch_files)
    assert "can't be read" in item(judged.checklist, "configuration-as-asked").reason
