"""The history: runs joined to launches, and the index that is only a cache."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import msgspec
import pytest

from rwm_tui.core.launch.outcome import Outcome
from rwm_tui.core.launch.status import Status
from rwm_tui.core.review.history import HistoryEntry, launch_of_run, list_history, list_launches, list_runs
from rwm_tui.core.review.index import HistoryIndex, index_path, load_index
from rwm_tui.core.review.refresh import files_to_judge, remember_verdict
from rwm_tui.core.review.run_summary import RunSummary
from rwm_tui.core.settings import Preferences
from rwm_tui.core.verdict.checklist import judge
from rwm_tui.core.verdict.evidence import collect_evidence
from tests.core.review.past import LONG_AGO_NS, Past, settle


def names(entries: tuple[HistoryEntry, ...]) -> list[str]:
    return [entry.name for entry in entries]


def test_runs_are_newest_first_whatever_the_times_of_their_files(past: Past) -> None:
    for month in ("01", "03", "02"):
        past.run(f"2026-{month}-01_00-00-00_pretrain")
    (past.project.logs / "rsl_rl" / "anymal_d_flat" / "no_run").mkdir()
    assert [name[:7] for name in names(list_runs(past.project))] == ["2026-03", "2026-02", "2026-01"]


def test_where_nothing_may_be_changed_no_cache_is_left(past: Past) -> None:
    run = past.run("2026-01-01_00-00-00_pretrain")
    project = msgspec.structs.replace(past.project, preferences=Preferences(read_only=True))
    assert names(list_history(project)) == [run.name]
    files = files_to_judge(project, run, None)
    assert files
    remember_verdict(project, judge(collect_evidence(run)), files)
    assert not index_path(project.logs).exists()
    list_history(past.project)
    assert index_path(project.logs).exists()


def test_a_folder_whose_name_is_no_utf8_is_listed_beside_the_others(past: Past) -> None:
    named = past.run("2026-01-01_00-00-00_pretrain")
    odd = past.run("2026-02-01_00-00-00_pr\udce9")
    for _ in range(2):
        assert names(list_history(past.project)) == [odd.name, named.name]
    assert list(load_index(past.project.logs).runs) == [str(named)]


def test_a_link_out_of_the_tree_is_not_followed(past: Past, tmp_path: Path) -> None:
    outside = past.run("outside", root=tmp_path / "elsewhere")
    past.run("inside")
    runs = past.project.logs / "rsl_rl"
    (runs / "anymal_d_flat" / "link_out").symlink_to(outside)
    (runs / "b").symlink_to(outside.parent)
    (runs / "loop").symlink_to(runs)
    assert names(list_runs(past.project)) == ["inside"]


def test_the_upstream_checkouts_runs_are_listed_too(past: Past) -> None:
    upstream = past.project.root / "upstream" / "robotic_world_model" / "logs"
    past.run("2026-01-01_00-00-00_a")
    past.run("2026-01-02_00-00-00_b", root=upstream)
    assert names(list_runs(past.project)) == ["2026-01-02_00-00-00_b", "2026-01-01_00-00-00_a"]


def test_a_launch_and_its_run_are_one_entry(past: Past) -> None:
    run = past.run("2026-01-01_00-00-00_pretrain", num_envs=4096, task="T")
    launch = past.launch(Outcome.COMPLETED, run, peak_mib=1234.5)
    lost = past.launch(Outcome.FAILED_TO_START)
    history = {entry.name: entry for entry in list_history(past.project)}
    assert set(history) == {launch.name, lost.name}
    joined = history[launch.name]
    assert (joined.run_directory, joined.sizes.num_envs, joined.scale) == (run, 4096, "reference")
    assert (joined.outcome, joined.peak_device_mib, joined.peak_rss_mib) == (Outcome.COMPLETED, 1234.5, 1400.0)
    assert (joined.checkpoints, joined.last_checkpoint) == (2, 1)
    assert history[lost.name].run_directory is None
    [listed] = list_runs(past.project)
    assert (listed.name, listed.launch_directory, listed.outcome) == (run.name, launch, Outcome.COMPLETED)
    assert launch_of_run(past.project, run) == launch


def test_a_run_that_the_record_names_by_another_path_is_still_joined(past: Past, tmp_path: Path) -> None:
    run = past.run("2026-01-01_00-00-00_pretrain")
    (tmp_path / "other").symlink_to(tmp_path / "logs")
    past.launch(Outcome.COMPLETED, tmp_path / "other" / run.relative_to(past.project.logs))
    [entry] = list_history(past.project)
    assert entry.run_directory == run


@pytest.mark.parametrize(
    ("env", "num_envs"),
    [
        ("scene:\n  num_envs: 64\n", 64),
        ("a: 1\nscene:\n  robot:\n    num_envs: 3\n  num_envs: 64\nb: 1\n", 64),
        ("a: 1\nscene:\n  spacing: 1\nother:\n  num_envs: 64\n", None),
        ("a: 1\nscene: {num_envs: 64}\n", None),
        ("scene:\n  num_envs: '64'\n", None),
        ("", None),
    ],
)
def test_the_number_of_environments_is_the_scenes_own(past: Past, env: str, num_envs: int | None) -> None:
    run = past.run("r")
    (run / "params" / "env.yaml").write_text(env)
    [entry] = list_runs(past.project)
    assert entry.sizes.num_envs == num_envs


def test_a_second_listing_opens_nothing_and_says_the_same(past: Past) -> None:
    run = past.run("2026-01-01_00-00-00_pretrain")
    launch = past.launch(Outcome.COMPLETED, run)
    first = list_history(past.project)
    for path in (run / "params" / "agent.yaml", launch / "plan.json"):  # same times, size and inode: not read again
        path.write_text("x" * path.stat().st_size)
        os.utime(path, ns=(LONG_AGO_NS, LONG_AGO_NS))
    assert list_history(past.project) == first


@pytest.mark.parametrize("change", ["params/agent.yaml", "run.json", "model_2.pt", "gone"])
def test_what_changed_is_read_again(past: Past, change: str) -> None:
    run = past.run("2026-01-01_00-00-00_pretrain")
    [before] = list_runs(past.project)
    match change:
        case "params/agent.yaml":
            (run / change).write_text("max_iterations: 7\n")
        case "run.json":
            (run / change).write_text('{"task": "new"}')
        case "model_2.pt":
            (run / change).touch()
        case "gone":
            (run.parent / "moved").mkdir()
            run.rename(run.parent / "moved" / "x")
    after = list_runs(past.project)
    assert after != (before,)
    found = [(entry.sizes.max_iterations, entry.task, entry.last_checkpoint) for entry in after]
    assert (
        found
        == {
            "params/agent.yaml": [(7, None, 1)],
            "run.json": [(1, "new", 1)],
            "model_2.pt": [(1, None, 2)],
            "gone": [],
        }[change]
    )


def test_what_changed_a_moment_ago_is_not_remembered(past: Past) -> None:
    """Two changes within one tick of the file system's clock leave the same times."""
    run = past.run("2026-01-01_00-00-00_pretrain")
    (run / "params" / "agent.yaml").write_text("max_iterations: 7\n")
    list_runs(past.project)
    os.utime(run / "params" / "agent.yaml")
    list_runs(past.project)
    assert load_index(past.project.logs).runs.get(str(run)) is None


