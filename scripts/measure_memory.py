"""Measure the embedded trainer's device memory: ``python scripts/measure_memory.py measured.csv``.

Each configuration runs two iterations in a process of its own; a row holds the allocator's peaks and, where it ran
alone, the growth of the device's used memory. ``--configurations fitted`` are those that the forecast was first made
on, the others have to be foretold: ``held-out``, ``further``, and two sets drawn at random. ``--gru gru.csv`` measures
first what a GRU call keeps and needs: cuDNN's reserve and workspace by shape. Rows that a file holds already are not
measured again.
"""

import argparse
import csv
import itertools
import os
import random
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pynvml
import torch

KNOBS = {
    "num_envs": 1024,
    "mini_batch_size": 2500,
    "forecast_horizon": 8,
    "replay_buffer_size": 1000,
    "ensemble_size": 1,
    "rnn_hidden": 256,
    "rnn_layers": 2,
    "history_horizon": 32,
    "eval_len": 400,
    "eval_traj": 100,
    "num_mini_batches": 4,
}
KEYS = {
    "mini_batch_size": "algorithm.system_dynamics_mini_batch_size",
    "forecast_horizon": "algorithm.system_dynamics_forecast_horizon",
    "replay_buffer_size": "algorithm.system_dynamics_replay_buffer_size",
    "ensemble_size": "system_dynamics.ensemble_size",
    "rnn_hidden": "system_dynamics.architecture_config.rnn_hidden_size",
    "rnn_layers": "system_dynamics.architecture_config.rnn_num_layers",
    "history_horizon": "system_dynamics.history_horizon",
    "eval_len": "algorithm.system_dynamics_len_eval_trajectory",
    "eval_traj": "algorithm.system_dynamics_num_eval_trajectories",
    "num_mini_batches": "algorithm.system_dynamics_num_mini_batches",
}
# The first ones run alone, so that the device's growth is theirs.
FITTED: tuple[dict[str, int], ...] = (
    {"num_envs": 4096, "mini_batch_size": 5000},
    {"num_envs": 64, "mini_batch_size": 128, "forecast_horizon": 2, "replay_buffer_size": 256},
    {"num_envs": 64, "mini_batch_size": 5000, "rnn_hidden": 512},
    *({"rnn_hidden": hidden} for hidden in (64, 128, 192, 384)),
    *({"rnn_hidden": 128, "mini_batch_size": size} for size in (500, 5000)),
    *({"rnn_layers": layers} for layers in (1, 3, 4)),
    *({"history_horizon": history} for history in (1, 8, 16, 64)),
    *({"forecast_horizon": horizon} for horizon in (1, 3, 5, 12, 16, 24)),
    *({"ensemble_size": members, "mini_batch_size": 1500} for members in (2, 3, 4, 7)),
    *({"mini_batch_size": size} for size in (128, 256, 777, 3500, 8000)),
    *({"num_envs": envs, "mini_batch_size": 700} for envs in (16, 512, 2048, 6000)),
    {"num_envs": 4096, "mini_batch_size": 64, "replay_buffer_size": 1500},
    {"num_envs": 4096, "mini_batch_size": 64, "replay_buffer_size": 100},
    {"num_envs": 64, "mini_batch_size": 64, "eval_traj": 2000},
    {"num_envs": 64, "mini_batch_size": 64, "eval_traj": 4000, "eval_len": 100},
    {"num_envs": 64, "mini_batch_size": 64, "eval_traj": 1000, "eval_len": 800, "ensemble_size": 5},
    {"ensemble_size": 3, "rnn_hidden": 128, "history_horizon": 16, "forecast_horizon": 4, "mini_batch_size": 1000},
    {"ensemble_size": 2, "rnn_hidden": 384, "rnn_layers": 3, "mini_batch_size": 600},
)
HELD_OUT: tuple[dict[str, int], ...] = (
    {"num_envs": 300, "mini_batch_size": 4000, "forecast_horizon": 6, "num_mini_batches": 20},
    {"num_envs": 200, "mini_batch_size": 1200, "rnn_hidden": 640, "rnn_layers": 1},
    {"num_envs": 3000, "mini_batch_size": 300, "replay_buffer_size": 700},
    *({"num_envs": 100, "mini_batch_size": 1800, "rnn_hidden": hidden} for hidden in (96, 160, 320, 448, 768)),
    *({"num_envs": 100, "mini_batch_size": 900, "rnn_hidden": hidden} for hidden in (64, 128, 224, 512)),
    *({"num_envs": 150, "mini_batch_size": 3000, "forecast_horizon": horizon} for horizon in (2, 7, 10, 20)),
    *({"num_envs": 150, "mini_batch_size": 2000, "history_horizon": history} for history in (4, 12, 24, 48)),
    *({"num_envs": 100, "mini_batch_size": 600, "ensemble_size": members} for members in (2, 4, 6)),
    *({"num_envs": 100, "mini_batch_size": 400, "ensemble_size": members, "rnn_hidden": 192} for members in (3, 7)),
    *({"num_envs": 250, "mini_batch_size": size} for size in (200, 1400, 6500)),
    {"num_envs": 100, "mini_batch_size": 1600, "rnn_layers": 3, "rnn_hidden": 128, "forecast_horizon": 4},
    {"num_envs": 100, "mini_batch_size": 1000, "rnn_layers": 4, "history_horizon": 20},
    {"num_envs": 100, "mini_batch_size": 2200, "rnn_layers": 1, "rnn_hidden": 384, "forecast_horizon": 12},
    {"num_envs": 800, "mini_batch_size": 1100, "ensemble_size": 5, "history_horizon": 10, "forecast_horizon": 5},
    {"num_envs": 100, "mini_batch_size": 100, "eval_len": 200, "eval_traj": 1500},
    {"num_envs": 100, "mini_batch_size": 100, "eval_len": 250, "eval_traj": 600, "rnn_hidden": 512},
    {"num_envs": 1500, "mini_batch_size": 64, "eval_len": 600, "replay_buffer_size": 400},
    {"num_envs": 2500, "mini_batch_size": 2600, "replay_buffer_size": 300, "num_mini_batches": 20},
    {"num_envs": 128, "mini_batch_size": 1300, "num_mini_batches": 1},
    {"num_envs": 128, "mini_batch_size": 1300, "num_mini_batches": 20},
)
FURTHER: tuple[dict[str, int], ...] = (
    *(
        {"num_envs": 100, "mini_batch_size": 700, "ensemble_size": 2, "rnn_hidden": hidden, "forecast_horizon": horizon}
        for hidden in (224, 512)
        for horizon in (7, 10, 24)
    ),
    *({"num_envs": 100, "mini_batch_size": 1500, "rnn_hidden": hidden} for hidden in (208, 224, 240, 288)),
    *({"num_envs": 100, "mini_batch_size": 1500, "rnn_hidden": 224, "rnn_layers": layers} for layers in (1, 3)),
    *({"num_envs": 120, "mini_batch_size": 2400, "forecast_horizon": horizon} for horizon in (4, 9, 10, 14, 24)),
    *({"num_envs": 120, "mini_batch_size": 1700, "history_horizon": history} for history in (6, 20, 40, 56)),
    *(
        {"num_envs": 100, "mini_batch_size": 500, "ensemble_size": 2, "history_horizon": history}
        for history in (8, 24, 48)
    ),
    *({"num_envs": 100, "mini_batch_size": 450, "ensemble_size": members} for members in (5, 8)),
    {"num_envs": 100, "mini_batch_size": 900, "ensemble_size": 3, "forecast_horizon": 10},
    {"num_envs": 3500, "mini_batch_size": 64, "replay_buffer_size": 600},
    {"num_envs": 5000, "mini_batch_size": 64, "replay_buffer_size": 200, "forecast_horizon": 2},
    {"num_envs": 100, "mini_batch_size": 64, "eval_traj": 2500, "eval_len": 150},
    {"num_envs": 100, "mini_batch_size": 64, "eval_traj": 800, "rnn_hidden": 512},
    {"num_envs": 2000, "mini_batch_size": 400, "eval_traj": 300, "rnn_hidden": 384},
)


