"""The whole job on a stand-in Isaac Lab: every launch environment, every ending, through the command itself."""

import json
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from rwm_tui.cli import main
from rwm_tui.core.launch import process
from rwm_tui.core.launch.beginnings import read_beginnings
from rwm_tui.core.launch.container import is_alive_inside
from rwm_tui.core.launch.follow import Follower
from rwm_tui.core.launch.leftovers import end_leftovers, leftovers_among
from rwm_tui.core.launch.record import RunState
from rwm_tui.core.launch.stop import request_stop
from rwm_tui.core.plan.environment import plan_under_settings
from rwm_tui.core.profile import load_profile
from rwm_tui.core.settings import locate_project
from rwm_tui.wiring import launch, real_clock
from tests.standin.project import StandinProject, build, container_settings
from tests.waiting import until

BOOTED = ["launching", "booting-simulator"]
BUILT = [
    *BOOTED,
    "resolving-config",
    "run-directory-known",
    "building-scene",
    "starting-physics",
    "observation-groups-resolved",
    "environment-ready",
    "building-networks",
]
TRAINED = [*BUILT, "training"]
COMPLETE = [*TRAINED, "saving-code-state", "training-complete"]

REDUCED = "validated-at-reduced-scale"
EXECUTION = (
    "task-resolves",
    "observation-groups",
    "runner-end-to-end",
    "dynamics-update",
    "checkpoints-well-formed",
)
ALL_REDUCED = (REDUCED,) * 5

# ending: time limit, outcome, exit code, stages, words of the reason, statuses of the five claims of execution
ENDINGS: dict[str, tuple[float, str, int, list[str], str, tuple[str, ...] | None]] = {
    "success": (60, "COMPLETED", 0, COMPLETE, "model_1.pt was written", ALL_REDUCED),
    "missing-guard": (
        60,
        "FAILED",
        1,
        TRAINED,
        "exit status 1, no model_1.pt: AttributeError: 'MBPOOnPolicyRunner' object has no attribute",
        (REDUCED, REDUCED, "contradicted", REDUCED, "not-verified"),
    ),
    "out-of-memory": (
        60,
        "OUT_OF_MEMORY",
        3,
        TRAINED,
        "torch ran out of memory",
        (REDUCED, REDUCED, "contradicted", "not-verified", "not-verified"),
    ),
    "hangs-in-rollout": (
        4,
        "TIMED_OUT",
        124,
        TRAINED,
        "stopped at the time limit; exit status 0; no model_1.pt",
        (REDUCED, REDUCED, "not-verified", "not-verified", "not-verified"),
    ),
    "hangs-at-close": (4, "COMPLETED", 0, COMPLETE, "afterwards: exit status 0 (time limit)", ALL_REDUCED),
    "hangs-hard-at-close": (4, "COMPLETED", 0, COMPLETE, "afterwards: ended by SIGKILL (time limit)", ALL_REDUCED),
    "segfaults-at-close": (60, "COMPLETED", 0, COMPLETE, "afterwards: ended by SIGSEGV", ALL_REDUCED),
    "exit-0-after-exception": (
        60,
        "FAILED",
        1,
        TRAINED,
        "exit status 0, no model_1.pt: ValueError: a must be positive",
        (REDUCED, REDUCED, "contradicted", "not-verified", "not-verified"),
    ),
    "first-start": (2, "TIMED_OUT", 124, BOOTED, "stopped at the time limit; ended by SIGINT", None),
    "drifted-groups": (
        60,
        "COMPLETED",
        0,
        COMPLETE,
        "model_1.pt was written",
        (REDUCED, "contradicted", REDUCED, REDUCED, "contradicted"),
    ),
    "unnamed-run-directory": (60, "COMPLETED", 0, COMPLETE, "model_1.pt was written", ALL_REDUCED),
    "no-run-directory": (60, "FAILED", 1, BUILT, "KeyError: 'num_steps_per_env'; the trainer named a run", None),
}
LAUNCHED_BY_PYTHON_SH = ("container", "docker")


