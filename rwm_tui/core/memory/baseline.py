"""The simulator's share of the device: learned from earlier launches where there are any, else as published.

Learned is what the device's use had grown by when training began, less the CUDA context that a forecast counts as the
learner's. With more environments the simulator holds more, never less: launches of other sizes bound it from one side.
"""

from collections.abc import Iterable, Sequence

import msgspec

from rwm_tui.core.memory.forecast import NO_SIMULATOR, PUBLISHED_SIMULATOR, Baseline
from rwm_tui.core.memory.launch_memory import CONTEXT_MIB, LaunchMemory
from rwm_tui.core.ports import DeviceDescription, NotAvailable
from rwm_tui.core.profile import ScaleProfile


class SimulatorShare(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the simulator held at one number of environments, in MiB, over all launches that tell."""

    num_envs: int
    low_mib: float
    high_mib: float
    launches: int


def share_of(memory: LaunchMemory) -> SimulatorShare | None:
    """What one launch tells of the simulator; None where it had none on the device, or none was read in time.

    Less than a CUDA context says nothing of it: the trainer was on another GPU, or its memory was not seen.
    """
    grown = memory.before_training_mib
    if memory.profile.backend == "embedded" or isinstance(grown, NotAvailable) or grown < CONTEXT_MIB[0]:
        return None
    return SimulatorShare(
        num_envs=memory.profile.num_envs,
        low_mib=round(max(0.0, grown - CONTEXT_MIB[1]), 1),
        high_mib=round(max(0.0, grown - CONTEXT_MIB[0]), 1),
        launches=1,
    )


def merged_shares(shares: Iterable[SimulatorShare]) -> tuple[SimulatorShare, ...]:
    """One share for each number of environments, as wide as all of them; the same again changes nothing."""
    found: dict[int, SimulatorShare] = {}
    for share in shares:
        known = found.get(share.num_envs, share)
        found[share.num_envs] = msgspec.structs.replace(
            share,
            low_mib=min(share.low_mib, known.low_mib),
            high_mib=max(share.high_mib, known.high_mib),
            launches=max(share.launches, known.launches),
        )
    return tuple(found[num_envs] for num_envs in sorted(found))


def simulator_baseline(
    profile: ScaleProfile, device: DeviceDescription | NotAvailable, shares: Sequence[SimulatorShare]
) -> Baseline:
    """What the simulator will hold beside the learner; the basis says from what that is known.

    :param shares: of this GPU model, driver and task.
    """
    if profile.backend == "embedded":
        return NO_SIMULATOR
    if isinstance(device, NotAvailable) or not shares:
        return PUBLISHED_SIMULATOR
    where = f"of this task on {device.name}, driver {device.driver}"
    exact = next((share for share in shares if share.num_envs == profile.num_envs), None)
    if exact:
        return Baseline(
            exact.low_mib, exact.high_mib, f"simulator {_range(exact)}, learned from {_launches(exact)} {where}"
        )
    fewer = max((s for s in shares if s.num_envs < profile.num_envs), key=lambda s: s.num_envs, default=None)
    more = min((s for s in shares if s.num_envs > profile.num_envs), key=lambda s: s.num_envs, default=None)
    return _bounded(fewer, more, where)


def _bounded(fewer: SimulatorShare | None, more: SimulatorShare | None, where: str) -> Baseline:
    """At least what fewer environments took and at most what more did; the open side is the published figure's."""
    low = fewer.low_mib if fewer else PUBLISHED_SIMULATOR.low_mib
    high = more.high_mib if more else PUBLISHED_SIMULATOR.high_mib
    known = " and ".join(
        f"{_range(share)} at {share.num_envs} environments ({_launches(share)})" for share in (fewer, more) if share
    )
    open_side = "" if fewer and more else f"; beyond that {PUBLISHED_SIMULATOR.basis}"
    return Baseline(min(low, high), max(low, high), f"simulator {known}, learned {where}{open_side}")


def _range(share: SimulatorShare) -> str:
    return f"{share.low_mib:.0f} to {share.high_mib:.0f} MiB"


def _launches(share: SimulatorShare) -> str:
    return "1 launch" if share.launches == 1 else f"{share.launches} launches"
