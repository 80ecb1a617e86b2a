"""The forecast of a profile as a JSON document and as text."""

from dataclasses import dataclass
from typing import Any

from rwm_tui.core.memory.forecast import (
    NO_SIMULATOR,
    PUBLISHED_SIMULATOR,
    Baseline,
    Forecast,
    Verdict,
    forecast,
    judge_fit,
)
from rwm_tui.core.ports import DeviceMemory, NotAvailable
from rwm_tui.core.profile import ScaleProfile, agent_config_of

SCHEMA = 1


@dataclass(frozen=True)
class ProfileForecast:
    """A forecast against a device; ``vram_mib`` is None where none is known, and ``device`` says which or why not."""

    learner: Forecast
    baseline: Baseline
    vram_mib: float | None
    device: str

    @property
    def verdict(self) -> Verdict:
        return judge_fit(self.learner, self.baseline, self.vram_mib)


def forecast_profile(
    profile: ScaleProfile,
    device: DeviceMemory | NotAvailable,
    vram_mib: float | None = None,
    baseline_mib: float | None = None,
) -> ProfileForecast:
    """``vram_mib`` and ``baseline_mib`` win over what the device and the published figures say."""
    simulator = NO_SIMULATOR if profile.backend == "embedded" else PUBLISHED_SIMULATOR
    if baseline_mib is not None:
        baseline = Baseline(baseline_mib, baseline_mib, "baseline as given")
    elif isinstance(device, DeviceMemory) and vram_mib is None:
        used, others = device.used_mib, f"{device.used_mib:.0f} MiB in use on the device now"
        low, high = simulator.low_mib + used, simulator.high_mib + used
        baseline = Baseline(low, high, f"{simulator.basis}; {others}")
    else:
        baseline = simulator
    learner = forecast(profile.num_envs, agent_config_of(profile), profile.backend)
    if vram_mib is not None:
        return ProfileForecast(learner, baseline, vram_mib, "device size as given")
    if isinstance(device, DeviceMemory):
        return ProfileForecast(learner, baseline, device.total_mib, device.name)
    return ProfileForecast(learner, baseline, None, f"unknown: {device.reason}")


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
        "basis": f"{learner.basis}; {answer.baseline.basis}; {answer.device}",
    }


def forecast_lines(answer: ProfileForecast) -> list[str]:
    learner = answer.learner
    low, high = learner.interval_mib
    return [
        f"peak {learner.peak_mib:.0f} MiB ({low:.0f} to {high:.0f}), set by {learner.phase}: {_against(answer)}",
        *(f"  {part:<26} {mib:>8.0f} MiB" for part, mib in learner.breakdown.items()),
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
