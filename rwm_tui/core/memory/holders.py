"""Who else holds the GPU's memory, by number, name where this machine shows it, and size where the driver tells."""

from collections.abc import Iterable
from dataclasses import dataclass

from rwm_tui.core.launch.process import process_name
from rwm_tui.core.ports import DeviceTenants, NotAvailable
from rwm_tui.core.trainer_output.out_of_memory import MessageFigures


@dataclass(frozen=True)
class Holder:
    """A process on the GPU.

    :param name: empty where it is not visible from here.
    """

    pid: int
    held_mib: float | None
    name: str = ""

    @property
    def text(self) -> str:
        named = f"process {self.pid} ({self.name})" if self.name else f"process {self.pid}"
        return f"{named} holds {'an unknown amount' if self.held_mib is None else f'{self.held_mib / 1024:.2f} GiB'}"


def holders_of(figures: MessageFigures, tenants: DeviceTenants | NotAvailable) -> tuple[Holder, ...]:
    """Those that torch's message names; where it names none, those that are on the GPU now, largest first.

    A number of another container may belong to another process here: the name is then that one's.
    """
    if figures.holders:
        return tuple(Holder(held.pid, held.held_mib, process_name(held.pid)) for held in figures.holders)
    if isinstance(tenants, NotAvailable):
        return ()
    now = [
        Holder(p.pid, None if isinstance(p.used_mib, NotAvailable) else p.used_mib, process_name(p.pid))
        for p in tenants.processes
    ]
    return tuple(sorted(now, key=lambda holder: -(holder.held_mib or 0.0)))


def in_words(holders: Iterable[Holder]) -> str:
    return " and ".join(holder.text for holder in holders)
