"""Which GPU a CUDA process would take first: by CUDA_VISIBLE_DEVICES, and into a MIG instance where there is one.

Rules of the CUDA programming guide, "CUDA Environment Variables": a list of indices, of UUIDs that may be cut short,
or of MIG instances; the first entry that names nothing hides itself and all after it. pynvml is handed in: it has one
importer.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rwm_tui.core.ports import NotAvailable

VISIBLE = "CUDA_VISIBLE_DEVICES"
ORDER = "CUDA_DEVICE_ORDER"


@dataclass(frozen=True)
class Chosen:
    """A GPU or MIG instance.

    :param handle: of what the process sees, whose memory counts.
    :param card: of the whole GPU, which has the temperature and the power.
    :param because: why this one, in words.
    """

    handle: Any
    card: Any
    because: str


def choose(pynvml: Any, environ: Mapping[str, str]) -> Chosen | NotAvailable:
    """
    :raises pynvml.NVMLError: where NVML refuses to list or to find.
    """
    visible = environ.get(VISIBLE)
    if visible is None:
        return _first(pynvml)
    named = visible.split(",")[0].strip()
    if not named:
        return NotAvailable(f"{VISIBLE} is empty: the trainer sees no GPU")
    if named.startswith("MIG-"):
        return _mig_named(pynvml, named)
    card = _named(pynvml, named, environ)
    return card if isinstance(card, NotAvailable) else _inside(pynvml, card)


def _first(pynvml: Any) -> Chosen | NotAvailable:
    count = pynvml.nvmlDeviceGetCount()
    if not count:
        return NotAvailable("NVML shows no GPU")
    only = "the only GPU" if count == 1 else f"the first of {count} GPUs ({VISIBLE} is not set)"
    handle = pynvml.nvmlDeviceGetHandleByIndex(0)
    return _inside(pynvml, Chosen(handle, handle, only))


def _named(pynvml: Any, named: str, environ: Mapping[str, str]) -> Chosen | NotAvailable:
    count = pynvml.nvmlDeviceGetCount()
    handles = [pynvml.nvmlDeviceGetHandleByIndex(index) for index in range(count)]
    if named.isdecimal():
        if int(named) >= count:
            return NotAvailable(f"{VISIBLE} names GPU {named}, and there are {count}: the trainer sees none")
        because = f"{VISIBLE} names GPU {named} first{_order_remark(pynvml, handles, environ)}"
        return Chosen(handles[int(named)], handles[int(named)], because)
    found = [handle for handle in handles if _uuid(pynvml, handle).startswith(named)]
    if not named.startswith("GPU-") or len(found) != 1:
        return NotAvailable(f"{VISIBLE} names '{named}', which is none of the {count} GPUs: the trainer sees none")
    return Chosen(found[0], found[0], f"{VISIBLE} names it by UUID")


def _order_remark(pynvml: Any, handles: list[Any], environ: Mapping[str, str]) -> str:
    """CUDA counts the fastest first unless it is told to count as NVML does; among equals that makes no difference."""
    if environ.get(ORDER) == "PCI_BUS_ID" or len({str(pynvml.nvmlDeviceGetName(handle)) for handle in handles}) <= 1:
        return ""
    return f" (counted by PCI bus; CUDA may count otherwise unless {ORDER}=PCI_BUS_ID)"


def _mig_named(pynvml: Any, named: str) -> Chosen:
    handle = pynvml.nvmlDeviceGetHandleByUUID(named)
    return Chosen(handle, _card_of(pynvml, handle), f"{VISIBLE} names this MIG instance")


def _inside(pynvml: Any, card: Chosen) -> Chosen | NotAvailable:
    """The card's first MIG instance where it is divided: CUDA then sees no whole card."""
    try:
        is_divided = pynvml.nvmlDeviceGetMigMode(card.handle)[0] == pynvml.NVML_DEVICE_MIG_ENABLE
        most = pynvml.nvmlDeviceGetMaxMigDeviceCount(card.handle) if is_divided else 0
    except pynvml.NVMLError:  # most cards cannot be divided, and a container may not be allowed to ask
        return card
    if not is_divided:
        return card
    for index in range(most):
        try:
            instance = pynvml.nvmlDeviceGetMigDeviceHandleByIndex(card.handle, index)
        except pynvml.NVMLError_NotFound:
            continue
        return Chosen(instance, card.handle, f"{card.because}; MIG: its instance {index}")
    return NotAvailable("MIG is on and the GPU holds no instance: the trainer sees none")


def _card_of(pynvml: Any, instance: Any) -> Any:
    try:
        return pynvml.nvmlDeviceGetDeviceHandleFromMigDeviceHandle(instance)
    except pynvml.NVMLError:
        return instance


def _uuid(pynvml: Any, handle: Any) -> str:
    value = pynvml.nvmlDeviceGetUUID(handle)
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)
