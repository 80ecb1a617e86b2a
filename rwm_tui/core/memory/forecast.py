"""Peak device memory of a configuration, before anything is started. All memory is in MiB.

The trainer's own tensors, in the order of its code, are replayed through a model of torch's caching allocator. Where
that would take too long, a closed form from the tensors' shapes answers, with constants fitted to measured runs.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Literal

import msgspec

from rwm_tui.core.agent_config import AgentConfig
from rwm_tui.core.memory.caching_allocator import MIB, CachingAllocator
from rwm_tui.core.memory.closed_form import CACHED, Phase, closed_form
from rwm_tui.core.memory.embedded_trainer import replay_embedded
from rwm_tui.core.memory.learner import MOST_BLOCKS
from rwm_tui.core.memory.upstream_trainer import replay_upstream
from rwm_tui.core.profile import Backend, ScaleProfile, agent_config_of
from rwm_tui.core.typed_reading import decode_json

Verdict = Literal["fits", "tight", "will-not-fit", "unknown"]

CONTEXT_MIB = 762.0  # NVML's process figure less the reserved memory
_UNREPLAYED_SPREAD = 0.80, 1.25
_UNREPLAYED_BASIS = "shapes alone, for the sizes are too large to replay; beyond what was measured"

ALLOCATOR = "PYTORCH_CUDA_ALLOC_CONF"
EXPANDABLE = "expandable_segments:True"
_EXPANDABLE_KEY = "expandable_segments"

_REPLAYS: Mapping[Backend, Callable[[int, AgentConfig, CachingAllocator], None]] = MappingProxyType(
    {"isaaclab": replay_upstream, "embedded": replay_embedded}
)

_PHASES: Mapping[str, Phase] = MappingProxyType(
    {"dynamics": "dynamics", "imagination": "imagination", "ppo": "ppo", "evaluation": "evaluation"}
)


@dataclass(frozen=True)
class _Sizes:
    layers: int
    history: int
    hidden: int
    horizon: int
    imagination: bool


_MEASURED_UP_TO: Mapping[Backend, _Sizes] = MappingProxyType(
    {
        "isaaclab": _Sizes(layers=3, history=48, hidden=576, horizon=12, imagination=True),
        "embedded": _Sizes(layers=4, history=64, hidden=768, horizon=24, imagination=False),
    }
)

BASIS: Mapping[Backend, str] = MappingProxyType(
    {
        "isaaclab": "the trainer's tensors replayed through the allocator, against a measured grid (H100, torch 2.11)",
        "embedded": "the trainer's tensors replayed through the allocator, against 188 measured configurations (H100)",
    }
)


@dataclass(frozen=True)
class Baseline:
    """Device memory that is not the learner's; ``low`` and ``high`` bound what is not known exactly."""

    low_mib: float
    high_mib: float
    basis: str


NO_SIMULATOR = Baseline(0.0, 0.0, "the embedded physics uses no device memory")
PUBLISHED_SIMULATOR = Baseline(
    3147.0,
    5817.0,
    "simulator 3.3-6.1 GB from Isaac Lab's published benchmarks (Cartpole, G1 rough, 4096 envs), not measured here",
)


@dataclass(frozen=True)
class Forecast:
    """``breakdown`` adds up to ``peak_mib``: CUDA context + memory that the allocator reserves."""

    peak_mib: float
    interval_mib: tuple[float, float]
    torch_allocated_mib: float
    torch_reserved_mib: float
    breakdown: Mapping[str, float]
    phase: Phase
    basis: str


def forecast_of(profile: ScaleProfile) -> Forecast:
    """What every verdict, proposal and search goes by; a search comes back to sizes that it has seen."""
    encoded_config = msgspec.json.encode(agent_config_of(profile))
    return _forecast_of_sizes(profile.num_envs, encoded_config, profile.backend, profile.environment.get(ALLOCATOR, ""))


@lru_cache(maxsize=1024)
def _forecast_of_sizes(num_envs: int, encoded_config: bytes, backend: Backend, allocator: str) -> Forecast:
    return forecast(num_envs, decode_json(encoded_config, AgentConfig), backend, allocator)


