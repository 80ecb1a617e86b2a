"""Which launch followed which, and why."""

from collections.abc import Iterator
from pathlib import Path

from rwm_tui.core.errors import InputError
from rwm_tui.core.launch.follow import read_state
from rwm_tui.core.launch.outcome import Outcome
from rwm_tui.core.launch.record import RunState
from rwm_tui.core.memory.rerun import Failure
from rwm_tui.core.profile import ScaleProfile

MAX_GENERATIONS = 50


def lineage(launches: Path, state: RunState) -> Iterator[RunState]:
    """The launch itself, the one it follows, and so on, as far as the records can be read."""
    known = set[str]()
    while state.launch_id not in known and len(known) < MAX_GENERATIONS:
        known.add(state.launch_id)
        yield state
        parent = state.plan.parent
        if parent is None or Path(parent).name != parent:  # a record is no authority over where we read
            return
        try:
            state = read_state(launches / parent)
        except InputError:
            return


def ran_out_of_memory(state: RunState) -> bool:
    """Whether a message in the console proves it; also where the trainer has not ended, or nobody saw its end."""
    completed = state.outcome is not None and state.outcome.outcome is Outcome.COMPLETED
    return state.out_of_memory is not None and not completed


def failure_of(launches: Path, state: RunState) -> Failure:
    """
    :raises InputError: where the launch did not run out of memory.
    """
    if state.out_of_memory is None or not ran_out_of_memory(state):
        how = state.outcome.outcome.value if state.outcome else state.status.value
        raise InputError(
            "nothing to rerun",
            f"{state.launch_id} is {how}: it did not run out of memory",
            f"`rwm-tui run {state.plan.profile.name}` launches it again",
        )
    attempts = sum(1 for launch in lineage(launches, state) if ran_out_of_memory(launch))
    return Failure(state.out_of_memory, attempts)


def tries_of_lineage(launches: Path, state: RunState) -> tuple[tuple[str, ScaleProfile, bool], ...]:
    """Id, profile and whether it fitted of a rerun that completed and of those it follows, newest first.

    :raises InputError: where it did not complete, or follows no out-of-memory.
    """
    if state.outcome is None or state.outcome.outcome is not Outcome.COMPLETED:
        raise InputError("nothing to go up from", f"{state.launch_id} did not complete", "name a rerun that completed")
    found = [
        (launch.launch_id, launch.plan.profile, not ran_out_of_memory(launch)) for launch in lineage(launches, state)
    ]
    if not any(not fitted for _, _, fitted in found):
        raise InputError(
            "nothing to go up to", f"{state.launch_id} follows no out-of-memory", "`rwm-tui fit PROFILE` needs none"
        )
    while found[-1][2]:
        found.pop()
    return tuple(found)