@pytest.fixture
def project(tmp_path: Path, shared_fixtures: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StandinProject]:
    found = build(tmp_path, shared_fixtures)
    monkeypatch.setenv("HOME", str(found.home))
    monkeypatch.setenv("PATH", f"{found.programs}:/usr/bin:/bin")
    monkeypatch.setenv("TERM", "dumb")  # as in a cron job; isaaclab.sh would die of it
    for name in ("CONDA_PREFIX", "VIRTUAL_ENV", "OMNI_KIT_ACCEPT_EULA", "RWM_TUI_LOGS", "RWM_TUI_PROJECT_ROOT"):
        monkeypatch.delenv(name, raising=False)
    yield found
    for checkpoint in tmp_path.rglob("model_*.pt"):  # 18 MB each
        checkpoint.unlink()


Run = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture
def run(project: StandinProject, capsys: pytest.CaptureFixture[str]) -> Run:
    def run_profile(*options: str, profile: str = "reduced") -> tuple[int, dict[str, Any]]:
        # A stand-in has no GPU, and its endings are what a preflight would refuse.
        status = main(["--project-root", str(project.root), "run", profile, "--json", "--no-preflight", *options])
        return status, json.loads(capsys.readouterr().out)

    return run_profile


def use(project: StandinProject, kind: str, **changes: object) -> None:
    settings = container_settings(project) if kind in LAUNCHED_BY_PYTHON_SH else {}
    project.settings(kind=kind, **settings, **changes)


def stages_of(found: dict[str, Any]) -> list[str]:
    return [mark["stage"] for mark in found["launch"]["stages"]]


def statuses_of(found: dict[str, Any]) -> tuple[str, ...]:
    by_id = {item["id"]: item["status"] for item in found["check"]["items"]}
    return tuple(by_id[claim] for claim in EXECUTION)


def evidence_of(found: dict[str, Any], claim: str) -> list[dict[str, Any]]:
    return [fact for item in found["check"]["items"] if item["id"] == claim for fact in item["evidence"]]


def stages_in(kind: str, stages: list[str]) -> list[str]:
    """What of an ending's stages a kind of environment shows."""
    if kind == "isaaclab3":  # it says nothing while it imports, and boots after the configuration is resolved
        known = ["resolving-config", "booting-simulator", "run-directory-known"]
        return [] if stages == BOOTED else known if stages == BUILT else [*known, *stages[4:]]
    return stages if kind in ("conda", "venv") else stages[1:]


@pytest.mark.parametrize("kind", ["conda", "venv", "venv-without-a-checkout", "container", "docker", "isaaclab3"])
@pytest.mark.parametrize("ending", ENDINGS)
def test_every_ending_is_told_rightly(project: StandinProject, run: Run, kind: str, ending: str) -> None:
    limit_s, outcome, exit_code, stages, reason, statuses = ENDINGS[ending]
    # A container's processes can be asked only while they live.
    project.script(ending, pace_s=0.4 if (ending, kind) == ("unnamed-run-directory", "docker") else 0.05)
    project.limits(limit_s)
    if kind == "venv-without-a-checkout":
        use(project, "venv", root=None)
    else:
        use(project, kind, consent=kind != "isaaclab3")  # which runs without Isaac Sim and asks for no licence
    status, found = run()
    assert (found["outcome"], status) == (outcome, exit_code), found["launch"]
    assert reason in found["launch"]["reason"]
    is_slow_boot = ending == "first-start" and kind != "isaaclab3"
    assert ("a first start may take ten minutes" in found["launch"]["reason"]) == is_slow_boot
    silent = ["run-directory-known"] if ending == "unnamed-run-directory" else []
    assert stages_of(found) == [stage for stage in stages_in(kind, stages) if stage not in silent]
    if statuses is None:
        assert (found["run_dir"], found["check"]) == (None, None)
    else:
        assert statuses_of(found) == statuses
        assert found["check"]["launch"] == found["launch"]["id"]
        bound_by = "process and time" if ending == "unnamed-run-directory" else "the two console lines"
        assert found["launch"]["run_dir_known_from"].startswith(bound_by)
        assert bound_by in json.dumps(evidence_of(found, "runner-end-to-end"))
        outside = {"docker": "project/upstream", "isaaclab3": "project/logs"}.get(kind, "container/workspace")
        assert outside in found["run_dir"]


