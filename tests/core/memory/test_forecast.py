import csv
import json
import statistics
import time
from collections import Counter
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rwm_tui.core.agent_config import AgentConfig, apply_overrides, reference_agent_config
from rwm_tui.core.memory.budget import needed_mib
from rwm_tui.core.memory.forecast import NO_SIMULATOR, Baseline, forecast, forecast_of, judge_fit
from rwm_tui.core.memory.gru_call import GruShape
from rwm_tui.core.memory.learner import dynamics_parameters, policy_parameters
from rwm_tui.core.profile import Backend
from tests.core.memory.past_launch import PROFILES

COLUMNS = {
    "algorithm.system_dynamics_mini_batch_size": "mini_batch_size",
    "algorithm.system_dynamics_num_mini_batches": "num_mini_batches",
    "algorithm.system_dynamics_forecast_horizon": "forecast_horizon",
    "algorithm.system_dynamics_replay_buffer_size": "replay_buffer_size",
    "algorithm.system_dynamics_len_eval_trajectory": "eval_len",
    "algorithm.system_dynamics_num_eval_trajectories": "eval_traj",
    "system_dynamics.ensemble_size": "ensemble_size",
    "system_dynamics.architecture_config.rnn_hidden_size": "rnn_hidden",
    "system_dynamics.architecture_config.rnn_num_layers": "rnn_layers",
    "system_dynamics.history_horizon": "history_horizon",
    "imagination.num_envs": "imagination_envs",
    "imagination.num_steps_per_env": "imagination_steps",
}
CONTEXT_MIB = 762.0


def config_of(row: dict[str, str]) -> AgentConfig:
    return apply_overrides(
        reference_agent_config(), {key: int(row[name]) for key, name in COLUMNS.items() if name in row}
    )


@pytest.fixture
def grid(shared_fixtures: Path) -> list[dict[str, str]]:
    path = shared_fixtures / "vram" / "grid.csv"
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def measured(grid: list[dict[str, str]]) -> list[dict[str, str]]:
    return [row for row in grid if row["status"] == "ok"]


def test_the_upstream_trainers_peaks_and_phases_are_met_on_the_grid(grid: list[dict[str, str]]) -> None:
    allocated, process, right, inside = [], [], 0, 0
    rows = [row for row in measured(grid) if row["alloc_conf"] and not row["cap_gib"]]
    for row in rows:
        cold, full = float(row["peak_alloc_cold"]), float(row["peak_alloc_full"])
        phase = row["peak_phase_cold"] if cold >= full else row["peak_phase_full"]
        learner = forecast(int(row["num_envs"]), config_of(row))
        allocated.append(abs(learner.torch_allocated_mib / max(cold, full) - 1.0))
        process.append(abs(learner.peak_mib / float(row["nvml_proc_mib"]) - 1.0))
        right += learner.phase == {"eval": "evaluation"}.get(phase, phase)
        low, high = learner.interval_mib
        inside += low <= float(row["nvml_proc_mib"]) <= high
    assert len(rows) >= 30
    assert statistics.median(allocated) <= 0.002
    assert max(allocated) <= 0.01
    assert statistics.median(process) <= 0.01
    assert max(process) <= 0.04
    assert right == inside == len(rows)


# Environments, mini-batch, horizon, buffer, members; allocated and reserved MiB, measured on the same H100.
BEYOND_THE_GRID = (
    (4096, 1000, 8, 1000, 1, 2517, 2832),
    (4096, 128, 8, 1000, 1, 1733, 1982),
    (1024, 5000, 8, 1000, 1, 6673, 7572),
    (1024, 500, 8, 1000, 1, 1023, 1106),
    (64, 5000, 8, 1000, 1, 6402, 7252),
    (64, 500, 8, 1000, 1, 752, 826),
    (4096, 5000, 2, 1000, 1, 6995, 7146),
    (4096, 5000, 8, 256, 1, 6751, 7578),
    (4096, 5000, 8, 1000, 5, 30346, 31194),
)


@pytest.mark.parametrize("point", BEYOND_THE_GRID)
def test_published_points_that_nothing_was_fitted_to_are_met(point: tuple[int, ...]) -> None:
    num_envs, mini_batch, horizon, buffer, members, allocated, reserved = point
    changes = {
        "algorithm.system_dynamics_mini_batch_size": mini_batch,
        "algorithm.system_dynamics_forecast_horizon": horizon,
        "algorithm.system_dynamics_replay_buffer_size": buffer,
        "algorithm.system_dynamics_num_mini_batches": 4,
        "system_dynamics.ensemble_size": members,
    }
    learner = forecast(num_envs, apply_overrides(reference_agent_config(), changes))
    assert learner.torch_allocated_mib == pytest.approx(allocated, rel=0.002)
    assert learner.peak_mib == pytest.approx(reserved + CONTEXT_MIB, rel=0.08)
    assert learner.phase == ("evaluation" if mini_batch == 128 else "dynamics")


