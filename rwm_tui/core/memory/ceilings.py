"""What fitted and what ran out of memory, by GPU model, driver, task and trainer: the frontier of all launches.

A scale fitted: so does every smaller one with as much memory. A scale failed: so does every larger one with no more.
Only what no other entry says already is kept. Learning the same launches again, or merging files in any order, gives
the same.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec

from rwm_tui.core.memory.baseline import SimulatorShare, merged_shares, share_of
from rwm_tui.core.memory.launch_memory import LaunchMemory
from rwm_tui.core.memory.scale_sizes import ScaleSizes, astuple, beside_of, sizes_of
from rwm_tui.core.ports import DeviceDescription, NotAvailable
from rwm_tui.core.profile import Backend, ScaleProfile, has_world_model

MOST_ENTRIES = 20  # of each kind; the newest are kept


class Ceiling(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """One launch that fitted or failed.

    :param sizes: those that differ from the reference's.
    :param beside: other settings that move memory, where they differ; only launches that agree in them are compared.
    :param available_mib: what the trainer could have of the device, simulator and CUDA context included.
    :param cap_mib: instead of it, the most that torch could reserve, where that was capped.
    :param launch: its id, and ``on`` the day.
    """

    sizes: ScaleSizes
    beside: dict[str, Any] = {}
    available_mib: float | None = None
    cap_mib: float | None = None
    launch: str
    on: str

    def has_no_more_than(self, other: "Ceiling") -> bool:
        """Whether it had no more memory than the other; False where the two cannot be compared."""
        if self.beside != other.beside:
            return False
        if self.cap_mib is not None and other.cap_mib is not None:
            return self.cap_mib <= other.cap_mib
        if self.cap_mib is None and other.cap_mib is None and self.available_mib and other.available_mib:
            return self.available_mib <= other.available_mib
        return False


class DeviceCeilings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is known for one GPU model, driver, task and trainer.

    :param fitted: the largest scales that fitted; ``failed``: the smallest that ran out of device memory.
    :param simulator: what the simulator held, by number of environments.
    """

    gpu: str
    driver: str
    task: str
    backend: Backend
    fitted: tuple[Ceiling, ...] = ()
    failed: tuple[Ceiling, ...] = ()
    simulator: tuple[SimulatorShare, ...] = ()

    @property
    def key(self) -> tuple[str, str, str, str]:
        return self.gpu, self.driver, self.task, self.backend


class Ceilings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The whole file."""

    schema: int = 1
    ceilings: tuple[DeviceCeilings, ...] = ()

    def of(self, device: DeviceDescription, profile: ScaleProfile) -> DeviceCeilings | None:
        key = (device.name, device.driver, profile.task, profile.backend)
        return next((found for found in self.ceilings if found.key == key), None)


def learn_ceilings(memories: Iterable[LaunchMemory]) -> Ceilings:
    """What these launches teach. Pure."""
    learned = Ceilings()
    for memory in memories:
        if isinstance(memory.device, NotAvailable) or not has_world_model(memory.profile):
            continue
        entry, share = _entry(memory), share_of(memory)
        own = DeviceCeilings(
            gpu=memory.device.name,
            driver=memory.device.driver,
            task=memory.profile.task,
            backend=memory.profile.backend,
            fitted=(entry,) if entry and memory.fitted is True and memory.was_seen else (),
            failed=(entry,) if entry and memory.fitted is False else (),
            simulator=(share,) if share else (),
        )
        if own.fitted or own.failed or own.simulator:
            learned = merged(learned, Ceilings(ceilings=(own,)))
    return learned


def _entry(memory: LaunchMemory) -> Ceiling | None:
    """None where it is not known how much memory it had."""
    available = None if isinstance(memory.available_mib, NotAvailable) else round(memory.available_mib, 1)
    cap = memory.profile.device_memory_cap_mib
    if available is None and cap is None:
        return None
    return Ceiling(
        sizes=sizes_of(memory.profile),
        beside=beside_of(memory.profile),
        available_mib=available,
        cap_mib=cap,
        launch=memory.launch_id,
        on=time.strftime("%Y-%m-%d", time.localtime(memory.ended_at)),
    )


def merged(first: Ceilings, second: Ceilings) -> Ceilings:
    """Everything that either says, and nothing twice."""
    keys = sorted({found.key for found in (*first.ceilings, *second.ceilings)})
    return Ceilings(
        ceilings=tuple(
            _merged_group([found for found in (*first.ceilings, *second.ceilings) if found.key == key]) for key in keys
        )
    )


def _merged_group(groups: Sequence[DeviceCeilings]) -> DeviceCeilings:
    return msgspec.structs.replace(
        groups[0],
        fitted=_frontier([entry for group in groups for entry in group.fitted], _fitted_says),
        failed=_frontier([entry for group in groups for entry in group.failed], _failed_says),
        simulator=merged_shares(share for group in groups for share in group.simulator),
    )


def _fitted_says(entry: Ceiling, other: Ceiling) -> bool:
    """Whether that the first fitted says that the second does."""
    return other.sizes.is_within(entry.sizes) and entry.has_no_more_than(other)


def _failed_says(entry: Ceiling, other: Ceiling) -> bool:
    """Whether that the first failed says that the second does."""
    return entry.sizes.is_within(other.sizes) and other.has_no_more_than(entry)


def _frontier(entries: Iterable[Ceiling], says: Callable[[Ceiling, Ceiling], bool]) -> tuple[Ceiling, ...]:
    """What no other entry says; of equals the earliest."""
    kept: list[Ceiling] = []
    for entry in sorted(entries, key=lambda entry: (entry.launch, astuple(entry.sizes))):
        if not any(says(known, entry) for known in kept):
            kept = [known for known in kept if not says(entry, known)] + [entry]
    return tuple(kept[-MOST_ENTRIES:])


class KnownScale(msgspec.Struct, frozen=True):
    """What earlier launches say of a scale: one that was no smaller fitted, one that was no larger failed."""

    fitted: Ceiling | None
    failed: Ceiling | None

    @property
    def text(self) -> str:
        """The same in words; empty where nothing is known."""
        sentences = []
        if self.failed:
            sentences.append(f"this scale failed here on {self.failed.on} ({self.failed.launch})")
        if self.fitted:
            sentences.append(f"this scale fitted here on {self.fitted.on} ({self.fitted.launch})")
        return "; ".join(sentences)


NOTHING_KNOWN = KnownScale(None, None)


def what_is_known(profile: ScaleProfile, available_mib: float | None, group: DeviceCeilings | None) -> KnownScale:
    """
    :param available_mib: what the trainer could have of the device now; of no meaning where torch is capped.
    """
    cap = profile.device_memory_cap_mib
    if group is None or (available_mib is None and cap is None):
        return NOTHING_KNOWN
    asked = Ceiling(
        sizes=sizes_of(profile),
        beside=beside_of(profile),
        available_mib=None if cap is not None else available_mib,
        cap_mib=cap,
        launch="",
        on="",
    )
    return KnownScale(
        fitted=next((entry for entry in reversed(group.fitted) if _fitted_says(entry, asked)), None),
        failed=next((entry for entry in reversed(group.failed) if _failed_says(entry, asked)), None),
    )
