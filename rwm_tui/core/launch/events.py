"""The event journal of a launch: JSON lines ``{"t": …, "event": {"type": …}}``, appended by the supervisor only."""

from pathlib import Path

import msgspec

from rwm_tui.core.launch.container import ContainerProcess
from rwm_tui.core.launch.process import ProcessIdentity
from rwm_tui.core.ports import DeviceDescription, MemorySample
from rwm_tui.core.trainer_output.console_events import ConsoleEvent, event_tag
from rwm_tui.core.trainer_output.stages import Stage
from rwm_tui.core.typed_reading import json_decoder

EVENTS_SCHEMA = 1


class _Event(msgspec.Struct, frozen=True, tag_field="type", tag=event_tag):
    pass


class SupervisorStarted(_Event, frozen=True):
    """First line of every journal."""

    supervisor: ProcessIdentity
    schema: int = EVENTS_SCHEMA


class TrainerStarted(_Event, frozen=True):
    """The trainer leads its own session and process group; its pid is the id of both."""

    trainer: ProcessIdentity


class DeviceWatched(_Event, frozen=True):
    """The GPU whose memory is sampled; absent where there is none."""

    device: DeviceDescription


class ContainerProcessNamed(_Event, frozen=True):
    """The trainer runs in a container, as this process there; what we started is the engine's client."""

    process: ContainerProcess


class RunDirectoryBound(_Event, frozen=True):
    """The trainer's own log_dir, and from what it is known."""

    path: str
    known_from: str


class RunDirectoryUnbound(_Event, frozen=True):
    """No run directory is this launch's for certain, though something spoke for one."""

    reason: str


class KitLogFound(_Event, frozen=True):
    """Isaac Sim's own log, where the console names none."""

    path: str
    known_from: str


class StageInferred(_Event, frozen=True):
    """A stage that the console does not print, known from a file in the run directory."""

    stage: Stage
    known_from: str


class FinalCheckpointSeen(_Event, frozen=True):
    path: str


class MemoryWarned(_Event, frozen=True):
    """Something about device memory that calls for a look before it ends the run.

    :param kind: ``ahead``: an out-of-memory is foretold; ``others-grew``: other processes take what is needed;
        ``device-vanished``: the GPU can no longer be read.
    :param needed_mib, limit_mib: on the whole device, where the warning is of a size.
    """

    kind: str
    text: str
    needed_mib: float | None
    limit_mib: float | None


class StopRequested(_Event, frozen=True):
    """Why the stop ladder began: ``user``, ``time-limit`` or ``hang-after-completion``."""

    by: str


class SignalSent(_Event, frozen=True):
    signal: str


class HostMemoryKilled(_Event, frozen=True):
    """The kernel's out-of-memory killer struck in our control group while the trainer ran, which a SIGKILL ended.

    :param proof: the counter before and after.
    """

    proof: str


class TrainerExited(_Event, frozen=True):
    """Exit status as the shell shows it, or the signal that ended the trainer."""

    exit_status: int | None
    signal: str | None


LaunchEvent = (
    SupervisorStarted
    | TrainerStarted
    | DeviceWatched
    | ContainerProcessNamed
    | RunDirectoryBound
    | RunDirectoryUnbound
    | KitLogFound
    | StageInferred
    | FinalCheckpointSeen
    | MemoryWarned
    | StopRequested
    | SignalSent
    | HostMemoryKilled
    | TrainerExited
    | ConsoleEvent
)


class JournalEntry(msgspec.Struct, frozen=True):
    """One event and when the supervisor saw it, in seconds since the epoch."""

    t: float
    event: LaunchEvent


def encode_line(record: JournalEntry | MemorySample) -> bytes:
    return msgspec.json.encode(record) + b"\n"


_entry_decoder = json_decoder(JournalEntry)
_sample_decoder = json_decoder(MemorySample)


def decode_entry(line: bytes) -> JournalEntry | None:
    """None for a line that is damaged or of a newer version: one bad line never hides the others."""
    try:
        return _entry_decoder.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def decode_sample(line: bytes) -> MemorySample | None:
    try:
        return _sample_decoder.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


class JournalWriter:
    """Appends whole lines. What a full disk refuses is kept and tried again with the next line."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._pending = b""

    def write(self, *records: JournalEntry | MemorySample) -> bool:
        """False where some lines are still waiting for space."""
        self._pending += b"".join(encode_line(record) for record in records)
        while self._pending:
            try:
                with self._path.open("ab", buffering=0) as file:
                    written = file.write(self._pending)
            except OSError:
                return False
            self._pending = self._pending[written:]
        return True