def drawn(count: int, seed: int) -> tuple[dict[str, int], ...]:
    """Configurations that nobody chose: each size drawn from its range, those of a GPU's size set aside."""
    draw, found = random.Random(seed), []
    while len(found) < count:
        knobs = {
            "num_envs": int(50 * 60 ** draw.random()),
            "mini_batch_size": int(64 * 90 ** draw.random()),
            "forecast_horizon": draw.randint(1, 20),
            "replay_buffer_size": draw.randint(400, 1200),
            "ensemble_size": draw.choice((1, 1, 1, 2, 3, 5)),
            "rnn_hidden": draw.randrange(64, 577, 32),
            "rnn_layers": draw.choice((1, 2, 2, 3)),
            "history_horizon": draw.randint(4, 48),
            "eval_traj": draw.choice((20, 100, 100, 400)),
        }
        steps = (
            knobs["mini_batch_size"] * knobs["ensemble_size"] * (knobs["history_horizon"] + knobs["forecast_horizon"])
        )
        if steps * knobs["rnn_hidden"] * knobs["rnn_layers"] * FLOATS_KEPT_PER_STEP * 4 < LARGEST_BYTES:
            found.append(knobs)
    return tuple(found)


FLOATS_KEPT_PER_STEP, LARGEST_BYTES = 20, 9e9
CONFIGURATIONS = {
    "fitted": FITTED,
    "held-out": HELD_OUT,
    "further": FURTHER,
    "drawn": drawn(40, seed=2026),
    "drawn-again": drawn(40, seed=2027),
}
# Runs the trainer, and notes in which of its steps the allocator's peak last rose: the phase that sets it.
TRAINER = """
import functools, sys, torch
from rwm_tui.trainer import command_line
from rwm_tui.trainer.ppo import PPO
from rwm_tui.trainer.runner import Runner
setting = ["rollout"]
def noted(owner, name, phase):
    call = getattr(owner, name)
    @functools.wraps(call)
    def carried_out(*arguments, **options):
        before = torch.cuda.max_memory_allocated()
        try:
            return call(*arguments, **options)
        finally:
            if torch.cuda.max_memory_allocated() > before:
                setting[0] = phase
    setattr(owner, name, carried_out)
noted(Runner, "_roll_out", "rollout")
noted(Runner, "_update_system_dynamics", "dynamics")
noted(PPO, "update", "ppo")
noted(Runner, "_evaluate", "evaluation")
status = command_line.main(sys.argv[1:])
print("peak set by:", setting[0], flush=True)
sys.exit(status)
"""
PEAK = re.compile(r"peak CUDA memory: ([\d.]+) MiB allocated, ([\d.]+) MiB reserved")
PHASE = re.compile(r"^peak set by: (\w+)$", re.MULTILINE)
ALONE = 3
POLL_S = 0.05
TIME_LIMIT_S = 150.0
GRU_COLUMNS = ("batch", "steps", "hidden", "layers", "width", "kept_mib", "forward_peak_mib", "backward_peak_mib")


