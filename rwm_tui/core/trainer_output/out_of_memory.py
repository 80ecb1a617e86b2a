"""Out-of-memory messages: whose memory it was, what the message says of it, and which part of training asked for it.

Message forms: torch 1.x to 2.11 (`CUDACachingAllocator.cpp`, `c10/core/impl/alloc_cpu.cpp`), cuDNN and cuBLAS codes,
PhysX 5 (`omni.physx`), Vulkan as Kit prints it, Python's `MemoryError`, the kernel's out-of-memory killer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from rwm_tui.core.trainer_output.console_events import MemoryPart, OutOfMemoryKind

_CUDA_ALLOCATOR = re.compile(r"\b(?:OutOfMemoryError|RuntimeError): (?:CUDA out of memory\.|Allocation on device)")
_CUDA_BARE = re.compile(r"\b(?:torch\.AcceleratorError|RuntimeError): CUDA error: out of memory\b")
_CUDA_LIBRARY = re.compile(r"\bRuntimeError: .{0,200}\b(?:CUDNN|CUBLAS)_STATUS_ALLOC_FAILED\b")
_CPU_ALLOCATOR = re.compile(r"\bDefaultCPUAllocator: (?:can't allocate memory|not enough memory)")
_SIMULATOR_CONTEXT = re.compile(r"Unable to create PxCudaContextManager|CUDA error 2: cudaErrorMemoryAllocation")
_PHYSX = re.compile(
    r"Unable to allocate memory of size \d{1,20} for mGpu|PxgCudaDeviceMemoryAllocator fail(?:ed)? to allocate"
    r"|PhysX failed to allocate GPU memory|Not enough GPU memory available to create a PhysicsScene"
    r"|\[omni\.physx[\w.]{0,40}\].{0,80}\bCUDA error: out of memory"
)
_GRAPHICS = re.compile(
    r"\bERROR_OUT_OF_DEVICE_MEMORY\b|\bvkAllocateMemory failed|Out of GPU memory allocating resource"
)
_HOST = re.compile(
    r"^MemoryError(?::|$)|\bstd::bad_alloc\b|(?:Memory cgroup out|\bOut) of memory: Killed process \d"
    r"|\boom-kill:constraint="
)
# One of these words stands in every message above; a line without any costs no regular expression.
_TELLING = ("memory", "Memory", "MEMORY", "_ALLOC_FAILED", "bad_alloc", "oom-kill", "PxCuda", "PxgCuda", "on device")

_SIZE = r"(\d{1,12}(?:\.\d{1,6})?) ?(bytes|[KMGT]iB|[KMG]B)"
_HOLDER = re.compile(rf"\bProcess (\d{{1,12}}) has {_SIZE} memory in use")
_FIGURES = {
    "tried_mib": (rf"Tried to allocate {_SIZE}",),
    "total_mib": (rf"total capacity of {_SIZE}", rf"{_SIZE} total capacity"),
    "free_mib": (rf"of which {_SIZE} is free", rf"{_SIZE} free;"),
    "process_mib": (rf"this process has {_SIZE} memory in use",),
    "allowed_mib": (rf"{_SIZE} allowed;", rf"{_SIZE} allowed by"),
    "allocated_mib": (rf"allocated memory {_SIZE} is allocated", rf"{_SIZE} already allocated"),
    "unallocated_mib": (rf"{_SIZE} is reserved by PyTorch but unallocated",),
    "reserved_mib": (rf"{_SIZE} reserved in total",),
}
_PATTERNS = {name: [re.compile(pattern) for pattern in patterns] for name, patterns in _FIGURES.items()}
_MIB = {
    "bytes": 2.0**-20,
    "KiB": 2.0**-10,
    "KB": 2.0**-10,
    "MiB": 1.0,
    "MB": 1.0,
    "GiB": 1024.0,
    "GB": 1024.0,
    "TiB": 2.0**20,
}

_NEVER_HANDED_OUT_MIB = 32.0

_FRAME = re.compile(r'File "(?:[^"]{0,500}[/\\])?([^"/\\]{1,100})\.py", line \d{1,9}, in (\S{1,100})', re.IGNORECASE)
# Functions of rsl_rl_rwm, Isaac Lab and the embedded trainer; a file's name alone where the whole file is one part.
_PART_OF_FUNCTION: dict[tuple[str, str], MemoryPart] = {
    ("mbpo_ppo", "update_system_dynamics"): "dynamics",
    ("runner", "_update_system_dynamics"): "dynamics",
    ("mbpo_ppo", "evaluate_system_dynamics"): "evaluation",
    ("mbpo_on_policy_runner", "evaluate_system_dynamics"): "evaluation",
    ("evaluation", "autoregressive_errors"): "evaluation",
    ("ppo", "update"): "ppo",
    ("mbpo_ppo", "update"): "ppo",
    ("ppo", "act"): "rollout-storage",
    ("mbpo_ppo", "act"): "rollout-storage",
    ("runner", "_roll_out"): "rollout-storage",
    ("asset_base", "_initialize_callback"): "simulator",
    ("simulation_context", "reset"): "simulator",
}
_PART_OF_FILE: dict[str, MemoryPart] = {
    "system_dynamics": "dynamics",
    "replay_buffer": "replay-buffer",
    "rollout_storage": "rollout-storage",
}
# Whatever a phase calls is that phase's: it samples the replay buffer, and it runs the world model.
_PHASES: tuple[MemoryPart, ...] = ("evaluation", "dynamics")


@dataclass(frozen=True, slots=True)
class MemoryHolder:
    """Another process that holds memory of the device, in MiB."""

    pid: int
    held_mib: float


@dataclass(frozen=True, slots=True)
class MessageFigures:
    """What torch's message says, in MiB; None where it does not say.

    Attributes:
        tried_mib: the request that failed.
        total_mib, free_mib: of the device.
        process_mib: what this process holds of the device, the simulator in it and the CUDA context included.
        allowed_mib: the most that torch's allocator may reserve, where that is capped.
        allocated_mib: what torch's tensors hold.
        unallocated_mib: what torch's allocator holds beyond that.
        holders: the other processes.
    """

    tried_mib: float | None = None
    total_mib: float | None = None
    free_mib: float | None = None
    process_mib: float | None = None
    allowed_mib: float | None = None
    allocated_mib: float | None = None
    unallocated_mib: float | None = None
    holders: tuple[MemoryHolder, ...] = ()

    @property
    def reserved_mib(self) -> float | None:
        """What torch's allocator held of the device."""
        if self.allocated_mib is None or self.unallocated_mib is None:
            return None
        return self.allocated_mib + self.unallocated_mib

    @property
    def beside_torch_mib(self) -> float | None:
        """What this process held of the device that is not torch's: the CUDA context, and the simulator if any."""
        if self.process_mib is None or self.reserved_mib is None:
            return None
        return max(0.0, self.process_mib - self.reserved_mib)


