"""The device memory of this machine, and what a profile needs of it: all that the first screen asks for."""

import dataclasses
import os

from rwm_tui.core.errors import InputError
from rwm_tui.core.memory.baseline import simulator_baseline
from rwm_tui.core.memory.ceilings import DeviceCeilings
from rwm_tui.core.memory.ceilings_file import ceilings_path, read_ceilings
from rwm_tui.core.memory.forecast import Baseline
from rwm_tui.core.memory.report import ProfileForecast, forecast_profile
from rwm_tui.core.ports import DeviceDescription, DeviceMemory, NotAvailable, SupervisedDevice
from rwm_tui.core.profile import ScaleProfile
from rwm_tui.core.settings import Project
from rwm_tui.probes.nvml import NvmlProbe


def real_device_probe(profile: ScaleProfile | None = None) -> SupervisedDevice:
    """The GPU that a trainer of the profile would take."""
    return NvmlProbe({**os.environ, **(profile.environment if profile else {})})


def forecast_of(
    profile: ScaleProfile, project: Project, vram_mib: float | None = None, baseline_mib: float | None = None
) -> ProfileForecast:
    """The peak against this machine's GPU as it is now, with the simulator's share as it was learned here."""
    device, simulator, ceilings = device_and_what_is_known(profile, project)
    return forecast_profile(profile, device, simulator, vram_mib, baseline_mib, ceilings)


def device_and_what_is_known(
    profile: ScaleProfile, project: Project, device: SupervisedDevice | None = None
) -> tuple[DeviceMemory | NotAvailable, Baseline, DeviceCeilings | None]:
    """The GPU as it is now, the simulator's share on such a one, and what fitted and failed there."""
    device = device or real_device_probe(profile)
    described = device.describe()
    ceilings, remark = _ceilings_of(described, profile, project)
    simulator = simulator_baseline(profile, described, ceilings.simulator if ceilings else ())
    return device.read(), dataclasses.replace(simulator, basis=simulator.basis + remark), ceilings


def _ceilings_of(
    device: DeviceDescription | NotAvailable, profile: ScaleProfile, project: Project
) -> tuple[DeviceCeilings | None, str]:
    """What was learned of such a device; a file that cannot be understood costs that knowledge, and it is told."""
    if isinstance(device, NotAvailable):
        return None, ""
    try:
        return read_ceilings(ceilings_path(project.logs)).of(device, profile), ""
    except InputError as error:
        return None, f"; nothing learned is used: {error.message}"
