"""The simulator's share of the device: learned from earlier launches where there are any, else as published.

Learned is what the device's use had grown by when training began, less the CUDA context that a forecast counts as the
learner's. With more environments the simulator holds more, never less: launches of other sizes bound it from one side.
"""

from collections.abc import Iterable, Sequence

import msgspec

from rwm_tui.core.memory.forecast import NO_SIMULATOR, PUBLISHED_SIMULATOR, Baseline
from rwm_tui.core.memory.launch_memory import LaunchMemory
from rwm_tui.core.ports import DeviceDescription, NotAvailable
from rwm_tui.core.profile import ScaleProfile

CONTEXT_MIB = (500.0, 762.0)  # least and most, measured and reported, of what torch itself needs beside its allocator


class DeviceKind(msgspec.Struct, frozen=True):
    """Where what was learned holds: memory is alike on one model under one driver."""

    gpu: str
    driver: str


class SimulatorShare(msgspec.Struct, frozen=True, kw_only=True):
    """What the simulator held at one number of environments, in MiB, over all launches that tell."""

    device: DeviceKind
    task: str
    num_envs: int
    low_mib: float
    high_mib: float
    launches: int


def kind_of(device: DeviceDescription) -> DeviceKind:
    return DeviceKind(device.name, device.driver)


def learn_shares(memories: Iterable[LaunchMemory]) -> tuple[SimulatorShare, ...]:
    """The shares that launches of Isaac Lab tell; pure, and the same from the same launches."""
    grown: dict[tuple[DeviceKind, str, int], list[float]] = {}
    for memory in memories:
        measured = memory.before_training_mib
        if memory.profile.backend == "embedded" or isinstance(memory.device, NotAvailable):
            continue
        if isinstance(measured, float):
            key = kind_of(memory.device), memory.profile.task, memory.profile.num_envs
            grown.setdefault(key, []).append(measured)
    return tuple(
        SimulatorShare(
            device=device,
            task=task,
            num_envs=num_envs,
            low_mib=max(0.0, min(found) - CONTEXT_MIB[1]),
            high_mib=max(0.0, max(found) - CONTEXT_MIB[0]),
            launches=len(found),
        )
        for (device, task, num_envs), found in sorted(grown.items(), key=lambda item: (item[0][1], item[0][2]))
    )


def simulator_baseline(
    profile: ScaleProfile, device: DeviceDescription | NotAvailable, shares: Sequence[SimulatorShare]
) -> Baseline:
    """What the simulator will hold beside the learner; the basis says from what that is known."""
    if profile.backend == "embedded":
        return NO_SIMULATOR
    if isinstance(device, NotAvailable):
        return PUBLISHED_SIMULATOR
    kind = kind_of(device)
    alike = [share for share in shares if share.device == kind and share.task == profile.task]
    exact = next((share for share in alike if share.num_envs == profile.num_envs), None)
    if exact:
        return Baseline(exact.low_mib, exact.high_mib, f"simulator {_range(exact)} {_learned(exact)}")
    fewer = max((s for s in alike if s.num_envs < profile.num_envs), key=lambda s: s.num_envs, default=None)
    more = min((s for s in alike if s.num_envs > profile.num_envs), key=lambda s: s.num_envs, default=None)
    if not (fewer or more):
        return PUBLISHED_SIMULATOR
    return _bounded(fewer, more)


def _bounded(fewer: SimulatorShare | None, more: SimulatorShare | None) -> Baseline:
    """At least what fewer environments took and at most what more did; the open side is the published figure's."""
    low = fewer.low_mib if fewer else PUBLISHED_SIMULATOR.low_mib
    high = more.high_mib if more else PUBLISHED_SIMULATOR.high_mib
    known = " and ".join(f"{_range(s)} at {s.num_envs} environments {_learned(s)}" for s in (fewer, more) if s)
    open_side = "" if fewer and more else f"; beyond that {PUBLISHED_SIMULATOR.basis}"
    return Baseline(min(low, high), max(low, high), f"simulator {known}{open_side}")


def _range(share: SimulatorShare) -> str:
    return f"{share.low_mib:.0f} to {share.high_mib:.0f} MiB"


def _learned(share: SimulatorShare) -> str:
    launches = "1 launch" if share.launches == 1 else f"{share.launches} launches"
    return f"(learned from {launches} of this task on {share.device.gpu}, driver {share.device.driver})"
