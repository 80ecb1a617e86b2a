"""What is to be said of a live trainer: quiet or stalled, closing or hanging at it, memory about to run out."""

import msgspec

from rwm_tui.core.durations import duration_text
from rwm_tui.core.launch.record import RunState
from rwm_tui.core.launch.stage_times import StageTime, StageTimes, quiet_stage
from rwm_tui.core.profile import agent_config_of
from rwm_tui.core.trainer_output.stages import Stage

UNKNOWN_LIMIT_S = 900.0  # nothing to compare with: a first start alone may take ten minutes
LEAST_LIMIT_S = 120.0  # a silent minute says nothing: on a busy machine an evaluation took 94 s instead of 8
MARGIN = 1.5
CLOSING_S = 10.0  # Isaac Lab 3 takes 4 to 5 s to end


class Notice(msgspec.Struct, frozen=True):
    """A line about a live trainer.

    :param warns: whether something seems to be wrong.
    """

    text: str
    warns: bool


def notice_of(state: RunState, times: StageTimes) -> Notice | None:
    """What is to be said of the present silence; None where there is nothing to say."""
    if state.is_over or not state.samples:
        return None
    if state.stage is Stage.TRAINING_COMPLETE:
        return _closing(state)
    if state.stop_requested_by is not None:
        return None
    return _silence(state, times)


def memory_notice(state: RunState) -> Notice | None:
    """The newest warning of device memory, until the trainer has ended or shown that it was spared."""
    if state.is_over or not state.memory_warnings or state.stage is Stage.TRAINING_COMPLETE:
        return None
    return Notice(state.memory_warnings[-1].text, True)


def _closing(state: RunState) -> Notice:
    spent = state.samples[-1].t - state.stages[-1].t
    grace = duration_text(state.plan.shutdown_grace_s)
    if state.stop_requested_by is not None:
        hung = f" hung for {grace}" if state.stop_requested_by == "hang-after-completion" else ""
        return Notice(f"finished; closing{hung}: being ended (SIGINT, SIGKILL {state.plan.grace_s:g} s later)", True)
    hangs = spent > CLOSING_S
    end = "nobody supervises it, so it is not ended" if state.unsupervised else f"will be ended at {grace}"
    return Notice(f"finished; closing ({'hangs ' if hangs else ''}{duration_text(spent)}; {end})", hangs)


def _silence(state: RunState, times: StageTimes) -> Notice | None:
    heard = [t for t in (state.last_event_at, state.last_output_at) if t is not None]
    if state.stage is None or not heard:
        return None
    silent_s = state.samples[-1].t - max(heard)
    earlier = times.longest_quiet.get(quiet_stage(state.stage))
    if silent_s <= quiet_limit_s(earlier):
        return None
    than = (
        f"longer than {_earlier_launches(earlier)} ({duration_text(earlier.seconds)} at most)"
        if earlier
        else "with no earlier launch to compare"
    )
    return Notice(f"no output for {duration_text(silent_s)}, {than}: it may hang", True)


def _earlier_launches(earlier: StageTime) -> str:
    return "in the one earlier launch" if earlier.launches == 1 else f"in any of {earlier.launches} earlier launches"


def quiet_limit_s(earlier: StageTime | None) -> float:
    """How long a stage may be silent before that is worth a word, by what earlier launches came out of."""
    return UNKNOWN_LIMIT_S if earlier is None else max(MARGIN * earlier.seconds, LEAST_LIMIT_S)


def silence_label(state: RunState) -> str:
    """Why the present stage prints nothing, where that is known; else empty."""
    if state.stage in (Stage.TRAINING, Stage.SAVING_CODE_STATE, Stage.BUILDING_NETWORKS):
        last = state.iteration
        evaluates = last is not None and last.iteration % agent_config_of(state.plan.profile).save_interval == 0
        return "evaluation and saving are silent" if evaluates else "silent but for one block an iteration"
    if state.stage is Stage.BOOTING_SIMULATOR and state.plan.backend == "isaaclab":
        where = "K: Kit's log" if state.kit_log else "mostly silent"
        return f"{where}; a first start can take minutes"
    return ""


def typical_text(state: RunState, times: StageTimes) -> str:
    """`typically 1 min 40 s, from 3 launches`; empty where nothing is learned, and once iterations give an ETA."""
    found = times.typical.get(state.stage) if state.stage else None
    if found is None or (state.iteration is not None and state.stage is not Stage.TRAINING_COMPLETE):
        return ""
    launches = "1 launch" if found.launches == 1 else f"{found.launches} launches"
    return f"typically {duration_text(found.seconds)}, from {launches}"
