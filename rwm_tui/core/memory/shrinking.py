"""Making a configuration fit: what holds the memory is made smaller, as little as will do, and nothing else."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Any

from rwm_tui.core.memory.budget import forecast_of
from rwm_tui.core.memory.forecast import Phase
from rwm_tui.core.profile import ScaleProfile, agent_config_of, with_settings
from rwm_tui.core.trainer_output.console_events import MemoryPart

BATCH = "algorithm.system_dynamics_mini_batch_size"
BATCHES = "algorithm.system_dynamics_num_mini_batches"
HORIZON = "algorithm.system_dynamics_forecast_horizon"
BUFFER = "algorithm.system_dynamics_replay_buffer_size"
TRAJECTORIES = "algorithm.system_dynamics_num_eval_trajectories"
ENVS = "num_envs"


@dataclass(frozen=True)
class Knob:
    """A size that memory depends on; it is never set below ``floor``, and to multiples of ``step``."""

    key: str
    floor: int
    step: int


_BATCH = Knob(BATCH, floor=128, step=4)
_HORIZON = Knob(HORIZON, floor=2, step=1)
_BUFFER = Knob(BUFFER, floor=400, step=10)  # below len_eval_trajectory every autoregressive error is infinite
_TRAJECTORIES = Knob(TRAJECTORIES, floor=10, step=1)
_ENVS = Knob(ENVS, floor=64, step=16)
KNOBS: Mapping[str, Knob] = MappingProxyType(
    {knob.key: knob for knob in (_BATCH, _HORIZON, _BUFFER, _TRAJECTORIES, _ENVS)}
)

# What to make smaller where a phase sets the peak, cheapest in representativeness first.
_KNOBS_OF_PHASE: Mapping[Phase, tuple[Knob, ...]] = MappingProxyType(
    {
        "dynamics": (_BATCH, _HORIZON, _BUFFER, _ENVS),
        "evaluation": (_TRAJECTORIES, _BUFFER, _ENVS),
        "ppo": (_BUFFER, _ENVS),
        "rollout": (_BUFFER, _ENVS),
    }
)
# A part that failed proves that those before it had enough: the world model's update went through.
_PROVEN_BY: Mapping[MemoryPart, tuple[Knob, ...]] = MappingProxyType(
    {"ppo": (_BATCH, _HORIZON), "evaluation": (_BATCH, _HORIZON)}
)


def shrunk(profile: ScaleProfile, part: MemoryPart | None, fits: Callable[[ScaleProfile], bool]) -> ScaleProfile | None:
    """The largest scale below the profile that fits; None where it does not fit even at the floor.

    :param part: what failed; what it proves to be without fault stays as it is.
    :param fits: must hold for every smaller scale than one for which it holds.
    """
    while not fits(profile):
        phase = forecast_of(profile).phase
        knob = next((knob for knob in _knobs(phase, part) if value_of(profile, knob.key) > knob.floor), None)
        if knob is None:
            return None
        profile = _lowered(profile, knob, partial(_is_enough, fits, phase))
    return profile


def value_of(profile: ScaleProfile, key: str) -> int:
    """A size of the profile by its dotted key."""
    if key == ENVS:
        return profile.num_envs
    found: Any = agent_config_of(profile)
    for name in key.split("."):
        found = getattr(found, name)
    return int(found)


def samples_per_iteration(profile: ScaleProfile) -> int:
    """Sequences that the world model learns from in one iteration."""
    return value_of(profile, BATCH) * value_of(profile, BATCHES)


def resized(profile: ScaleProfile, key: str, value: int) -> ScaleProfile:
    """The profile with one size changed; the samples per iteration stay at least what they were."""
    if key != BATCH:
        return with_settings(profile, {key: value})
    batches = max(value_of(profile, BATCHES), -(-samples_per_iteration(profile) // value))
    return with_settings(profile, {BATCH: value, BATCHES: batches})


def _knobs(phase: Phase, part: MemoryPart | None) -> tuple[Knob, ...]:
    knobs = _KNOBS_OF_PHASE[phase]
    if part == "replay-buffer":  # it failed by itself, before any update
        return tuple(sorted(knobs, key=lambda knob: knob is not _BUFFER))
    return tuple(knob for knob in knobs if part is None or knob not in _PROVEN_BY.get(part, ()))


def _is_enough(fits: Callable[[ScaleProfile], bool], phase: Phase, smaller: ScaleProfile) -> bool:
    """Whether it fits, or something else sets the peak now, so that this knob would no longer help."""
    return fits(smaller) or forecast_of(smaller).phase != phase


def _lowered(profile: ScaleProfile, knob: Knob, will_do: Callable[[ScaleProfile], bool]) -> ScaleProfile:
    """The profile with the largest smaller value of the knob that will do; at its floor where none does."""
    lowest, highest = 0, (value_of(profile, knob.key) - 1 - knob.floor) // knob.step
    while lowest < highest:
        middle = (lowest + highest + 1) // 2
        if will_do(resized(profile, knob.key, knob.floor + middle * knob.step)):
            lowest = middle
        else:
            highest = middle - 1
    return resized(profile, knob.key, knob.floor + lowest * knob.step)
