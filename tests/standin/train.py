"""Stand-in for robotic_world_model's train.py on Isaac Lab 2.3: prints and writes what the real one does, in its order.

How it ends, and its pace, stand in `standin.json` of its working directory.
"""

import argparse
import json
import os
import signal
import sys
import time
import traceback
from datetime import datetime
from pathlib import Path
from typing import NoReturn

from tests.standin import run_files

OUT_OF_MEMORY = (
    "CUDA out of memory. Tried to allocate 728.00 MiB. GPU 0 has a total capacity of 7.61 GiB of which 590.19 MiB is "
    "free. Including non-PyTorch memory, this process has 6.59 GiB memory in use. Of the allocated memory 4.29 GiB is "
    "allocated by PyTorch, and 58.48 MiB is reserved by PyTorch but unallocated."
)
MINI_BATCH = "agent.algorithm.system_dynamics_mini_batch_size"
LARGEST_BATCH = 3000  # of the defaults' sequences; 5 GiB hold no more (measured)
BOOT = """\
[INFO][AppLauncher]: Using device: cuda:0
[INFO][AppLauncher]: Loading experience file: /home/user/IsaacLab/apps/isaaclab.python.headless.kit
[Warning] [simulation_app.simulation_app] Modules: ['omni.kit_app'] were loaded before SimulationApp was started
Loading user config located at: '/home/user/data/Kit/Isaac-Sim/5.0/user.config.json'
[Info] [carb] Logging to file: /home/user/logs/Kit/Isaac-Sim/5.0/kit_20260425_100703.log
2026-03-26T01:16:04Z [1,073ms] [Warning] [omni.ext.plugin] [ext: omni.drivesim] deprecated"""
CONFIG = """\
[INFO]: Parsing configuration from: mbrl.tasks.flat_env_cfg:AnymalDFlatEnvCfg_PRETRAIN
[INFO]: Parsing configuration from: mbrl.tasks.agents.rsl_rl_ppo_cfg:AnymalDFlatPPOPretrainRunnerCfg"""
SCENE = """\
[INFO]: Base environment:
\tEnvironment device    : cuda:0
\tEnvironment seed      : 42
\tPhysics step-size     : 0.005"""
PHYSICS = """\
[INFO]: Time taken for scene creation : 1.234567 seconds
[INFO]: Scene manager:  <class InteractiveScene>
\tNumber of environments: {num_envs}
\tReplicate physics     : True
[INFO]: Starting the simulation. This may take a few seconds. Please wait...
[INFO]: Time taken for simulation start : 3.740960 seconds"""
NETWORKS = """\
--------------------------------------------------------------------------------
Resolved observation sets:\x20
\t policy :  ['policy']
\t critic :  ['policy']
--------------------------------------------------------------------------------
Actor MLP: MLP(
  (0): Linear(in_features=48, out_features=128, bias=True)
)"""


def main() -> int:
    options, overrides = parse_arguments()
    script = json.loads(Path("standin.json").read_text())
    training = Training(script["ending"], script["pace_s"], Path(script["fixtures"]), options, overrides)
    accept_eula()
    try:
        training.run()
    except Exception as error:
        report_as_hydra_does(error, overrides)
        if script["ending"] == "exit-0-after-exception":
            sys.stdout.flush()
            os._exit(0)
        return 1
    return 0


def parse_arguments() -> tuple[argparse.Namespace, list[str]]:
    parser = argparse.ArgumentParser()
    parser.add_argument("--task", required=True)
    parser.add_argument("--headless", action="store_true")
    parser.add_argument("--num_envs", type=int)
    parser.add_argument("--max_iterations", type=int)
    parser.add_argument("--seed", type=int)
    return parser.parse_known_args()


def accept_eula() -> None:
    if os.environ.get("OMNI_KIT_ACCEPT_EULA") != "YES":
        input("Do you accept the EULA? (Yes/No): ")  # without a terminal: EOFError


def report_as_hydra_does(error: Exception, overrides: list[str]) -> None:
    print(f"Error executing job with overrides: {overrides}", file=sys.stderr)
    traceback.print_exception(error)
    print("\nSet the environment variable HYDRA_FULL_ERROR=1 for a complete stack trace.", file=sys.stderr)


class OutOfMemoryError(RuntimeError):
    """Named like torch's."""


