"""Device memory of learning in the upstream trainer's order, without that trainer and without a simulator.

``PYTHONPATH=. python scripts/upstream_order.py measured.csv [--traces traces.gz]`` runs each configuration in a process
of its own: an iteration as training begins, the replay buffer filled, an iteration more. The networks are the embedded
trainer's, which have the reference's shapes; the environment is random numbers. What is carried out, in which order,
and how long each tensor is held follow the upstream trainer (rsl_rl_rwm 18eebcd). That this is met shows where
``--sizes`` names the measured grid of that trainer: both come to the same peaks.
"""

import argparse
import csv
import gzip
import json
import os
import random
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import torch

from rwm_tui.core.agent_config import AgentConfig, apply_overrides, reference_agent_config
from scripts.measure_memory import KEYS as TRAINER_KEYS
from scripts.measure_memory import KNOBS as TRAINER_KNOBS
from scripts.trace_memory import write_trace
from scripts.upstream_learning import Trainer

KNOBS = {**TRAINER_KNOBS, "imagination_envs": 0, "imagination_steps": 0}
KEYS = {
    **TRAINER_KEYS,
    "imagination_envs": "imagination.num_envs",
    "imagination_steps": "imagination.num_steps_per_env",
}


def configuration(knobs: Mapping[str, int]) -> AgentConfig:
    return apply_overrides(reference_agent_config(), {key: knobs[name] for name, key in KEYS.items() if name in knobs})


def run_one(knobs: Mapping[str, int], trace: Path | None) -> dict[str, object]:
    """The peaks of one configuration, in this process."""
    if trace:
        torch.cuda.memory._record_memory_history(context="alloc", stacks="python", max_entries=4_000_000)
    trainer = Trainer(knobs["num_envs"], configuration(knobs))
    size = trainer.algorithm.system_dynamics_replay_buffer_size
    trainer.learn()
    cold = torch.cuda.max_memory_allocated()
    trainer.buffer.rows = size
    trainer.learn()
    if trace:
        write_trace(torch.cuda.memory._snapshot(), str(trace))
    return {
        "status": "ok",
        "peak_alloc_cold": round(cold / 2**20, 1),
        "peak_alloc": round(torch.cuda.max_memory_allocated() / 2**20, 1),
        "peak_reserved": round(torch.cuda.max_memory_reserved() / 2**20, 1),
        "peak_phase": trainer.peak_phase,
    }


def drawn(count: int, seed: int) -> list[dict[str, int]]:
    """Sizes that nobody chose, a third of them with imagination; those too large set aside."""
    draw, found = random.Random(seed), list[dict[str, int]]()
    while len(found) < count:
        knobs = {
            "num_envs": int(64 * 64 ** draw.random()),
            "mini_batch_size": int(64 * 80 ** draw.random()),
            "forecast_horizon": draw.randint(1, 12),
            "replay_buffer_size": draw.choice((256, 400, 600, 1000)),
            "ensemble_size": draw.choice((1, 1, 1, 2, 3, 5)),
            "rnn_hidden": draw.randrange(64, 577, 32),
            "rnn_layers": draw.choice((1, 2, 2, 3)),
            "history_horizon": draw.randint(8, 48),
            "eval_traj": draw.choice((20, 100, 100, 400)),
            "num_mini_batches": draw.choice((2, 4, 10, 20)),
        }
        if draw.random() < 1 / 3:
            knobs |= {"imagination_envs": int(64 * 64 ** draw.random()), "imagination_steps": draw.choice((8, 24))}
        sequences = knobs["mini_batch_size"] * knobs["ensemble_size"] * (knobs["history_horizon"] + 8)
        if sequences * knobs["rnn_hidden"] * knobs["rnn_layers"] * 2 * FLOATS_KEPT_PER_STEP * 4 < LARGEST_BYTES:
            found.append(knobs)
    return found


