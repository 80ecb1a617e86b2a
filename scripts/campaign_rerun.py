"""Provoke out-of-memory on a CUDA device and rerun by the tool's plan: ``python scripts/campaign_rerun.py OUT_DIR``.

Each configuration of the embedded trainer runs under a cap on torch's memory, through the command line as a user
would: it fails, `rerun --fit` plans and launches the smaller one, `fit --after` finds the largest that fits by real
launches. OUT_DIR gets reruns.csv (one row a configuration), launches.csv (one row a launch) and summary.txt;
configurations that already have a row are left out, so that the same command goes on where it was ended.
"""

import argparse
import contextlib
import csv
import json
import os
import queue
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[1]
KEYS = {
    "mini_batch_size": "algorithm.system_dynamics_mini_batch_size",
    "num_mini_batches": "algorithm.system_dynamics_num_mini_batches",
    "forecast_horizon": "algorithm.system_dynamics_forecast_horizon",
    "replay_buffer_size": "algorithm.system_dynamics_replay_buffer_size",
    "num_eval_trajectories": "algorithm.system_dynamics_num_eval_trajectories",
    "len_eval_trajectory": "algorithm.system_dynamics_len_eval_trajectory",
    "ensemble_size": "system_dynamics.ensemble_size",
    "history_horizon": "system_dynamics.history_horizon",
    "rnn_hidden": "system_dynamics.architecture_config.rnn_hidden_size",
    "rnn_layers": "system_dynamics.architecture_config.rnn_num_layers",
}
PLAIN = "plain"  # without expandable segments
Sizes = Mapping[str, int]


@dataclass(frozen=True)
class Configuration:
    """Sizes that differ from the reference's, the cap, and the part that is expected to fail."""

    cap_mib: int
    sizes: Sizes
    part: str = "dynamics"
    profile: str = "embedded-default"

    @property
    def name(self) -> str:
        return " ".join([f"cap={self.cap_mib}", *(f"{k}={v}" for k, v in self.sizes.items()), self.profile])


def few(num_envs: int, mini_batch_size: int, **others: int) -> dict[str, int]:
    """Sizes with few mini-batches: their number does not matter to memory, but to time."""
    return {"num_envs": num_envs, "mini_batch_size": mini_batch_size, "num_mini_batches": 4, **others}


# An 8 GiB card less the least, the middle and the most that published benchmarks say of a simulator.
CONFIGURATIONS = (
    Configuration(5045, {"num_envs": 4096}),
    Configuration(3692, {"num_envs": 4096}),
    Configuration(2375, {"num_envs": 4096}),
    Configuration(1800, few(4096, 1000)),
    Configuration(3200, few(2048, 4000, replay_buffer_size=500)),
    Configuration(4000, few(1024, 5000)),
    Configuration(2000, few(1024, 2500)),
    Configuration(5000, few(1024, 3000, ensemble_size=3)),
    Configuration(4500, few(1024, 5000, forecast_horizon=16)),
    Configuration(3000, few(1024, 5000, forecast_horizon=2)),
    Configuration(2500, few(1024, 2500), profile=PLAIN),
    Configuration(2200, few(512, 5000, history_horizon=16)),
    Configuration(4000, few(512, 3000, history_horizon=64)),
    Configuration(5000, few(512, 4000, rnn_layers=3)),
    Configuration(3000, few(512, 6000, rnn_layers=1)),
    Configuration(6000, few(256, 8000)),
    Configuration(1200, few(256, 1500)),
    Configuration(3500, few(64, 5000)),
    Configuration(4000, few(64, 5000), profile=PLAIN),
    Configuration(8000, few(64, 5000, rnn_hidden=512)),
    Configuration(4000, few(64, 2500, rnn_hidden=512)),
    Configuration(2500, few(64, 5000, rnn_hidden=128)),
    Configuration(5000, few(64, 2000, ensemble_size=5)),
    Configuration(800, few(64, 700)),
    Configuration(3000, few(64, 256, num_eval_trajectories=2000), part="evaluation"),
    Configuration(3000, few(2048, 500, replay_buffer_size=10_000), part="replay-buffer"),
)
PEAK = re.compile(r"peak CUDA memory: ([\d.]+) MiB allocated, ([\d.]+) MiB reserved")
PART = re.compile(r'"type":"out_of_memory_seen".*?"part":"?([a-z-]+)')
STEP_LIMIT_S = 240.0
COLUMNS = (
    "configuration", "cap_mib", "failed_as", "part", "expected_part", "rerun", "knob", "from", "to", "largest_fitting",
    "smallest_failing", "share_of_largest", "first_rerun_completed", "launches", "seconds", "remark",
)  # fmt: skip
LAUNCH_COLUMNS = ("configuration", "launch", "role", "outcome", "settings", "peak_allocated", "peak_reserved", "oom")


