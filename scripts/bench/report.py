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

Taken {report.date} in {report.took_s / 60:.0f} min by `make bench`, written by `make bench-report`.
{report.machine}; {versions}. Every ratio is of one run; only ratios carry over to another machine.

{table(report.figures)}
"""


if __name__ == "__main__":
    main()
