"""The main job as its user meets it: the installed command in a real terminal."""

import json
import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.terminal.conftest import COMMAND
from tests.terminal.tmux import Terminal
from tests.waiting import until

pytestmark = [pytest.mark.terminal, pytest.mark.trainer]

TINY = """purpose: The embedded default in miniature.
backend: embedded
task: RWM-Embedded-Velocity-Flat-Anymal-D-Pretrain-v0
num_envs: 4
max_iterations: {iterations}
agent:
  algorithm.system_dynamics_num_mini_batches: 1
  algorithm.system_dynamics_mini_batch_size: 8
  algorithm.system_dynamics_replay_buffer_size: 100
  algorithm.system_dynamics_forecast_horizon: 2
  algorithm.system_dynamics_num_eval_trajectories: 2
  algorithm.system_dynamics_len_eval_trajectory: 40
time_limit_s: 120
"""


@pytest.fixture(autouse=True)
def installed_trainer() -> None:
    pytest.importorskip("torch")
    pytest.importorskip("mujoco")


@pytest.fixture
def tiny(project: Path) -> Callable[[int], None]:
    def make_default(iterations: int) -> None:
        (project / "profiles" / "embedded.yaml").write_text(TINY.format(iterations=iterations))

    return make_default


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
def test_enter_on_the_default_profile_ends_in_the_checklist(
    open_terminal: Callable[..., Terminal], tiny: Callable[[int], None], size: tuple[int, int]
) -> None:
    tiny(2)
    terminal = open_terminal(size=size)
    terminal.wait_for("embedded", "Launch", "not Isaac Lab")
    terminal.press("Enter")
    terminal.wait_for("iteration", "not Isaac Lab", limit_s=60)
    shown = terminal.wait_for("task-resolves", "Not verified", "reduced scale", limit_s=60)
    assert "not Isaac Lab" in shown


def test_the_run_outlives_its_terminal(
    open_terminal: Callable[..., Terminal], tiny: Callable[[int], None], project: Path
) -> None:
    tiny(40)
    terminal = open_terminal()
    terminal.wait_for("embedded")
    terminal.press("Enter")
    terminal.wait_for("/40", limit_s=60)
    terminal.close()

    launch = only_launch(project)
    assert launch["status"] == "RUNNING"
    again = open_terminal("attach")
    again.wait_for("40/40", limit_s=90)
    until(lambda: only_launch(project)["outcome"] == "COMPLETED", limit_s=30, every_s=0.5)
    console = (Path(launch["launch_dir"]) / "console.log").read_text()
    for number in range(40):
        assert f"Learning iteration {number}/40" in console


def test_quit_is_not_stop_and_stop_asks_first(
    open_terminal: Callable[..., Terminal], tiny: Callable[[int], None], project: Path
) -> None:
    tiny(2000)
    terminal = open_terminal()
    terminal.wait_for("embedded")
    terminal.press("Enter")
    terminal.wait_for("/2000", limit_s=60)
    terminal.press("q")
    terminal.wait_for("attach again with: rwm-tui attach")
    assert only_launch(project)["status"] == "RUNNING"

    again = open_terminal("attach")
    again.wait_for("/2000")
    again.press("s")
    again.wait_for("SIGINT")
    again.press("y")
    until(lambda: only_launch(project)["outcome"] == "STOPPED", limit_s=40, every_s=0.5)


def test_a_resized_terminal_is_drawn_anew(open_terminal: Callable[..., Terminal], tiny: Callable[[int], None]) -> None:
    terminal = open_terminal(size=(120, 40))
    terminal.wait_for("embedded", "reduced")
    terminal.resize(80, 24)
    terminal.press("Down")
    terminal.wait_for("embedded", "reduced")


def test_hangup_of_the_terminal_leaves_no_app_behind(
    open_terminal: Callable[..., Terminal], tiny: Callable[[int], None], project: Path
) -> None:
    """A window that is closed mid-run: the app goes, the trainer stays."""
    tiny(2000)
    terminal = open_terminal()
    terminal.wait_for("embedded")
    terminal.press("Enter")
    terminal.wait_for("/2000", limit_s=60)
    terminal.close()
    launch = only_launch(project)
    state = json.loads((Path(launch["launch_dir"]) / "events.jsonl").read_text().splitlines()[1])
    trainer = state["event"]["trainer"]["pid"]
    until(lambda: not apps_in(project))
    os.kill(trainer, 0)
    os.killpg(trainer, signal.SIGKILL)
    until(lambda: only_launch(project)["outcome"] == "KILLED")


def only_launch(project: Path) -> dict[str, str]:
    done = subprocess.run([str(COMMAND), "launches", "--json"], cwd=project, capture_output=True, text=True, check=True)
    launches: list[dict[str, str]] = json.loads(done.stdout)["launches"]
    assert len(launches) == 1
    return launches[0]


def apps_in(project: Path) -> list[str]:
    """Pids of the app that still run in this project's folder."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdecimal() and entry.joinpath("cwd").readlink() == project:
                command = entry.joinpath("cmdline").read_bytes()
                if command.split(b"\0")[1:2] == [os.fsencode(COMMAND)]:
                    found.append(entry.name)
        except OSError:
            continue
    return found