class StepFailed(Exception):
    """A command of the tool answered with an error, or not in time."""


@dataclass
class Campaign:
    out: Path
    project: Path
    configurations: Sequence[Configuration]
    deadline: float
    lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self, parallel: int) -> None:
        done = {row["configuration"] for row in read_rows(self.out / "reruns.csv")}
        waiting = [found for found in self.configurations if found.name not in done]
        cores = sorted(os.sched_getaffinity(0))
        shares: queue.Queue[list[int]] = queue.Queue()
        for index in range(parallel):
            shares.put(cores[index::parallel] or cores)

        def on_own_cores(configuration: Configuration) -> None:
            share = shares.get()
            try:
                if time.monotonic() < self.deadline:
                    os.sched_setaffinity(0, share)  # of this thread, and of what it starts
                    self._write("reruns.csv", COLUMNS, self._carry_out(configuration))
            finally:
                shares.put(share)

        with ThreadPoolExecutor(parallel) as pool:
            list(pool.map(on_own_cores, waiting))

    def _carry_out(self, configuration: Configuration) -> dict[str, object]:
        start = time.monotonic()
        row: dict[str, object] = {
            "configuration": configuration.name,
            "cap_mib": configuration.cap_mib,
            "expected_part": configuration.part,
        }
        try:
            self._fail_and_rerun(configuration, row)
        except StepFailed as error:
            row["remark"] = str(error)
        row["seconds"] = round(time.monotonic() - start, 1)
        print(json.dumps(row), flush=True)
        return row

    def _fail_and_rerun(self, configuration: Configuration, row: dict[str, object]) -> None:
        settings = {KEYS.get(name, name): value for name, value in configuration.sizes.items()}
        settings |= {"max_iterations": 1, "device_memory_cap_mib": configuration.cap_mib}
        sets = [word for key, value in settings.items() for word in ("--set", f"{key}={value}")]
        failed = self._command("run", configuration.profile, "--no-ui", *sets)
        row["failed_as"], row["part"] = failed["outcome"], self._note(configuration, "failed", failed)
        if failed["outcome"] != "OUT_OF_MEMORY":
            return
        rerun = self._command("rerun", failed["launch"]["id"], "--fit", "--no-ui")
        row["rerun"], row["first_rerun_completed"] = rerun["outcome"], rerun["outcome"] == "COMPLETED"
        self._note(configuration, "rerun", rerun)
        if rerun["outcome"] != "COMPLETED":
            return
        found = self._command("fit", "--after", rerun["launch"]["id"])
        used = next(done["value"] for done in found["tries"] if done["launch_id"] == rerun["launch"]["id"])
        row |= {
            "knob": found["knob"],
            "from": found["asked"],
            "to": used,
            "largest_fitting": found["largest_fitting"],
            "smallest_failing": found["smallest_failing"],
            "share_of_largest": round(used / found["largest_fitting"], 3),
            "launches": len(found["tries"]),
        }
        for done in found["tries"]:
            if done["launch_id"] not in (rerun["launch"]["id"], failed["launch"]["id"]):
                self._note(configuration, "fit", self._command("attach", done["launch_id"], "--no-ui"))

    def _note(self, configuration: Configuration, role: str, document: Mapping[str, Any]) -> str:
        """Write the launch's row; the part that ran out of memory."""
        launch = document["launch"]
        folder = Path(launch["dir"])
        console = (folder / "console.log").read_text(errors="replace")
        events = (folder / "events.jsonl").read_text(errors="replace")
        peak, part = PEAK.search(console), PART.search(events)
        oom = next((line for line in console.splitlines() if "OutOfMemoryError" in line), "")
        profile = launch["plan"]["profile"]
        row = {
            "configuration": configuration.name,
            "launch": launch["id"],
            "role": role,
            "outcome": document["outcome"],
            "settings": json.dumps({"num_envs": profile["num_envs"], **profile["agent"]}),
            "peak_allocated": peak[1] if peak else "",
            "peak_reserved": peak[2] if peak else "",
            "oom": oom[:700],
        }
        self._write("launches.csv", LAUNCH_COLUMNS, row)
        with contextlib.suppress(OSError, TypeError):
            for checkpoint in Path(document["run_dir"]).glob("model_*.pt"):
                checkpoint.unlink()
        return part[1] if part else ""

    def _command(self, *words: str) -> dict[str, Any]:
        """The JSON document of one command of the tool."""
        command = [sys.executable, "-m", "rwm_tui", *words, "--json", "--project-root", str(self.project)]
        environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
        process = subprocess.Popen(
            command, cwd=self.project, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        try:
            out, err = process.communicate(timeout=STEP_LIMIT_S)
        except subprocess.TimeoutExpired as error:
            process.send_signal(signal.SIGINT)
            raise StepFailed(f"{words[0]}: not over after {STEP_LIMIT_S:.0f} s") from error
        try:
            document: dict[str, Any] = json.loads(out)
        except ValueError as error:
            raise StepFailed(f"{words[0]}: {err.strip()[-600:]}") from error
        if "error" in document:
            raise StepFailed(f"{words[0]}: {document['error']['message']}")
        return document

    def _write(self, name: str, columns: Sequence[str], row: Mapping[str, object]) -> None:
        with self.lock:
            path = self.out / name
            is_new = not path.exists()
            with path.open("a", newline="") as file:
                writer = csv.DictWriter(file, columns)
                if is_new:
                    writer.writeheader()
                writer.writerow(row)


def read_rows(path: Path) -> list[dict[str, str]]:
    if not path.exists():
        return []
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def make_project(folder: Path) -> None:
    """A project of its own, with a profile that leaves expandable segments off."""
    profiles = folder / "profiles"
    profiles.mkdir(parents=True, exist_ok=True)
    for path in (REPOSITORY / "profiles").glob("*.yaml"):
        shutil.copy(path, profiles)
    plain = (profiles / "embedded-default.yaml").read_text().partition("environment:")[0]
    (profiles / f"{PLAIN}.yaml").write_text(plain)


def summary(rows: Sequence[Mapping[str, str]], seconds: float) -> str:
    failed = [row for row in rows if row["failed_as"] == "OUT_OF_MEMORY"]
    completed = [row for row in failed if row["first_rerun_completed"] == "True"]
    shares = sorted(float(row["share_of_largest"]) for row in completed if row["share_of_largest"])
    named = [row for row in failed if row["part"] == row["expected_part"]]
    lines = [
        f"{len(rows)} configurations in {seconds:.0f} s, {len(failed)} ran out of memory",
        f"part named as expected: {len(named)} of {len(failed)}",
        f"first rerun completed: {len(completed)} of {len(failed)}",
    ]
    if shares:
        enough = sum(1 for share in shares if share >= 0.8)
        lines.append(
            f"size against the largest that fits: median {shares[len(shares) // 2]:.3f}, least {shares[0]:.3f}, "
            f">= 0.80 in {enough} of {len(shares)}"
        )
    lines += [f"remark: {row['configuration']}: {row['remark']}" for row in rows if row["remark"]]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, metavar="OUT_DIR")
    parser.add_argument("--project", type=Path, default=Path("/tmp/rwm-tui-campaign"), help="default: %(default)s")
    parser.add_argument("--parallel", type=int, default=8, help="launches at a time (default %(default)s)")
    parser.add_argument("--first", type=int, metavar="N", help="only the first N configurations")
    parser.add_argument("--limit-s", type=float, default=420.0, help="begin none after this (default %(default)s)")
    options = parser.parse_args()
    start = time.monotonic()
    options.out.mkdir(parents=True, exist_ok=True)
    make_project(options.project)
    chosen = CONFIGURATIONS[: options.first]
    campaign = Campaign(options.out.resolve(), options.project.resolve(), chosen, start + options.limit_s)
    campaign.run(options.parallel)
    text = summary(read_rows(options.out / "reruns.csv"), time.monotonic() - start)
    (options.out / "summary.txt").write_text(text + "\n")
    print(text)


if __name__ == "__main__":
    main()
