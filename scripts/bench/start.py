"""From exec to the first full screen, with 2,000 run directories there; its memory and its bytes; then idle."""

from __future__ import annotations

import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from scripts.bench.figure import Figure, skipped
from scripts.bench.peers.commands import Missing, minimal_app, toolong
from scripts.bench.pty_program import PtyProgram
from scripts.bench.standin_launch import RWM_TUI
from scripts.bench.surroundings import Surroundings

RUNS = 2000
IDLE_S = 20.0
SETTLE_S = 3.0
TOOLONG_LINES = 100_000


class Start:
    """One start of one program."""

    def __init__(self, command: list[str], painted: tuple[str, ...], cwd: Path) -> None:
        environment = {"RWM_TUI_LOGS": str(cwd / "logs"), "RWM_TUI_PROJECT_ROOT": str(cwd)}
        with PtyProgram(command, cwd=cwd, environment=environment) as program:
            for text in painted:
                program.wait_for(re.escape(text.encode()))
            rested = program.wait_for_rest()
            self.painted_s = program.painted_at(*painted) - program.started
            self.rested_s = rested - program.started
            self.bytes = program.bytes_written()
            self.peak_mib = program.peak_mib()


def start(around: Surroundings) -> list[Figure]:
    logs_with_runs(around.work)
    log = around.work / "lines.log"
    log.write_text("".join(f"[INFO] line {number} of a log of some length\n" for number in range(TOOLONG_LINES)))
    programs = {
        "ours": ([*RWM_TUI], ("Quit", "Launch", "num_envs")),
        "minimal": (minimal_app(), ("minimal text", "Goodbye")),
    }
    absent = ""
    try:
        programs["toolong"] = ([toolong(around.cache), str(log)], (f"line {TOOLONG_LINES - 1} ",))
    except Missing as missing:
        absent = str(missing)
    starts: dict[str, list[Start]] = {name: [] for name in programs}
    for _ in range(around.repeats):
        for name, (command, painted) in programs.items():
            starts[name].append(Start(command, painted, around.work))

    def median(name: str, of: Callable[[Start], float]) -> float:
        return statistics.median(map(of, starts[name]))

    def against(title: str, unit: str, of: Callable[[Start], float], peer: str, goal: float) -> Figure:
        label = "minimal Textual app" if peer == "minimal" else peer
        return Figure(title, unit, median("ours", of), goal, label, median(peer, of))

    figures = [
        against(f"exec to first full screen, {RUNS:,} runs", "s", lambda s: s.painted_s, "minimal", 1.15),
        against("peak memory after start", "MiB", lambda s: s.peak_mib, "minimal", 1.4),
        against("bytes to first rest", "B", lambda s: float(s.bytes), "minimal", 0.5),
    ]
    if absent:
        figures.append(skipped("exec to first full screen against toolong", absent))
    else:
        title = "exec to first full screen, against toolong"
        figures.append(against(title, "s", lambda s: s.painted_s, "toolong", 0.5))
    return figures


def idle(around: Surroundings) -> list[Figure]:
    """Both side by side, so that whatever else the machine does meets both."""
    with (
        PtyProgram([*RWM_TUI, "--logs", str(around.work / "logs")], cwd=around.work) as ours,
        PtyProgram(minimal_app(), cwd=around.work) as minimal,
    ):
        for program in (ours, minimal):
            program.wait_for_rest(SETTLE_S)
        began = time.monotonic()
        before = ours.cpu_s(), minimal.cpu_s()
        time.sleep(IDLE_S)
        used = ours.cpu_s() - before[0], minimal.cpu_s() - before[1]
        sent = ours.bytes_written(since=began) / IDLE_S
    share = [100 * max(seconds, 0.01) / IDLE_S for seconds in used]  # a clock tick is the least that can be told
    return [
        Figure("idle: bytes to the terminal", "B/s", sent, 0),
        Figure("idle: CPU", "% of a core", share[0], 3, "minimal Textual app", share[1]),
    ]


def logs_with_runs(folder: Path) -> Path:
    """A logs folder with the run directories of `scripts/generate_runs.py`."""
    logs = folder / "logs"
    generator = Path(__file__).parent.parent / "generate_runs.py"
    subprocess.run(
        [sys.executable, str(generator), str(logs), "--runs", str(RUNS), "--checkpoint-kib", "1"],
        check=True,
    )
    return logs
