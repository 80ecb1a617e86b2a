"""A trainer that holds memory of the stand-in GPU as Isaac Lab does: context, simulator, then the world model's jump.

Arguments: MiB of the simulator, MiB of the jump. It waits for the supervisor's sample after each step.
"""

import json
import os
import sys
import time
from pathlib import Path

from tests.process.misbehaving_trainer import announce, save

CONTEXT_MIB = 600.0
OUT_OF_MEMORY = """\
Traceback (most recent call last):
  File "/rsl_rl_rwm/rsl_rl/algorithms/mbpo_ppo.py", line 300, in update_system_dynamics
torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 728.00 MiB. GPU 0 has a total capacity of \
{total:.2f} MiB of which {free:.2f} MiB is free. Including non-PyTorch memory, this process has {held:.2f} MiB \
memory in use. Of the allocated memory 3000.00 MiB is allocated by PyTorch, \
and 50.00 MiB is reserved by PyTorch but unallocated."""


def hold(mib: float) -> None:
    """Like a process that NVML shows; how much others hold stays."""
    path = Path(os.environ["RWM_TUI_STANDIN_NVML"])
    world = json.loads(path.read_text())
    device = world["devices"][0]
    before = sum(held for pid, held in device["processes"] if pid == os.getpid())
    others = [[pid, held] for pid, held in device["processes"] if pid != os.getpid()]
    device["processes"] = [*others, [os.getpid(), mib]]
    device["used"] += mib - before
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(world))
    fresh.replace(path)


def wait_for_sample(stage: str) -> None:
    """Until the supervisor has sampled after that stage's line."""
    launch = Path(sys.argv[3])
    while f'"stage":"{stage}"' not in (launch / "events.jsonl").read_text():
        time.sleep(0.01)
    seen = (launch / "gpu.jsonl").stat().st_size
    while (launch / "gpu.jsonl").stat().st_size == seen:
        time.sleep(0.01)


def main() -> int:
    simulator, jump = float(sys.argv[1]), float(sys.argv[2])
    hold(CONTEXT_MIB + simulator)
    print("[INFO]: Completed setting up the environment...", flush=True)
    wait_for_sample("environment-ready")
    run = announce()
    wait_for_sample("training")
    device = json.loads(Path(os.environ["RWM_TUI_STANDIN_NVML"]).read_text())["devices"][0]
    if device["used"] + jump > device["total"]:
        figures = {"held": CONTEXT_MIB + simulator, "total": device["total"], "free": device["total"] - device["used"]}
        print(OUT_OF_MEMORY.format(**figures), file=sys.stderr)
        hold(0.0)
        return 1
    hold(CONTEXT_MIB + simulator + jump)
    time.sleep(1.2)  # a sample
    save(run / "model_3.pt")
    hold(0.0)
    return 0


if __name__ == "__main__":
    sys.exit(main())
