"""Measure the app beside its peers, print the ratios, keep the figures.

    python -m scripts.bench [MEASUREMENT …] [--repeats 5] [--output build/bench.json]

`python -m scripts.bench.report` then writes docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import datetime
import os
import platform
import sys
import tempfile
import time
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import msgspec

from scripts.bench.bench_report import BenchReport
from scripts.bench.figure import Figure, skipped, table
from scripts.bench.following import following
from scripts.bench.large_log import large_log
from scripts.bench.live_run import live_run, one_value
from scripts.bench.peers.commands import Missing
from scripts.bench.pty_program import NotSeen
from scripts.bench.slow_line import slow_line
from scripts.bench.start import idle, start
from scripts.bench.surroundings import Measurement, Surroundings
from scripts.bench.watched_trainer import watched_trainer

MEASUREMENTS: dict[str, Measurement] = {
    "start": start,
    "idle": idle,
    "live_run": live_run,
    "one_value": one_value,
    "following": following,
    "large_log": large_log,
    "watched_trainer": watched_trainer,
    "slow_line": slow_line,
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("measurement", nargs="*", choices=[[], *MEASUREMENTS], help="default: all")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--output", type=Path, default=Path("build/bench.json"))
    parser.add_argument("--cache", type=Path, default=default_cache(), help="where peers are installed")
    options = parser.parse_args()
    began = time.monotonic()
    figures: list[Figure] = []
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="rwm-tui-bench-") as work:
        around = Surroundings(Path(work), options.cache, options.repeats)
        for name in options.measurement or MEASUREMENTS:
            print(f"measuring: {name}", file=sys.stderr, flush=True)
            figures += measured(name, around)
            options.output.parent.mkdir(parents=True, exist_ok=True)
            options.output.write_bytes(
                msgspec.json.format(msgspec.json.encode(report(figures, began, load, options.repeats)))
            )
    print(table(figures))
    missed = [figure.name for figure in figures if figure.met is False]
    print(
        f"\n{len(figures) - len(missed)} of {len(figures)} not missed"
        + (f"; missed: {', '.join(missed)}" * bool(missed))
    )
    return 1 if missed else 0


def measured(name: str, around: Surroundings) -> list[Figure]:
    """A measurement's figures; one that fails says so and the others go on."""
    folder = around.work / name
    folder.mkdir()
    try:
        return MEASUREMENTS[name](replace(around, work=folder))
    except (Missing, NotSeen) as error:
        return [skipped(name, " ".join(str(error).split())[:300])]


def report(figures: list[Figure], began: float, load: float, repeats: int) -> BenchReport:
    machine = f"{os.cpu_count()} cores, {processor()}, {platform.system()} {platform.release()}"
    versions = {"python": platform.python_version(), "textual": version("textual")}
    today = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC")
    loads = (load, os.getloadavg()[0])
    return BenchReport(today, machine, versions, time.monotonic() - began, figures, loads, repeats, os.nice(0))


def processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def default_cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "rwm-tui-bench"


if __name__ == "__main__":
    sys.exit(main())
