"""How well the forecast meets measured peaks: median and worst error, and the phase, as in docs/memory.md.

Each CSV is one that `scripts/measure_memory.py` wrote on a GPU with the embedded trainer, or, where its name begins
with `order`, `scripts/upstream_order.py`; `--upstream` names a grid that was measured with the upstream trainer itself.
What was fitted to that is fitted again to each half, and tested on the other. `--capped` names launches under a cap and
how they ended, from `scripts/campaign_rerun.py`.
"""

import argparse
import csv
import json
import statistics
from collections import Counter
from pathlib import Path

from rwm_tui.core.agent_config import AgentConfig, apply_overrides, reference_agent_config
from rwm_tui.core.memory.budget import needed_mib
from rwm_tui.core.memory.caching_allocator import MIB, CachingAllocator
from rwm_tui.core.memory.forecast import CONTEXT_MIB, NO_SIMULATOR, forecast, judge_fit
from rwm_tui.core.memory.upstream_trainer import ENVIRONMENT_FLOATS, replay_upstream
from rwm_tui.core.profile import Backend

COLUMNS = {
    "algorithm.system_dynamics_mini_batch_size": "mini_batch_size",
    "algorithm.system_dynamics_num_mini_batches": "num_mini_batches",
    "algorithm.system_dynamics_forecast_horizon": "forecast_horizon",
    "algorithm.system_dynamics_replay_buffer_size": "replay_buffer_size",
    "algorithm.system_dynamics_len_eval_trajectory": "eval_len",
    "algorithm.system_dynamics_num_eval_trajectories": "eval_traj",
    "system_dynamics.ensemble_size": "ensemble_size",
    "system_dynamics.history_horizon": "history_horizon",
    "system_dynamics.architecture_config.rnn_hidden_size": "rnn_hidden",
    "system_dynamics.architecture_config.rnn_num_layers": "rnn_layers",
    "imagination.num_envs": "imagination_envs",
    "imagination.num_steps_per_env": "imagination_steps",
}
MEASURED_ITERATIONS = 2


def configuration(row: dict[str, str]) -> AgentConfig:
    changes = {key: int(row[name]) for key, name in COLUMNS.items() if name in row} | {
        "max_iterations": MEASURED_ITERATIONS
    }
    return apply_overrides(reference_agent_config(), changes)


def score(path: Path, backend: Backend) -> None:
    with path.open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["status"] == "ok"]
    forecasts = [forecast(int(row["num_envs"]), configuration(row), backend, row["alloc_conf"]) for row in rows]
    print(f"{path.name}: {len(rows)} configurations")
    for name, measured, foretold in (
        ("allocated", "peak_alloc", [learner.torch_allocated_mib for learner in forecasts]),
        ("reserved", "peak_reserved", [learner.torch_reserved_mib for learner in forecasts]),
    ):
        print_errors(
            name, [100.0 * (mib / float(row[measured]) - 1.0) for row, mib in zip(rows, foretold, strict=True)]
        )
    inside = sum(
        learner.interval_mib[0]
        <= float(row["peak_reserved"]) + learner.peak_mib - learner.torch_reserved_mib
        <= learner.interval_mib[1]
        for row, learner in zip(rows, forecasts, strict=True)
    )
    print(f"  in the interval: {inside} of {len(rows)}")
    told = [
        (row["peak_phase"], learner.phase)
        for row, learner in zip(rows, forecasts, strict=True)
        if row.get("peak_phase")
    ]
    if told:
        print(f"  phase named right: {sum(a == b for a, b in told)} of {len(told)}")
    for row, learner in zip(rows, forecasts, strict=True):
        error = learner.torch_reserved_mib / float(row["peak_reserved"]) - 1.0
        if abs(error) > 0.08 or abs(learner.torch_allocated_mib / float(row["peak_alloc"]) - 1.0) > 0.05:
            knobs = " ".join(f"{name}={row[name]}" for name in ("num_envs", *COLUMNS.values()) if name in row)
            print(
                f"  off: {knobs}: allocated {learner.torch_allocated_mib:.0f} of {row['peak_alloc']},"
                f" reserved {learner.torch_reserved_mib:.0f} of {row['peak_reserved']}"
            )


def score_capped(path: Path) -> None:
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    told, would_be_run, errors = Counter[tuple[str, str]](), Counter[str](), []
    for row in rows:
        settings = json.loads(row["settings"])
        config = apply_overrides(reference_agent_config(), {k: v for k, v in settings.items() if k != "num_envs"})
        learner = forecast(settings["num_envs"], config, "embedded")
        told[judge_fit(learner, NO_SIMULATOR, CONTEXT_MIB + float(row["cap_mib"])), row["outcome"]] += 1
        if needed_mib(learner) <= float(row["cap_mib"]):
            would_be_run[row["outcome"]] += 1
        if row["peak_allocated"]:
            errors.append(100.0 * (learner.torch_allocated_mib / float(row["peak_allocated"]) - 1.0))
    print(f"{path.name}: {len(rows)} launches of the embedded trainer under a cap")
    print_errors("allocated", errors)
    for (verdict, outcome), count in sorted(told.items()):
        print(f"  said {verdict}, ended {outcome}: {count}")
    print(f"  what a rerun of today would take for fitting ended: {dict(would_be_run)}")


