"""Which GPU is read and why, and what is said where one cannot be read, on a stand-in for the library."""

from pathlib import Path

import pytest

from rwm_tui.core.ports import DeviceActivity, DeviceMemory, DeviceTenants, NotAvailable
from rwm_tui.probes.nvml import NvmlProbe
from tests.standin.gpus import Gpus, gpu, install

FIRST, SECOND = gpu("GPU-1111-aaaa", used=600.0), gpu("GPU-2222-bbbb", used=700.0, name="NVIDIA Test 24GB")


@pytest.fixture
def gpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Gpus:
    return install(tmp_path, monkeypatch)


@pytest.mark.parametrize(
    ("visible", "uuid", "because"),
    [
        (None, "GPU-1111-aaaa", "the first of 2 GPUs"),
        ("1", "GPU-2222-bbbb", "names GPU 1 first (counted by PCI bus; CUDA may count otherwise"),
        ("1,0", "GPU-2222-bbbb", "names GPU 1 first"),
        (" 0 ", "GPU-1111-aaaa", "names GPU 0 first"),
        ("GPU-2222-bbbb", "GPU-2222-bbbb", "names it by UUID"),
        ("GPU-22,GPU-11", "GPU-2222-bbbb", "names it by UUID"),
    ],
)
def test_the_gpu_that_cuda_takes_first_is_read(gpus: Gpus, visible: str | None, uuid: str, because: str) -> None:
    gpus.set(FIRST, SECOND)
    probe = NvmlProbe({} if visible is None else {"CUDA_VISIBLE_DEVICES": visible})
    described, reading = probe.describe(), probe.read()
    assert not isinstance(described, NotAvailable)
    assert described.uuid == uuid
    assert because in described.chosen_because
    assert described.driver == "580.65.06"
    assert isinstance(reading, DeviceMemory)
    assert reading.uuid == uuid


def test_counted_by_the_bus_there_is_no_doubt(gpus: Gpus) -> None:
    gpus.set(FIRST, SECOND)
    described = NvmlProbe({"CUDA_VISIBLE_DEVICES": "1", "CUDA_DEVICE_ORDER": "PCI_BUS_ID"}).describe()
    assert not isinstance(described, NotAvailable)
    assert described.chosen_because == "CUDA_VISIBLE_DEVICES names GPU 1 first"


@pytest.mark.parametrize(
    ("visible", "reason"),
    [
        ("", "is empty"),
        ("-1", "none of the 2 GPUs"),
        ("2", "names GPU 2, and there are 2"),
        ("GPU-", "none of the 2 GPUs"),  # could be either
        ("GPU-9999", "none of the 2 GPUs"),
        ("MIG-9999", "Not Found"),
        ("nonsense", "none of the 2 GPUs"),
    ],
)
def test_a_gpu_that_cuda_would_not_find_is_a_reason(gpus: Gpus, visible: str, reason: str) -> None:
    gpus.set(FIRST, SECOND)
    reading = NvmlProbe({"CUDA_VISIBLE_DEVICES": visible}).read()
    assert isinstance(reading, NotAvailable)
    assert reason in reading.reason


PART = gpu("MIG-5555", name="NVIDIA Test MIG 1g.10gb", total=9856.0, used=20.0)


def test_of_a_divided_gpu_the_first_instance_counts(gpus: Gpus) -> None:
    gpus.set(gpu("GPU-1111-aaaa", used=3000.0, mig=[None, PART, gpu("MIG-6666")]))
    for visible in ({}, {"CUDA_VISIBLE_DEVICES": "0"}, {"CUDA_VISIBLE_DEVICES": "MIG-5555"}):
        probe = NvmlProbe(visible)
        reading, activity = probe.read(), probe.read_activity()
        assert isinstance(reading, DeviceMemory)
        assert (reading.uuid, reading.total_mib) == ("MIG-5555", 9856.0)
        assert isinstance(activity, DeviceActivity)
        assert isinstance(activity.utilisation_percent, NotAvailable)  # an instance has none
        assert activity.power_w == 63.5  # the card's
    other = NvmlProbe({"CUDA_VISIBLE_DEVICES": "MIG-6666"}).read()
    assert isinstance(other, DeviceMemory)
    assert other.uuid == "MIG-6666"


def test_a_divided_gpu_without_an_instance_shows_nothing_to_the_trainer(gpus: Gpus) -> None:
    gpus.set(gpu(mig=[None, None]))
    reading = NvmlProbe({}).read()
    assert isinstance(reading, NotAvailable)
    assert "holds no instance" in reading.reason


@pytest.mark.parametrize(
    ("code", "reason"), [(4, "no permission"), (3, "does not tell its memory"), (15, "is lost"), (999, "Unknown Error")]
)
def test_memory_that_cannot_be_read_is_a_reason(gpus: Gpus, code: int, reason: str) -> None:
    gpus.set(gpu(errors={"memory": code}))
    reading = NvmlProbe({}).read()
    assert isinstance(reading, NotAvailable)
    assert reason in reading.reason


def test_a_gpu_that_vanishes_is_a_reason_and_may_come_back(gpus: Gpus) -> None:
    probe = NvmlProbe({})
    assert isinstance(probe.read(), DeviceMemory)
    gpus.set()
    gone = probe.read()
    assert isinstance(gone, NotAvailable)
    assert "lost" in gone.reason
    still = probe.read()
    assert isinstance(still, NotAvailable)
    assert "no GPU" in still.reason
    gpus.set(gpu())
    assert isinstance(probe.read(), DeviceMemory)


def test_a_library_that_fails_later_is_a_reason(gpus: Gpus) -> None:
    probe = NvmlProbe({})
    assert isinstance(probe.read(), DeviceMemory)
    gpus.set(error=999)
    for reading in (probe.read(), probe.read_tenants(), probe.read_activity(), probe.describe()):
        assert isinstance(reading, NotAvailable)
    gpus.set(error=12)
    absent = NvmlProbe({}).read()
    assert isinstance(absent, NotAvailable)
    assert absent.reason.startswith("no GPU: NVIDIA's driver library")


def test_processes_whose_memory_is_not_told_are_listed_all_the_same(gpus: Gpus) -> None:
    gpus.set(gpu(processes=[[4711, 310.5], [4712, None]]))
    tenants = NvmlProbe({}).read_tenants()
    assert isinstance(tenants, DeviceTenants)
    assert [process.pid for process in tenants.processes] == [4711, 4712]
    assert tenants.processes[0].used_mib == 310.5
    assert isinstance(tenants.processes[1].used_mib, NotAvailable)
    assert tenants.reserved_mib == 300.0


def test_what_a_gpu_does_not_measure_is_a_reason_and_the_rest_is_read(gpus: Gpus) -> None:
    gpus.set(gpu(errors={"load": 3}))
    activity = NvmlProbe({}).read_activity()
    assert isinstance(activity, DeviceActivity)
    assert isinstance(activity.temperature_c, NotAvailable)
    assert isinstance(NvmlProbe({}).read(), DeviceMemory)
