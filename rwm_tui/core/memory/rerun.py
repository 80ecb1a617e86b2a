"""After an out-of-memory: what smaller run to propose, or why none would help."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

import msgspec

from rwm_tui.core.agent_config import reference_agent_config
from rwm_tui.core.memory.budget import Budget, available_budget, needed_mib
from rwm_tui.core.memory.ceilings import DeviceCeilings, what_is_known
from rwm_tui.core.memory.forecast import Baseline, Forecast, forecast_of
from rwm_tui.core.memory.holders import Holder, in_words
from rwm_tui.core.memory.shrinking import (
    BATCH,
    BATCHES,
    BUFFER,
    ENVS,
    HORIZON,
    samples_per_iteration,
    shrunk,
    value_of,
)
from rwm_tui.core.ports import DeviceMemory, NotAvailable
from rwm_tui.core.profile import (
    REFERENCE_NUM_ENVS,
    ScaleProfile,
    SettingDifference,
    differences_between,
    smaller_rungs,
)
from rwm_tui.core.trainer_output.console_events import MemoryPart, OutOfMemorySeen
from rwm_tui.core.trainer_output.out_of_memory import MessageFigures, read_figures
from rwm_tui.core.verdict.reference import REFERENCE_SIZES

MAX_ATTEMPTS = 4
_LESS_EACH_TIME = 0.1  # of the budget: a plan that failed although it should have fitted shows the forecast's error

FIT_SUFFIX = "-fit"

ProposalKind = Literal["rung", "fit"]

PARTS: dict[MemoryPart, str] = {
    "dynamics": "the world-model update (GRU dynamics loss)",
    "replay-buffer": "the replay buffer",
    "ppo": "PPO's update",
    "evaluation": "the world model's evaluation",
    "rollout-storage": "the rollout and its storage",
    "simulator": "the simulator",
}


@dataclass(frozen=True)
class Failure:
    """An out-of-memory and how often one has followed the other.

    :param attempts: launches of the lineage that ran out of memory, this one among them.
    :param holders: the other processes on the GPU, where one of them is at fault.
    """

    seen: OutOfMemorySeen
    attempts: int = 1
    holders: tuple[Holder, ...] = ()

    @property
    def figures(self) -> MessageFigures:
        return read_figures(self.seen.text)


class NotOffered(msgspec.Struct, frozen=True):
    """Why there is no proposal, and what to do instead."""

    reason: str
    remedy: str


class Measure(msgspec.Struct, frozen=True):
    """One size by which a run represents the reference: as it was, as proposed, and the reference's own."""

    name: str
    before: int
    proposed: int
    reference: int


@dataclass(frozen=True)
class Proposal:
    """Another scale of the same run.

    :param changes: every setting that changes; ``reference`` is the value before.
    :param needed_mib: what torch must be able to reserve, with a margin.
    """

    kind: ProposalKind
    profile: ScaleProfile
    changes: tuple[SettingDifference, ...]
    learner: Forecast
    needed_mib: float
    measures: tuple[Measure, ...]


@dataclass(frozen=True)
class RerunOffer:
    """Both proposals side by side, each with why it is not made, where it is not.

    :param cause: in one sentence, what ran out of memory, or that the run completed.
    :param before: the run that failed, or that completed and is gone up from.
    """

    cause: str
    before: ScaleProfile
    budget: Budget | NotAvailable
    rung: Proposal | NotOffered
    fit: Proposal | NotOffered
    goes_up: bool = False

    def proposal(self, kind: ProposalKind) -> Proposal | NotOffered:
        return self.rung if kind == "rung" else self.fit

    @property
    def best(self) -> Proposal | NotOffered:
        """The largest plan that fits, where there is one, else the rung."""
        return self.fit if isinstance(self.fit, Proposal) else self.rung