def test_a_live_launch_is_looked_at_anew(past: Past) -> None:
    past.launch(None)
    [entry] = list_launches(past.project)
    assert entry.status is Status.PLANNED
    assert load_index(past.project.logs).launches == {}


@pytest.mark.parametrize("damage", ["absent", "empty", "noise", "truncated", "other program", "folder", "fifo"])
def test_no_state_of_the_index_changes_the_answer(past: Past, damage: str) -> None:
    run = past.run("2026-01-01_00-00-00_pretrain")
    past.launch(Outcome.COMPLETED, run)
    truth = list_history(past.project)
    path = index_path(past.project.logs)
    content = path.read_bytes()
    path.unlink()
    match damage:
        case "empty":
            path.write_bytes(b"")
        case "noise":
            path.write_bytes(bytes(range(256)) * 20)
        case "truncated":
            path.write_bytes(content[: len(content) // 2])
        case "other program":
            wrong = load_index(past.project.logs).runs | {"/nowhere": RunSummary((), True, 0.0)}
            foreign = HistoryIndex(program=(1, 2, 3), runs=wrong)
            path.write_bytes(msgspec.msgpack.encode(foreign))
        case "folder":
            path.mkdir()
        case "fifo":
            os.mkfifo(path)
    assert list_history(past.project) == truth
    assert list_history(past.project) == truth


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_a_read_only_folder_is_listed_all_the_same(past: Past) -> None:
    past.run("2026-01-01_00-00-00_pretrain")
    past.project.logs.chmod(stat.S_IRUSR | stat.S_IXUSR)
    try:
        assert len(list_runs(past.project)) == 1
    finally:
        past.project.logs.chmod(0o755)


def test_a_folder_that_takes_no_index_is_listed_all_the_same(past: Past) -> None:
    past.run("2026-01-01_00-00-00_pretrain")
    (past.project.logs / ".cache").write_text("a file is in the way")
    assert len(list_runs(past.project)) == 1


def test_listing_nothing_leaves_nothing_behind(past: Past) -> None:
    assert list_history(past.project) == ()
    assert list(past.project.root.iterdir()) == []


def test_two_at_once_leave_a_whole_index(past: Past) -> None:
    for number in range(30):
        past.run(f"2026-01-{number + 1:02}_00-00-00_pretrain")
    truth = list_history(past.project)
    wrong: list[object] = []

    def lister() -> None:
        for _ in range(5):
            index_path(past.project.logs).unlink(missing_ok=True)
            if list_history(past.project) != truth:
                wrong.append("differs")

    code = (
        "import sys; from pathlib import Path; from rwm_tui.core.review.history import list_history\n"
        "from rwm_tui.core.settings import Project; logs = Path(sys.argv[1])\n"
        "p = Project(root=logs.parent, profiles=logs, logs=logs, found=True)\n"
        "assert all(len(list_history(p)) == 30 for _ in range(20))\n"
    )
    other = subprocess.Popen([sys.executable, "-c", code, str(past.project.logs)])
    threads = [threading.Thread(target=lister) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert other.wait(60) == 0
    assert wrong == []
    assert [path.name for path in index_path(past.project.logs).parent.iterdir()] == ["history.msgpack"]


def judge_and_remember(past: Past, run: Path, launch: Path | None) -> None:
    files = files_to_judge(past.project, run, launch)
    assert files is not None
    remember_verdict(past.project, judge(collect_evidence(run)), files)


def test_a_verdict_is_told_until_any_file_that_it_rests_on_changes(past: Past) -> None:
    run = past.run("2026-01-01_00-00-00_pretrain")
    launch = past.launch(Outcome.COMPLETED, run)
    judge_and_remember(past, run, launch)
    [entry] = list_runs(past.project)
    assert entry.verdict is not None
    assert entry.verdict.weakest == "contradicted"  # its checkpoints are no zip archives
    for path in (run / "model_0.pt", launch / "console.log", run / "params" / "env.yaml"):
        content = path.read_bytes()
        path.write_bytes(content + b"x")
        assert list_runs(past.project)[0].verdict is None
        path.write_bytes(content)
        settle(path.parent)
        assert list_runs(past.project)[0].verdict == entry.verdict
    (run / "model_0.pt").write_bytes(b"no ZIP")  # same size, another time
    assert list_runs(past.project)[0].verdict is None


def test_a_run_that_is_judged_as_soon_as_it_ends_is_told_as_judged(past: Past) -> None:
    run = past.run("2026-01-01_00-00-00_pretrain")
    (run / "model_0.pt").write_bytes(b"written just now")
    judge_and_remember(past, run, None)
    assert list_runs(past.project)[0].verdict is not None


def test_a_verdict_without_the_launch_that_now_exists_is_not_told(past: Past) -> None:
    run = past.run("2026-01-01_00-00-00_pretrain")
    judge_and_remember(past, run, None)
    assert list_runs(past.project)[0].verdict is not None
    past.launch(Outcome.COMPLETED, run)
    assert list_runs(past.project)[0].verdict is None


def test_a_run_that_no_list_shows_is_not_remembered(past: Past, tmp_path: Path) -> None:
    assert files_to_judge(past.project, past.run("r", root=tmp_path / "elsewhere"), None) is None
