"""What a console line can mean, as frozen values that are written to `events.jsonl` as they are."""

from __future__ import annotations

import re
from typing import Literal

import msgspec

from rwm_tui.core.trainer_output.stages import Stage

OutOfMemoryKind = Literal["torch-cuda", "torch-cpu", "other-process", "physx", "graphics", "host"]
MemoryPart = Literal["dynamics", "replay-buffer", "ppo", "evaluation", "rollout-storage", "simulator"]


def event_tag(class_name: str) -> str:
    """`StageReached` → `stage_reached`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", class_name).lower()


class ConsoleEventBase(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag=event_tag):
    """Where an event was read.

    Attributes:
        line: number of the line, from 1.
        offset: byte offset of the line's start in the console file.
    """

    line: int
    offset: int


class StageReached(ConsoleEventBase, frozen=True):
    """A marker that proves a stage; `text` is the line."""

    stage: Stage
    text: str


class LogRootNamed(ConsoleEventBase, frozen=True):
    """`[INFO] Logging experiment in directory: <path>`: the parent of the run directory."""

    path: str


class RunStampNamed(ConsoleEventBase, frozen=True):
    """`Exact experiment name requested from command line: <stamp>`: the run directory's name without `_<run_name>`."""

    stamp: str


class ConfigurationNamed(ConsoleEventBase, frozen=True):
    """`[INFO]: Parsing configuration from: <module>:<class>`: which of the task's configurations is resolved."""

    entry_point: str


class TrainerAnnounced(ConsoleEventBase, frozen=True):
    """The embedded trainer's first line, by which a console says that it is not Isaac Lab's."""

    text: str


class NumEnvsReported(ConsoleEventBase, frozen=True):
    """The scene manager's `Number of environments`."""

    num_envs: int


class ObservationTerm(msgspec.Struct, frozen=True):
    """One row of an observation table."""

    name: str
    shape: tuple[int, ...]


class ObservationGroup(msgspec.Struct, frozen=True):
    """One observation table. `shape` is None where the title gives none (the group's terms are not concatenated)."""

    name: str
    shape: tuple[int, ...] | None
    terms: tuple[ObservationTerm, ...]


class ObservationGroupsResolved(ConsoleEventBase, frozen=True):
    """All tables of the observation manager; only ever made from as many whole tables as the manager announced."""

    groups: tuple[ObservationGroup, ...]


class IterationReported(ConsoleEventBase, frozen=True):
    """One rsl_rl iteration block. None: the block has no such line (layouts differ), or no finite value on it.

    Attributes:
        iteration: from 0; the block is printed when this iteration is done.
        total: iterations at which training ends.
        steps_per_s: environment steps per second.
        collection_s, learning_s, iteration_s: seconds.
        elapsed_text, eta_text: as printed (`HH:MM:SS`, wrapping at 24 h; `12.3s` before rsl_rl 2.3.1).
        mean_reward, mean_episode_length: absent until an episode has ended; length in control steps.
        values: every finite `label: number` of the block, by its label as printed.
        not_finite: labels whose value is not finite, with "nan", "inf" or "-inf" (JSON has no such numbers).
    """

    iteration: int
    total: int
    steps_per_s: float | None
    collection_s: float | None
    learning_s: float | None
    iteration_s: float | None
    total_timesteps: int | None
    elapsed_text: str | None
    eta_text: str | None
    mean_reward: float | None
    mean_episode_length: float | None
    values: dict[str, float]
    not_finite: dict[str, str]


class KitLogNamed(ConsoleEventBase, frozen=True):
    """`[Info] [carb] Logging to file: <path>`: where Isaac Sim writes its own log."""

    path: str


class CodeStateStored(ConsoleEventBase, frozen=True):
    """`Storing git diff for '<repository>' in: <path>`."""

    repository: str
    path: str


class OutOfMemorySeen(ConsoleEventBase, frozen=True):
    """Out of memory, proven by the message of torch, PhysX, the renderer or the kernel.

    Attributes:
        kind: whose memory; `other-process`: another process holds the device's memory.
        part: which part of training asked for it, by the traceback; None where no frame tells.
    """

    kind: OutOfMemoryKind
    text: str
    part: MemoryPart | None = None

    @property
    def whose(self) -> str:
        """Who ran out of memory, in a word or two."""
        return {"physx": "PhysX", "graphics": "the renderer", "host": "the host"}.get(self.kind, "torch")


class TracebackSeen(ConsoleEventBase, frozen=True):
    """A Python traceback; `last_line` is the exception that ends it, and `line` is where that stands."""

    last_line: str


class ErrorPrinted(ConsoleEventBase, frozen=True):
    """A line that begins with ``[ERROR]``: how the embedded trainer says why it gives up."""

    text: str


ConsoleEvent = (
    StageReached
    | LogRootNamed
    | ConfigurationNamed
    | RunStampNamed
    | TrainerAnnounced
    | NumEnvsReported
    | ObservationGroupsResolved
    | IterationReported
    | CodeStateStored
    | KitLogNamed
    | OutOfMemorySeen
    | TracebackSeen
    | ErrorPrinted
)
