"""A real `isaaclab train` (3.0, without Isaac Sim, on a CPU), through the command. Opt-in: `make test-isaaclab3`."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from rwm_tui.cli import main

VARIABLE = "RWM_TUI_ISAACLAB3"
START_UP = ["resolving-config", "run-directory-known", "building-scene", "starting-physics"]
pytestmark = [
    pytest.mark.isaaclab3,
    pytest.mark.timeout(400),
    pytest.mark.skipif(VARIABLE not in os.environ, reason=f"{VARIABLE} names no Isaac Lab 3.0"),
]
Run = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture
def run(
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    project_root: Path,
    shared_fixtures: Path,
    capsys: pytest.CaptureFixture[str],
) -> Run:
    """Runs the shipped profile with other limits, overrides or assets; exit code and document."""
    cache = tmp_path_factory.getbasetemp() / "warp"  # kernels take half a minute to compile, once

    def run_profile(
        *, time_limit_s: float = 300, assets: Path | None = None, arguments: tuple[str, ...] = ()
    ) -> tuple[int, dict[str, Any]]:
        shipped = yaml.safe_load((project_root / "profiles" / "isaaclab3-velocity.yaml").read_text())
        (tmp_path / "profiles").mkdir(exist_ok=True)
        profile = shipped | {"time_limit_s": time_limit_s}
        (tmp_path / "profiles" / "velocity.yaml").write_text(yaml.safe_dump(profile))
        own = {
            "venv": os.environ[VARIABLE],
            "assets": str(assets or shared_fixtures / "isaaclab3-assets"),
            "warp_cache": str(cache),
            "arguments": ["--device", "cpu", "physics=newton_mjwarp", "agent.device=cpu", *arguments],
        }
        settings = {"isaac_lab": {"kind": "isaaclab3", "isaaclab3": own}}
        (tmp_path / "rwm-tui.yaml").write_text(yaml.safe_dump(settings))
        status = main(["--project-root", str(tmp_path), "run", "velocity", "--json"])
        return status, json.loads(capsys.readouterr().out)

    return run_profile


def stages_of(found: dict[str, Any]) -> list[str]:
    return [mark["stage"] for mark in found["launch"]["stages"]]


def test_a_run_to_its_end(run: Run) -> None:
    status, found = run()
    assert (status, found["outcome"]) == (0, "COMPLETED"), found["launch"]
    assert stages_of(found)[:4] == START_UP
    assert stages_of(found)[-1] == "training-complete"
    assert found["launch"]["iterations"] == 1
    names = {path.name for path in Path(found["run_dir"]).iterdir()}
    assert {"run.json", "params", "model_0.pt"} <= names
    statuses = {item["id"]: item["status"] for item in found["check"]["items"]}
    assert found["check"]["backend"] == "isaaclab"
    assert not any(status.startswith("validated") for status in statuses.values()), "it is no pretraining run"
    (task,) = (item for item in found["check"]["items"] if item["id"] == "task-resolves")
    assert "Isaac-Velocity-Flat-AnymalD" in json.dumps(task)


def test_the_time_limit_in_start_up(run: Run) -> None:
    status, found = run(time_limit_s=6)
    assert (status, found["outcome"]) == (124, "TIMED_OUT"), found["launch"]


def test_missing_assets(run: Run, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    status, found = run(assets=tmp_path / "empty")
    assert (status, found["outcome"]) == (1, "FAILED"), found["launch"]
    assert "FileNotFoundError" in found["launch"]["reason"]


def test_a_misspelt_environment_key(run: Run) -> None:
    status, found = run(arguments=("env.scene.num_env=8",))
    assert (status, found["outcome"]) == (1, "FAILED"), found["launch"]
    assert "TypeError" in found["launch"]["reason"]
