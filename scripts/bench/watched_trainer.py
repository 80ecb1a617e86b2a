"""What watching costs the trainer: a writer's flat-out speed with the app beside it, and alone, in turn."""

from __future__ import annotations

import statistics
import subprocess
import sys
from pathlib import Path

from scripts.bench.figure import Figure
from scripts.bench.following import settled
from scripts.bench.pty_program import PtyProgram
from scripts.bench.standin_launch import live_launch, watching
from scripts.bench.surroundings import Surroundings

LINES = 1_500_000
WRITER = f"""
import sys, time
line = b"[INFO] a line of a training log, as long as they are: loss 0.0123456 reward 12.3456 steps/s 54321\\n"
with open(sys.argv[1], "ab", buffering=0) as log:
    began, cpu = time.monotonic(), time.process_time()
    for _ in range({LINES}):
        log.write(line)
    print({LINES} / (time.monotonic() - began), {LINES} / (time.process_time() - cpu))
"""


def watched_trainer(around: Surroundings) -> list[Figure]:
    alone, watched = [], []
    for number in range(around.repeats):
        paths = live_launch(around.work / f"logs-{number}")
        alone.append(speed(around.work / "alone.log"))
        with PtyProgram(watching(paths)) as program:
            program.wait_for(rb"\w")
            settled(program)
            watched.append(speed(paths.console))
    (wall, cpu), (wall_alone, cpu_alone) = map(medians, (watched, alone))
    title, peer = "a trainer's log lines a second, watched", "nobody watching"
    return [
        Figure(title, "lines/s", wall, 0.95, peer, wall_alone, True),
        Figure(f"{title}, of CPU", "lines/s", cpu, 0.95, peer, cpu_alone, True, "whatever else the machine does"),
    ]


def medians(speeds: list[tuple[float, float]]) -> tuple[float, float]:
    return statistics.median(wall for wall, _ in speeds), statistics.median(cpu for _, cpu in speeds)


def speed(log: Path) -> tuple[float, float]:
    """Lines a second and a second of CPU; one write(2) each."""
    done = subprocess.run([sys.executable, "-c", WRITER, str(log)], capture_output=True, text=True, check=True)
    log.unlink()
    wall, cpu = map(float, done.stdout.split())
    return wall, cpu
