"""Checks of the GPU: its memory, who else is on it, and memory that nobody visible holds."""

from rwm_tui.core.memory.forecast import CONTEXT_MIB, PUBLISHED_SIMULATOR, forecast_of, least_mib
from rwm_tui.core.plan.preflight.finding import Finding, failed, not_applicable, passed, warning
from rwm_tui.core.plan.preflight.surroundings import Surroundings
from rwm_tui.core.ports import DeviceMemory, DeviceProcess, NotAvailable
from rwm_tui.core.profile import ScaleProfile, has_world_model
from rwm_tui.core.trainer_output.terminal_text import clean_line

NOTABLE_MIB = 512.0


def check_device(around: Surroundings, profile: ScaleProfile) -> Finding:
    """Which GPU the trainer would take, and why that one."""
    found = around.described
    if isinstance(found, NotAvailable):
        return not_applicable(f"none is used: {found.reason}")
    return passed(
        f"{clean_line(found.name)} ({clean_line(found.uuid)}), {found.total_mib:,.0f} MiB, "
        f"driver {clean_line(found.driver)}: {found.chosen_because}"
    )


def check_free_memory(around: Surroundings, profile: ScaleProfile) -> Finding:
    if reason := _needs_no_gpu(around):
        return not_applicable(reason)
    device = around.device
    if isinstance(device, NotAvailable):
        return failed(f"no GPU can be read: {device.reason}", _reading_remedy(device.reason))
    free = device.total_mib - device.used_mib
    floor = least_mib(forecast_of(profile)) if has_world_model(profile) else CONTEXT_MIB
    fact = (
        f"{free:,.0f} of {device.total_mib:,.0f} MiB free on {device.name}; "
        f"{profile.name} needs at least {floor:,.0f} MiB for learning, and the simulator's share"
    )
    if free < floor:
        return failed(fact, "end what else holds the memory, or choose a smaller profile")
    if free < floor + PUBLISHED_SIMULATOR.low_mib:
        return warning(
            f"{fact}, of which {PUBLISHED_SIMULATOR.low_mib:,.0f} MiB is the least ever published",
            "expect an out-of-memory: a smaller mini-batch size helps most",
        )
    return passed(fact)


def check_tenants(around: Surroundings, profile: ScaleProfile) -> Finding:
    if reason := _needs_no_gpu(around):
        return not_applicable(reason)
    if isinstance(around.tenants, NotAvailable):
        return not_applicable(f"the processes on the GPU are not available, because {around.tenants.reason}")
    others = around.tenants.processes
    if not others:
        return passed("no other process is visible on the GPU")
    text = ", ".join(_described(process, around) for process in sorted(others, key=_size, reverse=True)[:5])
    known = sum(_size(process) for process in others)
    fact = f"{len(others)} on the GPU: {text}"
    untold = any(isinstance(process.used_mib, NotAvailable) for process in others)
    if known > NOTABLE_MIB or untold:
        return warning(fact, "their memory is not ours to use: wait for them, or choose a smaller profile")
    return passed(fact)


def check_unexplained_memory(around: Surroundings, profile: ScaleProfile) -> Finding:
    """Inside a container the processes outside it are not listed, but their memory is gone all the same."""
    if reason := _needs_no_gpu(around):
        return not_applicable(reason)
    if isinstance(around.device, NotAvailable) or isinstance(around.tenants, NotAvailable):
        return not_applicable("the GPU's memory and its processes cannot be compared")
    processes = around.tenants.processes
    if any(isinstance(process.used_mib, NotAvailable) for process in processes):
        return not_applicable("the driver does not tell each process's memory")
    unexplained = unexplained_mib(around.device, processes, around.tenants.reserved_mib)
    fact = f"{unexplained:,.0f} MiB are used that no visible process holds"
    if unexplained > NOTABLE_MIB:
        return warning(
            fact, "somebody outside this container or of another user is on the GPU: look with nvidia-smi on the host"
        )
    return passed(fact)


def unexplained_mib(device: DeviceMemory, processes: tuple[DeviceProcess, ...], reserved_mib: float) -> float:
    return max(0.0, device.used_mib - reserved_mib - sum(map(_size, processes)))


def _needs_no_gpu(around: Surroundings) -> str | None:
    installation = around.installation
    if installation.kind == "isaaclab3" and "cpu" in around.settings.isaac_lab.isaaclab3.arguments:
        return "Isaac Lab 3 is set to run on the CPU"
    return None


def _reading_remedy(reason: str) -> str:
    if "not installed" in reason:
        return "Isaac Sim needs an NVIDIA GPU with its driver; the embedded profiles run without"
    return "see whether nvidia-smi works; a container that has lost its GPU gets it back with docker restart"


def _described(process: DeviceProcess, around: Surroundings) -> str:
    name = around.commands.get(process.pid) or "not visible here"
    used = "memory not told" if isinstance(process.used_mib, NotAvailable) else f"{process.used_mib:,.0f} MiB"
    return f"{process.pid} ({name}) {used}"


def _size(process: DeviceProcess) -> float:
    return 0.0 if isinstance(process.used_mib, NotAvailable) else process.used_mib
