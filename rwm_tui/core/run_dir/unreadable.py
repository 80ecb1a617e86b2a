"""Why something of a run directory cannot be used, as values."""

from __future__ import annotations

import msgspec

# Kinds that speak of this reader or of the machine, not of the file's content: they are no evidence against a run.
_NOT_THE_FILES_FAULT = frozenset({"not-permitted", "not-read", "too-large", "link-out", "old-format"})


class Absent(msgspec.Struct, frozen=True):
    """It is not there."""

    reason: str


class Unreadable(msgspec.Struct, frozen=True):
    """It is there, but cannot be read as what its name says.

    Attributes:
        kind: one word for programs, e.g. `truncated`, `lfs-pointer`, `empty`, `not-a-zip`, `forbidden-content`.
        reason: the fact in words.
    """

    kind: str
    reason: str

    @property
    def speaks_against_the_file(self) -> bool:
        """False where only this reader's limits or rights kept it from being read."""
        return self.kind not in _NOT_THE_FILES_FAULT
