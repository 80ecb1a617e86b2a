"""`doctor` and `upstream` through the installed command: documents, exit codes, refusals, consent."""

import json
import os
import re
import signal
from pathlib import Path

import pytest

from rwm_tui.cli import main
from rwm_tui.core.launch.beginnings import read_beginnings
from rwm_tui.core.launch.leftovers import running_among
from tests.contract.test_cli import document, rwm_tui
from tests.core.plan.git_repository import commit_all
from tests.core.plan.isaac_lab_tree import IsaacLabTree
from tests.core.plan.runner_sources import BARE, GUARDED, runner_source
from tests.process.test_supervisor import start
from tests.standin.gpus import gpu, install
from tests.waiting import until


@pytest.fixture
def tree(tmp_path: Path, project_root: Path) -> IsaacLabTree:
    """A project whose Isaac Lab is in order, but for the runner's guard."""
    tree = IsaacLabTree(tmp_path).build()
    for path in (project_root / "profiles").iterdir():
        tree.write(tmp_path / "profiles" / path.name, path.read_text())
    tree.write(tree.runner, runner_source(BARE))
    return tree


def test_doctor_is_one_document_and_fails_on_a_failed_check(tree: IsaacLabTree) -> None:
    done = rwm_tui(tree.root, "doctor", "reduced", "--json")
    found = document(done)
    statuses = {check["id"]: check["status"] for check in found["checks"]}
    assert done.returncode == 1
    assert statuses["runner-guard"] == "fail"
    assert found["summary"]["fail"] == list(statuses.values()).count("fail")
    assert found["environment"]["kind"] == "conda"
    assert found["environment"]["found"] is True
    assert found["profile"] == "reduced"


def test_doctor_lists_numbered_lines_with_facts_and_remedies(tree: IsaacLabTree) -> None:
    done = rwm_tui(tree.root, "doctor", "reduced")
    assert done.returncode == 1
    assert re.search(r"^\[ 1/\d\d\] PASS", done.stdout, re.MULTILINE)
    assert "FAIL  runner survives disabled imagination" in done.stdout
    assert "rwm-tui upstream fix" in done.stdout
    in_ascii = rwm_tui(tree.root, "doctor", "reduced", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert in_ascii.stdout.isascii()
    assert in_ascii.returncode == 1


def test_doctor_says_which_gpu_is_used_and_why(
    tree: IsaacLabTree, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    install(tree.root, monkeypatch).set(gpu("GPU-1111-aaaa"), gpu("GPU-2222-bbbb"))
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1")
    for profile in ("embedded", "reduced"):
        main(["doctor", profile, "--json", "--project-root", str(tree.root)])
        checks = {check["id"]: check for check in json.loads(capsys.readouterr().out)["checks"]}
        assert checks["gpu-device"]["status"] == "pass"
        assert "GPU-2222-bbbb" in checks["gpu-device"]["fact"]
        assert "CUDA_VISIBLE_DEVICES names GPU 1 first" in checks["gpu-device"]["fact"]
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    main(["doctor", "embedded", "--json", "--project-root", str(tree.root)])
    checks = {check["id"]: check for check in json.loads(capsys.readouterr().out)["checks"]}
    assert checks["gpu-device"]["status"] == "not-applicable"
    assert "is empty: the trainer sees no GPU" in checks["gpu-device"]["fact"]


def test_doctor_of_an_embedded_profile_passes(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    pytest.importorskip("mujoco")
    found = document(
        rwm_tui(tmp_path, "doctor", "embedded", "--json", "--project-root", str(Path(__file__).parents[2]))
    )
    assert found["environment"] == {"kind": "embedded"}
    assert found["summary"]["fail"] == 0


def test_a_launch_is_refused_by_name_and_nothing_is_left(tree: IsaacLabTree) -> None:
    done = rwm_tui(tree.root, "run", "reduced", "--json")
    assert done.returncode == 2
    assert document(done)["error"]["title"].startswith("preflight failed")
    assert not (tree.root / "logs").exists()


def test_a_mistyped_profile_is_a_usage_error(tree: IsaacLabTree) -> None:
    assert rwm_tui(tree.root, "doctor", "redused", "--json").returncode == 2


def test_fix_shows_the_diff_and_waits_for_consent(tree: IsaacLabTree) -> None:
    shown = rwm_tui(tree.root, "upstream", "fix")
    assert shown.returncode == 1
    assert '+            if hasattr(self, "imagination_infos"):' in shown.stdout
    assert tree.runner.read_text() == runner_source(BARE)
    applied = rwm_tui(tree.root, "upstream", "fix", "--yes", "--json")
    assert applied.returncode == 0
    assert Path(document(applied)["backup"]).read_text() == runner_source(BARE)
    assert tree.runner.read_text() == runner_source(GUARDED)
    again = document(rwm_tui(tree.root, "upstream", "fix", "--yes", "--json"))
    assert (again["guard"], again["backup"]) == ("guarded", None)
    tree.write(tree.runner, runner_source("infos = self.imagination_infos"))
    assert rwm_tui(tree.root, "upstream", "fix", "--yes").returncode == 2


def test_status_names_commits_changes_pair_and_guard(tree: IsaacLabTree) -> None:
    tree.commit()
    tree.write(tree.workdir / "mine.py")
    found = document(rwm_tui(tree.root, "upstream", "status", "--json"))
    assert found["repositories"]["robotic_world_model"]["changed"] == ["mine.py"]
    assert found["repositories"]["rsl_rl_rwm"]["changed"] == []
    assert (
        "no git checkout" in found["repositories"]["IsaacLab"]["reason"] or found["repositories"]["IsaacLab"]["reason"]
    )
    assert found["pair"]["status"] == "pass"
    assert found["guard"]["state"] == "missing"
    lines = rwm_tui(tree.root, "upstream", "status").stdout
    assert "1 changed: mine.py" in lines


def test_clone_puts_the_pins_in_place(tmp_path: Path, project_root: Path) -> None:
    origin = tmp_path / "origin"
    origin.mkdir()
    (origin / "file.py").write_text("x = 1\n")
    commit = commit_all(origin)
    project = tmp_path / "project"
    (project / "upstream").mkdir(parents=True)
    pins = f"repositories:\n  rsl_rl_rwm: {{url: {origin}, commit: {commit}}}\n"
    (project / "upstream" / "pins.yaml").write_text(pins)
    done = rwm_tui(tmp_path, "upstream", "clone", "--json", "--project-root", str(project))
    assert done.returncode == 0, done.stderr
    assert (project / "upstream" / "rsl_rl_rwm" / "file.py").read_text() == "x = 1\n"
    assert "rsl_rl_rwm" in document(done)["done"][0]


def test_leftovers_are_listed_and_ended(tmp_path: Path, project_root: Path) -> None:
    paths = start("hangs", tmp_path)
    until(lambda: "ready" in paths.console.read_text())
    (running,) = running_among(read_beginnings(tmp_path / "logs" / "launches"))
    assert running.supervisor is not None
    os.kill(running.supervisor.pid, signal.SIGKILL)
    until(lambda: not running.is_supervised)
    where = ("--project-root", str(project_root), "--logs", str(tmp_path / "logs"))
    listed = document(rwm_tui(tmp_path, "doctor", "embedded", "--json", *where))
    own = next(check for check in listed["checks"] if check["id"] == "own-launches")
    assert own["status"] == "warn"
    assert paths.launch_id in own["fact"]
    ended = document(rwm_tui(tmp_path, "doctor", "embedded", "--end-leftovers", "--json", *where))
    assert "SIGINT" in ended["ended"][0]
    assert not running.trainer_lives
