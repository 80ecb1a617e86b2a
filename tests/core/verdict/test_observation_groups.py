"""The observation groups three ways: what agrees, what drifts where, and which witness says nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rwm_tui.core.verdict.evidence import collect_evidence
from rwm_tui.core.verdict.observation_readings import GroupComparison, Witness, compare_groups
from rwm_tui.core.verdict.observation_table import Row, groups_document, render_text, rows, summary
from tests.core.verdict.test_adversarial import _as_embedded, edit, put
from tests.core.verdict.test_reference_runs import B, ConsoleOf, RunCopy

ISAAC_LAB_3 = "isaaclab3-runs/A_reduced_64env_1it"
DRIFTED = "isaaclab3-runs/C_drift_state33_unadapted"


def compared(run_dir: Path, console: Path | None = None) -> GroupComparison:
    return compare_groups(collect_evidence(run_dir, console))


def row(comparison: GroupComparison, group: str, term: str = "") -> Row:
    return next(found for found in rows(comparison) if (found.group, found.term) == (group, term))


def marks(found: Row) -> str:
    return "".join(found.cell(witness).mark for witness in Witness)


def test_three_witnesses_agree_term_by_term(run_copy: RunCopy, console_of: ConsoleOf, tmp_path: Path) -> None:
    """B's checkpoints and configuration, with the tables that a run of the same groups printed."""
    console = tmp_path / "console.log"
    tables = console_of(ISAAC_LAB_3).read_text().replace("2026-11-23_18-41-47", "x")
    console.write_text("\n".join(line for line in tables.splitlines() if "Exact experiment name" not in line))
    comparison = compared(run_copy(B), console)
    assert comparison.silent == {}
    assert comparison.drifted == ()
    assert "agree" in summary(comparison)
    found = rows(comparison)
    assert [one.group for one in found if not one.term] == [
        "policy",
        "system_state",
        "system_action",
        "state + action",
        "system_contact",
        "system_termination",
    ]
    assert {marks(one) for one in found if not one.term} == {"===", "--="}
    assert {marks(one) for one in found if one.term} == {"==-"}  # a checkpoint knows no terms
    assert len([one for one in found if one.term]) == 17


def test_a_drifted_checkpoint_is_shown_where_it_drifts(run_copy: RunCopy) -> None:
    """33 + 12 = 45 is the trap: the number that is sought stands at the wrong place."""
    run_dir = run_copy(B)
    put(run_dir, state=33)
    comparison = compared(run_dir)
    assert marks(row(comparison, "system_state")) == "-=!"
    assert row(comparison, "system_state").cell(Witness.CHECKPOINT).text == "33"
    assert row(comparison, "state + action").cell(Witness.CHECKPOINT).text == "45"
    assert marks(row(comparison, "system_action")) == "-=="
    assert {reading.source for reading in comparison.drifted} == {"model_1.pt"}  # model_0.pt is sound
    assert "model_1.pt, width of state heads: 33 (expected: 45)" in render_text(comparison, 120)


def test_a_drifted_console_names_the_term_that_is_gone(run_copy: RunCopy, console_of: ConsoleOf) -> None:
    comparison = compared(run_copy(DRIFTED), console_of(DRIFTED))
    assert marks(row(comparison, "system_state", "joint_torque"))[0] == "!"
    assert row(comparison, "system_state", "joint_torque").cell(Witness.CONSOLE).text == "not there"
    assert marks(row(comparison, "system_state", "joint_vel"))[0] == "="
    assert row(comparison, "system_state").cell(Witness.CONSOLE).text == "(33,)"
    assert marks(row(comparison, "policy"))[0] == "="


