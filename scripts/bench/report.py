"""Write docs/benchmarks.md from the figures that `python -m scripts.bench` kept.

python -m scripts.bench.report [--input build/bench.json] [--output docs/benchmarks.md]
"""

from __future__ import annotations

import argparse
from pathlib import Path

import msgspec

from scripts.bench.bench_report import BenchReport
from scripts.bench.figure import table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--input", type=Path, default=Path("build/bench.json"))
    parser.add_argument("--output", type=Path, default=Path("docs/benchmarks.md"))
    options = parser.parse_args()
    options.output.write_text(page(msgspec.json.decode(options.input.read_bytes(), type=BenchReport)))


def page(report: BenchReport) -> str:
    versions = ", ".join(f"{name} {number}" for name, number in report.versions.items())
    return f"""# Benchmarks

Taken {report.date} in {report.took_s / 60:.0f} min by `make bench` (short ones {report.repeats} times,
medians; niceness {report.niceness}), written by `make bench-report`.
{report.machine}; {versions}. Load average {report.load[0]:.1f} before and {report.load[1]:.1f} after: what
exceeds the cores was other programs' work. Every ratio is of one run; only ratios carry over to another machine.

{table(report.figures)}

## The peers

- *minimal Textual app*: Header, Label, Footer; it sends two whole screens of 6 kB to its first rest.
- *Label of an app's reactive value*: the value is a reactive attribute of the App, whose watcher updates the Label. Any
  reactive attribute of an App repaints its whole screen. *Label.update alone* is the leanest that Textual offers.
- *toolong*, *less*, *btop*, *cat* over ssh: as they are packaged. toolong is installed from its package index on the
  first run; `apt-get install less btop openssh-server` for the others. The table says what was missing.

Ours sends only cells that change (`rwm_tui/display/`), so what it shows is read off the replayed screen; of the others
the raw bytes are searched, which favours them. The log's lines are of 150 bytes and no two on a screen are alike.
Lag: from a line's write(2) to the first bytes that show it or a later one. CPU and traffic are of the time in which the
log is written; what is put off until afterwards stands beside them. Keys under a flood are 60 a rate, 20 beside each of
three programs, and 150 over the slow line, one to each program in turn. The watched trainer writes in spells of 0.1 s,
by turns into the log that the app follows and, with the app stopped (SIGSTOP), into one beside it. Each time the app
goes on it sets its terminal up anew, which counts against it.
"""


if __name__ == "__main__":
    main()
