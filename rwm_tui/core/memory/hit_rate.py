"""How good the forecasts were that launches were started with: peaks met, and verdicts that proved unsafe."""

from collections.abc import Iterable

import msgspec

from rwm_tui.core.memory.forecast_record import ForecastRecord
from rwm_tui.core.memory.launch_memory import LaunchMemory
from rwm_tui.core.ports import NotAvailable


class ForecastTested(msgspec.Struct, frozen=True, kw_only=True):
    """One launch's forecast beside what was measured, in MiB.

    :param foretold_mib: bounds of the trainer's own peak: CUDA context, simulator, learner.
    :param peak_mib: what was measured of it; None where the run did not get as far, or no GPU was sampled.
    :param fitted: None where it ended for another reason before that was known.
    """

    launch: str
    verdict: str
    foretold_mib: tuple[float, float]
    peak_mib: float | None
    fitted: bool | None

    @property
    def met(self) -> bool | None:
        """Whether the peak lay within the bounds; None where there is none."""
        return None if self.peak_mib is None else self.foretold_mib[0] <= self.peak_mib <= self.foretold_mib[1]


class HitRate(msgspec.Struct, frozen=True, kw_only=True):
    """Counts of launches.

    :param made: with a forecast.
    :param measured: of these, with a peak on a GPU; ``met`` of these within the bounds.
    :param said_fits: that a GPU then proved or disproved; ``unsafe`` of these ran out of device memory all the same.
    :param said_will_not_fit: likewise; ``needless`` of these fitted.
    """

    made: int
    measured: int
    met: int
    said_fits: int
    unsafe: int
    said_will_not_fit: int
    needless: int


def forecast_cases(memories: Iterable[LaunchMemory]) -> tuple[ForecastTested, ...]:
    """Every launch that was started with a forecast. Pure."""
    return tuple(_case(memory, memory.forecast) for memory in memories if isinstance(memory.forecast, ForecastRecord))


def _case(memory: LaunchMemory, forecast: ForecastRecord) -> ForecastTested:
    low, high = (
        simulator + learner
        for simulator, learner in zip(forecast.simulator_mib, forecast.learner_interval_mib, strict=True)
    )
    is_unproven = isinstance(memory.device, NotAvailable) or (memory.fitted is True and not memory.was_seen)
    is_peak = memory.fitted is True and memory.was_seen
    return ForecastTested(
        launch=memory.launch_id,
        verdict=forecast.verdict,
        foretold_mib=(round(low, 1), round(high, 1)),
        peak_mib=round(memory.peak_mib, 1) if is_peak and isinstance(memory.peak_mib, float) else None,
        fitted=None if is_unproven else memory.fitted,
    )


def hit_rate(cases: Iterable[ForecastTested]) -> HitRate:
    """Of those that a GPU tested; the others count as made."""
    found = tuple(cases)
    proven = [case for case in found if case.fitted is not None]
    fits = [case for case in proven if case.verdict == "fits"]
    refused = [case for case in proven if case.verdict == "will-not-fit"]
    measured = [case for case in found if case.met is not None]
    return HitRate(
        made=len(found),
        measured=len(measured),
        met=sum(case.met is True for case in measured),
        said_fits=len(fits),
        unsafe=sum(case.fitted is False for case in fits),
        said_will_not_fit=len(refused),
        needless=sum(case.fitted is True for case in refused),
    )


def hit_rate_text(rate: HitRate) -> str:
    """In one line."""
    if not rate.made:
        return "no launch was started with a forecast yet"
    if not rate.measured and not rate.said_fits and not rate.said_will_not_fit:
        return f"{rate.made} forecasts made, none tested on a GPU yet"
    return (
        f"{rate.made} forecasts made; peak within the bounds {rate.met} of {rate.measured}; "
        f"'fits' that ran out of memory {rate.unsafe} of {rate.said_fits}; "
        f"'will not fit' that fitted {rate.needless} of {rate.said_will_not_fit}"
    )
