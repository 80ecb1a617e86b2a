"""Warnings before the crash: use jumps by gigabytes within 0.2 s in the first update, so that no trend could warn.

What can warn is the sum: others, the simulator as soon as it stands, and the learner's forecast, against the limit.
"""

from rwm_tui.core.launch.events import MemoryWarned
from rwm_tui.core.memory.forecast import NO_SIMULATOR, Baseline, Verdict, judge_fit
from rwm_tui.core.memory.forecast_record import ForecastRecord, learner_of
from rwm_tui.core.memory.launch_memory import CONTEXT_MIB
from rwm_tui.core.ports import DeviceMemory, DeviceTenants, MemorySample, NotAvailable
from rwm_tui.core.trainer_output.stages import Stage

NOTABLE_MIB = 256.0  # a desktop moves by less
AGAIN_MIB = 1024.0  # others' further growth that is worth another word


class MemoryWatch:
    """Told every sample in its order; answers with what is to be warned of, each thing once."""

    def __init__(self, forecast: ForecastRecord | NotAvailable) -> None:
        self._forecast = forecast
        self._simulator: Baseline | None = None
        if isinstance(forecast, ForecastRecord) and forecast.simulator_mib == (0.0, 0.0):
            self._simulator = NO_SIMULATOR
        self._before: float | None = None
        self._others_at_first: float | None = None
        self._others_told = 0.0
        self._told: set[str] = set()

    def see(
        self, sample: MemorySample, stage: Stage | None, tenants: DeviceTenants | NotAvailable
    ) -> list[MemoryWarned]:
        """:param tenants: the other processes at the same moment."""
        if isinstance(sample.device, NotAvailable):
            return self._vanished(sample.device) if self._before is not None else []
        used, is_told = sample.device.used_mib, isinstance(sample.ours_mib, float)
        self._before = used if self._before is None else self._before
        others = max(0.0, used - sample.ours_mib) if isinstance(sample.ours_mib, float) else self._before
        if is_told and self._others_at_first is None:
            self._others_at_first = others
        if stage is None or not isinstance(self._forecast, ForecastRecord):
            return []
        self._measure_simulator(used - others, stage)
        if self._simulator is None:
            return []
        grew = self._others_grew(self._forecast, self._simulator, others, sample.device, tenants)
        if grew:  # that says it
            self._told.add(_verdict(self._forecast, self._simulator, others, sample.device.total_mib))
        return [
            *grew,
            *self._ahead(self._forecast, self._simulator, others, sample.device),
            *([] if is_told else self._more_than_foretold(self._forecast, self._simulator, used, stage)),
        ]

    def _measure_simulator(self, grown_mib: float, stage: Stage) -> None:
        """Until training begins; the first reading in it stands in where there was none before."""
        if self._simulator is NO_SIMULATOR or stage.order < Stage.OBSERVATION_GROUPS_RESOLVED.order:
            return
        if grown_mib < CONTEXT_MIB[0]:  # less than a CUDA context: the trainer is on another GPU, or not seen
            return
        if stage.order < Stage.TRAINING.order or self._simulator is None:
            low, high = max(0.0, grown_mib - CONTEXT_MIB[1]), max(0.0, grown_mib - CONTEXT_MIB[0])
            self._simulator = Baseline(low, high, "measured in this launch")

    def _ahead(
        self, forecast: ForecastRecord, simulator: Baseline, others_mib: float, device: DeviceMemory
    ) -> list[MemoryWarned]:
        verdict = _verdict(forecast, simulator, others_mib, device.total_mib)
        if verdict not in ("tight", "will-not-fit") or verdict in self._told or "will-not-fit" in self._told:
            return []
        self._told.add(verdict)
        will = "will run" if verdict == "will-not-fit" else "may run"
        needed = _bounds(forecast, simulator, others_mib)
        if forecast.cap_mib is not None and _capped(forecast) == verdict:
            reserved, limit = forecast.torch_reserved_mib, forecast.cap_mib
            what = f"torch is capped at {_gib(limit)} GiB and forecast to reserve {_gib(reserved)}"
        else:
            limit = device.total_mib
            held = "" if simulator is NO_SIMULATOR else f"simulator {_range(simulator.low_mib, simulator.high_mib)}, "
            what = (
                f"{_range(*needed)} GiB foretold of {_gib(limit)}: {held}others {_gib(others_mib)}, "
                f"learner {_range(*forecast.learner_interval_mib)}"
            )
        text = f"{will} out of device memory in the {forecast.phase} phase: {what}"
        return [MemoryWarned("ahead", text, needed[1], limit)]

    def _others_grew(
        self,
        forecast: ForecastRecord,
        simulator: Baseline,
        others_mib: float,
        device: DeviceMemory,
        tenants: DeviceTenants | NotAvailable,
    ) -> list[MemoryWarned]:
        if self._others_at_first is None:
            return []
        grown = others_mib - self._others_at_first
        if grown < max(NOTABLE_MIB, self._others_told + AGAIN_MIB if self._others_told else 0.0):
            return []
        needed = _bounds(forecast, simulator, others_mib)
        most = max(needed[1], device.used_mib)  # the trainer may hold more than was foretold already
        if most + NOTABLE_MIB <= device.total_mib:  # room for what was foretold and for others' next small step
            return []
        self._others_told = grown
        text = (
            f"other processes hold {_gib(grown)} GiB more of the GPU than at the start{_largest(tenants)}: "
            f"{_range(*needed)} GiB foretold and {_gib(device.used_mib)} in use of {_gib(device.total_mib)}"
        )
        return [MemoryWarned("others-grew", text, most, device.total_mib)]

    def _more_than_foretold(
        self, forecast: ForecastRecord, simulator: Baseline, used_mib: float, stage: Stage
    ) -> list[MemoryWarned]:
        """Where no process's share can be read: what cannot be ours by the forecast."""
        assert self._before is not None
        foretold = _bounds(forecast, simulator, self._before)[1]
        beyond = used_mib - foretold
        if stage.order < Stage.TRAINING.order or beyond < NOTABLE_MIB or "beyond" in self._told:
            return []
        self._told.add("beyond")
        text = (
            f"{_gib(beyond)} GiB more are in use than was foretold of this launch and in use before it: "
            "another process has grown, or the forecast is too low"
        )
        return [MemoryWarned("others-grew", text, used_mib, foretold)]

    def _vanished(self, reason: NotAvailable) -> list[MemoryWarned]:
        if "vanished" in self._told:
            return []
        self._told.add("vanished")
        return [MemoryWarned("device-vanished", f"the GPU's memory can no longer be read: {reason.reason}", None, None)]