def test_the_end_of_a_failed_run_tells_cause_line_and_stage(
    project: StandinProject, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    project.script("missing-guard")
    use(project, "conda")
    _, found = run()
    diagnosis = found["diagnosis"]
    assert (diagnosis["class"], diagnosis["fatal"]) == ("rwm-imagination-infos", True)
    line = diagnosis["evidence"][-1]["line"]
    assert found["check"]["launch"] == found["launch"]["id"]
    main(["--project-root", str(project.root), "attach"])
    text = capsys.readouterr().out
    assert "rwm-imagination-infos (fatal): the runner's guard is missing" in text
    assert "ended in stage 10/12: collecting + updating, after iteration 0 of 1" in text
    assert f"| line {line}: AttributeError: 'MBPOOnPolicyRunner' object has no attribute" in text


def test_a_live_run_is_warned_of_line_by_line(
    project: StandinProject, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    project.script("hangs-in-rollout")
    project.limits(4)
    use(project, "conda")
    overflow = "PhysX error: Patch buffer overflow detected, please increase its size to at least 300000 in the scene"
    script = project.home / "miniforge3" / "etc" / "profile.d" / "conda.sh"
    script.write_text(f"{script.read_text()}\nfor _ in 1 2 3; do echo '[Error] [omni.physx.plugin] {overflow}'; done\n")
    main(["--project-root", str(project.root), "run", "reduced", "--no-ui", "--no-preflight"])
    [warning] = [line for line in capsys.readouterr().out.splitlines() if "warning: PhysX buffer full" in line]
    assert "set sim.physx.gpu_max_rigid_patch_count to at least 300000 (line 1)" in warning


def test_the_licence_is_never_accepted_for_the_user(project: StandinProject, run: Run) -> None:
    project.script("success")
    use(project, "conda", consent=False)
    status, found = run()
    assert status == 2
    assert found["error"]["title"] == "licence not accepted"
    assert "--accept-eula" in found["error"]["hint"]
    assert not (project.root / "logs" / "launches").exists()
    status, found = run("--accept-eula")
    assert (status, found["outcome"]) == (0, "COMPLETED")
    assert found["launch"]["plan"]["environment"]["OMNI_KIT_ACCEPT_EULA"] == "YES"
    assert "eula_accepted: 2" in (project.root / "rwm-tui.yaml").read_text()
    assert run()[0] == 0


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"conda": {"environment": "elsewhere"}}, "rwm-tui: conda environment elsewhere is not active"),
        ({"kind": "docker", "docker": {"container": "absent"}}, "No such container: absent"),
        ({"kind": "docker", "docker": {"container": "lab", "workdir": "/absent"}}, "chdir to cwd (/absent)"),
    ],
)
def test_an_environment_that_is_not_there(
    project: StandinProject, run: Run, settings: dict[str, object], words: str
) -> None:
    project.script("success")
    project.settings(**settings)
    status, found = run()
    assert (status, found["run_dir"]) == ((2, None) if "kind" in settings else (1, None))
    assert words in found["launch"]["reason"]


def start_in_container(project: StandinProject, ending: str, **settings: object) -> tuple[Path, Follower]:
    project.script(ending)
    project.limits(60)
    use(project, "docker", **settings)
    ours = locate_project(project.root, {}, str(project.root))
    profile = load_profile(project.root / "profiles" / "reduced.yaml")
    directory = launch(plan_under_settings(ours, profile), ours, real_clock(), with_preflight=False)
    return directory, Follower(directory)


def in_rollout(follower: Follower) -> RunState:
    return until(lambda: s if (s := follower.read()).run_directory and s.container_process else None)


def is_running_inside(state: RunState) -> bool:
    assert state.plan.container is not None
    assert state.container_process is not None
    return is_alive_inside(state.plan.container, state.container_process)


@pytest.mark.parametrize("kill", [False, True])
def test_a_stop_reaches_the_trainer_inside(project: StandinProject, kill: bool) -> None:
    directory, follower = start_in_container(project, "hangs-in-rollout")
    state = in_rollout(follower)
    assert is_running_inside(state)
    request_stop(state, directory, kill=kill)
    ended = until(lambda: s if (s := follower.read()).is_over else None)
    assert ended.outcome is not None
    assert ended.outcome.outcome == "STOPPED"
    assert (ended.outcome.exit_status, ended.outcome.signal) == ((None, "SIGKILL") if kill else (0, None))
    assert not is_running_inside(ended)


