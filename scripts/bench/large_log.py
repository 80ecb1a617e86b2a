"""A log of 1 GB: opened at its end, beside toolong; searched; filtered, beside less."""

from __future__ import annotations

import statistics
import time
from pathlib import Path

from rwm_tui.core.log.log_file import LogFile
from rwm_tui.core.log.matches import Matches
from rwm_tui.core.log.matching import parse_query
from scripts.bench.figure import Figure, skipped
from scripts.bench.filtered_log import filtering
from scripts.bench.following import settled
from scripts.bench.log_writer import line
from scripts.bench.peers.commands import Missing, toolong
from scripts.bench.pty_program import PtyProgram
from scripts.bench.standin_launch import live_launch, watching
from scripts.bench.surroundings import Surroundings

SIZE = 10**9
BLOCK_LINES = 50_000
OPENINGS = 3
FIRST_HIT = 50_000


def large_log(around: Surroundings) -> list[Figure]:
    paths = live_launch(around.work / "logs")
    lines = fill(paths.console)
    last = f"L{lines - 1:010d} "
    figures = opening(around, watching(paths), paths.console, last)
    figures += [first_hit(watching(paths), last), *searching(paths.console)]
    figures += filtering(watching(paths), paths.console, last)
    paths.console.unlink()
    return figures


def fill(path: Path) -> int:
    """Write the log; how many lines it has."""
    lines = 0
    with path.open("wb") as log:
        while log.tell() < SIZE:
            log.write(b"".join([line(number) for number in range(lines, lines + BLOCK_LINES)]))
            lines += BLOCK_LINES
    return lines


def opening(around: Surroundings, ours: list[str], log: Path, last: str) -> list[Figure]:
    title = "1 GB log, exec to last line"
    try:
        programs = {"ours": ours, "toolong": [toolong(around.cache), str(log)]}
    except Missing as missing:
        return [skipped(title, str(missing))]
    took: dict[str, list[float]] = {name: [] for name in programs}
    peak: dict[str, list[float]] = {name: [] for name in programs}
    for _ in range(OPENINGS):
        for name, command in programs.items():
            with PtyProgram(command) as program:
                took[name].append(program.wait_for_screen(last, limit_s=60.0) - program.started)
                settled(program)
                peak[name].append(program.peak_mib())
    seconds, mib = ({name: statistics.median(values) for name, values in found.items()} for found in (took, peak))
    return [
        Figure(title, "s", seconds["ours"], 0.15, "toolong", seconds["toolong"]),
        Figure("1 GB log, peak memory", "MiB", mib["ours"], 0.04, "toolong", mib["toolong"]),
    ]


def first_hit(command: list[str], last: str) -> Figure:
    """From the top of the log: a word that stands some megabytes away."""
    with PtyProgram(command) as program:
        program.wait_for_screen(last)
        settled(program)
        program.send(b"g")
        program.wait_for_screen(r"L0000000000 ")
        program.send(b"/L%010d" % FIRST_HIT)
        settled(program)
        program.replayed()
        asked = program.send(b"\r")
        shown = program.wait_for_screen(f"L{FIRST_HIT + 1:010d} ")
    return Figure(
        f"1 GB log, first hit ({FIRST_HIT * len(line(0)) / 1e6:.0f} MB away) shown", "ms", 1000 * (shown - asked), 100
    )


def searching(log: Path) -> list[Figure]:
    """Every match counted, in one thread."""
    return [
        Figure("search through 1 GB, literal", "MB/s", rate(log, "Reward NaN"), 1000, at_least=True),
        Figure("search through 1 GB, regex", "MB/s", rate(log, r"/loss: (nan|inf)/"), 200, at_least=True),
        Figure("search through 1 GB, nested regex", "MB/s", rate(log, r"/(\w+[ :])+nan$/"), 200, at_least=True),
        Figure("search through 1 GB, regex with hits", "MB/s", rate(log, r"/L\d+7777 /"), 200, at_least=True),
    ]


def rate(path: Path, query: str) -> float:
    """MB/s of CPU time."""
    matches = Matches(LogFile(path), parse_query(query))
    began = time.process_time()
    while matches.advance():
        pass
    return SIZE / 1e6 / (time.process_time() - began)
