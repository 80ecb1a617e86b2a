"""What the name of a TensorBoard event file says: ``events.out.tfevents.<seconds>.<host>.<pid>.<n>``."""

from __future__ import annotations

import re
from dataclasses import dataclass

# TensorBoard's EventFileWriter; the number of the writer within its process is missing in old versions.
_NAME = re.compile(r"events\.out\.tfevents\.(\d{9,11})\.(.{1,255})\.(\d{1,10})\.(\d{1,9})", re.ASCII)


@dataclass(frozen=True, slots=True)
class EventFileName:
    """When, where and by whom an event file was begun.

    Attributes:
        begun_at: whole seconds since the epoch, by the writer's clock.
        pid: as the writer's own PID namespace numbers it.
    """

    begun_at: int
    host: str
    pid: int


def parse_event_file_name(name: str) -> EventFileName | None:
    """None for the name of another file, or one that tells no process."""
    found = _NAME.fullmatch(name)
    return EventFileName(int(found[1]), found[2], int(found[3])) if found else None
