"""How well the forecast meets measured peaks: median and worst error, phase by phase of the table in docs/memory.md.

Each CSV is one that `scripts/measure_memory.py` wrote on a GPU with the embedded trainer.
"""

import argparse
import csv
import statistics
from pathlib import Path

from rwm_tui.core.agent_config import AgentConfig, apply_overrides, reference_agent_config
from rwm_tui.core.memory.forecast import forecast

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
}
MEASURED_ITERATIONS = 2


def configuration(row: dict[str, str]) -> AgentConfig:
    changes = {key: int(row[name]) for key, name in COLUMNS.items() if name in row} | {
        "max_iterations": MEASURED_ITERATIONS
    }
    return apply_overrides(reference_agent_config(), changes)


def score(path: Path) -> None:
    with path.open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["status"] == "ok"]
    forecasts = [forecast(int(row["num_envs"]), configuration(row), "embedded") for row in rows]
    print(f"{path.name}: {len(rows)} configurations")
    for name, measured, foretold in (
        ("allocated", "peak_alloc", [learner.torch_allocated_mib for learner in forecasts]),
        ("reserved", "peak_reserved", [learner.torch_reserved_mib for learner in forecasts]),
    ):
        errors = [100.0 * (mib / float(row[measured]) - 1.0) for row, mib in zip(rows, foretold, strict=True)]
        sizes = sorted(map(abs, errors))
        print(
            f"  {name:<10} error %: median {statistics.median(sizes):.2f}, worst {sizes[-1]:.1f}, "
            f"lowest {min(errors):+.1f}, highest {max(errors):+.1f}"
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


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("measured_csv", type=Path, nargs="+")
    for measured in parser.parse_args().measured_csv:
        score(measured)