def command(knobs: Mapping[str, int], logs: str) -> list[str]:
    overrides = [f"agent.{KEYS[name]}={value}" for name, value in knobs.items() if name in KEYS]
    options = ["--device=cuda:0", f"--num_envs={knobs['num_envs']}", "--max_iterations=2", f"--logs={logs}"]
    return [sys.executable, "-c", TRAINER, *options, *overrides]


def used_mib() -> float:
    handle = pynvml.nvmlDeviceGetHandleByIndex(0)
    return float(pynvml.nvmlDeviceGetMemoryInfo(handle).used) / 2**20


def measure(knobs: Mapping[str, int], cores: Sequence[int], *, alone: bool) -> dict[str, object]:
    before, most, done = used_mib(), 0.0, threading.Event()

    def watch() -> None:
        nonlocal most
        while not done.wait(POLL_S):
            most = max(most, used_mib())

    watcher = threading.Thread(target=watch)
    watcher.start()
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as logs:
        try:
            ended = subprocess.run(
                ["taskset", "-c", ",".join(map(str, cores)), *command(knobs, logs)],
                capture_output=True,
                text=True,
                timeout=TIME_LIMIT_S,
                check=False,
            )
            text, status = ended.stdout + ended.stderr, "ok" if ended.returncode == 0 else "failed"
        except subprocess.TimeoutExpired:
            text, status = "", "timeout"
    done.set()
    watcher.join()
    peak, phase = PEAK.search(text), PHASE.search(text)
    if status == "failed":
        status = "OutOfMemoryError" if "OutOfMemoryError" in text else (text.strip().splitlines() or ["failed"])[-1]
    return {
        **knobs,
        "status": status,
        "peak_alloc": peak[1] if peak else "",
        "peak_reserved": peak[2] if peak else "",
        "peak_phase": phase[1] if phase else "",
        "device_growth_mib": round(most - before, 1) if alone else "",
        "alloc_conf": os.environ.get("PYTORCH_CUDA_ALLOC_CONF", ""),
        "device": torch.cuda.get_device_name(0),
        "seconds": round(time.monotonic() - start, 1),
    }


