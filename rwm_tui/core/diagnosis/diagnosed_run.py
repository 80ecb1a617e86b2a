"""A run's diagnosis beside what is known of its launch: where it died, and what the tool can do about it now."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from rwm_tui.core.diagnosis.action import Action, ActionKind
from rwm_tui.core.diagnosis.judgement import Diagnosis
from rwm_tui.core.launch.lineage import ran_out_of_memory
from rwm_tui.core.launch.outcome import Outcome
from rwm_tui.core.launch.record import RunState
from rwm_tui.core.trainer_output.stages import Stage

# Another launch would fail as this one did before these are done.
_FIRST: frozenset[ActionKind] = frozenset({"guard-runner", "accept-eula", "end-leftovers"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What the actions rest on beside the launch record.

    Attributes:
        guard_is_missing: the runner that a launch would import lacks its guard, and the fix fits it.
        consent_is_missing: no consent to Isaac Sim's licence is recorded, and this kind of Isaac Lab asks for it.
        has_leftovers: trainers of ours run that nobody supervises.
        read_only: nothing may be started or changed from here.
    """

    guard_is_missing: bool = False
    consent_is_missing: bool = False
    has_leftovers: bool = False
    read_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DiagnosedRun:
    """Why a run went wrong.

    Attributes:
        launch_directory, run_directory: what it was read from, as far as they are known.
        ended_in: the stage where the run ended, in words; empty where no record tells.
        kit_log: Isaac Sim's own log.
        possible: the actions that the tool can carry out now.
    """

    diagnosis: Diagnosis
    launch_directory: Path | None
    run_directory: Path | None
    ended_in: str = ""
    kit_log: Path | None = None
    possible: frozenset[ActionKind] = frozenset()

    def can(self, kinds: Iterable[ActionKind]) -> Action | None:
        """The first action of one of these kinds that can be carried out."""
        wanted = self.possible.intersection(kinds)
        return next((action for action in self.diagnosis.actions if action.kind in wanted), None)


def is_worth_telling(diagnosis: Diagnosis, state: RunState | None) -> bool:
    """A stop that was asked for needs no explanation."""
    asked_for = state is not None and state.outcome is not None and state.outcome.outcome is Outcome.STOPPED
    return not asked_for or diagnosis.name != "stopped-by-user" or bool(diagnosis.other)


def possible_actions(diagnosis: Diagnosis, state: RunState | None, situation: Situation) -> frozenset[ActionKind]:
    """Those of the diagnosis that can be carried out from here."""
    if state is None:
        return frozenset()
    possible = {action.kind for action in diagnosis.actions if action.kind and _is_possible(action, state, situation)}
    if situation.read_only:
        return frozenset(possible & {"open-kit-log"})
    return frozenset(possible - {"launch-again"} if possible & _FIRST else possible)


def _is_possible(action: Action, state: RunState, situation: Situation) -> bool:
    is_isaac_lab = state.plan.backend == "isaaclab"
    match action.kind:
        case "rerun-smaller":
            return ran_out_of_memory(state)
        case "raise-limits":
            ended_by_limit = state.outcome is not None and state.outcome.outcome is Outcome.TIMED_OUT
            return ended_by_limit and state.plan.time_limit_s is not None
        case "raise-buffer":
            return state.is_over and is_isaac_lab and action.buffer is not None
        case "launch-again":
            return state.is_over
        case "guard-runner":
            return is_isaac_lab and situation.guard_is_missing
        case "accept-eula":
            return is_isaac_lab and situation.consent_is_missing
        case "end-leftovers":
            return situation.has_leftovers
        case "open-kit-log":
            return state.kit_log is not None
    return False


def where_it_ended(state: RunState) -> str:
    """The last stage that was reached, and how far training came; empty where no stage was."""
    if state.stage is None:
        return ""
    stage = f"stage {state.stage.order + 1}/{len(Stage)}: {state.stage.title}"
    if last := state.iteration:
        return f"{stage}, after iteration {last.iteration} of {last.total}"
    return f"{stage}, before the first iteration was done" if state.stage is Stage.TRAINING else stage
