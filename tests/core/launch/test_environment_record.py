"""What a launch keeps of what it was started in."""

from pathlib import Path

import msgspec
import pytest

from rwm_tui.core.launch.environment_record import (
    EnvironmentRecord,
    Host,
    RecordedCheckout,
    read_environment,
    write_environment,
)
from rwm_tui.core.launch.paths import LaunchPaths
from rwm_tui.core.ports import DeviceDescription, NotAvailable

RECORD = EnvironmentRecord(
    environment_kind="conda",
    host=Host("lab", "Linux-6.8", 16),
    python="3.11",
    packages={"torch": "2.7.0+cu128", "isaacsim": NotAvailable("site-packages names no version")},
    device=DeviceDescription("RTX 4060", "GPU-1", "570.10", 8188.0, "CUDA would take it first"),
    checkouts={
        "rsl_rl_rwm": RecordedCheckout("/lab/rsl_rl_rwm", "a" * 40, True, ("runner.py",)),
        "IsaacLab": NotAvailable("there is no folder"),
    },
)


def test_what_was_written_is_read_again(tmp_path: Path) -> None:
    write_environment(LaunchPaths(tmp_path), RECORD)
    assert read_environment(LaunchPaths(tmp_path)) == RECORD


def test_a_launch_of_an_older_version_keeps_none(tmp_path: Path) -> None:
    found = read_environment(LaunchPaths(tmp_path))
    assert isinstance(found, NotAvailable)
    assert found.reason == "the launch keeps no environment.json: there is no environment.json"


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"\xff", msgspec.json.encode(msgspec.structs.replace(RECORD, schema=2))]
)
def test_a_damaged_or_newer_record_says_nothing(tmp_path: Path, content: bytes) -> None:
    LaunchPaths(tmp_path).environment.write_bytes(content)
    found = read_environment(LaunchPaths(tmp_path))
    assert isinstance(found, NotAvailable)
    assert "environment.json" in found.reason