def measure_trainer(target: Path, changes: Sequence[Mapping[str, int]], parallel: int) -> None:
    configurations = [{**KNOBS, **change} for change in changes]
    done = {tuple(row[name] for name in KNOBS) for row in rows_of(target)}
    left = [knobs for knobs in configurations if tuple(str(knobs[name]) for name in KNOBS) not in done]
    alone = [knobs for knobs in left if knobs in configurations[:ALONE]]
    cores = sorted(os.sched_getaffinity(0))
    with target.open("a", newline="") as file:

        def write(row: dict[str, object]) -> None:
            writer = csv.DictWriter(file, list(row))
            if file.tell() == 0:
                writer.writeheader()
            writer.writerow(row)
            file.flush()
            print(row, flush=True)

        for knobs in alone:
            write(measure(knobs, cores, alone=True))
        shares = [cores[index::parallel] or cores for index in range(parallel)]
        free = list(shares)

        def measure_on_free_cores(knobs: Mapping[str, int]) -> dict[str, object]:
            mine = free.pop()
            try:
                return measure(knobs, mine, alone=False)
            finally:
                free.append(mine)

        with ThreadPoolExecutor(parallel) as pool:
            for row in pool.map(measure_on_free_cores, [knobs for knobs in left if knobs not in alone]):
                write(row)


def rows_of(target: Path) -> list[dict[str, str]]:
    """Of whole lines: what an interrupted run left."""
    if not target.exists():
        return []
    with target.open(newline="") as file:
        return list(csv.DictReader(file))


def measure_gru(target: Path) -> None:
    of_the_model = [
        *itertools.product((500, 2500, 5000), (1, 8, 32, 39), (64, 128, 192, 256, 384, 512), (2,), (57,)),
        *itertools.product((128, 1000, 2500), (1, 32), (128, 256), (1, 3), (57,)),
    ]
    where_it_switches = itertools.product((1000,), (1, 32), (96, *range(112, 321, 16)), (1, 2), (45, 57, 96, 128))
    done = {tuple(row[name] for name in GRU_COLUMNS[:5]) for row in rows_of(target)}
    with target.open("a", newline="") as file:
        writer = csv.writer(file)
        if file.tell() == 0:
            writer.writerow(GRU_COLUMNS)
        for batch, steps, hidden, layers, width in dict.fromkeys((*of_the_model, *where_it_switches)):
            if tuple(map(str, (batch, steps, hidden, layers, width))) in done:
                continue
            rnn = torch.nn.GRU(width, hidden, layers, batch_first=True, device="cuda")
            inputs = torch.randn(batch, steps, width, device="cuda")
            rnn(inputs)[0].sum().backward()  # gradients and library handles exist from here on
            torch.cuda.synchronize()
            torch.cuda.reset_peak_memory_stats()
            before = torch.cuda.memory_allocated()
            outputs, hidden_state = rnn(inputs)
            kept = torch.cuda.memory_allocated() - before
            forward_peak = torch.cuda.max_memory_allocated() - before
            loss = outputs[:, -1].sum()
            torch.cuda.reset_peak_memory_stats()
            loss.backward()
            backward_peak = torch.cuda.max_memory_allocated() - before
            sizes = (round(value / 2**20, 4) for value in (kept, forward_peak, backward_peak))
            writer.writerow((batch, steps, hidden, layers, width, *sizes))
            del rnn, inputs, outputs, hidden_state, loss


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("trainer_csv", type=Path)
    parser.add_argument("--configurations", choices=CONFIGURATIONS, default="fitted")
    parser.add_argument("--gru", type=Path, metavar="GRU_CSV")
    parser.add_argument("--parallel", type=int, default=4, help="trainers at a time (default %(default)s)")
    options = parser.parse_args()
    pynvml.nvmlInit()
    if options.gru:
        measure_gru(options.gru)
        torch.cuda.empty_cache()
    measure_trainer(options.trainer_csv, CONFIGURATIONS[options.configurations], options.parallel)
