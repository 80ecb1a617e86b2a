"""The supervisor's look at memory: one sample a second, one more as each stage begins, and what is to be warned of."""

from pathlib import Path

import msgspec

from rwm_tui.core.launch.events import JournalWriter, MemoryWarned
from rwm_tui.core.launch.host_reader import HostReader
from rwm_tui.core.launch.trainer import Trainer
from rwm_tui.core.memory.watch import MemoryWatch
from rwm_tui.core.ports import (
    NOT_LISTED,
    NOT_STARTED,
    Clock,
    DeviceTenants,
    MemorySample,
    NotAvailable,
    SupervisedDevice,
)
from rwm_tui.core.trainer_output.stages import Stage

SAMPLE_EVERY_S = 1.0


class MemorySampler:
    """Writes the samples; the first one is taken before the trainer can hold anything.

    :param console: the log whose length each sample notes.
    """

    def __init__(
        self, device: SupervisedDevice, clock: Clock, samples: JournalWriter, watch: MemoryWatch, console: Path
    ) -> None:
        self._device = device
        self._clock = clock
        self._samples = samples
        self._watch = watch
        self._console = console
        self._host = HostReader(console.parent)
        self._stage: Stage | None = None
        self._next = clock.monotonic()

    def before_start(self) -> None:
        sample = MemorySample(
            t=self._clock.now(),
            device=self._device.read(),
            trainer_rss_mib=NOT_STARTED,
            ours_mib=NOT_STARTED,
            activity=self._device.read_activity(),
            host=self._host.read(),
            console_bytes=_size(self._console),
        )
        self._samples.write(sample)
        self._watch.see(sample, None, NOT_STARTED)

    def reached(self, stage: Stage) -> None:
        """The next sample is due at once: what is in use before a stage's work tells the shares apart."""
        self._stage = stage
        self._next = self._clock.monotonic()

    def sample(self, trainer: Trainer, running_s: float) -> list[MemoryWarned]:
        """Nothing where none is due."""
        if self._clock.monotonic() < self._next:
            return []
        self._next = self._clock.monotonic() + SAMPLE_EVERY_S
        tenants, pids = self._device.read_tenants(), trainer.pids()
        sample = MemorySample(
            t=self._clock.now(),
            device=self._device.read(),
            trainer_rss_mib=trainer.rss_mib(),
            ours_mib=_held_by(pids, tenants),
            activity=self._device.read_activity(),
            host=self._host.read(),
            console_bytes=_size(self._console),
            running_s=running_s,
        )
        self._samples.write(sample)
        return self._watch.see(sample, self._stage, _others(pids, tenants))


def _others(pids: frozenset[int] | NotAvailable, tenants: DeviceTenants | NotAvailable) -> DeviceTenants | NotAvailable:
    if isinstance(pids, NotAvailable) or isinstance(tenants, NotAvailable):
        return tenants
    others = tuple(process for process in tenants.processes if process.pid not in pids)
    return msgspec.structs.replace(tenants, processes=others)


def _held_by(pids: frozenset[int] | NotAvailable, tenants: DeviceTenants | NotAvailable) -> float | NotAvailable:
    """What the trainer's processes hold; a container shows other numbers than its own, or none."""
    if isinstance(pids, NotAvailable):
        return pids
    if isinstance(tenants, NotAvailable):
        return tenants
    own = [process.used_mib for process in tenants.processes if process.pid in pids]
    if not own:
        return NOT_LISTED
    untold = next((held for held in own if isinstance(held, NotAvailable)), None)
    return untold or sum(held for held in own if isinstance(held, float))


def _size(file: Path) -> int | NotAvailable:
    try:
        return file.stat().st_size
    except OSError as error:
        return NotAvailable(f"{file.name}: {error.strerror}")
