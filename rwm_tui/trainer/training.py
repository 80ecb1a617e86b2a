"""One training run from settings to final checkpoint."""

import os
import time
from pathlib import Path

import msgspec
import mujoco
import torch

from rwm_tui.core.agent_config import AgentConfig, to_mapping
from rwm_tui.core.profile import EMBEDDED_TASK
from rwm_tui.trainer import console
from rwm_tui.trainer.environment import Environment
from rwm_tui.trainer.environment_config import environment_yaml
from rwm_tui.trainer.run_directory import create_run_directory, write_manifest, write_params
from rwm_tui.trainer.runner import Runner
from rwm_tui.trainer.settings import cap_device_memory, check_rollout, check_settings, choose_device


def train(
    config: AgentConfig, device_name: str | None, num_envs: int, log_root: Path, memory_cap_mib: float | None = None
) -> None:
    """Announce, build, learn.

    :param device_name: None: CUDA where there is one.
    :param memory_cap_mib: the most that torch's allocator may reserve on the GPU; None: what there is.
    :raises InputError: for settings that cannot be honoured and logs that cannot be written.
    """
    console.say(console.ANNOUNCEMENT.format(mujoco=mujoco.__version__, torch=torch.__version__))
    check_settings(config)
    check_rollout(config, num_envs)
    device = choose_device(device_name)
    if memory_cap_mib is not None:
        cap_device_memory(device, memory_cap_mib)
        console.say(console.MEMORY_CAP.format(memory_cap_mib, device))
    config = msgspec.structs.replace(config, device=str(device))
    run = create_run_directory(log_root, config.experiment_name, config.run_name)
    console.say(f"[INFO] Logging experiment in directory: {run.root}")
    console.say(f"Exact experiment name requested from command line: {run.stamp}")
    write_manifest(run, EMBEDDED_TASK, device)
    prepare_torch(config.seed)
    environment = _build_environment(num_envs, config.seed, device)
    try:
        runner = Runner(environment, config, device)
        console.say(console.resolved_observation_sets())
        console.say(console.network("Actor", runner.policy.actor))
        console.say(console.network("Critic", runner.policy.critic))
        write_params(run, environment_yaml(num_envs, config.seed), to_mapping(config))
        runner.learn(run)
        if device.type == "cuda":
            peaks = torch.cuda.max_memory_allocated(device), torch.cuda.max_memory_reserved(device)
            console.say(console.PEAK_MEMORY.format(*(peak / 2**20 for peak in peaks)))
    finally:
        environment.close()


def prepare_torch(seed: int) -> None:
    """Seeds and threads. A GRU of this size is several times slower on two threads than on one."""
    torch.manual_seed(seed)
    torch.set_num_threads(1)


def num_physics_threads() -> int:
    """As many as this process has cores."""
    return max(1, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)


def _build_environment(num_envs: int, seed: int, device: torch.device) -> Environment:
    console.say(console.base_environment(str(device), seed))
    start = time.perf_counter()
    environment = Environment(num_envs, seed, num_physics_threads())
    console.say(f"[INFO]: Time taken for scene creation : {time.perf_counter() - start:.6f} seconds")
    console.say(console.scene(num_envs))
    console.say("[INFO]: Starting the simulation. This may take a few seconds. Please wait...")
    start = time.perf_counter()
    environment.observe_system()
    console.say(f"[INFO]: Time taken for simulation start : {time.perf_counter() - start:.6f} seconds")
    console.say(console.managers())
    console.say("[INFO]: Completed setting up the environment...")
    return environment
