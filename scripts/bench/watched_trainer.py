"""What watching costs the trainer: a writer's flat-out speed while the app watches, and while the app is stopped.

A machine's speed moves by more within seconds than watching costs. So the two take turns in short spells, and each
spell is held against the one beside it. A stopped app does nothing, as if nobody watched; one that goes on sets its
terminal up anew, with two threads more each time, so that it costs rather more here than it does for a user.
"""

from __future__ import annotations

import os
import signal
import statistics
import subprocess
import sys
from pathlib import Path

from scripts.bench.figure import Figure
from scripts.bench.following import settled
from scripts.bench.pty_program import PtyProgram
from scripts.bench.standin_launch import live_launch, watching
from scripts.bench.surroundings import Surroundings

PAIRS_PER_REPEAT = 30
LINES = 100_000
LAST_LINE = b"the last line of this trainer\n"
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
    paths = live_launch(around.work / "logs")
    pairs = []
    with PtyProgram(watching(paths)) as program:
        program.wait_for(rb"\w")
        settled(program)

        def watched() -> tuple[float, float]:
            os.kill(program.pid, signal.SIGCONT)
            return speed(paths.console)

        def unwatched() -> tuple[float, float]:
            os.kill(program.pid, signal.SIGSTOP)
            return speed(around.work / "unwatched.log")

        for _ in range(PAIRS_PER_REPEAT * around.repeats):
            pairs.append((watched(), unwatched()))
            alone = unwatched()
            pairs.append((watched(), alone))
        os.kill(program.pid, signal.SIGCONT)
        with paths.console.open("ab") as log:
            log.write(LAST_LINE)
        program.wait_for_screen(LAST_LINE.decode().strip())  # else nobody has been watching
    return [
        _figure("a trainer's speed, watched", [(ours[0], alone[0]) for ours, alone in pairs]),
        _figure("a trainer's speed, watched, of CPU", [(ours[1], alone[1]) for ours, alone in pairs]),
    ]


def _figure(title: str, pairs: list[tuple[float, float]]) -> Figure:
    ratio = statistics.median(watched / alone for watched, alone in pairs)
    speeds = " and ".join(f"{statistics.median(column) / 1e6:.2f}" for column in zip(*pairs, strict=True))
    note = f"of {len(pairs)} pairs the median; {speeds} million lines/s"
    return Figure(title, "of it alone", ratio, 0.95, at_least=True, note=note)


def speed(log: Path) -> tuple[float, float]:
    """Lines a second and a second of CPU; one write(2) each."""
    done = subprocess.run([sys.executable, "-c", WRITER, str(log)], capture_output=True, text=True, check=True)
    wall, cpu = map(float, done.stdout.split())
    return wall, cpu
