"""The adapters against the real thing: this machine's NVML (or its absence), its clock, its file system."""

import asyncio
from pathlib import Path

import pytest

from rwm_tui.core.ports import DeviceMemory, NotAvailable
from rwm_tui.probes.clock import SystemClock
from rwm_tui.probes.nvml import NvmlProbe
from rwm_tui.probes.watch import FileWatcher


def test_a_reading_is_a_device_or_a_reason() -> None:
    reading = NvmlProbe().read()
    if isinstance(reading, NotAvailable):
        assert reading.reason
    else:
        assert 0 <= reading.used_mib <= reading.total_mib


def test_a_device_that_is_not_there_is_a_reason() -> None:
    reading = NvmlProbe({"CUDA_VISIBLE_DEVICES": "GPU-00000000-0000-0000-0000-000000000000"}).read()
    assert isinstance(reading, NotAvailable)
    assert reading.reason


def test_the_tenants_are_processes_or_a_reason() -> None:
    found = NvmlProbe().read_tenants()
    if isinstance(found, NotAvailable):
        assert found.reason
    else:
        assert all(process.pid > 0 for process in found.processes)
        assert found.reserved_mib >= 0.0


@pytest.mark.gpu
def test_nvml_on_a_real_device() -> None:
    reading = NvmlProbe().read()
    if isinstance(reading, NotAvailable):
        pytest.skip(reading.reason)
    assert isinstance(reading, DeviceMemory)
    assert reading.total_mib > 1000
    assert reading.uuid.startswith(("GPU-", "MIG-"))


def test_the_clock_goes_forward() -> None:
    clock = SystemClock()
    before = clock.monotonic()
    clock.sleep(0.001)
    assert clock.monotonic() > before


def watched_inodes() -> set[int]:
    """Of all that this process is notified of."""
    lines = [line for info in Path("/proc/self/fdinfo").iterdir() for line in lines_of(info)]
    return {int(line.split("ino:")[1].split()[0], 16) for line in lines if line.startswith("inotify")}


def lines_of(info: Path) -> list[str]:
    try:
        return info.read_text().splitlines()
    except FileNotFoundError:  # closed meanwhile
        return []


async def test_a_change_of_a_file_is_noticed_and_its_folder_is_not_watched(tmp_path: Path) -> None:
    (tmp_path / "events.jsonl").touch()
    changes = FileWatcher().changes(tmp_path / "events.jsonl", tmp_path / "not there yet")
    await asyncio.wait_for(anext(changes), 5)  # the first look
    following = asyncio.ensure_future(anext(changes))
    await asyncio.sleep(0)
    (tmp_path / "events.jsonl").write_text("{}\n")
    await asyncio.wait_for(following, 5)
    assert watched_inodes() == {(tmp_path / "events.jsonl").stat().st_ino}
    await changes.aclose()  # type: ignore[attr-defined]
