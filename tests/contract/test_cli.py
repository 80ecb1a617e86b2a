"""The command line's contracts: documents, exit codes, and what bad input gets. All through the installed command."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

COMMAND = Path(sys.executable).with_name("rwm-tui")
TINY = (
    "--set=num_envs=4",
    "--set=max_iterations=1",
    "--set=algorithm.system_dynamics_num_mini_batches=1",
    "--set=algorithm.system_dynamics_mini_batch_size=8",
    "--set=algorithm.system_dynamics_forecast_horizon=2",
    "--set=algorithm.system_dynamics_num_eval_trajectories=2",
    "--set=algorithm.system_dynamics_len_eval_trajectory=40",
)


@pytest.fixture
def project(project_root: Path, tmp_path: Path) -> Path:
    shutil.copytree(project_root / "profiles", tmp_path / "profiles")
    return tmp_path


def rwm_tui(cwd: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(COMMAND), *arguments],
        cwd=cwd,
        env=os.environ | environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def document(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    found = json.loads(done.stdout)
    assert found["schema"] == 1
    assert isinstance(found, dict)
    return found


def needs_embedded_trainer() -> None:
    pytest.importorskip("torch")
    pytest.importorskip("mujoco")


@pytest.mark.parametrize(
    ("arguments", "message", "hint"),
    [
        (("run", "embeded"), "profile 'embeded'", "did you mean 'embedded'"),
        (("run", "embedded", "--set=num_env=1"), "no setting is called 'num_env'", "did you mean num_envs?"),
        (("run", "embedded", "--set=num_envs"), "is not KEY=VALUE", "max_iterations=3"),
        (("check", "/nowhere"), "/nowhere", ""),
        (("check", "x" * 300), "xxx", ""),
        (("attach", "x"), "no launch is called 'x'", "rwm-tui launches"),
        (("stop",), "holds none", "rwm-tui run"),
        (("frobnicate",), "frobnicate", "--help"),
        (("run", "reduced"), "is not there", "embedded backend"),
        (("--project-root", "/nowhere", "launches"), "/nowhere", "--project-root"),
    ],
)
def test_bad_input_is_one_error_document(project: Path, arguments: tuple[str, ...], message: str, hint: str) -> None:
    done = rwm_tui(project, *arguments, "--json")
    error = document(done)["error"]
    assert done.returncode == 2
    assert message in error["message"]
    assert hint in error["hint"]
    assert "Traceback" not in done.stderr + done.stdout


def test_a_broken_profile_is_named(project: Path) -> None:
    (project / "profiles" / "mine.yaml").write_text("num_envs: [\n")
    done = rwm_tui(project, "run", "mine")
    assert done.returncode == 2
    assert f"{project}/profiles/mine.yaml: not valid YAML" in done.stderr
    assert "no setting is called" in rwm_tui(project, "run", "embedded", "--set=num_env=1").stderr


def test_an_unwritable_logs_folder_is_named(project: Path) -> None:
    needs_embedded_trainer()
    (project / "logs").write_text("a file in the way")
    done = rwm_tui(project, "run", "embedded", "--json")
    assert done.returncode == 2
    assert str(project / "logs") in document(done)["error"]["message"]


def test_without_torch_the_remedy_is_named(project: Path) -> None:
    (project / "site").mkdir()
    (project / "site" / "sitecustomize.py").write_text("import sys; sys.modules['torch'] = None\n")
    done = rwm_tui(project, "run", "embedded", "--json", PYTHONPATH=str(project / "site"))
    assert done.returncode == 2
    assert "no torch" in document(done)["error"]["message"]
    assert "rwm-tui[embedded]" in document(done)["error"]["hint"]


def test_a_trainer_that_dies_at_import_is_reviewed_like_any_other(project: Path) -> None:
    needs_embedded_trainer()
    (project / "site" / "mujoco").mkdir(parents=True)
    (project / "site" / "mujoco" / "__init__.py").write_text("raise ImportError('libmujoco.so: broken')\n")
    done = rwm_tui(project, "run", "embedded", "--json", PYTHONPATH=str(project / "site"))
    found = document(done)
    assert (done.returncode, found["outcome"], found["run_dir"], found["check"]) == (1, "FAILED", None, None)
    assert "no model_3.pt" in found["launch"]["reason"]
    assert "libmujoco.so: broken" in (Path(found["launch"]["dir"]) / "console.log").read_text()
    listed = document(rwm_tui(project, "launches", "--json"))["launches"]
    assert [item["outcome"] for item in listed] == ["FAILED"]


def test_no_locale_and_no_lost_reader_gives_a_traceback(project: Path) -> None:
    task = "RWM-Embedded-Velocity-Flat-Anymal-D-Pretrain-v0"
    (project / "profiles" / "mine.yaml").write_text(
        f"purpose: é – →\nbackend: embedded\ntask: {task}\nnum_envs: 4\nmax_iterations: 1\n"
    )
    ascii_only = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    assert "\\xe9" in rwm_tui(project, "profiles", **ascii_only).stdout
    done = rwm_tui(project, "profiles", "--json", **ascii_only)
    assert "é – →" in [profile["purpose"] for profile in document(done)["profiles"]]
    for arguments in ("profiles", "check / --json"):
        piped = subprocess.run(
            ["bash", "-c", f"{COMMAND} {arguments} 2>&1 > >(exec true) | cat; {COMMAND} {arguments} > /dev/full"],
            cwd=project, capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        assert "Traceback" not in piped.stdout + piped.stderr
        assert "Exception ignored" not in piped.stdout + piped.stderr
        assert "No space left on device" in piped.stderr


def test_a_launch_that_could_not_be_written_leaves_nothing_behind(project: Path) -> None:
    """RLIMIT_FSIZE stands for a full disk: the plan fits, the reserve does not."""
    done = subprocess.run(
        ["bash", "-c", f"ulimit -f 16; {COMMAND} run embedded --json"],
        cwd=project, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 2
    assert document(done)["error"]["title"] == "logs folder not writable"
    assert [path for path in (project / "logs").rglob("*") if path.name != "launches"] == []


def test_the_lists_of_an_empty_project(project: Path) -> None:
    assert document(rwm_tui(project, "launches", "--json"))["launches"] == []
    assert document(rwm_tui(project, "runs", "--json"))["runs"] == []
    names = [profile["name"] for profile in document(rwm_tui(project, "profiles", "--json"))["profiles"]]
    assert names[:3] == ["embedded-reduced", "embedded", "embedded-long"]


@pytest.mark.trainer
def test_the_main_job_headless(project: Path) -> None:
    """Launch, watch, judge, review: the embedded trainer at the smallest scale, in a pipe."""
    needs_embedded_trainer()
    done = rwm_tui(project, "run", "embedded", *TINY, "--json")
    found = document(done)
    assert done.returncode == 0, done.stderr
    assert (found["status"], found["outcome"]) == ("ENDED", "COMPLETED")
    assert "iteration 1/1" in done.stderr
    assert "not Isaac Lab" in done.stderr
    check = found["check"]
    assert check["backend"] == "embedded"
    statuses = {item["id"]: item["status"] for item in check["items"]}
    assert (
        statuses.items()
        >= {
            "task-resolves": "not-verified",
            "observation-groups": "validated-at-reduced-scale",
            "runner-end-to-end": "validated-at-reduced-scale",
            "dynamics-update": "validated-at-reduced-scale",
            "checkpoints-well-formed": "validated-at-reduced-scale",
            "predictive-accuracy": "not-verified",
            "generalization": "not-verified",
            "matches-paper": "not-verified",
            "finetune-runs": "not-verified",
            "configuration-as-asked": "validated-at-reduced-scale",
        }.items()
    )
    for item in check["items"]:
        assert item["evidence"] or item["status"] == "not-verified"
        assert item["reason"] or item["status"] == "validated"

    recorded = json.loads((Path(found["launch"]["dir"]) / "environment.json").read_text())["packages"]
    assert recorded["mujoco"] == json.loads((Path(found["run_dir"]) / "run.json").read_text())["metadata"]["mujoco"]

    # The run directory alone, as somebody else's, gives the same verdict, but on what only the launch knows.
    alone = shutil.copytree(found["run_dir"], project / "elsewhere")
    again = document(rwm_tui(project, "check", str(alone), "--json"))
    without_launch = dict.fromkeys(("configuration-as-asked", "physics-sound"), "not-verified")
    assert {item["id"]: item["status"] for item in again["items"]} == statuses | without_launch
    assert again["launch"] is None
    groups = document(rwm_tui(project, "groups", found["run_dir"], "--json"))
    assert groups["drifted"] == 0
    assert [one["not_available"] for one in groups["witnesses"].values()] == [None, None, None]
    bound = document(rwm_tui(project, "check", found["run_dir"], "--json"))
    assert bound["launch"] == found["launch"]["id"]

    attached = document(rwm_tui(project, "attach", "--json"))
    assert attached["outcome"] == "COMPLETED"
    assert "has ended already" in document(rwm_tui(project, "stop", "--json"))["message"]
    [listed] = [run for run in document(rwm_tui(project, "runs", "--json"))["runs"] if run["launch"]]
    assert (listed["run_dir"], listed["outcome"]) == (found["run_dir"], "COMPLETED")


def test_diagnose_prints_its_document_and_reads_stdin(project: Path) -> None:
    text = "Traceback (most recent call last):\nRuntimeError: No CUDA GPUs are available\n"
    log = project / "console.log"
    log.write_text(text)
    found = document(rwm_tui(project, "diagnose", str(log), "--exit-status", "1", "--json"))
    assert set(found) >= {"schema", "fatal", "class", "cause", "actions", "evidence", "harmless", "other"}
    assert (found["class"], found["fatal"]) == ("no-gpu-visible", True)
    assert found["evidence"] == [{"line": 2, "text": "RuntimeError: No CUDA GPUs are available"}]
    piped = subprocess.run(
        [str(COMMAND), "diagnose", "-"], input=text, capture_output=True, text=True, check=True, timeout=60
    )
    assert piped.stdout.startswith("no-gpu-visible (fatal)")


def test_diagnose_of_a_missing_console_is_an_error_document(project: Path) -> None:
    done = rwm_tui(project, "diagnose", "nowhere.log", "--json")
    assert done.returncode == 2
    assert document(done)["error"]["title"] == "no console log"


def test_config_tells_every_value_and_its_source(project: Path) -> None:
    (project / "rwm-tui.yaml").write_text("theme: nord\n")
    told = document(rwm_tui(project, "config", "--json", "--logs", "elsewhere", RWM_TUI_READ_ONLY="1"))
    settings = {one["key"]: (one["value"], one["source"]) for one in told["settings"]}
    assert settings["theme"] == ("nord", f"{project / 'rwm-tui.yaml'}:1")
    assert settings["logs"] == ("elsewhere", "option --logs")
    assert settings["read_only"] == (True, "environment variable RWM_TUI_READ_ONLY")
    assert settings["isaac_lab.kind"] == ("conda", "default")
    assert told["logs"] == str(project / "elsewhere")
    lines = rwm_tui(project, "config").stdout
    assert "rwm-tui.yaml:1" in lines


@pytest.mark.parametrize(
    "arguments",
    [
        ("run", "embedded", "--no-ui"),
        ("run", "embedded", "--accept-eula"),
        ("fit", "embedded"),
        ("upstream", "clone"),
        ("memory", "--learn"),
        ("doctor", "--end-leftovers"),
        (),
    ],
)
def test_read_only_refuses_whatever_would_change_something(project: Path, arguments: tuple[str, ...]) -> None:
    before = sorted(project.rglob("*"))
    done = rwm_tui(project, "--read-only", *arguments)
    assert done.returncode == 2
    assert "read-only: to " in done.stderr
    assert sorted(project.rglob("*")) == before


def test_a_read_only_project_is_still_read(project: Path) -> None:
    assert rwm_tui(project, "launches", "--read-only").returncode == 0
    assert rwm_tui(project, "doctor", "--read-only").returncode in (0, 1)


def test_a_read_only_review_leaves_nothing_behind(project: Path, shared_fixtures: Path) -> None:
    run = next(path.parent for path in sorted((shared_fixtures / "upstream-runs").rglob("params")))
    before = sorted(project.rglob("*"))
    for command in (("check", str(run)), ("runs",), ("compare", str(run), str(run))):
        assert rwm_tui(project, *command, "--read-only").returncode in (0, 1), command
    assert sorted(project.rglob("*")) == before


def test_ascii_is_all_that_is_printed_where_it_was_asked_for(project: Path) -> None:
    done = rwm_tui(project, "run", "embeded", "--ascii", PYTHONUTF8="1", LANG="C.UTF-8")
    assert "-> did you mean" in done.stderr
    assert done.stderr.isascii()
