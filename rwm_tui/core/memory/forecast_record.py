"""The forecast that a launch was started with, as the launch keeps it: what it is later measured against."""

import msgspec

from rwm_tui.core.atomic_file import write_atomically
from rwm_tui.core.launch.paths import LaunchPaths
from rwm_tui.core.memory.closed_form import Phase
from rwm_tui.core.memory.forecast import Forecast, Verdict
from rwm_tui.core.ports import NotAvailable
from rwm_tui.core.run_dir.regular_file import read_record
from rwm_tui.core.typed_reading import decode_json

FORECAST_SCHEMA = 1


class ForecastRecord(msgspec.Struct, frozen=True, kw_only=True, tag="forecast"):
    """``forecast.json``: all in MiB.

    :param learner_mib: peak of the learner's process, CUDA context included, with its 95 % interval.
    :param simulator_mib: bounds of what the simulator was expected to hold.
    :param others_mib: in use on the device when the forecast was made.
    :param limit_mib: what the device has in all.
    :param cap_mib: the most that torch may reserve, where that is capped.
    :param basis: where every figure comes from.
    """

    schema: int = FORECAST_SCHEMA
    learner_mib: float
    learner_interval_mib: tuple[float, float]
    torch_allocated_mib: float
    torch_reserved_mib: float
    phase: Phase
    simulator_mib: tuple[float, float]
    others_mib: float | NotAvailable
    limit_mib: float | NotAvailable
    cap_mib: float | None
    verdict: Verdict
    basis: str


def learner_of(record: ForecastRecord) -> Forecast:
    """The forecast of the learner's own memory, without its parts."""
    return Forecast(
        peak_mib=record.learner_mib,
        interval_mib=record.learner_interval_mib,
        torch_allocated_mib=record.torch_allocated_mib,
        torch_reserved_mib=record.torch_reserved_mib,
        breakdown={},
        phase=record.phase,
        basis=record.basis,
    )


def write_forecast(paths: LaunchPaths, record: ForecastRecord) -> None:
    """
    :raises OSError: where it can't be written.
    """
    write_atomically(paths.forecast, msgspec.json.format(msgspec.json.encode(record), indent=2))


def read_forecast(paths: LaunchPaths) -> ForecastRecord | NotAvailable:
    try:
        return decode_json(read_record(paths.forecast), ForecastRecord)
    except FileNotFoundError:
        return NotAvailable("no forecast was made before this launch")
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
        return NotAvailable(f"{paths.forecast.name} is not readable: {error}")
