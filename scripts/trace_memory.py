"""Trace what the embedded trainer takes from the allocator: ``PYTHONPATH=. python scripts/trace_memory.py traces.gz``.

The forecast replays the trainer's tensors in the order of its code; a trace shows what that order really is, cuDNN's
and autograd's own tensors among them. Each configuration runs two iterations in a process of its own. A trace begins
with a line ``# knobs``; then ``a NUMBER BYTES PLACE`` takes a block, ``f NUMBER`` gives it back, and ``m BYTES`` maps
further memory. PLACE is the line of the trainer's code, ``-`` in autograd's own thread.
"""

import argparse
import gzip
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from scripts.measure_memory import KNOBS, command

TRACED: tuple[dict[str, int], ...] = (
    {},
    {"forecast_horizon": 24},
    *({"num_envs": 150, "mini_batch_size": 3000, "forecast_horizon": horizon} for horizon in (7, 10)),
    {"ensemble_size": 2, "mini_batch_size": 1500},
    {"num_envs": 100, "mini_batch_size": 600, "ensemble_size": 2},
    {"ensemble_size": 3, "rnn_hidden": 128, "history_horizon": 16, "forecast_horizon": 4, "mini_batch_size": 1000},
    *({"num_envs": 100, "mini_batch_size": 900, "rnn_hidden": hidden} for hidden in (224, 512)),
    {"num_envs": 100, "mini_batch_size": 2200, "rnn_layers": 1, "rnn_hidden": 384, "forecast_horizon": 12},
    {"num_envs": 100, "mini_batch_size": 64, "eval_traj": 1000},
    {"num_envs": 3500, "mini_batch_size": 64, "replay_buffer_size": 600},
    {"num_envs": 64, "mini_batch_size": 128, "forecast_horizon": 2, "replay_buffer_size": 256},
)
# Runs the trainer with the allocator's history on, and writes it to the file named first.
TRAINER = """
import sys, torch
from scripts.trace_memory import write_trace
from rwm_tui.trainer import command_line
torch.cuda.memory._record_memory_history(context="alloc", stacks="python", max_entries=2_000_000)
status = command_line.main(sys.argv[2:])
write_trace(torch.cuda.memory._snapshot(), sys.argv[1])
sys.exit(status)
"""
TIME_LIMIT_S = 200.0


def write_trace(snapshot: Mapping[str, Any], target: str) -> None:
    with gzip.open(target, "wt") as file:
        file.writelines(f"{line}\n" for line in trace_lines(snapshot["device_traces"][0]))


def trace_lines(events: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    numbers: dict[int, int] = {}
    for number, event in enumerate(events):
        match event["action"]:
            case "alloc":
                numbers[event["addr"]] = number
                yield f"a {number} {event['size']} {_place(event.get('frames', ()))}"
            case "free_completed" if event["addr"] in numbers:
                yield f"f {numbers.pop(event['addr'])}"
            case "segment_map" | "segment_alloc":
                yield f"m {event['size']}"


def _place(frames: Sequence[Mapping[str, Any]]) -> str:
    for frame in frames:
        if "rwm_tui/trainer" in frame["filename"]:
            return f"{Path(frame['filename']).stem}:{frame['line']}"
    return "-" if not frames else f"{Path(frames[0]['filename']).stem}:{frames[0]['line']}"


def trace(knobs: Mapping[str, int]) -> str:
    """The trace of one configuration, or why there is none."""
    python, flag, _, *arguments = command({**KNOBS, **knobs}, "")
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "trace.gz"
        arguments = [f"--logs={folder}" if argument.startswith("--logs=") else argument for argument in arguments]
        try:
            ended = subprocess.run(
                [python, flag, TRAINER, str(target), *arguments],
                capture_output=True,
                text=True,
                timeout=TIME_LIMIT_S,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return "# timeout\n"
        if not target.exists():
            return f"# failed: {(ended.stderr.strip().splitlines() or ['no word'])[-1]}\n"
        with gzip.open(target, "rt") as file:
            return file.read()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("traces", type=Path)
    parser.add_argument("--parallel", type=int, default=6, help="trainers at a time (default %(default)s)")
    options = parser.parse_args()
    with gzip.open(options.traces, "wt") as file, ThreadPoolExecutor(options.parallel) as pool:
        for knobs, text in zip(TRACED, pool.map(trace, TRACED), strict=True):
            file.write(f"# {json.dumps({**KNOBS, **knobs})}\n{text}")
            file.flush()
            print(knobs, text.count("\n"), "lines", file=sys.stderr, flush=True)
