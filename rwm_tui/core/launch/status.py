"""How far a launch has come; how it ended is told by its outcome."""

from enum import StrEnum


class Status(StrEnum):
    PLANNED = "PLANNED"
    STARTING = "STARTING"
    RUNNING = "RUNNING"
    STOPPING = "STOPPING"
    ENDED = "ENDED"
