from __future__ import annotations

import math
import shutil
from pathlib import Path

import msgspec
import pytest

from rwm_tui.core.compare.aspects import claims_remark
from rwm_tui.core.compare.cells import cell_of, row, row_change
from rwm_tui.core.compare.comparison import Comparison, compare
from rwm_tui.core.compare.curves import Curve, parting_step
from rwm_tui.core.compare.document import compare_document, compare_markdown, compare_text, side_statement
from rwm_tui.core.compare.side import read_side
from rwm_tui.core.errors import InputError
from rwm_tui.core.launch.documents import to_json
from rwm_tui.core.launch.environment_record import write_environment
from rwm_tui.core.launch.outcome import Outcome
from rwm_tui.core.launch.paths import LaunchPaths
from rwm_tui.core.review.find import find_entry, last_success_before
from rwm_tui.core.review.history import HistoryEntry
from rwm_tui.core.review.run_summary import Sizes
from rwm_tui.core.run_dir.unreadable import Absent
from rwm_tui.core.settings import Project
from tests.core.launch.test_environment_record import RECORD
from tests.core.review.past import Past


@pytest.fixture
def past(tmp_path: Path, project_root: Path) -> Past:
    return Past(Project(root=tmp_path, profiles=project_root / "profiles", logs=tmp_path / "logs", found=True))


def differences(comparison: Comparison) -> dict[str, set[str]]:
    return {aspect.name: {row.key for row in aspect.differences} for aspect in comparison.aspects if aspect.differences}


def test_a_run_does_not_differ_from_itself(past: Past) -> None:
    run = past.run("2026-01-01_00-00-00_pretrain", task="T")
    assert differences(compare(read_side(run, None), read_side(run, None))) == {}


def test_only_what_differs_is_told(past: Past) -> None:
    one = past.run("2026-01-01_00-00-00_pretrain", task="T")
    other = past.run("2026-01-02_00-00-00_pretrain", task="T", num_envs=128, max_iterations=2)
    comparison = compare(read_side(one, None), read_side(other, None))
    assert differences(comparison)["settings resolved"] == {
        "agent.yaml › max_iterations",
        "env.yaml › scene.num_envs",
    }
    text = compare_text(comparison, 80, everything=False)
    assert "* env.yaml › scene.num_envs" in text
    assert "64  |  128" in text
    assert "spacing" not in text
    assert "spacing" in compare_text(comparison, 80, everything=True)
    assert "NaN" not in to_json(compare_document(comparison, everything=True))


def test_each_side_says_which_trainer_wrote_it(past: Past) -> None:
    real = past.run("2026-01-01_00-00-00_pretrain", task="T")
    ours = past.run("2026-01-02_00-00-00_pretrain")
    (ours / "run.json").write_text('{"library": "rwm_tui.trainer"}')
    comparison = compare(read_side(real, None), read_side(ours, None))
    assert side_statement(comparison.left).endswith("no record, Isaac Lab, scale reduced")
    assert side_statement(comparison.right).endswith("no record, not Isaac Lab, scale reduced")
    lines = compare_text(comparison, 60, everything=False).splitlines()
    assert "not Isaac Lab" in " ".join(" ".join(lines[:4]).split())
    assert max(map(len, lines[:4])) <= 60


def test_what_two_launches_were_started_in_is_compared(past: Past) -> None:
    one, other, older = (past.launch(Outcome.COMPLETED) for _ in range(3))
    write_environment(LaunchPaths(one), RECORD)
    write_environment(LaunchPaths(other), msgspec.structs.replace(RECORD, packages={"torch": "2.8.0"}, python="3.12"))
    found = differences(compare(read_side(None, one), read_side(None, other)))
    assert found["environment"] == {"at launch › package torch", "at launch › Python"}
    text = compare_text(compare(read_side(None, one), read_side(None, older)), 80, everything=True)
    assert "the launch keeps no environment.json" in " ".join(text.split())


def test_launches_differ_in_what_was_asked_and_how_they_ended(past: Past) -> None:
    one = past.launch(Outcome.COMPLETED, peak_mib=900.0)
    other = past.launch(Outcome.OUT_OF_MEMORY, peak_mib=8000.0, profile="embedded")
    found = differences(compare(read_side(None, one), read_side(None, other)))
    assert {"profile", "max_iterations"} <= found["settings asked"]
    assert "outcome" in found["outcome"]
    assert found["memory"] == {"peak device MiB, all processes"}


