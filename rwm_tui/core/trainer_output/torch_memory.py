"""Out-of-memory messages of torch, and whose memory it was.

Message forms: torch 1.x to 2.11 (`CUDACachingAllocator.cpp`, `c10/core/impl/alloc_cpu.cpp`), cuDNN and cuBLAS codes.
"""

from __future__ import annotations

import re

from rwm_tui.core.trainer_output.console_events import OutOfMemoryKind

_CUDA_ALLOCATOR = re.compile(r"\b(?:OutOfMemoryError|RuntimeError): CUDA out of memory\.")
_CUDA_BARE = re.compile(r"\b(?:torch\.AcceleratorError|RuntimeError): CUDA error: out of memory\b")
_CUDA_LIBRARY = re.compile(r"\bRuntimeError: .{0,200}\b(?:CUDNN|CUBLAS)_STATUS_ALLOC_FAILED\b")
_CPU_ALLOCATOR = re.compile(r"\bDefaultCPUAllocator: (?:can't allocate memory|not enough memory)")
_OTHER_PROCESS = re.compile(r"\bProcess \d{1,12} has (\d{1,12}(?:\.\d{1,6})?) (bytes|KiB|MiB|GiB) memory in use")
_THIS_PROCESS = re.compile(r"\bthis process has (\d{1,12}(?:\.\d{1,6})?) (bytes|KiB|MiB|GiB) memory in use")
_MIB = {"bytes": 2.0**-20, "KiB": 2.0**-10, "MiB": 1.0, "GiB": 1024.0}


def out_of_memory_kind(line: str, *, iterations_done: bool) -> OutOfMemoryKind | None:
    """Which kind of out-of-memory a cleaned line proves, or None.

    Args:
        line: one console line without control sequences.
        iterations_done: whether an iteration was finished before it. The bare `CUDA error: out of memory` before any
            iteration means that not even a context could be made: another process holds the device.
    """
    if "CPUAllocator" not in line and "out of memory" not in line and "_ALLOC_FAILED" not in line:
        return None
    if _CUDA_ALLOCATOR.search(line):
        return "other-process" if _others_hold_more(line) else "torch-cuda"
    if _CUDA_BARE.search(line):
        return "torch-cuda" if iterations_done else "other-process"
    if _CUDA_LIBRARY.search(line):
        return "torch-cuda"
    return "torch-cpu" if _CPU_ALLOCATOR.search(line) else None


def _others_hold_more(line: str) -> bool:
    """Whether other processes hold at least as much as this one (a desktop's few hundred MiB do not count)."""
    others = _mib(_OTHER_PROCESS, line)
    return others > 0.0 and others >= _mib(_THIS_PROCESS, line)


def _mib(pattern: re.Pattern[str], line: str) -> float:
    return sum(float(amount) * _MIB[unit] for amount, unit in pattern.findall(line))
