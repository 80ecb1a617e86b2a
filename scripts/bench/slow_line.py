"""Keys over ssh with 100 ms round trip: until the screen answers, and what an answer costs on the wire."""

from __future__ import annotations

import shlex
import statistics
import time
from pathlib import Path

from scripts.bench.delayed_line import delayed_line
from scripts.bench.figure import Figure
from scripts.bench.following import FOLLOWED, HELD, percentile
from scripts.bench.own_sshd import over_ssh, own_sshd
from scripts.bench.pty_program import PtyProgram
from scripts.bench.standin_launch import live_launch, watching
from scripts.bench.surroundings import Surroundings

ROUND_TRIP_S = 0.1
KEYS = 150
PAUSE_S = 0.25
PROJECT = Path(__file__).resolve().parent.parent.parent


def slow_line(around: Surroundings) -> list[Figure]:
    """`cat` and ours, each over a line of its own, a key to each in turn."""
    folder = around.work
    paths = live_launch(folder / "logs")
    paths.console.write_bytes(b"the only line\n")
    ours = f"cd {shlex.quote(str(PROJECT))} && COLORTERM=truecolor exec {shlex.join(watching(paths))}"
    with (
        own_sshd(folder) as port,
        delayed_line(port, ROUND_TRIP_S) as cat_line,
        delayed_line(port, ROUND_TRIP_S) as our_line,
        PtyProgram(over_ssh(folder, cat_line.port, "echo ready; exec cat")) as cat,
        PtyProgram(over_ssh(folder, our_line.port, ours)) as app,
    ):
        cat.wait_for(rb"ready")
        app.wait_for_screen(FOLLOWED)
        app.wait_for_rest()
        echoed, answered = [], []
        before = our_line.received
        for number in range(KEYS):
            letter = b"abcdefghij"[number % 10 : number % 10 + 1]
            echoed.append(answer_s(cat, letter, letter.decode() + r"\s*$"))
            answered.append(answer_s(app, b"f", FOLLOWED if number % 2 else HELD))
            time.sleep(PAUSE_S)
        wire = (our_line.received - before) / KEYS
    note = f"medians {1000 * statistics.median(answered):.1f} and {1000 * statistics.median(echoed):.1f}"
    return [
        Figure(
            "100 ms round trip, key to screen p95", "ms", 1000 * percentile(answered, 0.95), 1.05,
            "cat's echo", 1000 * percentile(echoed, 0.95), note=note,
        ),
        Figure("100 ms round trip, a key that changes one line", "B", wire, 600, note="on the wire, framing too"),
    ]  # fmt: skip


def answer_s(program: PtyProgram, key: bytes, pattern: str) -> float:
    program.replayed()
    pressed = program.send(key)
    return program.wait_for_screen(pattern, limit_s=10.0) - pressed