def test_a_client_that_dies_leaves_no_trainer_behind(project: StandinProject) -> None:
    _, follower = start_in_container(project, "hangs-in-rollout")
    state = in_rollout(follower)
    assert state.trainer is not None
    assert process.signal_group(state.trainer, signal.SIGKILL)
    ended = until(lambda: s if (s := follower.read()).is_over else None)
    assert ended.outcome is not None
    assert ended.outcome.outcome == "KILLED"
    assert not is_running_inside(ended)


def test_a_stop_without_supervisor_reaches_the_trainer_inside(project: StandinProject) -> None:
    directory, follower = start_in_container(project, "hangs-in-rollout")
    state = in_rollout(follower)
    assert state.supervisor is not None
    os.kill(state.supervisor.pid, signal.SIGKILL)
    alone = until(lambda: s if (s := follower.read()).unsupervised else None)
    assert "inside the container" in request_stop(alone, directory)
    until(lambda: not is_running_inside(alone))


def test_a_path_map_that_does_not_fit_is_named(project: StandinProject, run: Run) -> None:
    project.script("success")
    docker = dict(container_settings(project)["docker"], path_map={"/": "/nowhere"})  # type: ignore[call-overload]
    project.settings(kind="docker", **(container_settings(project) | {"docker": docker}))
    status, found = run()
    assert (status, found["outcome"], found["run_dir"]) == (1, "FAILED", None)
    assert "/nowhere/" in found["launch"]["reason"]
    assert "path_map" in found["launch"]["reason"]


def test_a_trainer_inside_is_found_and_ended_though_client_and_supervisor_are_gone(project: StandinProject) -> None:
    _, follower = start_in_container(project, "hangs-in-rollout")
    state = in_rollout(follower)
    assert state.supervisor is not None
    assert state.trainer is not None
    os.kill(state.supervisor.pid, signal.SIGKILL)
    until(lambda: not process.is_alive(state.supervisor) if state.supervisor else True)
    process.signal_group(state.trainer, signal.SIGKILL)
    until(lambda: not process.is_alive(state.trainer) if state.trainer else True)
    launches = project.root / "logs" / "launches"
    (left,) = leftovers_among(read_beginnings(launches))
    assert is_running_inside(state)
    (sentence,) = end_leftovers([left], real_clock(), grace_s=5.0)
    assert "ended after SIGINT" in sentence
    assert not is_running_inside(state)
    assert leftovers_among(read_beginnings(launches)) == ()


def test_runs_of_an_earlier_workdir_stay_listed(
    project: StandinProject, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    project.script("success")
    use(project, "conda")
    run()
    assert main(["--project-root", str(project.root), "runs", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["runs"]) == 1, "the workdir is a link, and its run is no other one"
    elsewhere = project.root / "elsewhere"
    project.workdir.rename(elsewhere)
    use(project, "conda", workdir="elsewhere")
    _, found = run()
    (project.root / "rwm-tui.yaml").unlink()
    assert main(["--project-root", str(project.root), "runs", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)["runs"][0]
    assert (listed["run_dir"], listed["launch"]) == (found["run_dir"], found["launch"]["id"])


def test_a_launcher_that_may_not_be_executed_is_named(project: StandinProject, run: Run) -> None:
    project.script("success")
    use(project, "conda")
    (project.root / "upstream" / "IsaacLab" / "isaaclab.sh").chmod(0o644)
    status, found = run()
    assert (status, found["outcome"]) == (1, "FAILED")
    assert "Permission denied" in found["launch"]["reason"]


def test_two_launches_of_one_second_never_take_each_others_success(project: StandinProject) -> None:
    """The real trainer takes the second's name without looking; so do two stand-ins."""
    project.script("success", pace_s=0.2)
    use(project, "conda")
    ours = locate_project(project.root, {}, str(project.root))
    profile = load_profile(project.root / "profiles" / "reduced.yaml")
    asked = plan_under_settings(ours, profile)
    started = [Follower(launch(asked, ours, real_clock(), with_preflight=False)) for _ in range(2)]
    ended = [until(lambda f=f: s if (s := f.read()).is_over else None) for f in started]  # type: ignore[misc]
    assert len({state.launch_id for state in ended}) == 2
    if len({state.run_directory for state in ended}) == 2:
        pytest.skip("the trainers came to different seconds")
    outcomes = sorted(str(state.outcome.outcome) for state in ended if state.outcome)
    assert outcomes == ["COMPLETED", "FAILED"], [state.outcome for state in ended]
    assert all("into the same run directory" in state.outcome.reason for state in ended if state.outcome)
