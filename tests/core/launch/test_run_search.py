"""The run directory by process and time: what proves it, and what does not."""

import os
from pathlib import Path

import pytest

from rwm_tui.core.launch.run_search import FoundRun, NoRun, experiments_in, find_run
from rwm_tui.core.run_dir.event_file_name import EventFileName, parse_event_file_name

BEGAN = 1_795_000_000.0
PARAMS = "experiment_name: anymal_d_flat\nrun_name: pretrain\n"


class Processes:
    def __init__(self, *pids: int) -> None:
        self._pids = pids

    def owns(self, event_file: EventFileName) -> bool:
        return event_file.host == "here" and event_file.pid in self._pids


OURS = Processes(40, 41)


def make(logs: Path, stamp: str, event: str | None = "1795000009.here.41.0", agent: str | None = PARAMS) -> Path:
    run = logs / "rsl_rl" / "anymal_d_flat" / f"{stamp}_pretrain"
    (run / "params").mkdir(parents=True)
    if agent is not None:
        (run / "params" / "agent.yaml").write_text(agent)
    if event is not None:
        (run / f"events.out.tfevents.{event}").touch()
    os.utime(run, (BEGAN + 9, BEGAN + 9))
    return run


def find(*log_folders: Path) -> FoundRun | NoRun:
    return find_run(experiments_in(log_folders), OURS, BEGAN, BEGAN + 100)


def test_process_and_time_prove_it(tmp_path: Path) -> None:
    make(tmp_path, "earlier", "1794999000.here.41.0")
    run = make(tmp_path, "ours")
    make(tmp_path, "neighbour", "1795000010.here.99.0")
    found = find(tmp_path)
    assert isinstance(found, FoundRun)
    assert found.path == run
    assert "process 41" in found.known_from
    assert "9 s after" in found.known_from


@pytest.mark.parametrize(
    ("event", "words"),
    [
        ("1795000009.here.99.0", ""),
        ("1795000009.elsewhere.41.0", ""),
        ("1794999000.here.41.0", ""),  # the same number, in an earlier life
        ("1795000200.here.41.0", ""),
        (None, "no event file in it names a process of this launch"),
        ("of no writer", "no event file in it names a process of this launch"),
    ],
)
def test_nothing_less_is_enough(tmp_path: Path, event: str | None, words: str) -> None:
    make(tmp_path, "one", event)
    found = find(tmp_path)
    assert isinstance(found, NoRun)
    assert words in found.reason
    assert bool(found.reason) == bool(words)


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (PARAMS.replace("anymal_d_flat", "anymal_d_rough"), "names the experiment 'anymal_d_rough'"),
        (PARAMS.replace("pretrain", "finetune"), "names the run 'finetune'"),
        (None, "params/agent.yaml cannot be read"),
        ("[", "params/agent.yaml cannot be read"),
    ],
)
def test_its_own_files_must_agree(tmp_path: Path, agent: str | None, words: str) -> None:
    make(tmp_path, "one", agent=agent)
    found = find(tmp_path)
    assert isinstance(found, NoRun)
    assert words in found.reason


def test_two_are_none(tmp_path: Path) -> None:
    make(tmp_path, "one")
    make(tmp_path, "two", "1795000010.here.40.0")
    found = find(tmp_path)
    assert isinstance(found, NoRun)
    assert "more than one" in found.reason
    assert "one_pretrain" in found.reason
    assert "two_pretrain" in found.reason


def test_a_folder_under_two_names_is_one(tmp_path: Path) -> None:
    run = make(tmp_path / "logs", "ours")
    (tmp_path / "link").symlink_to(tmp_path / "logs")
    found = find(tmp_path / "logs", tmp_path / "link")
    assert isinstance(found, FoundRun)
    assert found.path == run


def test_folders_that_are_not_there_hold_nothing(tmp_path: Path) -> None:
    assert find(tmp_path, tmp_path / "absent") == NoRun()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("events.out.tfevents.1795000009.lab-3.uni.example.41.0", EventFileName(1795000009, "lab-3.uni.example", 41)),
        ("events.out.tfevents.1795000009.10.0.0.7.41.2", EventFileName(1795000009, "10.0.0.7", 41)),
        ("events.out.tfevents.1795000009.host", None),
        ("model_0.pt", None),
        ("events.out.tfevents.99999999999999.host.1.0", None),
    ],
)
def test_names_of_event_files(name: str, expected: EventFileName | None) -> None:
    assert parse_event_file_name(name) == expected
