from __future__ import annotations

import os
from pathlib import Path

import pytest

from rwm_tui.core.diagnosis.diagnose import diagnose_run_files
from rwm_tui.core.run_dir.unreadable import Absent
from rwm_tui.core.run_dir.yaml_place import line_of_key
from rwm_tui.core.verdict.claim_groups import CLAIM_GROUPS, OTHERS, grouped
from rwm_tui.core.verdict.claims import CLAIMS, ClaimResult, ClaimStatus
from rwm_tui.core.verdict.finding import Evidence
from rwm_tui.core.verdict.further_claims import FURTHER_CLAIMS
from rwm_tui.core.verdict.place import SeriesPlace, TensorPlace, TextPlace, find_place
from tests.core.run_dir.torch_file import rewrite
from tests.core.verdict.conftest import RunCopy

TEXT = b"""a: 1
list:
- {b: 2, c: 3}
deep:
  ? [complex, key]
  : value
  inner.dotted:
    leaf: 4
  b: 5
b: 6
"""


@pytest.mark.parametrize(
    ("key", "line"),
    [("a", 1), ("b", 10), ("deep.b", 9), ("deep.inner.dotted.leaf", 8), ("deep.gone", 4), ("none", None), ("", None)],
)
def test_a_key_has_its_line(key: str, line: int | None) -> None:
    assert line_of_key(TEXT, key) == line


def test_damage_after_the_key_does_not_hide_it() -> None:
    assert line_of_key(b"a:\n  b: 1\n c: [\n", "a.b") == 2
    assert line_of_key(b"[" * 100_000, "a") is None
    assert line_of_key(b'{"metadata": {\n "torch": "2"}}', "metadata.torch") == 2


def fact(source: str, locator: str) -> Evidence:
    return Evidence(source, locator, "", "", None)


def test_each_kind_of_source_has_its_place(tmp_path: Path) -> None:
    run, launch = tmp_path / "run", tmp_path / "launch"
    for folder in (run / "params", run / "git", launch):
        folder.mkdir(parents=True)
    (run / "params" / "agent.yaml").write_text("x: 1\nclass_name: R\n")
    (run / "git" / "r.diff").write_text("--- git status ---\nclean\n--- git diff ---\n")
    (run / "model_1.pt").write_bytes(b"x")
    (run / "events.out.tfevents.1").write_bytes(b"x")
    (launch / "console.log").write_text("one\n")
    (launch / "outcome.json").write_text('{\n "outcome": "FAILED"}')
    found = {
        ("params/agent.yaml", "class_name"): TextPlace(run / "params" / "agent.yaml", 2),
        ("git/r.diff", "git diff"): TextPlace(run / "git" / "r.diff", 3),
        ("model_1.pt", "whole file"): TensorPlace(run / "model_1.pt", ""),
        ("events.out.tfevents.1", "tag Loss/x"): SeriesPlace(run / "events.out.tfevents.1", "Loss/x"),
        ("console.log", "lines up to 31"): TextPlace(launch / "console.log", 31),
        ("launch record", "outcome"): TextPlace(launch / "outcome.json", 2),
    }
    for (source, locator), place in found.items():
        assert find_place(fact(source, locator), run, launch) == place


def test_nothing_outside_and_no_pipe_is_opened(tmp_path: Path) -> None:
    run = tmp_path / "run"
    run.mkdir()
    (tmp_path / "secret").write_text("s")
    (run / "model_1.pt").symlink_to(tmp_path / "secret")
    os.mkfifo(run / "run.json")
    for source in ("../secret", "/etc/passwd", "model_1.pt", "run.json", "gone", "a\0b", "run directory"):
        assert isinstance(find_place(fact(source, "key"), run, None), Absent), source


def test_every_claim_stands_under_a_heading_of_its_own() -> None:
    known = [claim for claims in CLAIM_GROUPS.values() for claim in claims]
    assert sorted(known) == sorted(claim.id for claim in (*CLAIMS, *FURTHER_CLAIMS))
    new = ClaimResult("new", "New", ClaimStatus.NOT_VERIFIED, "r", "a", ())
    assert [group.title for group in grouped([new])] == [OTHERS]


def test_what_a_diagnosis_rests_on_is_found_in_its_file(run_copy: RunCopy) -> None:
    run_dir = run_copy("upstream-runs/B_fixed_reduced_ok")
    rewrite(run_dir / "model_1.pt", lambda name, data: b"\x00\x00\xc0\x7f" + data[4:] if name == "data/18" else data)
    found = diagnose_run_files(run_dir)
    assert found is not None
    assert found.name == "silent-nan-dynamics"
    [quoted] = found.evidence
    evidence = Evidence(quoted.source, quoted.locator, quoted.text, "", False)
    place = find_place(evidence, run_dir, None)
    tensor = "system_dynamics_state_dict › state_base.memory.rnn.weight_hh_l0"
    assert place == TensorPlace(run_dir / "model_1.pt", tensor)
