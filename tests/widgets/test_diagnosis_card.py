"""What the card says of every labelled failure, without a screen."""

import io
import json
from pathlib import Path

from rwm_tui.core.diagnosis.diagnose import diagnose_stream
from rwm_tui.core.diagnosis.diagnosed_run import DiagnosedRun, Situation, possible_actions
from rwm_tui.core.diagnosis.document import diagnosis_document
from rwm_tui.core.diagnosis.early_warning import EarlyWarning
from rwm_tui.core.diagnosis.judgement import Diagnosis
from rwm_tui.core.diagnosis.signature import load_signatures
from rwm_tui.widgets.diagnosis_card import ACTION_KEYS, Folded, card_content, warnings_content

FOLDED = Folded(1, 2 * 76)
UNSEEN = "silent-nan-dynamics"  # nothing of it stands on a console


def labelled(fixtures: Path) -> dict[str, Diagnosis]:
    """The diagnosis of each excerpt that has a class, by its number."""
    found = {}
    for path in sorted((fixtures / "failures").glob("*.json")):
        excerpt = json.loads(path.read_text())
        if not excerpt["class"].startswith("harmless") and excerpt["class"] != UNSEEN:
            text = io.BytesIO(excerpt["text"].encode())
            found[path.stem] = diagnose_stream(text, path.name, exit_status=excerpt["exit_status"])
    return found


def text_of(diagnosis: Diagnosis, folded: Folded | None = FOLDED) -> str:
    run = DiagnosedRun(diagnosis=diagnosis, launch_directory=None, run_directory=None)
    return card_content(run, width=76, folded=folded).plain


def test_every_labelled_failure_has_headline_cause_proof_and_remedy(shared_fixtures: Path) -> None:
    diagnoses = labelled(shared_fixtures)
    assert len(diagnoses) > 45
    for number, diagnosis in diagnoses.items():
        text = text_of(diagnosis)
        head, *rest = text.splitlines()
        assert head == f"! {diagnosis.title}  {diagnosis.name}, {'fatal' if diagnosis.fatal else 'not fatal'}", number
        assert diagnosis.cause in text, number
        proof = [line for line in rest if line.startswith("line ")]
        assert len(proof) == 1, number
        assert len(proof[0]) <= 2 * 76, number
        assert any(line.startswith("- ") for line in rest), number
        assert all(character.isprintable() or character == "\n" for character in text), number
        actions = diagnosis_document(diagnosis)["actions"]
        assert all(isinstance(action, str) and action for action in actions), number


def test_unfolded_it_holds_all_that_is_known(shared_fixtures: Path) -> None:
    for number, diagnosis in labelled(shared_fixtures).items():
        text = text_of(diagnosis, None)
        for quoted in diagnosis.evidence:
            assert quoted.text in text, number
        for seen in diagnosis.harmless:
            assert f"{seen.name}: {seen.count:,} lines, first line {seen.line:,}" in text, number
        for other in diagnosis.other:
            assert f"also seen: {other.name}" in text, number


def test_a_shortened_line_of_kit_says_what_it_says(shared_fixtures: Path) -> None:
    overflow = labelled(shared_fixtures)["089"]
    assert "line 17 (i): [Error] [omni.physx.plugin] PhysX error: Patch buffer overflow" in text_of(overflow)
    assert "line 17 (i): 2025-07-22 19:14:29 [46,804ms] [Error]" in text_of(overflow, None)


def test_titles_fit_beside_their_class_on_80_columns() -> None:
    for signature in load_signatures().failures:
        assert len(f"! {signature.title}  {signature.name}, not fatal") <= 78, signature.name


def test_every_kind_of_action_has_a_key_and_needs_a_launch() -> None:
    for signature in load_signatures().failures:
        for action in signature.actions:
            assert isinstance(action, str) or action.kind in ACTION_KEYS
    nothing_known = Diagnosis(name="x", fatal=True, cause=None)
    everything = Situation(guard_is_missing=True, consent_is_missing=True, has_leftovers=True)
    assert possible_actions(nothing_known, None, everything) == frozenset()


def test_many_warnings_are_three_lines_and_a_number() -> None:
    warnings = tuple(EarlyWarning(str(number), f"warning {number}", number) for number in range(1, 6))
    assert warnings_content(warnings).plain.splitlines() == [
        "warning: warning 1 (line 1)",
        "warning: warning 2 (line 2)",
        "warning: warning 3 (line 3); 2 more",
    ]
