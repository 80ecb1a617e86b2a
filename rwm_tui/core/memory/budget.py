"""How much device memory torch can really get here, and how much a configuration needs of it."""

from dataclasses import dataclass

from rwm_tui.core.memory.forecast import NO_SIMULATOR, PUBLISHED_SIMULATOR, Baseline, Forecast, forecast_of
from rwm_tui.core.ports import DeviceMemory, NotAvailable
from rwm_tui.core.profile import ScaleProfile
from rwm_tui.core.trainer_output.out_of_memory import MessageFigures

# Before torch gives up it returns its cached blocks, so the limit is what tensors hold and what lies between them.
# Measured with the reference defaults on an H100: 7540 MiB in tensors, out of memory at 7680, completed at 7996.
_FORECAST_ERROR = 0.025  # of the tensors: nearly all measured configurations are forecast within it
_BETWEEN_BLOCKS = 0.05  # of what the phase itself allocates
_SEGMENTS_MIB = 48.0  # the last piece of each pool
_SAME_DEVICE = 0.1  # torch's and NVML's totals differ by the driver's reserve


@dataclass(frozen=True)
class Budget:
    """What torch's allocator may come to reserve, in MiB.

    :param beside_mib: what the same process needs of the device besides: CUDA context, and the simulator if any.
    :param basis: where the figure comes from.
    """

    torch_mib: float
    beside_mib: float
    basis: str


def needed_mib(learner: Forecast) -> float:
    """What torch must be able to reserve for the configuration to run, with a margin."""
    own = learner.torch_allocated_mib - sum(learner.breakdown.get(part, 0.0) for part in _RESIDENT)
    return learner.torch_allocated_mib * (1 + _FORECAST_ERROR) + _BETWEEN_BLOCKS * own + _SEGMENTS_MIB


_RESIDENT = ("libraries", "parameters and optimizers", "replay buffer", "rollout storage")


def available_budget(
    profile: ScaleProfile,
    message: MessageFigures,
    device: DeviceMemory | NotAvailable,
    simulator: Baseline | None = None,
) -> Budget | NotAvailable:
    """The least of what the cap, torch's message and the device as it is now leave for torch.

    :param message: what the failed launch's message says; empty where there is none.
    :param simulator: what it is known to hold where the message does not say; None: as published.
    :param device: read when the failed process is gone; not available while it still holds memory.
    """
    beside = _beside_torch(profile, message, simulator)
    found = [
        *_capped(profile, message, beside),
        *_said_by_message(message, beside),
        *_free_now(message, device, beside),
    ]
    if not found:
        reason = device.reason if isinstance(device, NotAvailable) else "the device read now is not the one that failed"
        silent = "" if message == MessageFigures() else "the message names none; "
        return NotAvailable(f"no size of the device is known: {silent}{reason}")
    return min(found, key=lambda budget: budget.torch_mib)


def _beside_torch(profile: ScaleProfile, message: MessageFigures, simulator: Baseline | None) -> float:
    if message.beside_torch_mib is not None:
        return message.beside_torch_mib
    if simulator is None:
        simulator = NO_SIMULATOR if profile.backend == "embedded" else PUBLISHED_SIMULATOR
    return simulator.high_mib + forecast_of(profile).breakdown["CUDA context"]


def _capped(profile: ScaleProfile, message: MessageFigures, beside: float) -> list[Budget]:
    caps = [cap for cap in (profile.device_memory_cap_mib, message.allowed_mib) if cap is not None]
    return [Budget(min(caps), beside, f"torch is capped at {min(caps):.0f} MiB")] if caps else []


def _said_by_message(message: MessageFigures, beside: float) -> list[Budget]:
    if message.free_mib is None or message.reserved_mib is None:
        return []
    basis = f"torch's message: {message.free_mib:.0f} MiB free and {message.reserved_mib:.0f} MiB torch's own"
    return [Budget(message.free_mib + message.reserved_mib, beside, basis)]


def _free_now(message: MessageFigures, device: DeviceMemory | NotAvailable, beside: float) -> list[Budget]:
    if isinstance(device, NotAvailable):
        return []
    if message.total_mib and abs(device.total_mib - message.total_mib) > _SAME_DEVICE * message.total_mib:
        return []
    free = device.total_mib - device.used_mib
    basis = f"{free:.0f} MiB free on {device.name} now, {beside:.0f} MiB of it for context and simulator"
    return [Budget(max(0.0, free - beside), beside, basis)]