@pytest.mark.parametrize(
    ("old", "new", "group", "term"),
    [
        ("    joint_torque:\n", "    joint_power:\n", "system_state", "joint_torque"),
        ("    joint_torque:\n", "    joint_power:\n", "system_state", "joint_power"),
        ("body_names: .*FOOT\n", "body_names: .*SHANK\n", "system_contact", "foot_contact"),
        ("observations:joint_effort", "observations:joint_pos", "system_state", "joint_torque"),
        ("  system_contact:\n", "  system_extension:\n", "system_contact", ""),
        ("  system_contact:\n", "  system_extension:\n", "system_extension", ""),
    ],
)
def test_a_drifted_configuration(old: str, new: str, group: str, term: str, run_copy: RunCopy) -> None:
    run_dir = run_copy(B)
    edit(run_dir / "params" / "env.yaml", (old, new))
    comparison = compared(run_dir)
    assert row(comparison, group, term).cell(Witness.CONFIGURATION).mark == "!"
    others = [one for one in rows(comparison) if one.group != group and one.group != "system_contact"]
    assert "!" not in {one.cell(Witness.CONFIGURATION).mark for one in others if one.group != "system_extension"}


def test_terms_in_another_order_are_drift(run_copy: RunCopy) -> None:
    run_dir = run_copy(B)
    swapped = (("    thigh_contact:\n", "    XX:\n"), ("    foot_contact:\n", "    thigh_contact:\n"))
    edit(run_dir / "params" / "env.yaml", *swapped, ("    XX:\n", "    foot_contact:\n"))
    comparison = compared(run_dir)
    assert row(comparison, "system_contact").cell(Witness.CONFIGURATION).mark == "!"


def test_a_console_in_which_a_group_stands_twice_is_drift(
    run_copy: RunCopy, console_of: ConsoleOf, tmp_path: Path
) -> None:
    """The later, sound table must not hide the earlier one."""
    text = console_of(DRIFTED).read_text().replace("'policy'", "'system_state'")
    (tmp_path / "console.log").write_text(text)
    comparison = compared(run_copy(DRIFTED), tmp_path / "console.log")
    assert any("twice" in reading.reason for reading in comparison.drifted)
    assert row(comparison, "policy").cell(Witness.CONSOLE).mark == "!"


def test_no_console_is_said_so(run_copy: RunCopy) -> None:
    comparison = compared(run_copy(B))
    assert set(comparison.silent) == {Witness.CONSOLE}
    assert "console is not available, because no console log was given" in render_text(comparison, 120)


def test_no_checkpoint_is_said_so(run_copy: RunCopy) -> None:
    run_dir = run_copy(B)
    for path in run_dir.glob("*.pt"):
        path.unlink()
    comparison = compared(run_dir)
    assert set(comparison.silent) == {Witness.CONSOLE, Witness.CHECKPOINT}
    assert comparison.drifted == ()


def test_the_console_of_another_run_says_nothing(run_copy: RunCopy, console_of: ConsoleOf) -> None:
    comparison = compared(run_copy(B), console_of(DRIFTED))
    assert "another run" in comparison.silent[Witness.CONSOLE]
    assert comparison.drifted == ()


def test_an_embedded_run_agrees_in_names_and_its_functions_are_not_compared(run_copy: RunCopy) -> None:
    run_dir = run_copy(B)
    _as_embedded(run_dir)
    comparison = compared(run_dir)
    assert comparison.drifted == ()
    assert row(comparison, "system_state").cell(Witness.CONFIGURATION).mark == "="
    assert row(comparison, "system_state", "joint_vel").cell(Witness.CONFIGURATION).mark == "?"


@pytest.mark.parametrize("width", [60, 80, 120])
def test_the_text_fits_and_is_plain(width: int, run_copy: RunCopy) -> None:
    run_dir = run_copy(B)
    edit(run_dir / "params" / "env.yaml", ("    joint_torque:\n", f'    "\\e]0;x\\a{"long" * 60}":\n'))
    text = render_text(compared(run_dir), width)
    assert max(map(len, text.splitlines())) <= width
    assert text.replace("\n", "").isprintable()


def test_the_document_round_trips_and_names_places(run_copy: RunCopy) -> None:
    run_dir = run_copy(B)
    document = groups_document(compared(run_dir), str(run_dir))
    assert json.loads(json.dumps(document)) == document
    assert document["drifted"] == 0
    assert document["witnesses"] == {
        "console": {"sources": [], "not_available": "no console log was given"},
        "env.yaml": {"sources": ["params/env.yaml"], "not_available": None},
        "checkpoint": {"sources": ["model_0.pt", "model_1.pt"], "not_available": None},
    }
