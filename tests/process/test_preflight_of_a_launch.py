"""The preflight at a launch, through the command: what it lets pass, it tells and keeps."""

import json
import os
from pathlib import Path

import yaml

from rwm_tui.core.launch.environment_record import EnvironmentRecord, read_environment
from rwm_tui.core.launch.paths import LaunchPaths
from rwm_tui.core.launch.preflight_record import preflight_warnings, read_preflight
from tests.contract.test_cli import document, rwm_tui
from tests.standin.project import StandinProject, build

TASK = "Isaac-Velocity-Flat-AnymalD"


def isaac_lab_3(folder: Path, fixtures: Path, **profile: object) -> StandinProject:
    """A kit-less Isaac Lab 3 with a task of its own, on the CPU."""
    project = build(folder, fixtures)
    project.script("success")
    project.settings(kind="isaaclab3", consent=False)
    path = project.root / "profiles" / "reduced.yaml"
    path.write_text(yaml.safe_dump(yaml.safe_load(path.read_text()) | profile))
    return project


def test_a_launch_keeps_what_its_preflight_found(tmp_path: Path, shared_fixtures: Path) -> None:
    project = isaac_lab_3(tmp_path, shared_fixtures, task=TASK, time_limit_s=60, grace_s=1)
    done = rwm_tui(project.root, "run", "reduced", "--json", HOME=str(project.home), PYTHONPATH=with_ros())
    found = document(done)
    assert (found["outcome"], done.returncode) == ("COMPLETED", 0), done.stderr
    assert "WARN  no ROS packages leak in" in done.stderr
    paths = LaunchPaths(Path(found["launch"]["dir"]))
    kept = read_preflight(paths)
    assert kept is not None
    assert kept.environment["kind"] == "isaaclab3"
    assert "ros-leak" in [check.id for check in preflight_warnings(paths)]
    assert json.loads(paths.preflight.read_text())["profile"] == "reduced"
    environment = read_environment(paths)
    assert isinstance(environment, EnvironmentRecord)
    assert environment.environment_kind == "isaaclab3"
    assert "isaaclab" in environment.packages
    assert "PYTHONPATH" not in paths.environment.read_text()


def with_ros() -> str:
    return f"{os.environ.get('PYTHONPATH', '')}:/opt/ros/humble/lib/python3.10/site-packages"


def test_the_fork_is_refused_on_isaac_lab_3(tmp_path: Path, shared_fixtures: Path) -> None:
    project = isaac_lab_3(tmp_path, shared_fixtures)
    done = rwm_tui(project.root, "run", "reduced", "--json", HOME=str(project.home))
    error = document(done)["error"]
    assert done.returncode == 2
    assert error["title"] == "preflight failed: isaac-lab-version"
    assert "rsl_rl 5" in error["message"]
    assert not (project.root / "logs" / "launches").exists()


def test_a_damaged_record_is_none(tmp_path: Path) -> None:
    paths = LaunchPaths(tmp_path)
    assert preflight_warnings(paths) == ()
    paths.preflight.write_text("{")
    assert read_preflight(paths) is None
