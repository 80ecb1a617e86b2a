"""Waiting until a device's memory is really free: a process that is gone may still be held by the driver."""

from collections.abc import Callable

from rwm_tui.core.errors import InputError
from rwm_tui.core.memory.holders import holders_of, in_words
from rwm_tui.core.ports import Clock, DeviceMemory, DeviceTenants, NotAvailable, TenantProbe
from rwm_tui.core.trainer_output.out_of_memory import MessageFigures

WAIT_LIMIT_S = 30.0
LOOK_EVERY_S = 0.5
TELL_EVERY_S = 5.0


def wait_for_memory(needed_mib: float, device: TenantProbe, clock: Clock, tell: Callable[[str], None]) -> None:
    """Return when that much is free, or at once where nothing can be read or waited for, which is told.

    :param tell: takes a sentence for the user, now and then.
    :raises InputError: where it is not free in time, naming who holds it.
    """
    began = clock.monotonic()
    told = began - TELL_EVERY_S
    while True:
        reading = device.read()
        if isinstance(reading, NotAvailable):
            tell(f"not waiting for device memory: it can't be read ({reading.reason})")
            return
        if (
            needed_mib > reading.total_mib
        ):  # the failed run was on another device: what it held says nothing of this one
            tell(f"not waiting for device memory: {needed_mib:.0f} MiB are more than {reading.name} has as a whole")
            return
        free = reading.total_mib - reading.used_mib
        if free >= needed_mib:
            return
        now = clock.monotonic()
        if now - began >= WAIT_LIMIT_S:
            raise _not_free(reading, needed_mib, device.read_tenants())
        if now - told >= TELL_EVERY_S:
            told = now
            tell(f"waiting for device memory: {free:.0f} MiB of {needed_mib:.0f} are free")
        clock.sleep(LOOK_EVERY_S)


def _not_free(reading: DeviceMemory, needed_mib: float, tenants: DeviceTenants | NotAvailable) -> InputError:
    named = in_words(holders_of(MessageFigures(), tenants))
    return InputError(
        "device memory not free",
        f"{reading.total_mib - reading.used_mib:.0f} MiB of the {needed_mib:.0f} needed are free on {reading.name} "
        f"after {WAIT_LIMIT_S:.0f} s: {named or 'processes that cannot be seen from here hold it'}",
        "end what holds it, then rerun",
    )
