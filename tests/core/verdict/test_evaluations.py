"""Evaluations beside a run: which move a claim, and which may not."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from rwm_tui.core.evaluation.files import write_evaluation
from rwm_tui.core.evaluation.measurement import Measurement
from rwm_tui.core.verdict.checklist import judge
from rwm_tui.core.verdict.evidence import collect_evidence
from tests.core.evaluation.measurements import measurement, open_loop

RunCopy = Callable[[str], Path]
B = "upstream-runs/B_fixed_reduced_ok"
REDUCED, OPEN, AGAINST = "validated-at-reduced-scale", "not-verified", "contradicted"
NOW = "2026-01-01T00:00:00+00:00"


@pytest.fixture
def embedded(run_copy: RunCopy) -> Path:
    """A run whose files say that the embedded trainer wrote it."""
    run_dir = run_copy(B)
    (run_dir / "params" / "env.yaml").unlink()
    (run_dir / "run.json").write_text(json.dumps({"library": "rwm_tui.trainer"}))
    return run_dir


def claims(run_dir: Path) -> tuple[str, str]:
    found = {item.id: str(item.status) for item in judge(collect_evidence(run_dir)).items}
    return found["predictive-accuracy"], found["generalization"]


def reason(run_dir: Path, claim: str = "predictive-accuracy") -> str:
    return next(item.reason for item in judge(collect_evidence(run_dir)).items if item.id == claim)


def write(run_dir: Path, measured: Measurement) -> Path:
    return write_evaluation(run_dir, measured, NOW)[0]


def test_useful_predictions_move_both_claims_to_reduced_scale(embedded: Path) -> None:
    write(embedded, measurement(embedded, open_loop(0.5)))
    assert claims(embedded) == (REDUCED, REDUCED)
    assert "exploration noise on" in reason(embedded)


def test_an_untrained_model_is_contradicted_and_has_nothing_to_generalise(embedded: Path) -> None:
    write(embedded, measurement(embedded, open_loop(1.06)))
    assert claims(embedded) == (AGAINST, OPEN)
    assert "nothing to generalise" in reason(embedded, "generalization")


@pytest.mark.parametrize("fresh", [open_loop(0.5, v=0.95), open_loop(1.01, spread=0.1), open_loop(0.5, windows=10)])
def test_what_is_not_clear_stays_open(fresh: object, embedded: Path) -> None:
    write(embedded, measurement(embedded, fresh))  # type: ignore[arg-type]
    assert claims(embedded) == (OPEN, OPEN)


@pytest.mark.parametrize(("ratio", "status"), [(0.95, OPEN), (1.2, AGAINST)])
def test_one_condition_that_fails_decides_generalization(ratio: float, status: str, embedded: Path) -> None:
    write(embedded, measurement(embedded, open_loop(0.5), {"payload": open_loop(ratio)}))
    assert claims(embedded) == (REDUCED, status)
    assert "payload" in reason(embedded, "generalization")


def test_another_simulator_than_the_trainings_moves_nothing(run_copy: RunCopy) -> None:
    run_dir = run_copy(B)
    for ratio in (0.5, 1.2):
        write(run_dir, measurement(run_dir, open_loop(ratio)))
        assert claims(run_dir) == (OPEN, OPEN)
    assert "trained in Isaac Lab" in reason(run_dir)


def test_a_dataset_counts_where_it_is_declared_held_out(run_copy: RunCopy, tmp_path: Path) -> None:
    run_dir, dataset = run_copy(B), tmp_path / "rows.csv"
    dataset.write_text("1,2\n")
    write(run_dir, measurement(run_dir, open_loop(0.5), dataset=dataset))
    assert claims(run_dir) == (OPEN, OPEN)
    write(run_dir, measurement(run_dir, open_loop(0.5), dataset=dataset, held_out=True))
    assert claims(run_dir) == (REDUCED, OPEN)
    assert "declared, not proven" in reason(run_dir)
    dataset.write_text("1,3\n")
    assert claims(run_dir) == (OPEN, OPEN)
    assert "another file" in reason(run_dir)


def test_figures_that_were_changed_move_nothing(embedded: Path) -> None:
    path = write(embedded, measurement(embedded, open_loop(1.06)))
    path.write_text(path.read_text().replace("1.06", "0.16").replace("1.04", "0.14").replace("1.08", "0.18"))
    assert claims(embedded) == (OPEN, OPEN)
    assert "changed after it was written" in reason(embedded)


@pytest.mark.parametrize("name", ["params/agent.yaml", "model_1.pt"])
def test_a_run_that_was_changed_makes_it_stale(name: str, embedded: Path) -> None:
    write(embedded, measurement(embedded, open_loop(0.5)))
    changed = (embedded / name).read_bytes() + b"\n"
    (embedded / name).unlink()
    (embedded / name).write_bytes(changed)
    assert claims(embedded) == (OPEN, OPEN)
    assert "out of date" in reason(embedded)


def test_another_evaluating_code_makes_it_stale(embedded: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(embedded, measurement(embedded, open_loop(0.5)))
    monkeypatch.setattr("rwm_tui.core.verdict.evaluations.code_digest", lambda: "0" * 64)
    assert claims(embedded) == (OPEN, OPEN)


def test_the_trainings_seed_is_not_held_out(embedded: Path) -> None:
    write(embedded, measurement(embedded, open_loop(0.5), seeds=(40, 41, 42, 43, 44)))
    assert claims(embedded) == (OPEN, OPEN)


def test_an_earlier_checkpoint_speaks_for_itself_only(embedded: Path) -> None:
    write(embedded, measurement(embedded, open_loop(0.5), checkpoint="model_0.pt"))
    assert claims(embedded) == (OPEN, OPEN)
    write(embedded, measurement(embedded, open_loop(0.5)))
    assert claims(embedded) == (REDUCED, REDUCED)


@pytest.mark.parametrize("content", [b"", b"{", b"[" * 100_000, b'{"schema": 1}', b"\xff\xfe", b"null"])
def test_what_is_no_evaluation_moves_nothing(content: bytes, embedded: Path) -> None:
    (embedded / "evaluation").mkdir()
    (embedded / "evaluation" / "x.json").write_bytes(content)
    assert claims(embedded) == (OPEN, OPEN)


def test_a_pipe_or_a_link_is_not_waited_for(embedded: Path, tmp_path: Path) -> None:
    (embedded / "evaluation").mkdir()
    os.mkfifo(embedded / "evaluation" / "x.json")
    assert claims(embedded) == (OPEN, OPEN)
    (embedded / "evaluation" / "x.json").unlink()
    (embedded / "evaluation").rmdir()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (embedded / "evaluation").symlink_to(elsewhere)
    assert claims(embedded) == (OPEN, OPEN)
