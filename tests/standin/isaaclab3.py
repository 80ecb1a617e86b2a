"""Stand-in for `isaaclab train` of Isaac Lab 3.0: replays a real console and writes the files at their moments."""

import argparse
import json
import os
import signal
import sys
import time
from pathlib import Path

from tests.standin import run_files
from tests.standin.train import OUT_OF_MEMORY, hang

RECORDED = "isaaclab3-runs/A_reduced_64env_1it"
RECORDED_ROOT = "/home/user/project/upstream/robotic_world_model/logs/rsl_rl/anymal_d_flat"
RECORDED_STAMP = "2026-11-23_19-06-11"
STAMP = "2026-11-24_09-00-00"
# The exception that ends a run, by ending, and the line of the console before which it is raised.
BEFORE_THE_ENVIRONMENT, IN_ROLLOUT = "[2/3]", "#" * 80
EXCEPTIONS = {
    "no-run-directory": (BEFORE_THE_ENVIRONMENT, "KeyError: 'num_steps_per_env'"),
    "out-of-memory": (IN_ROLLOUT, f"torch.OutOfMemoryError: {OUT_OF_MEMORY}"),
    "exit-0-after-exception": (IN_ROLLOUT, "ValueError: a must be positive"),
}
NAMING = ("[INFO] Logging experiment in directory:", "Exact experiment name requested")
GUARD = "AttributeError: 'MBPOOnPolicyRunner' object has no attribute 'imagination_infos'"


def main() -> int:
    options, overrides = parse_arguments()
    script = json.loads(Path("standin.json").read_text())
    ending, pace_s, recorded = script["ending"], script["pace_s"], Path(script["fixtures"]) / RECORDED
    if sys.stdout.isatty():
        print("  Ready in 5.3s (196 lines of startup output hidden; use --info to show)")
        return 0
    root = os.path.abspath("logs/rsl_rl/anymal_d_flat")
    run = Path(root) / f"{STAMP}_pretrain"
    console = (recorded / "console.log").read_text().replace(RECORDED_ROOT, root).replace(RECORDED_STAMP, STAMP)
    drifted = ending == "drifted-groups"
    if drifted:
        rows = [row for row in console.splitlines() if "joint_torque" not in row]
        console = "\n".join(rows).replace("(shape: (45,))", "(shape: (33,))")
    if ending == "first-start":
        hang()
    place, exception = EXCEPTIONS.get(ending, ("", ""))
    for line in console.splitlines():
        if exception and place == BEFORE_THE_ENVIRONMENT and line.startswith(place):
            return fail(exception)
        if line.startswith("[2/3]"):
            run.mkdir(parents=True)
            manifest = {"library": "rsl_rl", "task": options.task, "version": 1}
            (run / "run.json").write_text(json.dumps(manifest))
            time.sleep(pace_s)
        elif line.startswith("#" * 80):
            begin_training(run, recorded, options, overrides, drifted=drifted)
            time.sleep(pace_s)
            if ending == "hangs-in-rollout":
                hang()
            if exception:
                return fail(exception, 0 if ending == "exit-0-after-exception" else 1)
        elif line.startswith("Storing git diff for 'rsl_rl_rwm'"):
            run_files.write_checkpoint(run, "model_0.pt", drifted=drifted)
            if ending == "missing-guard":
                return fail(GUARD)
            run_files.write_code_state(run)
        elif line.startswith("Training time:"):
            run_files.write_checkpoint(run, f"model_{options.max_iterations}.pt", drifted=drifted)
        if ending != "unnamed-run-directory" or not line.startswith(NAMING):
            print(line)
    if ending == "hangs-hard-at-close":
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        hang()
    if ending == "hangs-at-close":
        hang()
    if ending == "segfaults-at-close":
        os.kill(os.getpid(), signal.SIGSEGV)
    return 0


def fail(exception: str, status: int = 1) -> int:
    print(f"Traceback (most recent call last):\n{exception}", file=sys.stderr)
    return status


def parse_arguments() -> tuple[argparse.Namespace, list[str]]:
    parser = argparse.ArgumentParser()
    parser.add_argument("command", choices=["train"])
    parser.add_argument("--rl_library", required=True)
    parser.add_argument("--task", required=True)
    parser.add_argument("--num_envs", type=int)
    parser.add_argument("--max_iterations", type=int)
    parser.add_argument("--device")
    return parser.parse_known_args()


def begin_training(
    run: Path, recorded: Path, options: argparse.Namespace, overrides: list[str], *, drifted: bool
) -> None:
    signal.signal(signal.SIGINT, lambda *_: os._exit(0))  # 3.0 ends training with status 0 and without a line
    (params,) = recorded.rglob("params")
    asked = dict(word.split("=", 1) for word in overrides if word.startswith("agent.algorithm."))
    run_files.write_params(run, params, asked=asked, num_envs=options.num_envs, drifted=drifted)
    run_files.write_events(run, recorded)


if __name__ == "__main__":
    sys.exit(main())