def read_figures(message: str) -> MessageFigures:
    """The sizes that a message of torch's CUDA allocator names."""
    found: dict[str, float] = {}
    for name, patterns in _PATTERNS.items():
        match = next((match for pattern in patterns if (match := pattern.search(message))), None)
        if match:
            found[name] = float(match[1]) * _MIB[match[2]]
    reserved = found.pop("reserved_mib", None)  # torch before 2.1 names the sum
    if reserved is not None and "allocated_mib" in found:
        found.setdefault("unallocated_mib", max(0.0, reserved - found["allocated_mib"]))
    holders = tuple(MemoryHolder(int(pid), float(size) * _MIB[unit]) for pid, size, unit in _HOLDER.findall(message))
    return MessageFigures(**found, holders=holders)


def out_of_memory_kind(line: str, *, is_training: bool) -> OutOfMemoryKind | None:
    """Which kind of out-of-memory a cleaned line proves, or None.

    Args:
        line: one console line without control sequences.
        is_training: whether training had begun before it. The bare `CUDA error: out of memory` before that means that
            not even a context could be made: another process holds the device.
    """
    for word in _TELLING:  # a loop: most lines come this far and no further
        if word in line:
            break
    else:
        return None
    if _CUDA_ALLOCATOR.search(line):
        return "other-process" if _others_hold_more(read_figures(line)) else "torch-cuda"
    if _PHYSX.search(line):
        return "physx"
    if _CUDA_BARE.search(line):
        return "torch-cuda" if is_training else "other-process"
    if _SIMULATOR_CONTEXT.search(line):
        return "other-process"
    if _CUDA_LIBRARY.search(line):
        return "torch-cuda"
    if _GRAPHICS.search(line):
        return "graphics"
    if _CPU_ALLOCATOR.search(line):
        return "torch-cpu"
    return "host" if _HOST.search(line) else None


def part_of_traceback(lines: Iterable[str]) -> MemoryPart | None:
    """Which part of training a traceback's frames, outermost first, belong to; None where no frame tells."""
    parts: list[MemoryPart] = []
    phases: list[MemoryPart] = []
    for line in lines:
        if frame := _FRAME.search(line):
            if phase := _PART_OF_FUNCTION.get((frame[1], frame[2])):
                phases.append(phase)
            if part := phase or _PART_OF_FILE.get(frame[1]):
                parts.append(part)
    of_a_phase = next((phase for phase in phases if phase in _PHASES), None)
    return of_a_phase or (parts[-1] if parts else None)


def _others_hold_more(figures: MessageFigures) -> bool:
    """Whether other processes hold at least as much as this one (a desktop's few hundred MiB do not count).

    Where the device still had room for the request, a cap on this process refused it: the others are innocent.
    A few MiB that are free are no room: CUDA does not hand out the last of them.
    """
    if (
        figures.free_mib is not None
        and figures.tried_mib is not None
        and figures.free_mib >= figures.tried_mib + _NEVER_HANDED_OUT_MIB
    ):
        return False
    others = sum(holder.held_mib for holder in figures.holders)
    return others > 0.0 and others >= (figures.process_mib or 0.0)
