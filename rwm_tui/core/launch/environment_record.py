"""What a launch was started in, as the launch keeps it: versions, GPU and driver, commits, host.

Read from files before the start, never by importing or running the trainer's packages. No environment variable is kept,
so that no secret is.
"""

from collections.abc import Mapping

import msgspec

from rwm_tui.core.atomic_file import write_atomically
from rwm_tui.core.launch.paths import LaunchPaths
from rwm_tui.core.ports import DeviceDescription, NotAvailable
from rwm_tui.core.run_dir.regular_file import read_regular
from rwm_tui.core.typed_reading import decode_json

ENVIRONMENT_SCHEMA = 1
MAX_BYTES = 1024 * 1024


class RecordedCheckout(msgspec.Struct, frozen=True, tag="checkout"):
    """A git work tree as it stood before the start.

    :param changed: files that differ from the commit or that git does not know; at most ``MAX_CHANGED`` of them.
    """

    path: str
    commit: str
    is_dirty: bool
    changed: tuple[str, ...]


class Host(msgspec.Struct, frozen=True):
    """
    :param system: kernel and C library, as ``platform.platform()`` names them.
    """

    name: str
    system: str
    cpu_cores: int


class EnvironmentRecord(msgspec.Struct, frozen=True, kw_only=True, tag="environment"):
    """``environment.json``.

    :param environment_kind: ``embedded``, or the kind of Isaac Lab that the settings name.
    :param python: of the trainer.
    :param packages: versions by distribution, of the trainer's Python.
    :param device: the GPU that the trainer would take, with its driver.
    :param checkouts: upstream repositories by name; none for the embedded trainer.
    """

    schema: int = ENVIRONMENT_SCHEMA
    environment_kind: str
    host: Host
    python: str | NotAvailable
    packages: Mapping[str, str | NotAvailable]
    device: DeviceDescription | NotAvailable
    checkouts: Mapping[str, RecordedCheckout | NotAvailable]


def write_environment(paths: LaunchPaths, record: EnvironmentRecord) -> None:
    """
    :raises OSError: where it can't be written.
    """
    write_atomically(paths.environment, msgspec.json.format(msgspec.json.encode(record), indent=2))


def read_environment(paths: LaunchPaths) -> EnvironmentRecord | NotAvailable:
    content = read_regular(paths.environment, MAX_BYTES)
    if not isinstance(content, bytes):
        return NotAvailable(f"the launch keeps no {paths.environment.name}: {content.reason}")
    try:
        record = decode_json(content, EnvironmentRecord)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return NotAvailable(f"{paths.environment.name} is not readable: {error}")
    if record.schema != ENVIRONMENT_SCHEMA:
        return NotAvailable(f"{paths.environment.name} has schema {record.schema}, not {ENVIRONMENT_SCHEMA}")
    return record
