"""Making a configuration fit: what holds the memory is made smaller, as little as will do, and nothing else."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Any

from rwm_tui.core.memory.closed_form import Phase
from rwm_tui.core.memory.forecast import forecast_of
from rwm_tui.core.profile import ScaleProfile, agent_config_of, with_settings
from rwm_tui.core.trainer_output.console_events import MemoryPart

BATCH = "algorithm.system_dynamics_mini_batch_size"
BATCHES = "algorithm.system_dynamics_num_mini_batches"
HORIZON = "algorithm.system_dynamics_forecast_horizon"
BUFFER = "algorithm.system_dynamics_replay_buffer_size"
TRAJECTORIES = "algorithm.system_dynamics_num_eval_trajectories"
IMAGINED = "imagination.num_envs"
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
_IMAGINED = Knob(IMAGINED, floor=64, step=16)
_ENVS = Knob(ENVS, floor=64, step=16)
KNOBS: Mapping[str, Knob] = MappingProxyType(
    {knob.key: knob for knob in (_BATCH, _HORIZON, _BUFFER, _TRAJECTORIES, _IMAGINED, _ENVS)}
)

# What to make smaller where a phase sets the peak, cheapest in representativeness first.
_KNOBS_OF_PHASE: Mapping[Phase, tuple[Knob, ...]] = MappingProxyType(
    {
        "dynamics": (_BATCH, _HORIZON, _BUFFER, _ENVS),
        "evaluation": (_TRAJECTORIES, _BUFFER, _ENVS),
        "imagination": (_IMAGINED, _BUFFER, _ENVS),
        "ppo": (_IMAGINED, _BUFFER, _ENVS),
        "rollout": (_BUFFER, _ENVS),
    }
)
_SHARE_KEPT = 0.7  # of a size above its floor, where lowering it a little only brings another phase to the fore
# A part that failed proves that those before it had enough: the world model's update went through.
_PROVEN_BY: Mapping[MemoryPart, tuple[Knob, ...]] = MappingProxyType(
    {"ppo": (_BATCH, _HORIZON), "evaluation": (_BATCH, _HORIZON)}
)


def shrunk(profile: ScaleProfile, part: MemoryPart | None, fits: Callable[[ScaleProfile], bool]) -> ScaleProfile | None:
    """The largest scale below the profile that fits; None where it does not fit even at the floor.

    :param part: what failed; what it proves to be without fault stays as it is.
    :param fits: must hold for every smaller scale than one for which it holds.
    """
    smaller = profile
    while not fits(smaller):
        phase = forecast_of(smaller).phase
        knob = next((knob for knob in _knobs(phase, part) if value_of(smaller, knob.key) > knob.floor), None)
        if knob is None:
            return None
        smaller = _lowered(profile, smaller, knob, partial(_is_enough, fits, phase))
        if not fits(smaller):  # else two phases that need alike would take turns, one step each
            smaller = _lowered_by_a_share(profile, smaller, knob)
    return _grown_again(profile, smaller, fits)


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


def _resized_again(original: ScaleProfile, smaller: ScaleProfile, key: str, value: int) -> ScaleProfile:
    """A smaller profile with one size changed once more; the samples stay those of the original."""
    if key != BATCH:
        return resized(smaller, key, value)
    batches = value_of(resized(original, BATCH, value), BATCHES)
    return with_settings(smaller, {BATCH: value, BATCHES: batches})


def _knobs(phase: Phase, part: MemoryPart | None) -> tuple[Knob, ...]:
    knobs = _KNOBS_OF_PHASE[phase]
    if part == "replay-buffer":  # it failed by itself, before any update
        return tuple(sorted(knobs, key=lambda knob: knob is not _BUFFER))
    return tuple(knob for knob in knobs if part is None or knob not in _PROVEN_BY.get(part, ()))


def _is_enough(fits: Callable[[ScaleProfile], bool], phase: Phase, smaller: ScaleProfile) -> bool:
    """Whether it fits, or something else sets the peak now, so that this knob would no longer help."""
    return fits(smaller) or forecast_of(smaller).phase != phase


def _lowered(
    original: ScaleProfile, smaller: ScaleProfile, knob: Knob, will_do: Callable[[ScaleProfile], bool]
) -> ScaleProfile:
    """The profile with the largest smaller value of the knob that will do; at its floor where none does."""
    lowest, highest = 0, (value_of(smaller, knob.key) - 1 - knob.floor) // knob.step
    while lowest < highest:
        middle = (lowest + highest + 1) // 2
        if will_do(_resized_again(original, smaller, knob.key, knob.floor + middle * knob.step)):
            lowest = middle
        else:
            highest = middle - 1
    return _resized_again(original, smaller, knob.key, knob.floor + lowest * knob.step)


def _lowered_by_a_share(original: ScaleProfile, smaller: ScaleProfile, knob: Knob) -> ScaleProfile:
    value = value_of(smaller, knob.key)
    steps = int((value - knob.floor) * _SHARE_KEPT) // knob.step
    return _resized_again(original, smaller, knob.key, knob.floor + steps * knob.step)


def _grown_again(original: ScaleProfile, smaller: ScaleProfile, fits: Callable[[ScaleProfile], bool]) -> ScaleProfile:
    """What was lowered further than need be, raised again as far as it fits, the dearest first."""
    for knob in (_ENVS, _BUFFER, _HORIZON, _BATCH, _IMAGINED, _TRAJECTORIES):
        before = value_of(original, knob.key)
        if value_of(smaller, knob.key) < before:
            whole = _resized_again(original, smaller, knob.key, before)
            smaller = whole if fits(whole) else _raised(original, smaller, knob, fits)
    return smaller


def _raised(
    original: ScaleProfile, smaller: ScaleProfile, knob: Knob, fits: Callable[[ScaleProfile], bool]
) -> ScaleProfile:
    below_original = _resized_again(original, smaller, knob.key, value_of(original, knob.key))
    return _lowered(original, below_original, knob, fits)
