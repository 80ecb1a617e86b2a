"""Isaac Sim's own log where the console names none."""

import datetime
import os
import time
from pathlib import Path

import pytest

from rwm_tui.core.launch.kit_log import kit_log_begun_between, kit_log_folders, open_kit_log
from rwm_tui.core.plan.launch_plan import ContainerAccess

BEGAN = 1_795_000_000.0


def make(folder: Path, at: float, *, zone: datetime.tzinfo | None = None, app: str = "Isaac-Sim") -> Path:
    stamp = datetime.datetime.fromtimestamp(at, zone).strftime("%Y%m%d_%H%M%S")
    path = folder / app / "5.0" / f"kit_{stamp}.log"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    os.utime(path, (at + 30, at + 30))
    return path


def test_a_log_that_the_trainer_holds_open_is_its_own(tmp_path: Path) -> None:
    path = make(tmp_path / "logs" / "Kit", BEGAN)
    assert open_kit_log([os.getpid()]) is None
    with path.open("a"):
        found = open_kit_log([os.getpid()])
    assert found is not None
    assert found.path == path
    assert str(os.getpid()) in found.known_from


@pytest.mark.parametrize("zone", [None, datetime.UTC])
@pytest.mark.parametrize("local_zone", ["UTC", "America/New_York", "Asia/Kolkata"])
def test_the_only_log_of_that_time(
    tmp_path: Path, zone: datetime.tzinfo | None, local_zone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", local_zone)
    time.tzset()
    try:
        make(tmp_path, BEGAN - 3600)
        path = make(tmp_path, BEGAN + 2, zone=zone, app="Isaac-Sim Full")
        make(tmp_path, BEGAN + 9000)
        found = kit_log_begun_between([tmp_path], BEGAN, BEGAN + 60)
    finally:
        monkeypatch.undo()
        time.tzset()
    assert found is not None
    assert found.path == path


def test_two_of_that_time_are_none(tmp_path: Path) -> None:
    make(tmp_path, BEGAN + 2)
    make(tmp_path, BEGAN + 3)
    assert kit_log_begun_between([tmp_path], BEGAN, BEGAN + 60) is None


def test_a_stamp_alone_is_no_time(tmp_path: Path) -> None:
    path = make(tmp_path, BEGAN + 2)
    os.utime(path, (BEGAN - 9000, BEGAN - 9000))
    (tmp_path / "Isaac-Sim" / "5.0" / "kit_20261399_999999.log").touch()
    assert kit_log_begun_between([tmp_path], BEGAN, BEGAN + 60) is None


def test_a_containers_logs_are_those_that_its_path_map_shows(tmp_path: Path) -> None:
    access = ContainerAccess(enter=(), path_map={"/root": str(tmp_path), "/workspace": "/elsewhere"})
    assert kit_log_folders(Path("/home/user"), access) == (tmp_path / ".nvidia-omniverse" / "logs" / "Kit",)
    assert kit_log_folders(Path("/home/user"), None)[0] == Path("/home/user/.nvidia-omniverse/logs/Kit")