OutOfMemoryError.__module__ = "torch"


class Training:
    def __init__(
        self, ending: str, pace_s: float, fixtures: Path, options: argparse.Namespace, overrides: list[str]
    ) -> None:
        self.ending = ending
        self.pace_s = pace_s
        self.fixtures = fixtures
        self.options = options
        self.overrides = overrides
        self.drifted = ending == "drifted-groups"

    def run(self) -> None:
        self.boot()
        self.say(CONFIG)
        run = self.name_run_directory()
        self.build_environment()
        if self.ending == "no-run-directory":
            raise KeyError("num_steps_per_env")
        self.train(run)
        self.close()

    def boot(self) -> None:
        self.say(BOOT)
        if self.ending == "first-start":
            while True:
                self.say("[Info] [omni.ext._impl] Pulling extension: `omni.kit.window.extensions-1.4.2`")
        signal.signal(signal.SIGINT, lambda *_: sys.exit(0))  # as SimulationApp's handler ends the process

    def name_run_directory(self) -> Path:
        root = os.path.abspath("logs/rsl_rl/anymal_d_flat")
        stamp = datetime.now().strftime("%Y-%m-%d_%H-%M-%S")
        if self.ending != "unnamed-run-directory":
            self.say(
                f"[INFO] Logging experiment in directory: {root}\n"
                f"Exact experiment name requested from command line: {stamp}"
            )
        return Path(root) / f"{stamp}_pretrain"

    def build_environment(self) -> None:
        self.say(SCENE)
        self.say(PHYSICS.format(num_envs=self.options.num_envs))
        tables = (self.fixtures / "isaaclab23" / "manager-tables.txt").read_text()
        if self.drifted:
            rows = [row for row in tables.splitlines() if "joint_torque" not in row]
            tables = "\n".join(rows).replace("(shape: (45,))", "(shape: (33,))")
        self.say(tables)
        self.say("[INFO]: Completed setting up the environment...")
        self.say(NETWORKS)

    def train(self, run: Path) -> None:
        asked = dict(override.split("=", 1) for override in self.overrides)
        asked["max_iterations"] = str(self.options.max_iterations)
        params = self.fixtures / "isaaclab23"
        run_files.write_params(run, params, asked=asked, num_envs=self.options.num_envs, drifted=self.drifted)
        upstream_run = self.fixtures / "upstream-runs" / "B_fixed_reduced_ok"
        time.sleep(self.pace_s)
        if self.ending == "too-large" and int(asked[MINI_BATCH]) > LARGEST_BATCH:
            self.fail_as_upstream_did()
        if self.ending in ("out-of-memory", "exit-0-after-exception"):
            raise (
                OutOfMemoryError(OUT_OF_MEMORY) if self.ending == "out-of-memory" else ValueError("a must be positive")
            )
        if self.ending == "hangs-in-rollout":
            hang()
        run_files.write_events(run, upstream_run)
        self.say("\n".join(run_files.iteration_block(upstream_run / "console.log")))
        run_files.write_checkpoint(run, "model_0.pt", drifted=self.drifted)
        if self.ending == "missing-guard":
            raise AttributeError("'MBPOOnPolicyRunner' object has no attribute 'imagination_infos'")
        self.say("\n".join(run_files.write_code_state(run)))
        run_files.write_checkpoint(run, f"model_{self.options.max_iterations}.pt", drifted=self.drifted)

    def fail_as_upstream_did(self) -> NoReturn:
        """Print the end of a real console: 5 GiB for torch, the rest of the GPU held by the process itself."""
        real = (self.fixtures / "upstream-runs" / "G3_gpu_oom_same_process_hog" / "console.log").read_text()
        print(real[real.index("Traceback (most recent call last):") :], file=sys.stderr)
        sys.exit(1)

    def close(self) -> None:
        if self.ending == "hangs-hard-at-close":
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            hang()
        if self.ending == "hangs-at-close":
            hang()
        if self.ending == "segfaults-at-close":
            os.kill(os.getpid(), signal.SIGSEGV)

    def say(self, text: str) -> None:
        print(text)
        time.sleep(self.pace_s)


def hang() -> NoReturn:
    while True:
        time.sleep(3600)


if __name__ == "__main__":
    sys.exit(main())
