"""After a run that completed: the next larger scale to try, as a rung and as the largest that is forecast to fit."""

from collections.abc import Iterable

import msgspec

from rwm_tui.core.memory.budget import Budget, available_budget
from rwm_tui.core.memory.ceilings import DeviceCeilings
from rwm_tui.core.memory.forecast import Baseline
from rwm_tui.core.memory.rerun import (
    FIT_SUFFIX,
    NotOffered,
    Proposal,
    RerunOffer,
    fits_here,
    proposal_of,
    shortfall,
)
from rwm_tui.core.memory.shrinking import resized, shrunk
from rwm_tui.core.memory.size_search import SizeSearch, forecast_value, short_name
from rwm_tui.core.ports import DeviceMemory, NotAvailable
from rwm_tui.core.profile import ScaleProfile, larger_rungs
from rwm_tui.core.trainer_output.out_of_memory import MessageFigures

WAIT_FOR_MORE = "free the GPU, or use a larger one"


class WhatFits:
    """Whether a scale fits the device as it is now: by what is known of it, else by the forecast.

    :param simulator: what it is known to hold.
    :param ceilings: what earlier launches on such a device showed.
    """

    def __init__(
        self, device: DeviceMemory | NotAvailable, simulator: Baseline, ceilings: DeviceCeilings | None
    ) -> None:
        self._device = device
        self._simulator = simulator
        self._ceilings = ceilings

    def budget(self, profile: ScaleProfile) -> Budget | NotAvailable:
        return available_budget(profile, MessageFigures(), self._device, self._simulator)

    def __call__(self, profile: ScaleProfile) -> bool:
        return fits_here(profile, self.budget(profile), self._device, self._ceilings)


def plan_step_up(
    done: ScaleProfile, profiles: Iterable[ScaleProfile], what_fits: WhatFits, search: SizeSearch | None
) -> RerunOffer:
    """What to propose after this run completed. Pure.

    :param search: towards the size that once failed, with every try so far; None where nothing failed before it.
    """
    rungs = [_capped_alike(rung, done) for rung in larger_rungs(profiles, done)]
    budget = what_fits.budget(done)
    return RerunOffer(
        cause=f"{done.name} completed",
        before=done,
        budget=budget,
        rung=_next_rung(done, rungs, what_fits),
        fit=_next_try(done, search, budget) if search else _largest(done, rungs, what_fits),
        goes_up=True,
    )


def _capped_alike(rung: ScaleProfile, done: ScaleProfile) -> ScaleProfile:
    return msgspec.structs.replace(rung, device_memory_cap_mib=done.device_memory_cap_mib)


def _next_rung(done: ScaleProfile, rungs: list[ScaleProfile], what_fits: WhatFits) -> Proposal | NotOffered:
    """The next one where nothing tells what fits."""
    if not rungs:
        return NotOffered(f"no profile holds more memory than {done.name}", "add a larger one to profiles/")
    budget = what_fits.budget(rungs[0])
    if isinstance(budget, Budget) and not what_fits(rungs[0]):
        return NotOffered(f"{rungs[0].name} is not expected to fit: {shortfall(rungs[0], budget)}", WAIT_FOR_MORE)
    return proposal_of("rung", done, rungs[0])


def _next_try(done: ScaleProfile, search: SizeSearch, budget: Budget | NotAvailable) -> Proposal | NotOffered:
    """The binary search's next step between the largest that fitted and the smallest that failed."""
    if isinstance(budget, NotAvailable):
        return NotOffered(budget.reason, "take the next rung")
    value = search.next_value(forecast_value(search.profile, search.knob, budget))
    if value is None:
        found = f"{short_name(search.key)} {search.largest_fitting} fitted"
        limit = f", {search.smallest_failing} failed" if search.smallest_failing else ", which is all that was asked"
        return NotOffered(f"the largest that fits is found: {found}{limit}", "nothing more is to be gained")
    return proposal_of("fit", done, resized(search.profile, search.key, value))


def _largest(done: ScaleProfile, rungs: list[ScaleProfile], what_fits: WhatFits) -> Proposal | NotOffered:
    """The largest rung made as small as need be, where that is still larger than what completed."""
    if not rungs:
        return NotOffered(f"no profile holds more memory than {done.name}", "add a larger one to profiles/")
    budget = what_fits.budget(rungs[-1])
    if isinstance(budget, NotAvailable):
        return NotOffered(budget.reason, "take the next rung")
    top = rungs[-1]
    if what_fits(top):
        return proposal_of("fit", done, top)
    smaller = shrunk(top, None, what_fits)
    if smaller is None or not any(True for _ in larger_rungs([smaller], done)):
        return NotOffered(
            f"nothing larger than {done.name} is expected to fit: {shortfall(top, budget)}", WAIT_FOR_MORE
        )
    return proposal_of("fit", done, msgspec.structs.replace(smaller, name=f"{top.name[:56]}{FIT_SUFFIX}"))
