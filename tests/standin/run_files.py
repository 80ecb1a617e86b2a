"""What the stand-in trainers write: a run directory as the real ones do, from real files."""

import os
import re
import shutil
import socket
import time
from collections.abc import Mapping
from pathlib import Path

from tests.core.run_dir.torch_file import saved_state, write_torch_file

DRIFTED_STATE = 33  # system_state without joint_torque


def write_params(run: Path, params: Path, *, asked: Mapping[str, str], num_envs: int, drifted: bool) -> None:
    """Isaac Lab's own dumps with the asked values in them."""
    agent = (params / "agent.yaml").read_text()
    for key, value in asked.items():
        name = key.rpartition(".")[2]
        agent, found = re.subn(rf"^(\s*){name}: .*$", rf"\g<1>{name}: {value}", agent, flags=re.MULTILINE)
        assert found == 1, f"{name} stands {found} times in agent.yaml"
    env = (params / "env.yaml").read_text()
    env = re.sub(r"^  num_envs: \d+$", f"  num_envs: {num_envs}", env, flags=re.MULTILINE)
    if drifted:
        env = re.sub(r"^    joint_torque:\n(?:      .*\n)+", "    joint_torque: null\n", env, flags=re.MULTILINE)
        assert "joint_torque: null" in env
    (run / "params").mkdir(parents=True, exist_ok=True)
    (run / "params" / "env.yaml").write_text(env)
    (run / "params" / "agent.yaml").write_text(agent)


def write_events(run: Path, upstream_run: Path) -> None:
    """Under the name that TensorBoard's writer gives: time, host and process."""
    (events,) = upstream_run.rglob("events.out.tfevents.*")
    name = f"events.out.tfevents.{int(time.time())}.{socket.gethostname()}.{os.getpid()}.0"
    shutil.copyfile(events, run / name)


def write_checkpoint(run: Path, name: str, *, drifted: bool) -> None:
    """After one iteration of one dynamics mini-batch; the weights are zeros."""
    width = DRIFTED_STATE if drifted else 45
    write_torch_file(run / name, saved_state(iteration=0, dynamics_steps=1.0, state=width))


def write_code_state(run: Path) -> list[str]:
    """The git diffs; returns the lines that name them."""
    (run / "git").mkdir()
    lines = []
    for repository in ("rsl_rl_rwm", "robotic_world_model"):
        path = run / "git" / f"{repository}.diff"
        path.write_text("--- git status ---\nnothing to commit, working tree clean\n\n\n--- git diff ---\n")
        lines.append(f"Storing git diff for '{repository}' in: {path}")
    return lines


def iteration_block(console: Path) -> list[str]:
    """The block of the first iteration, as a real run printed it."""
    lines = console.read_text().splitlines()
    begin = lines.index("#" * 80)
    return lines[begin : next(i for i in range(begin, len(lines)) if "ETA:" in lines[i]) + 2]