def plan_rerun(
    failure: Failure,
    failed: ScaleProfile,
    profiles: Iterable[ScaleProfile],
    device: DeviceMemory | NotAvailable,
    simulator: Baseline | None = None,
    ceilings: DeviceCeilings | None = None,
) -> RerunOffer:
    """What to propose after this failure. Pure; the budget is what is really available, see `available_budget`.

    :param simulator: what it is known to hold; None: as published.
    :param ceilings: what earlier launches on such a device showed.
    """
    budget = available_budget(failed, failure.figures, device, simulator)
    if isinstance(budget, Budget) and failure.seen.kind == "torch-cuda" and _had_no_less(failed, failure, budget):
        budget = _below_what_failed(budget, needed_mib(forecast_of(failed)))
    offer = partial(RerunOffer, cause_of(failure), failed, budget)
    if refused := _no_size_would_help(failure):
        return offer(refused, refused)
    if isinstance(budget, Budget):
        budget = _less_after_attempts(budget, failure.attempts)
    fits = partial(fits_here, budget=budget, device=device, ceilings=ceilings)
    rung = _next_rung(failed, profiles, budget, fits)
    if failure.seen.kind != "torch-cuda":
        where = f"it was {failure.seen.whose}'s memory that ran out, and the forecast speaks of torch's device memory"
        return offer(rung, NotOffered(where, "take a smaller rung, or fewer environments"))
    return offer(rung, _largest_fitting(failure, failed, budget, fits))


def cause_of(failure: Failure) -> str:
    """What ran out of memory, and whose fault it is, in one sentence."""
    seen, figures = failure.seen, failure.figures
    if seen.kind == "other-process":
        holders = in_words(failure.holders)
        return f"another process holds the GPU's memory{f': {holders}' if holders else ''}"
    part = f" in {PARTS[seen.part]}" if seen.part else ""
    cap = f", capped at {figures.allowed_mib / 1024:.2f} GiB" if figures.allowed_mib else ""
    whose = {"torch-cuda": "torch ran out of device memory", "torch-cpu": "torch ran out of host memory"}
    return f"{whose.get(seen.kind, f'{seen.whose} ran out of memory')}{part}{cap}"


def why_it_follows(offer: RerunOffer, proposal: Proposal) -> str:
    """The reason that the rerun's record keeps, for the history."""
    changes = ", ".join(
        f"{change.key.split('.')[-1].removeprefix('system_dynamics_')} {change.reference} -> {change.value}"
        for change in proposal.changes
    )
    what = f"next rung {proposal.profile.name}" if proposal.kind == "rung" else "largest plan that fits"
    return f"{offer.cause}; {what}: {changes or 'nothing changes'}"


def _no_size_would_help(failure: Failure) -> NotOffered | None:
    match failure.seen.kind:
        case "other-process":
            return NotOffered(cause_of(failure), "end that process or use another GPU, then launch the same again")
        case "graphics":
            return NotOffered(
                "the renderer's memory ran out, which the run's sizes hardly touch",
                "run headless, without cameras and video, or free the GPU",
            )
    if failure.attempts > MAX_ATTEMPTS:
        return NotOffered(
            f"{failure.attempts} launches of this lineage ran out of memory, each smaller than the one before",
            "something else holds the memory: see `rwm-tui doctor` and the console",
        )
    return None


def _had_no_less(failed: ScaleProfile, failure: Failure, budget: Budget) -> bool:
    """Whether the failed run, which had at least this much by its own account, is forecast to fit into it."""
    told = failure.figures.reserved_mib is not None or failure.figures.allowed_mib is not None
    return (told or failed.device_memory_cap_mib is not None) and fits_into(failed, budget)


def _below_what_failed(budget: Budget, forecast_mib: float) -> Budget:
    remark = "; counted as less than the failed run's forecast, for it had that and failed"
    return replace(budget, torch_mib=forecast_mib * (1 - _LESS_EACH_TIME), basis=budget.basis + remark)


def _less_after_attempts(budget: Budget, attempts: int) -> Budget:
    if attempts == 1:
        return budget
    share = (1 - _LESS_EACH_TIME) ** (attempts - 1)
    remark = f"; {1 - share:.0%} less, for {attempts} attempts failed"
    return replace(budget, torch_mib=budget.torch_mib * share, basis=budget.basis + remark)


def _next_rung(
    failed: ScaleProfile,
    profiles: Iterable[ScaleProfile],
    budget: Budget | NotAvailable,
    fits: Callable[[ScaleProfile], bool],
) -> Proposal | NotOffered:
    """The largest smaller rung that fits; the next one where nothing tells what fits."""
    rungs = [
        msgspec.structs.replace(rung, device_memory_cap_mib=failed.device_memory_cap_mib)
        for rung in smaller_rungs(profiles, failed)
    ]
    if not rungs:
        return NotOffered(f"no profile holds less memory than {failed.name}", "add a smaller one to profiles/")
    chosen = next((rung for rung in rungs if isinstance(budget, NotAvailable) or fits(rung)), None)
    if chosen is None:
        return NotOffered(f"no smaller rung fits: {shortfall(rungs[-1], budget)}", "free the GPU, or use a larger one")
    return proposal_of("rung", failed, chosen)


