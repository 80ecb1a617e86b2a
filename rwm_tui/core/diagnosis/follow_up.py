"""The launch that would follow a failed one: what of its profile changes, and why."""

from __future__ import annotations

import math
from dataclasses import dataclass

import msgspec

from rwm_tui.core.diagnosis.action import Action, BufferSize
from rwm_tui.core.durations import duration_text
from rwm_tui.core.launch.record import RunState
from rwm_tui.core.profile import ScaleProfile, SettingDifference, with_settings
from rwm_tui.core.trainer_output.stages import Stage

LONGER = 2.0  # at least so many times the limit that was too short
MARGIN = 1.25  # over what the iterations that were done foretell
WHOLE_S = 60.0


@dataclass(frozen=True, slots=True)
class FollowUp:
    """The same launch but for `changes`, whose `reference` is the value before; `because` is one clause."""

    profile: ScaleProfile
    changes: tuple[SettingDifference, ...]
    because: str


def follow_up(action: Action, state: RunState) -> FollowUp:
    """What an action that launches again would launch after this launch, which is over.

    Raises:
        InputError: the action names no setting that a profile can hold.
    """
    if action.kind == "raise-limits" and state.plan.time_limit_s is not None:
        return _with_longer_limits(state, state.plan.time_limit_s)
    if action.buffer:
        return _with_larger_buffer(state, action.buffer)
    return FollowUp(state.plan.profile, (), f"after {state.launch_id}, unchanged")


def _with_longer_limits(state: RunState, limit_s: float) -> FollowUp:
    """A longer time limit; and more grace where the trainer was killed before it had closed."""
    profile, grace_s = state.plan.profile, state.plan.grace_s
    needed_s = _foretold_s(state)
    longer_s = math.ceil(max(LONGER * limit_s, MARGIN * (needed_s or 0.0)) / WHOLE_S) * WHOLE_S
    changes = [SettingDifference("time_limit_s", longer_s, limit_s)]
    profile = msgspec.structs.replace(profile, time_limit_s=longer_s)
    if state.outcome is not None and state.outcome.signal == "SIGKILL":
        changes.append(SettingDifference("grace_s", LONGER * grace_s, grace_s))
        profile = msgspec.structs.replace(profile, grace_s=LONGER * grace_s)
    foretold = f"; all iterations would take some {duration_text(needed_s)}" if needed_s else ""
    return FollowUp(profile, tuple(changes), f"the time limit of {duration_text(limit_s)} was too short{foretold}")


def _with_larger_buffer(state: RunState, wanted: BufferSize) -> FollowUp:
    before = state.plan.profile
    profile = with_settings(msgspec.structs.replace(before, env=before.env | {wanted.setting: wanted.size}), {})
    changes = (SettingDifference(f"env.{wanted.setting}", wanted.size, before.env.get(wanted.setting, "default")),)
    return FollowUp(profile, changes, f"a PhysX buffer overflowed: {wanted.setting} was too small")


def _foretold_s(state: RunState) -> float | None:
    """How long the whole run would take at the speed of the iterations that were done; None where none was."""
    trained_from = next((mark.t for mark in state.stages if mark.stage is Stage.TRAINING), None)
    if state.iteration is None or state.outcome is None or trained_from is None or state.started_at is None:
        return None
    done = state.iteration.iteration + 1
    per_iteration_s = (state.outcome.ended_at - trained_from) / done
    return (trained_from - state.started_at) + per_iteration_s * state.iteration.total