def _verdict(forecast: ForecastRecord, simulator: Baseline, others_mib: float, total_mib: float) -> Verdict:
    beside = Baseline(simulator.low_mib + others_mib, simulator.high_mib + others_mib, "")
    by_device = judge_fit(learner_of(forecast), beside, total_mib)
    return by_device if by_device == "will-not-fit" or _capped(forecast) == "fits" else _capped(forecast)


def _capped(forecast: ForecastRecord) -> Verdict:
    if forecast.cap_mib is None:
        return "fits"
    context = forecast.learner_mib - forecast.torch_reserved_mib
    return judge_fit(learner_of(forecast), NO_SIMULATOR, context + forecast.cap_mib)


def _bounds(forecast: ForecastRecord, simulator: Baseline, others_mib: float) -> tuple[float, float]:
    low, high = forecast.learner_interval_mib
    return others_mib + simulator.low_mib + low, others_mib + simulator.high_mib + high


def _largest(tenants: DeviceTenants | NotAvailable) -> str:
    """The process that holds most, where that is told."""
    if isinstance(tenants, NotAvailable):
        return ""
    told = [(p.used_mib, p.pid) for p in tenants.processes if isinstance(p.used_mib, float)]
    if not told:
        return ""
    held, pid = max(told)
    return f" (process {pid} holds {_gib(held)} GiB)"


def _range(low_mib: float, high_mib: float) -> str:
    low, high = _gib(low_mib), _gib(high_mib)
    return low if low == high else f"{low}-{high}"


def _gib(mib: float) -> str:
    return f"{mib / 1024:.1f}"
