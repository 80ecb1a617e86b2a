"""Forecasts beside what was measured: what counts as met, as unsafe, as needless, and what does not count."""

import msgspec

from rwm_tui.core.launch.outcome import Outcome
from rwm_tui.core.memory.forecast import Verdict
from rwm_tui.core.memory.forecast_record import ForecastRecord
from rwm_tui.core.memory.hit_rate import forecast_cases, hit_rate, hit_rate_text
from rwm_tui.core.memory.launch_memory import LaunchMemory, memory_of
from rwm_tui.core.ports import NotAvailable
from rwm_tui.core.trainer_output.console_events import OutOfMemoryKind, OutOfMemorySeen
from tests.core.memory.past_launch import PROFILES, USE, past

FORETOLD = ForecastRecord(
    learner_mib=9000.0,
    learner_interval_mib=(8500.0, 9600.0),
    torch_allocated_mib=7500.0,
    torch_reserved_mib=8300.0,
    phase="dynamics",
    simulator_mib=(3500.0, 4000.0),
    others_mib=500.0,
    limit_mib=24576.0,
    cap_mib=None,
    verdict="fits",
    basis="",
)


def ended(verdict: Verdict, peak_mib: float = 13000.0, failed_by: OutOfMemoryKind | None = None) -> LaunchMemory:
    """:param peak_mib: on top of what others held."""
    seen = () if failed_by is None else (OutOfMemorySeen(line=9, offset=0, kind=failed_by, text=""),)
    state = past(
        PROFILES["default"],
        *seen,
        outcome=Outcome.OUT_OF_MEMORY if failed_by else Outcome.COMPLETED,
        use=USE | {16: USE[0] + peak_mib},
    )
    memory = memory_of(state, msgspec.structs.replace(FORETOLD, verdict=verdict))
    assert memory is not None
    return memory


def test_a_peak_within_the_bounds_of_simulator_and_learner_is_met() -> None:
    rate = hit_rate(forecast_cases([ended("fits", 12000.0), ended("fits", 13600.0), ended("fits", 13601.0)]))
    assert (rate.made, rate.measured, rate.met) == (3, 3, 2)
    assert (rate.said_fits, rate.unsafe) == (3, 0)


def test_a_fit_that_ran_out_is_unsafe_and_its_peak_does_not_count() -> None:
    rate = hit_rate(forecast_cases([ended("fits", failed_by="torch-cuda"), ended("fits", failed_by="physx")]))
    assert (rate.said_fits, rate.unsafe, rate.measured) == (2, 2, 0)


def test_what_another_process_or_the_host_ended_says_nothing_of_the_forecast() -> None:
    rate = hit_rate(forecast_cases([ended("fits", failed_by="other-process"), ended("fits", failed_by="host")]))
    assert (rate.made, rate.said_fits, rate.unsafe) == (2, 0, 0)


def test_a_refusal_that_fitted_was_needless_and_a_tight_one_claims_nothing() -> None:
    cases = [ended("will-not-fit"), ended("will-not-fit", failed_by="torch-cuda"), ended("tight")]
    rate = hit_rate(forecast_cases(cases))
    assert (rate.said_will_not_fit, rate.needless, rate.said_fits) == (2, 1, 0)


def test_a_launch_without_a_gpu_or_a_forecast_is_not_counted_as_tested() -> None:
    on_cpu = msgspec.structs.replace(ended("unknown"), device=NotAvailable("no GPU"), peak_mib=NotAvailable("no GPU"))
    rate = hit_rate(forecast_cases([on_cpu, msgspec.structs.replace(on_cpu, forecast=NotAvailable("none"))]))
    assert (rate.made, rate.measured) == (1, 0)
    assert hit_rate_text(rate) == "1 forecasts made, none tested on a GPU yet"
