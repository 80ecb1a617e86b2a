"""How fast thousands of run directories are listed, beside TensorBoard's data server loading the same files.

    python scripts/bench_history.py [--runs 2000] [--repeats 5] [--logs EXISTING_LOGS]

Wall time from exec to the end, median over the repeats, the programs in turn; beside it the CPU time of each, which
other programs disturb less. Goals: first listing ≤ 0.15× and reopening ≤ 0.03× the data server's wall time.
`pip install tensorboard-data-server` for the comparison.
"""

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import generate_runs

ROOT = Path(__file__).resolve().parent.parent
IN_PROCESS = """
import sys, time
from pathlib import Path
from rwm_tui.core.review.history import list_history
from rwm_tui.core.settings import Project
logs = Path(sys.argv[1])
began = time.perf_counter()
entries = list_history(Project(root=logs.parent, profiles=logs, logs=logs, found=True))
print(time.perf_counter() - began, len(entries))
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=2000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--logs", type=Path, help="made by generate_runs.py before; default: made anew and removed")
    options = parser.parse_args()
    if options.logs:
        measure(options.logs, options.repeats)
        return
    with tempfile.TemporaryDirectory() as folder:
        logs = Path(folder) / "logs"
        sys.argv = ["generate_runs.py", str(logs), "--runs", str(options.runs)]
        generate_runs.main()
        measure(logs, options.repeats)


def measure(logs: Path, repeats: int) -> None:
    server = data_server()
    measured: dict[str, Callable[[], float]] = {
        "data server, all loaded": lambda: load_time(server, logs) if server else float("nan"),
        "rwm-tui runs, no index": lambda: forget(logs) or wall([*RWM_TUI, "runs", "--logs", str(logs)]),
        "rwm-tui runs, reopened": lambda: wall([*RWM_TUI, "runs", "--logs", str(logs)]),
        "in a running process, no index": lambda: forget(logs) or in_process(logs),
        "in a running process, reopened": lambda: in_process(logs),
        "python -c pass": lambda: wall([sys.executable, "-c", "pass"]),
    }
    measured["rwm-tui runs, reopened"]()  # Python compiles
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in measured}
    for _ in range(repeats):
        for name, once in measured.items():
            cpu = children_cpu()
            times[name].append((once(), children_cpu() - cpu))
    reference = medians(times["data server, all loaded"])
    print(f"{'':<34}{'wall s':>10}{'× data server':>16}{'CPU s':>10}{'× data server':>16}")
    for name, values in times.items():
        (wall_s, cpu_s), (reference_wall, reference_cpu) = medians(values), reference
        ratios = wall_s / reference_wall, cpu_s / reference_cpu if reference_cpu else float("nan")
        print(f"{name:<34}{wall_s:>10.3f}{ratios[0]:>16.3f}{cpu_s:>10.3f}{ratios[1]:>16.3f}")
    if server is None:
        print("the data server is not installed: no ratio", file=sys.stderr)


def medians(values: list[tuple[float, float]]) -> tuple[float, float]:
    wall_s, cpu_s = (statistics.median(column) for column in zip(*values, strict=True))
    return wall_s, cpu_s


def children_cpu() -> float:
    """CPU seconds of the processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


# As a user has it: Python keeps what it has compiled, whatever was wished for here.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
RWM_TUI = (str(Path(sys.executable).with_name("rwm-tui")),)


def forget(logs: Path) -> None:
    (logs / ".cache" / "history.msgpack").unlink(missing_ok=True)


def wall(command: list[str]) -> float:
    began = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True, cwd=ROOT, env=ENVIRONMENT)
    return time.perf_counter() - began


def in_process(logs: Path) -> float:
    done = subprocess.run(
        [sys.executable, "-c", IN_PROCESS, str(logs)],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env=ENVIRONMENT,
    )
    return float(done.stdout.split()[0])


def data_server() -> str | None:
    try:
        import tensorboard_data_server
    except ImportError:
        return None
    path = tensorboard_data_server.server_binary()
    return str(path) if path else None


def load_time(server: str, logs: Path) -> float:
    """From exec to the end of its first load cycle, which it logs."""
    began = time.perf_counter()
    command = [server, "--logdir", str(logs / "rsl_rl"), "--port", "0", "--reload", "once", "-v"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if "Finished load cycle" in line:
                break
        took = time.perf_counter() - began
        process.kill()
    return took


if __name__ == "__main__":
    main()