def score_upstream(path: Path) -> None:
    with path.open(newline="") as file:
        rows = [Measured(row) for row in csv.DictReader(file)]
    fitted = [row for row in rows if row.is_plain]
    print(f"{path.name}: {len(fitted)} configurations of the upstream trainer, all that it was fitted to")
    print_upstream_errors(fitted, ENVIRONMENT_FLOATS, CONTEXT_MIB)
    for name, half, other in (("odd", fitted[::2], fitted[1::2]), ("even", fitted[1::2], fitted[::2])):
        floats, context = fit(half)
        print(
            f"  fitted to the {name} half ({floats:.0f} floats an environment, {context:.0f} MiB), on the other half:"
        )
        print_upstream_errors(other, floats, context)
    failed = [row for row in rows if row.is_capped and row.values["status"] != "ok"]
    fits = sum(row.verdict == "fits" for row in failed)
    print(f"  said to fit of those that ran out of memory under a cap: {fits} of {len(failed)}")


class Measured:
    """One row of the grid."""

    def __init__(self, values: dict[str, str]) -> None:
        self.values = values
        self.num_envs = int(values["num_envs"])
        self.config = apply_overrides(
            reference_agent_config(), {key: int(values[name]) for key, name in COLUMNS.items() if name in values}
        )

    @property
    def is_capped(self) -> bool:
        return bool(self.values["cap_gib"])

    @property
    def is_plain(self) -> bool:
        """It ran to its end, uncapped, with expandable segments."""
        return self.values["status"] == "ok" and not self.is_capped and bool(self.values["alloc_conf"])

    @property
    def allocated_mib(self) -> float:
        return max(float(self.values["peak_alloc_cold"]), float(self.values["peak_alloc_full"]))

    @property
    def phase(self) -> str:
        cold = float(self.values["peak_alloc_cold"]) >= float(self.values["peak_alloc_full"])
        found = self.values["peak_phase_cold" if cold else "peak_phase_full"]
        return {"eval": "evaluation"}.get(found, found)

    @property
    def verdict(self) -> str:
        total_mib = float(self.values["cap_gib"]) * 1024 + CONTEXT_MIB
        return judge_fit(forecast(self.num_envs, self.config), NO_SIMULATOR, total_mib)


def fit(rows: list[Measured]) -> tuple[float, float]:
    """Floats of an environment's own tensors, and the CUDA context: medians."""
    many = [row for row in rows if row.num_envs >= 1024]
    without = [replayed(row, 0.0).peak_bytes / MIB for row in many]
    floats = statistics.median(
        (row.allocated_mib - mib) * MIB / 4 / row.num_envs for row, mib in zip(many, without, strict=True)
    )
    contexts = [float(row.values["nvml_proc_mib"]) - float(row.values["peak_reserved"]) for row in rows]
    return floats, statistics.median(contexts)


def replayed(row: Measured, environment_floats: float) -> CachingAllocator:
    memory = CachingAllocator()
    replay_upstream(row.num_envs, row.config, memory, environment_floats)
    return memory


def print_upstream_errors(rows: list[Measured], environment_floats: float, context_mib: float) -> None:
    replays = [replayed(row, environment_floats) for row in rows]
    allocated = [
        100.0 * (memory.peak_bytes / MIB / row.allocated_mib - 1.0) for row, memory in zip(rows, replays, strict=True)
    ]
    process = [
        100.0 * ((memory.reserved_bytes / MIB + context_mib) / float(row.values["nvml_proc_mib"]) - 1.0)
        for row, memory in zip(rows, replays, strict=True)
    ]
    for name, errors in (("allocated", allocated), ("process", process)):
        print_errors(name, errors)
    right = sum(memory.peak_phase == row.phase for row, memory in zip(rows, replays, strict=True))
    print(f"  phase named right: {right} of {len(rows)}")


def print_errors(name: str, errors: list[float]) -> None:
    sizes = sorted(map(abs, errors))
    print(
        f"  {name:<10} error %: median {statistics.median(sizes):.2f}, worst {sizes[-1]:.1f}, "
        f"lowest {min(errors):+.1f}, highest {max(errors):+.1f}"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("measured_csv", type=Path, nargs="+")
    parser.add_argument("--capped", type=Path, metavar="LAUNCHES_CSV")
    parser.add_argument("--upstream", type=Path, metavar="GRID_CSV")
    options = parser.parse_args()
    for measured in options.measured_csv:
        score(measured, "isaaclab" if measured.name.startswith("order") else "embedded")
    if options.capped:
        score_capped(options.capped)
    if options.upstream:
        score_upstream(options.upstream)
