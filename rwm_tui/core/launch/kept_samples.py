"""The memory samples of a launch that are kept: all of its start, then what stands out, however long it goes on."""

from collections.abc import Iterable, Iterator, Sequence

from rwm_tui.core.ports import DeviceActivity, DeviceMemory, HostLoad, MemorySample, NotAvailable
from rwm_tui.core.thinning import thinned

MAX_SAMPLES = 20_000  # five and a half hours at one a second
START_UP = 1_000  # what the shares of memory are told apart by
_STRETCHES = 600  # of time; each keeps some twenty at most


def with_samples(kept: tuple[MemorySample, ...], added: Sequence[MemorySample]) -> tuple[MemorySample, ...]:
    """How the looks are cut makes no difference."""
    if len(kept) + len(added) <= MAX_SAMPLES:
        return (*kept, *added)
    samples = [*kept]
    for sample in added:
        samples.append(sample)
        if len(samples) > MAX_SAMPLES:
            start, later, newest = samples[:START_UP], samples[START_UP:-1], samples[-1]
            fewer = thinned(later, _STRETCHES, time=lambda sample: sample.t, outstanding=_outstanding)
            samples = [*start, *fewer[START_UP + 1 - MAX_SAMPLES :], newest]
    return tuple(samples)


def _outstanding(samples: Sequence[MemorySample]) -> Iterator[MemorySample]:
    """The least and the largest of every figure and one without the device: no peak is lost and no gap closes."""
    least: dict[str, tuple[float, int]] = {}
    largest: dict[str, tuple[float, int]] = {}
    gap = next((at for at, sample in enumerate(samples) if isinstance(sample.device, NotAvailable)), 0)
    for at, sample in enumerate(samples):
        for name, value in _figures(sample):
            if not isinstance(value, float):
                continue
            if name not in largest or value > largest[name][0]:
                largest[name] = (value, at)
            if name not in least or value < least[name][0]:
                least[name] = (value, at)
    for at in sorted({gap, *(at for _, at in (*least.values(), *largest.values()))}):
        yield samples[at]


def _figures(sample: MemorySample) -> Iterable[tuple[str, float | NotAvailable]]:
    yield "rss", sample.trainer_rss_mib
    yield "ours", sample.ours_mib
    if isinstance(sample.device, DeviceMemory):
        yield "used", sample.device.used_mib
        if isinstance(sample.ours_mib, float):
            yield "others", sample.device.used_mib - sample.ours_mib
    if isinstance(sample.activity, DeviceActivity):
        yield "utilisation", sample.activity.utilisation_percent
        yield "temperature", sample.activity.temperature_c
        yield "power", sample.activity.power_w
    if isinstance(sample.host, HostLoad):
        yield "ram", sample.host.ram_used_mib
        yield "cpu", sample.host.cpu_percent
        yield "disk", sample.host.disk_free_mib
