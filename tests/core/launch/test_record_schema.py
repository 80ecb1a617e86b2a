"""Launch records of another schema are refused by name; a launch directory leads to its run directory."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from rwm_tui.core.errors import InputError
from rwm_tui.core.launch.events import JournalEntry, RunDirectoryBound, SupervisorStarted, encode_line
from rwm_tui.core.launch.follow import Follower, bound_run_directory
from rwm_tui.core.launch.outcome import write_outcome
from rwm_tui.core.launch.paths import LaunchPaths
from tests.core.launch.test_record import ME, OUTCOME, PLAN


@pytest.fixture
def launch(tmp_path: Path) -> LaunchPaths:
    """An ended launch that is bound to /runs/a."""
    paths = LaunchPaths(tmp_path / "20261124_000000_test")
    paths.directory.mkdir()
    paths.plan.write_bytes(msgspec.json.encode(PLAN))
    entries = (JournalEntry(1.0, SupervisorStarted(ME)), JournalEntry(2.0, RunDirectoryBound("/runs/a", "its lines")))
    paths.events.write_bytes(b"".join(encode_line(entry) for entry in entries))
    write_outcome(paths.outcome, OUTCOME)
    return paths


def test_a_record_of_this_schema_is_read(launch: LaunchPaths) -> None:
    assert Follower(launch.directory).read().run_directory == "/runs/a"


@pytest.mark.parametrize("name", ["plan", "outcome", "events"])
@pytest.mark.parametrize("schema", [0, 2, 99])
def test_another_schema_is_refused_by_name(name: str, schema: int, launch: LaunchPaths) -> None:
    path: Path = getattr(launch, name)
    if name == "events":
        path.write_bytes(encode_line(JournalEntry(1.0, SupervisorStarted(ME, schema=schema))))
    else:
        path.write_text(json.dumps(json.loads(path.read_bytes()) | {"schema": schema}))
    with pytest.raises(InputError) as error:
        Follower(launch.directory).read()
    assert f"schema {schema}" in error.value.message
    assert path.name in error.value.message
    assert error.value.hint


def test_a_launch_directory_stands_for_its_run_directory(launch: LaunchPaths) -> None:
    assert bound_run_directory(launch.directory) == Path("/runs/a")


def test_a_launch_without_run_directory_says_so(launch: LaunchPaths) -> None:
    launch.events.write_bytes(b"")
    write_outcome(launch.outcome, msgspec.structs.replace(OUTCOME, run_directory=None, reason="exit status 1"))
    with pytest.raises(InputError) as error:
        bound_run_directory(launch.directory)
    assert "exit status 1" in error.value.message
    assert "diagnose" in error.value.hint