def forecast(
    num_envs: int, config: AgentConfig, backend: Backend = "isaaclab", allocator: str = EXPANDABLE
) -> Forecast:
    """The learner's peak over the cold first iteration and all later ones.

    :param allocator: the value of :data:`ALLOCATOR` that the trainer is started with; without one torch reserves
        segments that do not grow.
    """
    if _blocks_to_replay(config, backend) <= MOST_BLOCKS:
        settings = _allocator_settings(allocator)
        expandable = settings.pop(_EXPANDABLE_KEY, "") == "True"
        phase, parts = _replayed(num_envs, config, backend, expandable=expandable)
        low, high, remark = _spread(config, backend, settings)
        basis = BASIS[backend] + ("" if expandable else "; without expandable segments") + remark
    else:
        phase, parts = closed_form(num_envs, config, backend)
        (low, high), basis = _UNREPLAYED_SPREAD, _UNREPLAYED_BASIS
    reserved = sum(parts.values())
    peak = CONTEXT_MIB + reserved
    return Forecast(
        peak_mib=peak,
        interval_mib=(max(CONTEXT_MIB, peak * low), peak * high),
        torch_allocated_mib=reserved - parts[CACHED],
        torch_reserved_mib=reserved,
        breakdown={"CUDA context": CONTEXT_MIB} | parts,
        phase=phase,
        basis=basis,
    )


def _blocks_to_replay(config: AgentConfig, backend: Backend) -> int:
    """About how many blocks a replay takes at least: one mini-batch cold, one with the buffer full, and all else."""
    algorithm, model = config.algorithm, config.system_dynamics
    architecture = model.architecture_config
    state = 17 + 7 * (len(architecture.state_mean_shape) + len(architecture.state_logstd_shape))
    contacts = 20 + 7 * (len(architecture.contact_shape) + len(architecture.termination_shape))
    if backend == "embedded":
        mini_batch = algorithm.system_dynamics_forecast_horizon * (32 + model.ensemble_size * state)
        mini_batch += model.ensemble_size * contacts
    else:
        mini_batch = algorithm.system_dynamics_forecast_horizon * model.ensemble_size * (32 + state + contacts)
    return 700 + 2 * mini_batch + 8 * config.num_steps_per_env + algorithm.system_dynamics_len_eval_trajectory


def _allocator_settings(text: str) -> dict[str, str]:
    pairs = (setting.partition(":") for setting in text.replace(" ", "").split(",") if setting)
    return {key: value for key, _, value in pairs}


def _replayed(
    num_envs: int, config: AgentConfig, backend: Backend, *, expandable: bool
) -> tuple[Phase, dict[str, float]]:
    memory = CachingAllocator(expandable=expandable)
    _REPLAYS[backend](num_envs, config, memory)
    parts = {part: size / MIB for part, size in memory.peak_parts.items() if size}
    cached = (memory.reserved_bytes - memory.peak_bytes) / MIB
    return _PHASES.get(memory.peak_phase, "rollout"), parts | {CACHED: cached}


def judge_fit(learner: Forecast, baseline: Baseline, vram_mib: float | None) -> Verdict:
    """*fits* only where the upper bounds fit; *will-not-fit* where even the bare tensors and lower bounds do not."""
    if vram_mib is None:
        return "unknown"
    if learner.interval_mib[1] + baseline.high_mib <= vram_mib:
        return "fits"
    return "will-not-fit" if least_mib(learner) + baseline.low_mib > vram_mib else "tight"


def least_mib(learner: Forecast) -> float:
    """What the learner cannot do without: its tensors, for torch gives back cached blocks before it gives up."""
    return min(CONTEXT_MIB + learner.torch_allocated_mib, learner.interval_mib[0])


def _spread(config: AgentConfig, backend: Backend, allocator_settings: Mapping[str, str]) -> tuple[float, float, str]:
    """95 % bounds as factors of the peak, wider outside what was measured, which the remark names.

    :param allocator_settings: those that are not modelled.
    """
    model, most = config.system_dynamics, _MEASURED_UP_TO[backend]
    measured = (
        ("layers", model.architecture_config.rnn_num_layers <= most.layers),
        ("history", model.history_horizon <= most.history),
        ("hidden size", 64 <= model.architecture_config.rnn_hidden_size <= most.hidden),
        ("horizon", config.algorithm.system_dynamics_forecast_horizon <= most.horizon),
        ("imagination", config.imagination.num_envs == 0 or most.imagination),
        ("allocator settings", not allocator_settings),
    )
    beyond = [name for name, known in measured if not known]
    if beyond:
        return 0.85, 1.25, f"; beyond what was measured: {', '.join(beyond)}"
    # Below and above the largest misses of the reserved memory, which moves with the allocator's freed blocks.
    return 0.94, 1.09, ""