def _largest_fitting(
    failure: Failure, failed: ScaleProfile, budget: Budget | NotAvailable, fits: Callable[[ScaleProfile], bool]
) -> Proposal | NotOffered:
    if isinstance(budget, NotAvailable):
        return NotOffered(budget.reason, "take a smaller rung")
    if fits(failed):  # it failed all the same: what is free now is more than what it had
        return proposal_of("fit", failed, failed)
    smaller = shrunk(failed, failure.seen.part, fits)
    if smaller is None:
        floor = shrunk_to_floor(failed, failure.seen.part)
        return NotOffered(
            f"even at the floor it does not fit: {shortfall(floor, budget)}", "free the GPU, or use a larger one"
        )
    return proposal_of("fit", failed, msgspec.structs.replace(smaller, name=_name_of_fit(failed)))


def _name_of_fit(failed: ScaleProfile) -> str:
    return failed.name if failed.name.endswith(FIT_SUFFIX) else f"{failed.name[:56]}{FIT_SUFFIX}"


def shrunk_to_floor(profile: ScaleProfile, part: MemoryPart | None) -> ScaleProfile:
    """The profile with everything that may be lowered at its floor."""
    smallest = profile

    def look(candidate: ScaleProfile) -> bool:
        nonlocal smallest
        smallest = min(smallest, candidate, key=lambda seen: needed_mib(forecast_of(seen)))
        return False

    shrunk(profile, part, look)
    return smallest


def fits_here(
    profile: ScaleProfile,
    budget: Budget | NotAvailable,
    device: DeviceMemory | NotAvailable,
    ceilings: DeviceCeilings | None,
) -> bool:
    """Nothing that failed here with as much memory is tried again; what fitted is forecast all the same."""
    free = None if isinstance(device, NotAvailable) else device.total_mib - device.used_mib
    return what_is_known(profile, free, ceilings).failed is None and fits_into(profile, budget)


def fits_into(profile: ScaleProfile, budget: Budget | NotAvailable) -> bool:
    """False where nothing tells what is available."""
    return isinstance(budget, Budget) and needed_mib(forecast_of(profile)) <= budget.torch_mib


def shortfall(profile: ScaleProfile, budget: Budget | NotAvailable) -> str:
    """What the profile needs, what there is, and what takes most of it."""
    learner = forecast_of(profile)
    needed = needed_mib(learner)
    fixed = ", ".join(
        f"{part} {mib:.0f}"
        for part, mib in sorted(learner.breakdown.items(), key=lambda item: -item[1])[:4]
        if part != "CUDA context"
    )
    available = budget.torch_mib if isinstance(budget, Budget) else 0.0
    return f"{needed:.0f} MiB are needed and {available:.0f} MiB available (of it {fixed} MiB)"


def proposal_of(kind: ProposalKind, before: ScaleProfile, profile: ScaleProfile) -> Proposal:
    learner = forecast_of(profile)
    return Proposal(
        kind=kind,
        profile=profile,
        changes=differences_between(before, profile),
        learner=learner,
        needed_mib=needed_mib(learner),
        measures=measures(before, profile),
    )


def measures(before: ScaleProfile, proposed: ScaleProfile) -> tuple[Measure, ...]:
    """What the proposal keeps of the run before and of the reference's scale."""
    reference = {
        ENVS: REFERENCE_NUM_ENVS,
        BATCH: REFERENCE_SIZES["mini_batch_size"],
        HORIZON: REFERENCE_SIZES["forecast_horizon"],
        BUFFER: REFERENCE_SIZES["replay_buffer_size"],
        BATCHES: REFERENCE_SIZES["num_mini_batches"],
    }
    samples = Measure(
        "samples per iteration",
        samples_per_iteration(before),
        samples_per_iteration(proposed),
        REFERENCE_SIZES["mini_batch_size"] * REFERENCE_SIZES["num_mini_batches"],
    )
    named = (
        (ENVS, "environments"),
        (BATCH, "mini-batch"),
        (BATCHES, "mini-batches"),
        (HORIZON, "forecast horizon"),
        (BUFFER, "replay buffer"),
    )
    sizes = (Measure(name, value_of(before, key), value_of(proposed, key), reference[key]) for key, name in named)
    total = reference_agent_config().max_iterations
    return (samples, *sizes, Measure("iterations", before.max_iterations, proposed.max_iterations, total))
