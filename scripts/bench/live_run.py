"""Traffic of a live run at 2 Hz, beside btop at 500 ms; of one changing value, beside a Label that shows it."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from scripts.bench.figure import Figure, skipped
from scripts.bench.following import settled
from scripts.bench.peers.commands import Missing, debian, naive_label
from scripts.bench.pty_program import PtyProgram
from scripts.bench.standin_launch import live_launch, watching, write_sample
from scripts.bench.surroundings import Surroundings

EVERY_S = 0.5
WATCHED_S = 20.0
BEFORE_S = 3.0


def live_run(around: Surroundings) -> list[Figure]:
    """Memory samples that wander as a training's do, drawn as a chart."""
    title = "a live run at 2 Hz with its chart: bytes"
    paths = live_launch(around.work / "logs")

    def sample(tick: int) -> None:
        write_sample(paths, 3000 + 900 * math.sin(tick / 7) + 40 * math.sin(tick), 1500 + tick)

    with every_tick(sample):
        sent, cpu = traffic(watching(paths))
    try:
        btop, btop_cpu = traffic([debian("btop")], {"XDG_CONFIG_HOME": str(btop_settings(around.work))})
    except Missing as missing:
        return [skipped(title, str(missing))]
    note = f"CPU {cpu:.2g} % against {btop_cpu:.2g} %"
    return [Figure(title, "B/s", sent, 0.1, "btop at 500 ms", btop, note=note)]


def one_value(around: Surroundings) -> list[Figure]:
    """A progress line that a trainer rewrites by carriage returns."""
    paths = live_launch(around.work / "logs")

    def advance(tick: int) -> None:
        with paths.console.open("ab") as console:
            console.write(b"\rprogress %d of 1000" % tick)

    with every_tick(advance):
        ours, _ = traffic(watching(paths))
    naive, _ = traffic(naive_label(EVERY_S))
    bare, _ = traffic(naive_label(EVERY_S, bare=True))
    title = "one value that changes at 2 Hz: bytes"
    return [
        Figure(title, "B/s", ours, 0.03, "Label of an app's reactive value", naive),
        Figure(f"{title}, against the leanest", "B/s", ours, 1.0, "Label.update alone", bare),
    ]


@contextmanager
def every_tick(do: Callable[[int], None]) -> Iterator[None]:
    over = threading.Event()

    def ticking() -> None:
        tick = 0
        while not over.wait(EVERY_S):
            tick += 1
            do(tick)

    thread = threading.Thread(target=ticking)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def traffic(command: list[str], environment: dict[str, str] | None = None) -> tuple[float, float]:
    """Bytes a second to the terminal, and CPU in percent of a core, once it has settled."""
    with PtyProgram(command, environment=environment) as program:
        program.wait_for(rb"\w")
        settled(program)
        time.sleep(BEFORE_S)
        cpu, began = program.cpu_s(), time.monotonic()
        time.sleep(WATCHED_S)
        return program.bytes_written(since=began) / WATCHED_S, 100 * (program.cpu_s() - cpu) / WATCHED_S


def btop_settings(folder: Path) -> Path:
    settings = folder / "config"
    (settings / "btop").mkdir(parents=True)
    (settings / "btop" / "btop.conf").write_text(f"update_ms = {round(EVERY_S * 1000)}\n")
    return settings
