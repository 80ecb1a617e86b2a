"""A tiny run of the real command, and everything that it leaves."""

# ruff: noqa: E402  the imports follow the check that torch and MuJoCo are there
import json
import os
import re
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("mujoco")

import yaml

from rwm_tui.core.profile import EMBEDDED_TASK
from tests.trainer.test_event_file import frames
from tests.waiting import until

pytestmark = pytest.mark.trainer

ROOT = Path(__file__).resolve().parents[2]
SMALL = (
    "agent.algorithm.system_dynamics_num_mini_batches=2",
    "agent.algorithm.system_dynamics_mini_batch_size=8",
    "agent.algorithm.system_dynamics_replay_buffer_size=48",
    "agent.algorithm.system_dynamics_forecast_horizon=2",
    "agent.algorithm.system_dynamics_num_eval_trajectories=4",
    "agent.algorithm.system_dynamics_len_eval_trajectory=40",
)


def command(*arguments: str) -> list[str]:
    return [
        sys.executable,
        "-m",
        "rwm_tui.trainer",
        "--task",
        EMBEDDED_TASK,
        "--headless",
        "--num_envs",
        "8",
        *arguments,
        *SMALL,
    ]


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT)}


@dataclass(frozen=True)
class Finished:
    status: int
    stdout: str
    stderr: str
    run_dir: Path


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    folder = tmp_path_factory.mktemp("project")
    done = subprocess.run(
        command("--max_iterations", "3", "--seed=5", "--run_name=pretrain", "agent.save_interval=2"),
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    (run_dir,) = (folder / "logs" / "rsl_rl" / "anymal_d_flat").iterdir()
    return Finished(done.returncode, done.stdout, done.stderr, run_dir)


def test_it_ends_well_and_says_nothing_on_stderr(finished: Finished) -> None:
    assert (finished.status, finished.stderr) == (0, "")


def test_the_first_line_says_what_it_is(finished: Finished) -> None:
    first = finished.stdout.splitlines()[0]
    assert re.fullmatch(r"\[INFO\] rwm-tui embedded trainer \(MuJoCo \S+, torch \S+\): not Isaac Lab\.", first)
    assert "AppLauncher" not in finished.stdout


def test_the_console_names_the_run_directory(finished: Finished) -> None:
    lines = finished.stdout.splitlines()
    (root,) = [line.split(": ")[1] for line in lines if line.startswith("[INFO] Logging experiment in directory: ")]
    (stamp,) = [
        line.split(": ")[1] for line in lines if line.startswith("Exact experiment name requested from command")
    ]
    assert Path(root) / f"{stamp}_pretrain" == finished.run_dir
    assert re.fullmatch(r"\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d", stamp)


def test_markers_come_in_isaac_labs_order(finished: Finished) -> None:
    markers = [
        "[INFO]: Base environment:",
        "[INFO]: Time taken for scene creation : ",
        "\tNumber of environments: 8",
        "[INFO]: Time taken for simulation start : ",
        "[INFO] Command Manager:  <CommandManager> contains 1 active terms.",
        "[INFO] Observation Manager: <ObservationManager> contains 5 groups.",
        "[INFO] Reward Manager:  <RewardManager> contains 12 active terms.",
        "[INFO]: Completed setting up the environment...",
        "Resolved observation sets: ",
        "Actor MLP: MLP(",
        "Critic MLP: MLP(",
        "\033[1m Learning iteration 0/3 \033[0m",
        "\033[1m Learning iteration 2/3 \033[0m",
    ]
    positions = [finished.stdout.index(marker) for marker in markers]
    assert positions == sorted(positions)
    groups = re.findall(r"Active Observation Terms in Group: '(\w+)' \(shape: \((\d+),\)\)", finished.stdout)
    assert groups == [
        ("policy", "48"),
        ("system_state", "45"),
        ("system_action", "12"),
        ("system_contact", "8"),
        ("system_termination", "1"),
    ]


def test_iteration_blocks_are_laid_out_as_rsl_rl_does(finished: Finished) -> None:
    block = finished.stdout.split("#" * 80 + "\n")[3]
    lines = block.splitlines()
    assert lines[0] == "\033[1m Learning iteration 2/3 \033[0m".center(80)
    labels = [line.split(":")[0].strip() for line in lines if ":" in line]
    assert labels[:2] == ["Computation", "Mean action noise std"]
    assert labels[-4:] == ["Total timesteps", "Iteration time", "Time elapsed", "ETA"]
    assert sum(label.startswith("Episode_Reward/") for label in labels) == 12
    assert "                   Total timesteps: 576" in lines
    assert "-" * 80 in lines


def test_the_directory_holds_what_upstream_leaves(finished: Finished) -> None:
    names = {path.name for path in finished.run_dir.iterdir()}
    assert {"params", "git", "run.json", "model_0.pt", "model_2.pt", "model_3.pt"} <= names
    assert sum(name.startswith("events.out.tfevents.") for name in names) == 1
    assert not [name for name in names if name.endswith(".saving")]


def test_the_manifest_names_this_trainer(finished: Finished) -> None:
    manifest = json.loads((finished.run_dir / "run.json").read_text())
    assert manifest["version"] == 1
    assert manifest["library"] == "rwm_tui.trainer"
    assert manifest["task"] == EMBEDDED_TASK
    assert manifest["created_at"].endswith("+00:00")
    assert {"mujoco", "torch", "python", "device"} <= manifest["metadata"].keys()


def test_agent_yaml_holds_the_resolved_settings(finished: Finished) -> None:
    agent = yaml.safe_load((finished.run_dir / "params" / "agent.yaml").read_text())
    assert agent["class_name"] == "MBPOOnPolicyRunner"
    assert (agent["max_iterations"], agent["seed"], agent["save_interval"]) == (3, 5, 2)
    assert agent["algorithm"]["system_dynamics_mini_batch_size"] == 8
    assert agent["device"] in {"cpu", "cuda:0"}
    assert len(agent["imagination"]["state_normalizer"]["std"]) == 45


class InertLoader(yaml.SafeLoader):
    """Tuples and slices as lists; everything else python-specific is an error."""


InertLoader.add_constructor("tag:yaml.org,2002:python/tuple", lambda loader, node: loader.construct_sequence(node))
InertLoader.add_constructor(
    "tag:yaml.org,2002:python/object/apply:builtins.slice", lambda loader, node: loader.construct_sequence(node)
)


def test_env_yaml_tells_what_was_executed(finished: Finished) -> None:
    text = (finished.run_dir / "params" / "env.yaml").read_text()
    tree = yaml.load(text, InertLoader)  # noqa: S506  a SafeLoader with two inert tags
    assert (tree["scene"]["num_envs"], tree["decimation"], tree["sim"]["dt"], tree["episode_length_s"]) == (
        8,
        4,
        0.005,
        20.0,
    )
    contact = tree["observations"]["system_contact"]
    assert len(contact["thigh_contact"]["params"]["sensor_cfg"]["body_ids"]) == 4
    functions = re.findall(r"func: (\S+)", text)
    assert functions
    for path in functions:
        module, _, name = path.partition(":")
        assert module.startswith("rwm_tui.trainer.")
        assert callable(getattr(__import__(module, fromlist=[name]), name))
    assert "isaaclab" not in text


def test_checkpoints_are_those_of_the_reference(finished: Finished) -> None:
    for number, iteration, dynamics_steps in ((0, 0, 2.0), (2, 2, 6.0), (3, 2, 6.0)):
        contents = torch.load(finished.run_dir / f"model_{number}.pt", weights_only=True)
        assert list(contents) == [
            "model_state_dict",
            "system_dynamics_state_dict",
            "optimizer_state_dict",
            "system_dynamics_optimizer_state_dict",
            "iter",
            "infos",
        ]
        assert contents["iter"] == iteration
        assert contents["infos"] == {"trainer": "rwm-tui embedded", "task": EMBEDDED_TASK}
        steps = {state["step"].item() for state in contents["system_dynamics_optimizer_state_dict"]["state"].values()}
        assert steps == {dynamics_steps}
        assert len(contents["system_dynamics_state_dict"]) == 34
        assert all(tensor.isfinite().all() for tensor in contents["system_dynamics_state_dict"].values())


def test_events_have_the_references_tags(finished: Finished) -> None:
    (path,) = finished.run_dir.glob("events.*")
    content = b"\n".join(frames(path.read_bytes()))
    for tag in (
        "Loss/value_function",
        "Policy/mean_noise_std",
        "Perf/collection time",
        "System Dynamics/state_loss",
        "System Dynamics/bound_loss",
        "System Dynamics/autoregressive_error",
        "System Dynamics/autoregressive_error_noised_0.8",
        "Episode_Reward/dof_pos_limits",
        "Metrics/base_velocity/error_vel_yaw",
        "Episode_Termination/base_contact",
    ):
        assert tag.encode() in content
    assert b"Imagination/" not in content


def test_interrupting_ends_with_130_and_no_final_checkpoint(tmp_path: Path) -> None:
    process = subprocess.Popen(
        command("--max_iterations", "1000"),
        cwd=tmp_path,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    until(lambda: "Learning iteration 0/1000" in (process.stdout.readline() if process.stdout else ""), limit_s=60.0)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert errors.strip().splitlines() == ["[INFO] Interrupted: no final checkpoint was written."]
    assert not list(tmp_path.glob("logs/rsl_rl/*/*/model_1000.pt"))


def test_two_runs_in_the_same_second_get_folders_of_their_own(tmp_path: Path) -> None:
    from rwm_tui.trainer.run_directory import create_run_directory

    runs = [create_run_directory(tmp_path, "anymal_d_flat", "pretrain") for _ in range(3)]
    assert len({run.path for run in runs}) == 3
    assert all(run.path.name == f"{run.stamp}_pretrain" for run in runs)
