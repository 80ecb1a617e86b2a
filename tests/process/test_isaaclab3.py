"""A real `isaaclab train` (3.0, without Isaac Sim, on a CPU), through the command. Opt-in: `make test-isaaclab3`."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from rwm_tui.cli import main
from rwm_tui.core.launch.follow import Follower
from rwm_tui.core.launch.record import RunState
from rwm_tui.core.launch.stop import request_stop
from rwm_tui.core.plan.environment import plan_under_settings
from rwm_tui.core.profile import load_profile
from rwm_tui.core.settings import locate_project
from rwm_tui.wiring import launch, real_clock
from tests.core.verdict.test_reference_runs import EXECUTION, QUALITY
from tests.waiting import until

VARIABLE = "RWM_TUI_ISAACLAB3"
BOOTED = ["resolving-config", "booting-simulator", "run-directory-known"]
BUILT = [
    *BOOTED,
    "building-scene",
    "starting-physics",
    "observation-groups-resolved",
    "environment-ready",
    "building-networks",
    "training",
]
TO_BE_STOPPED = 100_000  # iterations
pytestmark = [
    pytest.mark.isaaclab3,
    pytest.mark.timeout(400),
    pytest.mark.skipif(VARIABLE not in os.environ, reason=f"{VARIABLE} names no Isaac Lab 3.0"),
]


class Lab:
    """The shipped profile in a project of its own, with other limits, overrides or assets."""

    def __init__(self, root: Path, shipped: Path, assets: Path, warp_cache: Path, read: Callable[[], str]) -> None:
        self.root = root
        self._shipped = shipped
        self._assets = assets
        self._warp_cache = warp_cache
        self._read = read

    def set_up(
        self,
        *,
        time_limit_s: float = 300,
        max_iterations: int = 1,
        assets: Path | None = None,
        arguments: tuple[str, ...] = (),
    ) -> None:
        limits = {"time_limit_s": time_limit_s, "max_iterations": max_iterations}
        (self.root / "profiles").mkdir(exist_ok=True)
        profile = yaml.safe_load(self._shipped.read_text()) | limits
        (self.root / "profiles" / "velocity.yaml").write_text(yaml.safe_dump(profile))
        own = {
            "venv": os.environ[VARIABLE],
            "assets": str(assets or self._assets),
            "warp_cache": str(self._warp_cache),
            "arguments": ["--device", "cpu", "physics=newton_mjwarp", "agent.device=cpu", *arguments],
        }
        settings = {"isaac_lab": {"kind": "isaaclab3", "isaaclab3": own}}
        (self.root / "rwm-tui.yaml").write_text(yaml.safe_dump(settings))

    def run(self, **changes: Any) -> tuple[int, dict[str, Any]]:
        """Exit code and document of `run`."""
        self.set_up(**changes)
        return self._command("run", "velocity")

    def stop_when(self, condition: Callable[[RunState], object], **changes: Any) -> tuple[int, dict[str, Any]]:
        """Launch, ask for a stop once the condition holds, and give what `attach` says of the end."""
        self.set_up(max_iterations=TO_BE_STOPPED, **changes)
        project = locate_project(self.root, {}, str(self.root))
        profile = load_profile(self.root / "profiles" / "velocity.yaml")
        directory = launch(plan_under_settings(project, profile), project, real_clock())
        follower = Follower(directory)
        until(lambda: (state := follower.read()).is_over or condition(state), limit_s=240)
        request_stop(follower.state, directory)
        return self._command("attach", directory.name)

    def _command(self, *words: str) -> tuple[int, dict[str, Any]]:
        status = main(["--project-root", str(self.root), *words, "--json"])
        return status, json.loads(self._read())


@pytest.fixture
def lab(
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    project_root: Path,
    shared_fixtures: Path,
    capsys: pytest.CaptureFixture[str],
) -> Lab:
    return Lab(
        tmp_path,
        project_root / "profiles" / "isaaclab3-velocity.yaml",
        shared_fixtures / "isaaclab3-assets",
        tmp_path_factory.getbasetemp() / "warp",  # kernels take half a minute to compile, once
        lambda: capsys.readouterr().out,
    )


def stages_of(found: dict[str, Any]) -> list[str]:
    return [mark["stage"] for mark in found["launch"]["stages"]]


def claim_of(found: dict[str, Any], claim: str) -> dict[str, Any]:
    (item,) = (item for item in found["check"]["items"] if item["id"] == claim)
    return dict(item)


def files_of(found: dict[str, Any]) -> set[str]:
    return {path.name for path in Path(found["run_dir"]).iterdir()}


def test_a_run_to_its_end(lab: Lab) -> None:
    status, found = lab.run()
    assert (status, found["outcome"]) == (0, "COMPLETED"), found["launch"]
    assert stages_of(found) == [*BUILT, "training-complete"]
    assert found["launch"]["iterations"] == 1
    assert {"run.json", "params", "model_0.pt"} <= files_of(found)
    assert found["check"]["backend"] == "isaaclab"
    assert "Isaac-Velocity-Flat-AnymalD" in json.dumps(claim_of(found, "task-resolves"))
    statuses = {item["id"]: item["status"] for item in found["check"]["items"]}
    of_pretraining = {statuses[claim] for claim in (*EXECUTION, *QUALITY)}
    assert of_pretraining <= {"not-verified", "contradicted"}, "it is no pretraining run"
    asked = claim_of(found, "configuration-as-asked")
    assert {fact["locator"]: fact["agrees"] for fact in asked["evidence"]} == {
        "scene.num_envs": True,
        "max_iterations": True,
        "device": True,
    }
    assert "model_0.pt is not there" not in json.dumps(found["check"])


def test_the_time_limit_in_start_up(lab: Lab) -> None:
    status, found = lab.run(time_limit_s=1)
    assert (status, found["outcome"]) == (124, "TIMED_OUT"), found["launch"]
    assert (found["run_dir"], stages_of(found)) == (None, [])


def test_the_time_limit_in_training(lab: Lab) -> None:
    status, found = lab.run(time_limit_s=75, max_iterations=TO_BE_STOPPED)
    assert (status, found["outcome"]) == (124, "TIMED_OUT"), found["launch"]
    assert stages_of(found) == BUILT
    assert found["launch"]["exit_status"] == 0  # which is why the exit status alone proves nothing
    assert found["launch"]["iterations"] > 1
    assert claim_of(found, "runner-end-to-end")["status"] != "validated-at-reduced-scale"


def test_a_stop_in_start_up(lab: Lab) -> None:
    status, found = lab.stop_when(lambda state: "run-directory-known" in [mark.stage for mark in state.stages])
    assert (status, found["outcome"]) == (130, "STOPPED"), found["launch"]
    assert stages_of(found)[:3] == BOOTED
    assert "training" not in stages_of(found)
    assert files_of(found) == {"run.json"}


def test_a_stop_in_training(lab: Lab) -> None:
    status, found = lab.stop_when(lambda state: len(state.iterations) >= 2)
    assert (status, found["outcome"]) == (130, "STOPPED"), found["launch"]
    assert stages_of(found) == BUILT
    assert found["launch"]["exit_status"] == 0
    assert f"model_{TO_BE_STOPPED - 1}.pt" in found["launch"]["reason"]
    assert {"run.json", "params", "model_0.pt"} <= files_of(found)


def test_missing_assets(lab: Lab, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    status, found = lab.run(assets=tmp_path / "empty")
    assert (status, found["outcome"]) == (1, "FAILED"), found["launch"]
    assert "FileNotFoundError" in found["launch"]["reason"]


def test_a_misspelt_environment_key(lab: Lab) -> None:
    status, found = lab.run(arguments=("env.scene.num_env=8",))
    assert (status, found["outcome"]) == (1, "FAILED"), found["launch"]
    assert "TypeError" in found["launch"]["reason"]


def test_misspelt_keys_that_are_taken_in_silence(lab: Lab) -> None:
    misspelt = ("agent.max_iteration=7", "env.episode_lenght_s=5.0", "env.rewards.track_lin_vel_xy_exp.wieght=2.0")
    status, found = lab.run(arguments=(*misspelt, "agent.save_interval=9"))
    assert (status, found["outcome"]) == (0, "COMPLETED"), found["launch"]
    asked = claim_of(found, "configuration-as-asked")
    assert asked["status"] == "contradicted"
    assert {fact["locator"] for fact in asked["evidence"] if fact["agrees"] is False} == {
        "max_iteration",
        "episode_lenght_s",
        "rewards.track_lin_vel_xy_exp.wieght",
    }
    assert "max_iterations" in asked["reason"]
