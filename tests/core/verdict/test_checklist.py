"""The document of `check` and the text, and what untrusted files may not do to them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rwm_tui.core.errors import InputError
from rwm_tui.core.verdict.checklist import check_document, judge, render_text
from rwm_tui.core.verdict.claims import CLAIMS, ClaimStatus
from rwm_tui.core.verdict.evidence import collect_evidence
from rwm_tui.core.verdict.further_claims import FURTHER_CLAIMS
from tests.core.verdict.test_reference_runs import EXECUTION, QUALITY, B, ConsoleOf, RunCopy, check


def test_the_document_is_the_contract(run_copy: RunCopy) -> None:
    run_dir = run_copy(B)
    document = json.loads(json.dumps(check_document(check(run_dir))))
    assert list(document) == ["schema", "run_dir", "launch", "task", "backend", "scale", "summary", "items"]
    assert document["schema"] == 1
    assert document["run_dir"] == str(run_dir)
    assert (document["launch"], document["task"], document["backend"]) == (None, None, "isaaclab")
    assert document["scale"] == {
        "num_envs": 64,
        "max_iterations": 1,
        "mini_batch_size": 128,
        "num_mini_batches": 1,
        "replay_buffer_size": 256,
        "forecast_horizon": 2,
        "class": "reduced",
        "unknown": {},
    }
    statuses = [item["status"] for item in document["items"]]
    words = ["validated", "validated-at-reduced-scale", "not-verified", "contradicted"]
    assert document["summary"] == {word: statuses.count(word) for word in words}
    assert [item["id"] for item in document["items"]][:9] == [*EXECUTION, *QUALITY]
    for item in document["items"]:
        assert list(item) == ["id", "claim", "status", "reason", "required_to_advance", "evidence"]
        assert item["reason"]
        assert item["required_to_advance"]
        for fact in item["evidence"]:
            assert list(fact) == ["source", "locator", "observed", "expected", "agrees"]
            assert fact["source"]
            assert fact["locator"]
            assert fact["agrees"] in (True, False, None)


def test_an_unknown_size_has_its_reason(run_copy: RunCopy) -> None:
    document = check_document(check(run_copy("isaaclab3-runs/I_bad_override")))
    scale = document["scale"]
    assert isinstance(scale, dict)
    assert (scale["num_envs"], scale["class"]) == (None, "unknown")
    assert scale["unknown"]["num_envs"] == "there is no params/env.yaml"


@pytest.mark.parametrize("width", [40, 80, 120])
@pytest.mark.parametrize("plain", [False, True])
def test_the_text_fits_and_groups_by_status(width: int, plain: bool, run_copy: RunCopy) -> None:
    checklist = check(run_copy(B))
    text = render_text(checklist, width, ascii=plain)
    lines = text.splitlines()
    assert lines[0] == "Backend: Isaac Lab"
    assert f"This run validated at reduced scale ({checklist.summary[ClaimStatus.VALIDATED_AT_REDUCED_SCALE]})" in lines
    assert f"Not verified ({checklist.summary[ClaimStatus.NOT_VERIFIED]})" in lines
    assert not any(line.startswith("Contradicted") for line in lines)
    for claim in (*CLAIMS, *FURTHER_CLAIMS):
        assert f"[{claim.id}]" in text
    if width >= 80:
        assert max(map(len, lines)) <= width
    assert text.isascii() == plain or not plain


def test_control_sequences_of_a_run_reach_no_terminal(run_copy: RunCopy) -> None:
    run_dir = run_copy(B)
    hostile = "\x1b]0;owned\x07\x1b[2J\u202eevil\x9b31m"
    (run_dir / "run.json").write_text(json.dumps({"library": "rsl_rl", "task": hostile}))
    agent = run_dir / "params" / "agent.yaml"
    quoted = json.dumps(hostile)
    agent.write_text(agent.read_text().replace("class_name: MBPOOnPolicyRunner", f"class_name: {quoted}"))
    renamed = run_dir.rename(run_dir.with_name("run\x1b[31m\nnext"))
    checklist = judge(collect_evidence(renamed))
    try:
        for plain in (False, True):
            text = render_text(checklist, 80, ascii=plain)
            assert all(character.isprintable() or character == "\n" for character in text)
            assert "\nnext" not in text
    finally:
        renamed.rename(run_dir)


def test_a_console_that_is_named_must_be_there(run_copy: RunCopy, tmp_path: Path) -> None:
    run_dir = run_copy(B)
    for path in (tmp_path / "none.log", tmp_path):
        with pytest.raises(InputError) as error:
            collect_evidence(run_dir, path)
        assert str(path) in error.value.message
        assert error.value.hint


def test_evidence_names_file_and_place(run_copy: RunCopy, console_of: ConsoleOf) -> None:
    checklist = check(run_copy("isaaclab3-runs/A_reduced_64env_1it"), console_of("isaaclab3-runs/A_reduced_64env_1it"))
    facts = {(fact.source, fact.locator): fact.observed for item in checklist.items for fact in item.evidence}
    assert facts["model_1.pt", "iter"] == "0"
    assert facts["params/agent.yaml", "class_name"] == "MBPOOnPolicyRunner"
    assert facts["model_1.pt", "system_dynamics_optimizer_state_dict › step"] == "1"
    assert any(source == "console.log" and locator.startswith("line ") for source, locator in facts)


def test_reading_twice_gives_the_same(run_copy: RunCopy) -> None:
    run_dir = run_copy(B)
    assert check_document(check(run_dir)) == check_document(check(run_dir))
