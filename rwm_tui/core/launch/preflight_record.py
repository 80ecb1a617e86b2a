"""What the preflight found before a launch, as the launch keeps it."""

import msgspec

from rwm_tui.core.launch.paths import LaunchPaths
from rwm_tui.core.plan.preflight.finding import CheckResult, CheckStatus, Preflight
from rwm_tui.core.run_dir.regular_file import read_record
from rwm_tui.core.typed_reading import decode_json


def write_preflight(paths: LaunchPaths, preflight: Preflight) -> None:
    paths.preflight.write_bytes(msgspec.json.format(msgspec.json.encode(preflight), indent=2))


def read_preflight(paths: LaunchPaths) -> Preflight | None:
    """None where the launch keeps none, or none that can be read."""
    try:
        return decode_json(read_record(paths.preflight), Preflight)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return None


def preflight_warnings(paths: LaunchPaths) -> tuple[CheckResult, ...]:
    """What the launch went ahead in spite of."""
    preflight = read_preflight(paths)
    return preflight.with_status(CheckStatus.WARN) if preflight else ()
