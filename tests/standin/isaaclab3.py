"""Stand-in for `isaaclab train` of Isaac Lab 3.0: replays a real console and writes the files at their moments."""

import argparse
import json
import os
import signal
import sys
import time
from pathlib import Path

from tests.standin import run_files

RECORDED = "isaaclab3-runs/A_reduced_64env_1it"
RECORDED_ROOT = "/home/user/project/upstream/robotic_world_model/logs/rsl_rl/anymal_d_flat"
RECORDED_STAMP = "2026-11-23_19-06-11"
STAMP = "2026-11-24_09-00-00"
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
    for line in console.splitlines():
        if line.startswith("[2/3]"):
            run.mkdir(parents=True)
            manifest = {"library": "rsl_rl", "task": options.task, "version": 1}
            (run / "run.json").write_text(json.dumps(manifest))
            time.sleep(pace_s)
        elif line.startswith("#" * 80):
            begin_training(run, recorded, options, overrides)
            time.sleep(pace_s)
            if ending == "hangs-in-rollout":
                while True:
                    time.sleep(3600)
        elif line.startswith("Storing git diff for 'rsl_rl_rwm'"):
            run_files.write_checkpoint(run, "model_0.pt", drifted=False)
            if ending == "missing-guard":
                print(f"Traceback (most recent call last):\n{GUARD}", file=sys.stderr)
                return 1
            run_files.write_code_state(run)
        elif line.startswith("Training time:"):
            run_files.write_checkpoint(run, f"model_{options.max_iterations}.pt", drifted=False)
        print(line)
    return 0


def parse_arguments() -> tuple[argparse.Namespace, list[str]]:
    parser = argparse.ArgumentParser()
    parser.add_argument("command", choices=["train"])
    parser.add_argument("--rl_library", required=True)
    parser.add_argument("--task", required=True)
    parser.add_argument("--num_envs", type=int)
    parser.add_argument("--max_iterations", type=int)
    parser.add_argument("--device")
    return parser.parse_known_args()


def begin_training(run: Path, recorded: Path, options: argparse.Namespace, overrides: list[str]) -> None:
    signal.signal(signal.SIGINT, lambda *_: os._exit(0))  # 3.0 ends training with status 0 and without a line
    (params,) = recorded.rglob("params")
    asked = dict(word.split("=", 1) for word in overrides if word.startswith("agent.algorithm."))
    run_files.write_params(run, params, asked=asked, num_envs=options.num_envs, drifted=False)
    run_files.write_events(run, recorded)


if __name__ == "__main__":
    sys.exit(main())
