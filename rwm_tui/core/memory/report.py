"""The forecast of a profile as a JSON document and as text."""

from dataclasses import dataclass
from typing import Any

from rwm_tui.core.memory.ceilings import NOTHING_KNOWN, DeviceCeilings, KnownScale, what_is_known
from rwm_tui.core.memory.forecast import NO_SIMULATOR, Baseline, Forecast, Verdict, forecast_of, judge_fit
from rwm_tui.core.memory.forecast_record import ForecastRecord
from rwm_tui.core.ports import DeviceMemory, NotAvailable
from rwm_tui.core.profile import ScaleProfile, has_world_model

SCHEMA = 1
_WORTH_A_LINE_MIB = 0.5


@dataclass(frozen=True)
class ProfileForecast:
    """A forecast against a device.

    :param simulator: what the simulator is expected to hold beside the learner.
    :param others_mib: in use on the device now; None where that is not known or does not count.
    :param vram_mib: the device's total; None where none is known.
    :param device: which one, or why none is known.
    :param cap_mib: the most that torch may reserve, where that is capped.
    :param known: what earlier launches on such a device say of this scale.
    :param unknown_because: why the figures, which are the reference task's, say nothing of this one.
    """

    learner: Forecast
    simulator: Baseline
    others_mib: float | None
    vram_mib: float | None
    device: str
    cap_mib: float | None = None
    known: KnownScale = NOTHING_KNOWN
    unknown_because: str = ""

    @property
    def baseline(self) -> Baseline:
        """All memory that is not the learner's."""
        if self.others_mib is None:
            return self.simulator
        basis = f"{self.simulator.basis}; {self.others_mib:.0f} MiB in use on the device now"
        return Baseline(self.simulator.low_mib + self.others_mib, self.simulator.high_mib + self.others_mib, basis)

    @property
    def verdict(self) -> Verdict:
        """What earlier launches showed stands above what is foretold; where they disagree, it is tight."""
        if self.unknown_because:
            return "unknown"
        if self.known.failed and self.known.fitted:
            return "tight"
        if self.known.failed or self.known.fitted:
            return "will-not-fit" if self.known.failed else "fits"
        return self._foretold

    @property
    def _foretold(self) -> Verdict:
        by_device = judge_fit(self.learner, self.baseline, self.vram_mib)
        if self.cap_mib is None:
            return by_device
        context = self.learner.peak_mib - self.learner.torch_reserved_mib
        by_cap = judge_fit(self.learner, NO_SIMULATOR, context + self.cap_mib)
        return min(by_device, by_cap, key=_WORST_FIRST.index)


_WORST_FIRST: tuple[Verdict, ...] = ("will-not-fit", "tight", "unknown", "fits")


def forecast_profile(
    profile: ScaleProfile,
    device: DeviceMemory | NotAvailable,
    simulator: Baseline,
    vram_mib: float | None = None,
    baseline_mib: float | None = None,
    ceilings: DeviceCeilings | None = None,
) -> ProfileForecast:
    """``vram_mib`` and ``baseline_mib`` win over what the device and ``simulator`` say.

    :param ceilings: of this device; not asked where sizes are given that may be another's.
    """
    others = None
    if baseline_mib is not None:
        simulator = Baseline(baseline_mib, baseline_mib, "baseline as given")
    elif isinstance(device, DeviceMemory) and vram_mib is None:
        others = device.used_mib
    learner = forecast_of(profile)
    if vram_mib is not None:
        where = "device size as given"
    elif isinstance(device, DeviceMemory):
        vram_mib, where = device.total_mib, device.name
    else:
        where = f"unknown: {device.reason}"
    available = None if vram_mib is None or others is None else vram_mib - others
    as_given = others is None and isinstance(device, DeviceMemory)
    known = NOTHING_KNOWN if as_given else what_is_known(profile, available, ceilings)
    unknown = "" if has_world_model(profile) else f"no world model is known of task {profile.task}"
    return ProfileForecast(learner, simulator, others, vram_mib, where, profile.device_memory_cap_mib, known, unknown)


def forecast_record(answer: ProfileForecast) -> ForecastRecord:
    """What a launch keeps of it."""
    learner, unknown = answer.learner, NotAvailable(answer.device)
    return ForecastRecord(
        learner_mib=learner.peak_mib,
        learner_interval_mib=learner.interval_mib,
        torch_allocated_mib=learner.torch_allocated_mib,
        torch_reserved_mib=learner.torch_reserved_mib,
        phase=learner.phase,
        simulator_mib=(answer.simulator.low_mib, answer.simulator.high_mib),
        others_mib=unknown if answer.others_mib is None else answer.others_mib,
        limit_mib=unknown if answer.vram_mib is None else answer.vram_mib,
        cap_mib=answer.cap_mib,
        verdict=answer.verdict,
        basis=_basis(answer),
    )


def _basis(answer: ProfileForecast) -> str:
    foreign = (
        f"unknown: {answer.unknown_because}, the figures are the reference task's" if answer.unknown_because else ""
    )
    parts = (foreign, answer.known.text, answer.learner.basis, answer.baseline.basis, answer.device)
    return "; ".join(part for part in parts if part)


def forecast_document(answer: ProfileForecast) -> dict[str, Any]:
    learner = answer.learner
    return {
        "schema": SCHEMA,
        "peak_mib": round(learner.peak_mib, 1),
        "interval_mib": [round(bound, 1) for bound in learner.interval_mib],
        "torch_allocated_mib": round(learner.torch_allocated_mib, 1),
        "torch_reserved_mib": round(learner.torch_reserved_mib, 1),
        "breakdown": {part: round(mib, 1) for part, mib in learner.breakdown.items()},
        "phase": learner.phase,
        "verdict": answer.verdict,
        "basis": _basis(answer),
    }


def forecast_lines(answer: ProfileForecast) -> list[str]:
    if answer.unknown_because:
        return [f"unknown: {answer.unknown_because}"]
    learner = answer.learner
    low, high = learner.interval_mib
    return [
        f"peak {learner.peak_mib:.0f} MiB ({low:.0f} to {high:.0f}), set by {learner.phase}: {_against(answer)}",
        *(f"  {part:<26} {mib:>8.0f} MiB" for part, mib in learner.breakdown.items() if mib >= _WORTH_A_LINE_MIB),
        *([f"known: {answer.known.text}"] if answer.known.text else []),
        f"basis: {learner.basis}",
        f"beside it: {_range(answer.baseline)} ({answer.baseline.basis})",
    ]


def _against(answer: ProfileForecast) -> str:
    if answer.vram_mib is None:
        return answer.device
    low, high = answer.learner.interval_mib
    needed = f"{(low + answer.baseline.low_mib) / 1024:.1f} to {(high + answer.baseline.high_mib) / 1024:.1f} GiB"
    return f"{answer.verdict}: needs {needed} of {answer.vram_mib / 1024:.1f}"


def _range(baseline: Baseline) -> str:
    if baseline.low_mib == baseline.high_mib:
        return f"{baseline.low_mib:.0f} MiB"
    return f"{baseline.low_mib:.0f} to {baseline.high_mib:.0f} MiB"