def test_no_capped_configuration_that_failed_is_said_to_fit(grid: list[dict[str, str]]) -> None:
    failed = [row for row in grid if row["status"] != "ok" and row["cap_gib"]]
    assert failed
    for row in failed:
        learner = forecast(int(row["num_envs"]), config_of(row))
        vram_mib = float(row["cap_gib"]) * 1024 + CONTEXT_MIB
        assert judge_fit(learner, NO_SIMULATOR, vram_mib) == "will-not-fit"


@pytest.mark.parametrize(
    "name",
    [
        "embedded_h100",
        "held_out_h100",
        "further_h100",
        "drawn_h100",
        "drawn_again_h100",
        "embedded_segments_h200",
        "order_drawn_h200",
        "order_segments_h200",
    ],
)
def test_measured_peaks_and_phases_are_met(name: str) -> None:
    """Of the embedded trainer, and of what learns in the upstream trainer's order, some of it with imagination.

    Made on the first set; of the drawn ones nothing was learned before they were scored (docs/memory.md). "segments"
    are without expandable ones.
    """
    with (Path(__file__).parent / f"{name}.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) >= 30
    backend: Backend = "isaaclab" if name.startswith("order") else "embedded"
    allocated, process, told, inside = [], [], [], 0
    for row in rows:
        config = apply_overrides(config_of(row), {"max_iterations": 2})
        learner = forecast(int(row["num_envs"]), config, backend, row["alloc_conf"])
        measured_mib = float(row["peak_reserved"]) + CONTEXT_MIB
        allocated.append(abs(learner.torch_allocated_mib / float(row["peak_alloc"]) - 1.0))
        process.append(abs(learner.peak_mib / measured_mib - 1.0))
        told.append(row.get("peak_phase") in (None, learner.phase))
        inside += learner.interval_mib[0] <= measured_mib <= learner.interval_mib[1]
    assert statistics.median(allocated) <= 0.002
    assert max(allocated) <= 0.01
    assert statistics.median(process) <= 0.005
    assert max(process) <= 0.07
    assert all(told)
    assert inside == len(rows)


@pytest.mark.parametrize(
    ("allocator", "beyond"),
    [
        ("expandable_segments:True", False),
        ("", False),
        ("expandable_segments:False", False),
        ("expandable_segments:True, max_split_size_mb:128", True),
        ("backend:cudaMallocAsync", True),
    ],
)
def test_allocator_settings_that_are_not_modelled_are_told(allocator: str, beyond: bool) -> None:
    learner = forecast(64, reference_agent_config(), allocator=allocator)
    assert ("allocator settings" in learner.basis) == beyond


def test_what_the_allocator_reserves_depends_on_its_segments() -> None:
    growing, fixed = (
        forecast(4096, reference_agent_config(), allocator=one) for one in ("expandable_segments:True", "")
    )
    assert growing.torch_reserved_mib == pytest.approx(9018, rel=0.005)  # measured with 20 mini-batches
    assert fixed.torch_reserved_mib == pytest.approx(8018, rel=0.005)
    assert "without expandable segments" in fixed.basis
    assert "without expandable segments" not in growing.basis


def test_the_profile_says_how_the_allocator_is_started() -> None:
    profile = PROFILES["default"]
    assert "PYTORCH_CUDA_ALLOC_CONF" in profile.environment
    plain = msgspec.structs.replace(profile, environment={})
    assert forecast_of(plain).torch_reserved_mib != forecast_of(profile).torch_reserved_mib


def test_no_verdict_on_launches_under_a_cap_proved_wrong() -> None:
    """55 that ran out of memory and 49 that completed, close to the limit on both sides (`campaign_rerun.py`)."""
    with (Path(__file__).parent / "capped_launches.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert Counter(row["outcome"] for row in rows) == {"OUT_OF_MEMORY": 55, "COMPLETED": 49}
    taken = Counter[str]()
    for row in rows:
        settings = json.loads(row["settings"])
        config = apply_overrides(reference_agent_config(), {k: v for k, v in settings.items() if k != "num_envs"})
        learner = forecast(settings["num_envs"], config, "embedded")
        verdict = judge_fit(learner, NO_SIMULATOR, float(row["cap_mib"]) + CONTEXT_MIB)
        assert verdict != ("fits" if row["outcome"] == "OUT_OF_MEMORY" else "will-not-fit")
        taken[row["outcome"]] += needed_mib(learner) <= float(row["cap_mib"])
        if row["outcome"] == "COMPLETED":
            assert learner.torch_allocated_mib == pytest.approx(float(row["peak_allocated"]), rel=0.01)
    assert taken == {"COMPLETED": 26, "OUT_OF_MEMORY": 0}  # by a rerun, as when they were measured


def test_a_gru_call_needs_what_was_measured() -> None:
    with (Path(__file__).parent / "gru_calls.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if int(row["width"]) <= int(row["hidden"])]
    assert len(rows) >= 300
    for row in rows:
        batch, steps, hidden, layers, width = (int(row[k]) for k in ("batch", "steps", "hidden", "layers", "width"))
        gru = GruShape(width, hidden, layers)
        kept = gru.reserve_bytes(batch, steps) + 4 * batch * hidden * (steps + 2 * layers)
        copy = 4 * batch * steps * width if steps > 1 else 0
        peak = kept + copy + gru.workspace_bytes(batch, steps, backward=False)
        assert kept / 2**20 == pytest.approx(float(row["kept_mib"]), abs=0.01)
        assert peak / 2**20 == pytest.approx(float(row["forward_peak_mib"]), abs=0.1)


def test_parameters_are_those_of_the_reference_checkpoint() -> None:
    assert dynamics_parameters(reference_agent_config()) == 1_417_789
    assert (
        16 * (dynamics_parameters(reference_agent_config()) + policy_parameters(reference_agent_config())) == 23969120
    )


KNOBS = {
    "algorithm.system_dynamics_mini_batch_size": st.integers(64, 8000),
    "algorithm.system_dynamics_forecast_horizon": st.integers(1, 16),
    "algorithm.system_dynamics_replay_buffer_size": st.integers(50, 2000),
    "system_dynamics.ensemble_size": st.integers(1, 8),
    "system_dynamics.history_horizon": st.integers(16, 64),
    "system_dynamics.architecture_config.rnn_num_layers": st.integers(1, 4),
}


@settings(deadline=None, max_examples=25)
@given(st.integers(1, 8192), st.fixed_dictionaries(KNOBS), st.sampled_from(sorted(KNOBS)), st.integers(1, 3))
def test_more_of_anything_never_needs_less(num_envs: int, knobs: dict[str, int], knob: str, factor: int) -> None:
    smaller = forecast(num_envs, apply_overrides(reference_agent_config(), knobs))
    larger = forecast(num_envs, apply_overrides(reference_agent_config(), knobs | {knob: knobs[knob] * factor}))
    assert larger.torch_allocated_mib >= smaller.torch_allocated_mib - 1e-6
    assert sum(larger.breakdown.values()) == pytest.approx(larger.peak_mib)


def test_verdicts_run_from_fits_to_unknown() -> None:
    learner = forecast(4096, reference_agent_config())
    known = Baseline(3000.0, 3000.0, "as given")
    sizes = (80_000.0, 12_288.0, 8192.0, None)
    assert [judge_fit(learner, known, size) for size in sizes] == ["fits", "tight", "will-not-fit", "unknown"]


@pytest.mark.parametrize(("horizon", "members"), [(8, 1), (40, 16), (64, 16), (10_000, 1)])
@pytest.mark.parametrize("backend", ["isaaclab", "embedded"])
def test_it_takes_less_than_50_ms(backend: Backend, horizon: int, members: int) -> None:
    changes = {
        "algorithm.system_dynamics_mini_batch_size": 20_000,
        "algorithm.system_dynamics_forecast_horizon": horizon,
        "system_dynamics.ensemble_size": members,
        "system_dynamics.architecture_config.rnn_hidden_size": 1024,
        "system_dynamics.architecture_config.rnn_num_layers": 4,
    }
    config = apply_overrides(reference_agent_config(), changes)
    assert min(_cpu_s(config, backend) for _ in range(3)) < 0.05


@pytest.mark.parametrize("key", ["system_dynamics.ensemble_size", "num_steps_per_env"])
def test_what_is_too_large_to_replay_is_told_by_shapes_and_says_so(key: str) -> None:
    config = apply_overrides(reference_agent_config(), {key: 20_000})
    assert _cpu_s(config, "embedded") < 0.05
    learner = forecast(4096, config, "embedded")
    assert "too large to replay" in learner.basis
    assert learner.interval_mib[1] >= 1.2 * learner.peak_mib


def _cpu_s(config: AgentConfig, backend: Backend) -> float:
    start = time.process_time()
    forecast(4096, config, backend)
    return time.process_time() - start
