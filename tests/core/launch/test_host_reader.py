from pathlib import Path

from rwm_tui.core.launch.host_reader import HostReader
from rwm_tui.core.ports import NotAvailable


def write_proc(proc: Path, busy: int, idle: int, waiting: int = 0) -> None:
    (proc / "stat").write_text(f"cpu  {busy} 0 0 {idle} {waiting} 0 0 0 999999 0\ncpu0 1 2 3 4\n")


def test_load_is_what_was_used_since_the_reading_before(tmp_path: Path) -> None:
    (tmp_path / "meminfo").write_text("MemTotal:       8388608 kB\nMemFree: 1 kB\nMemAvailable:   2097152 kB\n")
    write_proc(tmp_path, 100, 900)
    reader = HostReader(tmp_path, tmp_path)
    write_proc(tmp_path, 175, 915, 10)
    load = reader.read()
    assert (load.ram_used_mib, load.ram_total_mib, load.cpu_percent) == (6144.0, 8192.0, 75.0)
    assert isinstance(load.disk_free_mib, float)
    assert load.disk_free_mib > 0.0
    assert isinstance(reader.read().cpu_percent, NotAvailable)  # no time has passed


def test_what_cannot_be_read_says_why(tmp_path: Path) -> None:
    (tmp_path / "meminfo").write_text("MemTotal: 8 kB\n")
    load = HostReader(tmp_path / "gone", tmp_path).read()
    assert load.ram_used_mib == NotAvailable(f"{tmp_path / 'meminfo'} has no MemAvailable")
    assert isinstance(load.cpu_percent, NotAvailable)
    assert "stat" in load.cpu_percent.reason
    assert isinstance(load.disk_free_mib, NotAvailable)


def test_this_machine_can_be_read(tmp_path: Path) -> None:
    load = HostReader(tmp_path).read()
    assert isinstance(load.ram_used_mib, float)
    assert isinstance(load.ram_total_mib, float)
    assert 0.0 < load.ram_used_mib < load.ram_total_mib