DRAWN = 40
FLOATS_KEPT_PER_STEP, LARGEST_BYTES = 20, 15e9
TIME_LIMIT_S = 240.0
EXPANDABLE = "expandable_segments:True"


def listed(path: Path) -> list[tuple[dict[str, int], str]]:
    """Sizes of a CSV whose columns are named as :data:`KNOBS`, each with the allocator's settings."""
    with path.open(newline="") as file:
        return [
            ({name: int(row[name]) for name in KNOBS if row.get(name)}, row.get("alloc_conf") or "")
            for row in csv.DictReader(file)
            if not row.get("cap_gib")
        ]


def carry_out(changes: Mapping[str, int], allocator: str, trace: Path | None, core: int) -> dict[str, object]:
    """One configuration, in a process of its own."""
    knobs = {**KNOBS, **changes}
    environment = {**os.environ, "PYTORCH_CUDA_ALLOC_CONF": allocator}
    arguments = [sys.executable, "-m", "scripts.upstream_order", "--one", json.dumps(knobs)]
    try:
        ended = subprocess.run(
            ["taskset", "-c", str(core), *arguments, *([f"--trace={trace}"] if trace else [])],
            env=environment,
            capture_output=True,
            text=True,
            timeout=TIME_LIMIT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        outcome: dict[str, object] = {"status": "timeout"}
    else:
        last = (ended.stdout if ended.returncode == 0 else ended.stderr).strip().splitlines()
        outcome = json.loads(last[-1]) if ended.returncode == 0 else {"status": last[-1] if last else "failed"}
    columns = ("status", "peak_alloc_cold", "peak_alloc", "peak_reserved", "peak_phase")
    return {**knobs, "alloc_conf": allocator, **{name: outcome.get(name, "") for name in columns}}


def carry_out_all(
    target: Path, wanted: Sequence[tuple[dict[str, int], str]], traces: Path | None, parallel: int
) -> None:
    cores = sorted(os.sched_getaffinity(0))[:parallel]

    def on_a_free_core(task: tuple[int, tuple[dict[str, int], str]]) -> tuple[dict[str, object], Path | None]:
        number, (changes, allocator) = task
        trace = Path(f"{traces}.{number}") if traces else None
        core = cores.pop()
        try:
            return carry_out(changes, allocator, trace, core), trace
        finally:
            cores.append(core)

    with target.open("w", newline="") as file, ThreadPoolExecutor(parallel) as pool:
        writer: csv.DictWriter[str] | None = None
        for row, trace in pool.map(on_a_free_core, enumerate(wanted)):
            writer = writer or csv.DictWriter(file, list(row))
            if file.tell() == 0:
                writer.writeheader()
            writer.writerow(row)
            file.flush()
            print(row, flush=True)
            if traces and trace and trace.exists():
                with gzip.open(traces, "at") as together, gzip.open(trace, "rt") as one:
                    together.write(f"# {json.dumps(row)}\n{one.read()}")
                trace.unlink()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target", type=Path, nargs="?", help="CSV to write")
    parser.add_argument("--sizes", type=Path, help="CSV of sizes, such as the measured grid")
    parser.add_argument("--drawn", type=int, metavar="SEED", help="sizes drawn at random instead")
    parser.add_argument("--allocator", default=EXPANDABLE, help="of those drawn (default %(default)s)")
    parser.add_argument("--traces", type=Path, help="what was taken from the allocator, in the order of time")
    parser.add_argument("--parallel", type=int, default=6, help="processes at a time (default %(default)s)")
    parser.add_argument("--one", type=json.loads, help=argparse.SUPPRESS)
    parser.add_argument("--trace", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(run_one(options.one, options.trace)))
    else:
        sizes = (
            listed(options.sizes)
            if options.sizes
            else [(knobs, options.allocator) for knobs in drawn(DRAWN, options.drawn)]
        )
        carry_out_all(options.target, sizes, options.traces, options.parallel)
