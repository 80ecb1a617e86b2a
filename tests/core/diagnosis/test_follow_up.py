"""The launch that would follow: how much longer, with how much more grace, with which buffer."""

import msgspec
import pytest

from rwm_tui.core.diagnosis.action import Action, BufferSize
from rwm_tui.core.diagnosis.follow_up import follow_up
from rwm_tui.core.errors import InputError
from rwm_tui.core.launch.outcome import Outcome, OutcomeRecord
from rwm_tui.core.launch.record import RunState, Status
from rwm_tui.core.profile import PRETRAIN_TASK, SettingDifference
from tests.widgets.states import iteration, live_state

LONGER = Action("Raise the time limit.", "raise-limits")


def timed_out(ended_at: float, *, iterations: int = 0, signal: str | None = "SIGINT") -> RunState:
    """A run under a limit of 600 s that began at 1000 and to train at 1004."""
    record = OutcomeRecord(
        outcome=Outcome.TIMED_OUT, reason="", exit_status=None, signal=signal, ended_at=ended_at, run_directory=None
    )
    done = tuple(iteration(number) for number in range(iterations))
    return msgspec.structs.replace(live_state(), status=Status.ENDED, outcome=record, iterations=done)


def of_isaac_lab(state: RunState) -> RunState:
    profile = msgspec.structs.replace(state.plan.profile, backend="isaaclab", task=PRETRAIN_TASK)
    return msgspec.structs.replace(state, plan=msgspec.structs.replace(state.plan, profile=profile))


def test_with_nothing_trained_the_limit_is_doubled() -> None:
    found = follow_up(LONGER, timed_out(1600.0))
    assert found.changes == (SettingDifference("time_limit_s", 1200.0, 600.0),)
    assert found.profile.time_limit_s == 1200.0
    assert found.because == "the time limit of 10 min 00 s was too short"


def test_the_iterations_that_were_done_foretell_the_rest() -> None:
    found = follow_up(LONGER, timed_out(2204.0, iterations=1))  # 1200 s for one of three
    assert found.profile.time_limit_s == 4560.0  # 3604 s and a quarter, in whole minutes
    assert "all iterations would take some 1 h 00 min" in found.because


def test_more_grace_only_where_it_was_killed() -> None:
    assert follow_up(LONGER, timed_out(1600.0)).profile.grace_s == 20.0
    killed = follow_up(LONGER, timed_out(1620.0, signal="SIGKILL"))
    assert killed.profile.grace_s == 40.0
    assert SettingDifference("grace_s", 40.0, 20.0) in killed.changes


def test_a_larger_buffer_replaces_the_one_that_was_asked_for() -> None:
    key = "sim.physx.gpu_heap_capacity"
    state = of_isaac_lab(timed_out(1600.0))
    first = follow_up(Action("", "raise-buffer", BufferSize(key, 64)), state)
    assert first.changes == (SettingDifference(f"env.{key}", 64, "default"),)
    plan = msgspec.structs.replace(state.plan, profile=first.profile)
    again = follow_up(Action("", "raise-buffer", BufferSize(key, 128)), msgspec.structs.replace(state, plan=plan))
    assert again.changes == (SettingDifference(f"env.{key}", 128, 64),)
    assert again.profile.env == {key: 128}


def test_what_is_no_setting_is_refused() -> None:
    forged = Action("", "raise-buffer", BufferSize("sim.physx; rm -rf", 64))
    with pytest.raises(InputError, match="not usable"):
        follow_up(forged, of_isaac_lab(timed_out(1600.0)))


def test_launching_again_changes_nothing() -> None:
    state = timed_out(1600.0)
    found = follow_up(Action("Retry once.", "launch-again"), state)
    assert (found.profile, found.changes) == (state.plan.profile, ())
    assert state.launch_id in found.because
