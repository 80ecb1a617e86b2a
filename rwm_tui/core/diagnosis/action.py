"""What to do after a failure: a sentence for people, and what of it the tool can carry out."""

from __future__ import annotations

from typing import Literal

import msgspec

ActionKind = Literal[
    "rerun-smaller",
    "raise-limits",
    "raise-buffer",
    "launch-again",
    "guard-runner",
    "accept-eula",
    "end-leftovers",
    "open-kit-log",
]


class BufferSize(msgspec.Struct, frozen=True):
    """A PhysX setting and the size to give it, e.g. ``sim.physx.gpu_max_rigid_patch_count`` and 524288."""

    setting: str
    size: int


class Action(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"sentence": "say", "kind": "do"}):
    """One thing to do.

    Attributes:
        kind: what the tool can carry out, where the situation allows it; None where a person has to do it.
        buffer: of ``raise-buffer``, where the message names a size.
    """

    sentence: str
    kind: ActionKind | None = None
    buffer: BufferSize | None = None
