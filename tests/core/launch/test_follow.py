from pathlib import Path

import msgspec

from rwm_tui.core.compare.side import read_side
from rwm_tui.core.launch.events import (
    JournalEntry,
    JournalWriter,
    RunDirectoryBound,
    StopRequested,
    SupervisorStarted,
    TrainerStarted,
)
from rwm_tui.core.launch.follow import Follower
from rwm_tui.core.launch.launch_facts import read_launch_facts
from rwm_tui.core.launch.outcome import Outcome
from rwm_tui.core.launch.paths import LaunchPaths
from rwm_tui.core.launch.process import ProcessIdentity
from rwm_tui.core.ports import MemorySample, NotAvailable
from rwm_tui.core.review.launch_summary import launch_stamp, summarize_launch
from rwm_tui.core.verdict.facts import LaunchFacts
from rwm_tui.trainer.event_file import EventFile
from tests.core.launch.recorded import END, START, recorded_launch


def test_all_of_a_launch_is_read_however_long_it_is(tmp_path: Path) -> None:
    paths = LaunchPaths(recorded_launch(tmp_path))
    samples = [MemorySample(START + second / 1000, NotAvailable("no GPU"), 512.0) for second in range(60_000)]
    paths.samples.write_bytes(b"".join(msgspec.json.encode(sample) + b"\n" for sample in samples))
    run = tmp_path / "run"
    run.mkdir()
    events = EventFile(run)
    events.add_scalars({"System Dynamics/state_loss": 0.25}, step=0)
    events.close()
    JournalWriter(paths.events).write(JournalEntry(END, RunDirectoryBound(str(run), "a test")))
    looked = Follower(paths.directory).read()
    assert (looked.samples[-1].t < samples[-1].t, "state loss" in looked.figures) == (True, False)
    state = Follower(paths.directory).read_all()
    assert state.samples[-1].t == samples[-1].t
    assert state.figures["state loss"].values == (0.25,)


def long_launch(folder: Path) -> LaunchPaths:
    """Three looks long, with its highest peak and a stop in the last."""
    paths = LaunchPaths(recorded_launch(folder))
    none = NotAvailable("no GPU")
    samples = [MemorySample(END + second, none, 512.0) for second in range(60_000)]
    JournalWriter(paths.samples).write(*samples, MemorySample(END + 60_000.0, none, 4096.0))
    with paths.events.open("ab") as journal:
        journal.write(b"a line longer than one look" * 200_000 + b"\n")
    JournalWriter(paths.events).write(JournalEntry(END, StopRequested("user")))
    return paths


def test_whoever_looks_once_is_told_of_all(tmp_path: Path) -> None:
    paths = long_launch(tmp_path)
    summary = summarize_launch(str(paths.directory), launch_stamp(str(paths.directory)))
    assert summary.peak_rss_mib == 4096.0
    facts = read_launch_facts(paths.directory)
    assert isinstance(facts, LaunchFacts)
    assert facts.stop_requested
    state = read_side(None, paths.directory).state
    assert state is not None
    assert state.peak_rss_mib == 4096.0


def test_a_lost_launch_ended_when_it_was_last_seen(tmp_path: Path) -> None:
    paths = long_launch(tmp_path)
    paths.outcome.unlink()
    gone = ProcessIdentity(pid=2**22 + 1, start_ticks=1, boot_id="none")
    paths.events.write_bytes(b"")
    JournalWriter(paths.events).write(
        *(JournalEntry(END, event) for event in (SupervisorStarted(gone), TrainerStarted(gone)))
    )
    state = Follower(paths.directory).read_all()
    assert state.outcome is not None
    assert (state.outcome.outcome, state.outcome.ended_at) == (Outcome.LOST, END + 60_000.0)


def test_a_launch_that_is_over_stays_the_same_once_all_is_read(tmp_path: Path) -> None:
    follower = Follower(recorded_launch(tmp_path))
    state = follower.read_all()
    assert state.is_over
    assert follower.read() is state


def test_what_is_read_after_the_outcome_opens_no_launch_again(tmp_path: Path) -> None:
    paths = LaunchPaths(recorded_launch(tmp_path))
    with paths.events.open("ab") as journal:
        journal.write(b"a line longer than one look" * 200_000 + b"\n")
    JournalWriter(paths.events).write(JournalEntry(END, StopRequested("a test")))
    follower = Follower(paths.directory)
    assert follower.read().stop_requested_by is None
    state = follower.read_all()
    assert (state.is_over, state.stop_requested_by) == (True, "a test")