def test_markdown_tells_what_differs_and_counts_the_rest(past: Past) -> None:
    one = past.run("2026-01-01_00-00-00_pretrain", task="T")
    other = past.run("2026-01-02_00-00-00_a|b", task="T", num_envs=128)
    comparison = compare(read_side(one, None), read_side(other, None))
    text = compare_markdown(comparison, everything=False)
    assert "## 2026-01-01\\_00-00-00\\_pretrain and 2026-01-02\\_00-00-00\\_a\\|b" in text
    assert "| env.yaml › scene.num\\_envs | 64 | 128 | +64, 2 times the left |" in text
    assert "### settings resolved: 1 difference of" in text
    assert "spacing" not in text
    assert "| env.yaml › scene.spacing | 2.5 | 2.5 | the same |" in compare_markdown(comparison, everything=True)


@pytest.mark.parametrize(
    ("left", "right", "words"),
    [
        (1, 1, "the same"),
        (1, 60, "+59, 60 times the left"),
        (0, 2, "+2"),
        (-1.0, 2.0, "+3"),
        ("a", "b", "differs"),
        (True, 2, "differs"),
        (1, Absent("gone"), "only on the left"),
        (Absent("gone"), None, "only on the right"),
        (1.0, math.inf, "differs"),
    ],
)
def test_what_a_difference_comes_to(left: object, right: object, words: str) -> None:
    cells = [side if isinstance(side, Absent) else cell_of(side) for side in (left, right)]
    assert row_change(row("key", *cells)) == words


def test_the_claims_say_which_side_stands_higher(tmp_path: Path, shared_fixtures: Path) -> None:
    [params] = (shared_fixtures / "upstream-runs" / "C_fixed_60it" / "logs").rglob("params")
    changed = tmp_path / "run" / "params"
    shutil.copytree(params, changed, copy_function=shutil.copyfile)
    changed.chmod(0o755)
    agent = (changed / "agent.yaml").read_text()
    imagined = agent.replace("  num_envs: 0\n  num_steps_per_env: 0\n", "  num_envs: 64\n  num_steps_per_env: 8\n")
    (changed / "agent.yaml").write_text(imagined)
    one, other = read_side(params.parent, None), read_side(changed.parent, None)
    assert claims_remark(one, one) == ""
    before, after = claims_remark(one, other), claims_remark(other, one)
    assert before.endswith("weaker on the right")
    assert after == before.replace("weaker", "stronger")


def test_where_curves_part() -> None:
    one = Curve({0: 1.0, 1: 2.0, 2: 3.0, 3: math.nan})
    assert parting_step(one, Curve({0: 1.05, 1: 2.1, 2: 3.1, 3: math.nan})) is None
    assert parting_step(one, Curve({1: 2.1, 2: 4.0})) == 2
    assert parting_step(one, Curve({3: 1.0})) == 3
    assert parting_step(one, Curve({7: 1.0})) is None


@pytest.mark.parametrize(("left", "right", "differs"), [(1, 1.0, False), (1, True, True), (math.nan, math.nan, False)])
def test_what_counts_as_different(left: float, right: float, differs: bool) -> None:
    assert row("k", left, right).differs is differs


def test_hostile_values_become_one_printable_line() -> None:
    assert cell_of("\x1b]0;x\x07" * 200) == str(cell_of("\x1b]0;x\x07" * 200))
    assert str(cell_of(["\x1b[2J", {"a": [1] * 1000}])).isprintable()
    assert isinstance(cell_of(10**5000), str)


HISTORY = tuple(
    HistoryEntry(when=when, name=name, task=task, outcome=outcome, launch_path=f"/l/{name}")
    for when, name, task, outcome in (
        (5.0, "e_now", "T", Outcome.FAILED),
        (4.0, "d", "other", Outcome.COMPLETED),
        (3.0, "c", "T", Outcome.OUT_OF_MEMORY),
        (2.0, "b", "T", Outcome.COMPLETED),
        (1.0, "a", "T", Outcome.COMPLETED),
    )
)


def test_the_last_that_worked_is_of_the_same_task_and_earlier() -> None:
    assert last_success_before(HISTORY, find_entry(HISTORY, "e_")).name == "b"
    with pytest.raises(InputError, match="no earlier launch or run of T"):
        last_success_before(HISTORY, HISTORY[-1])


def test_a_run_without_a_launch_worked_where_its_final_checkpoint_is_there() -> None:
    done = HistoryEntry(when=1.0, name="r", run_path="/r", sizes=Sizes(max_iterations=3), last_checkpoint=3)
    later = HistoryEntry(when=2.0, name="s", run_path="/s", sizes=Sizes(max_iterations=3), last_checkpoint=2)
    newest = HistoryEntry(when=3.0, name="t", run_path="/t")
    assert last_success_before((newest, later, done), newest) is done


def test_a_name_that_means_nothing_or_two_is_explained() -> None:
    twins = (HistoryEntry(when=1.0, name="run_1"), HistoryEntry(when=1.0, name="run_2"))
    with pytest.raises(InputError, match="2 launches or runs"):
        find_entry(twins, "run_")
    with pytest.raises(InputError, match="no launch or run is called"):
        find_entry(twins, "x")
