"""The fold: histories of events in, one state out, however they are cut into batches."""

import itertools
from pathlib import Path

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from rwm_tui.core.launch import events
from rwm_tui.core.launch.documents import run_document
from rwm_tui.core.launch.events import JournalEntry, decode_entry, encode_line
from rwm_tui.core.launch.outcome import Outcome, OutcomeRecord
from rwm_tui.core.launch.process import ProcessIdentity
from rwm_tui.core.launch.progress import ProgressLines
from rwm_tui.core.launch.record import MAX_ITERATIONS, Batch, RunState, apply, fold
from rwm_tui.core.launch.stage_times import StageTimes
from rwm_tui.core.launch.status import Status
from rwm_tui.core.plan.launch_plan import LaunchPlan
from rwm_tui.core.ports import DeviceMemory, MemorySample, NotAvailable
from rwm_tui.core.profile import EMBEDDED_TASK, ScaleProfile
from rwm_tui.core.trainer_output import console_events as console
from rwm_tui.core.trainer_output.stages import Stage

ME = ProcessIdentity(pid=10, start_ticks=1, boot_id="b")
CHILD = ProcessIdentity(pid=11, start_ticks=2, boot_id="b")
PLAN = LaunchPlan(
    profile=ScaleProfile(
        name="test", purpose="a test", backend="embedded", task=EMBEDDED_TASK, num_envs=4, max_iterations=2
    ),
    argv=("python",),
    cwd="/",
    environment={},
    time_limit_s=None,
    grace_s=1.0,
)
PLANNED = RunState(launch_id="x", plan=PLAN)


def iteration(number: int) -> console.IterationReported:
    return console.IterationReported(
        line=number + 1, offset=0, iteration=number, total=2, steps_per_s=100.0, collection_s=None, learning_s=None,
        iteration_s=1.0, total_timesteps=96, elapsed_text=None, eta_text=None, mean_reward=None,
        mean_episode_length=None, values={}, not_finite={},
    )  # fmt: skip


HISTORY = (
    JournalEntry(1.0, events.SupervisorStarted(ME)),
    JournalEntry(2.0, events.TrainerStarted(CHILD)),
    JournalEntry(3.0, console.StageReached(line=1, offset=0, stage=Stage.LAUNCHING, text="…")),
    JournalEntry(4.0, events.RunDirectoryBound("/runs/a", "the two lines")),
    JournalEntry(5.0, events.StageInferred(Stage.TRAINING, "params/agent.yaml")),
    JournalEntry(6.0, iteration(0)),
    JournalEntry(7.0, iteration(1)),
    JournalEntry(8.0, events.FinalCheckpointSeen("/runs/a/model_2.pt")),
    JournalEntry(9.0, events.TrainerExited(0, None)),
)
OUTCOME = OutcomeRecord(
    outcome=Outcome.COMPLETED, reason="…", exit_status=0, signal=None, ended_at=10.0, run_directory="/runs/a"
)


def test_a_whole_history() -> None:
    running = apply(PLANNED, Batch(entries=HISTORY))
    assert running.status is Status.RUNNING
    assert running.started_at == 2.0
    assert [mark.stage for mark in running.stages] == [Stage.LAUNCHING, Stage.TRAINING, Stage.TRAINING_COMPLETE]
    assert running.iteration == iteration(1)
    over = apply(running, Batch(outcome=OUTCOME))
    assert over.is_over
    assert over.outcome == OUTCOME


@given(st.lists(st.integers(0, len(HISTORY)), max_size=6))
def test_how_the_history_is_cut_does_not_matter(cuts: list[int]) -> None:
    edges = [0, *sorted(cuts), len(HISTORY)]
    batches = [Batch(entries=HISTORY[a:b]) for a, b in itertools.pairwise(edges)]
    assert fold(PLANNED, batches) == apply(PLANNED, Batch(entries=HISTORY))


def test_every_event_survives_the_journal() -> None:
    for entry in HISTORY:
        assert decode_entry(encode_line(entry)) == entry


def test_damaged_and_unknown_lines_are_passed_over() -> None:
    assert decode_entry(b'{"t": 1.0, "event": {"type": "from_the_future"}}') is None
    assert decode_entry(b'{"t": 1.0, "eve') is None
    assert decode_entry(b"\xff\xfe") is None


def test_peaks_are_of_what_was_measured() -> None:
    none = NotAvailable("no GPU")
    assert apply(PLANNED, Batch(samples=(MemorySample(1.0, none, none),))).peak_device_mib is None
    device = DeviceMemory("H", "GPU-1", 500.0, 8000.0)
    samples = (MemorySample(1.0, device, 10.0), MemorySample(2.0, none, 30.0), MemorySample(3.0, device, 20.0))
    state = apply(PLANNED, Batch(samples=samples))
    assert (state.peak_device_mib, state.peak_rss_mib) == (500.0, 30.0)


def test_a_stop_is_shown_until_the_end() -> None:
    state = apply(PLANNED, Batch(entries=(*HISTORY[:2], JournalEntry(3.0, events.StopRequested("user")))))
    assert (state.status, state.stop_requested_by) == (Status.STOPPING, "user")


def test_samples_keep_their_reasons_through_the_file() -> None:
    sample = MemorySample(1.0, NotAvailable("no GPU"), 12.5)
    assert msgspec.json.decode(encode_line(sample), type=MemorySample) == sample


def test_every_iteration_of_a_long_run_is_counted_and_told() -> None:
    entries = tuple(JournalEntry(float(number), iteration(number)) for number in range(MAX_ITERATIONS + 7))
    progress = ProgressLines(StageTimes())
    before = apply(PLANNED, Batch(entries=entries[:-5]))
    progress.new_lines(before)
    after = apply(before, Batch(entries=entries[-5:]))
    told = [line.split()[1].rstrip(",") for line in progress.new_lines(after)]
    assert told == [f"{number}/2" for number in range(MAX_ITERATIONS + 3, MAX_ITERATIONS + 8)]
    assert run_document(after, Path("/x"), None)["launch"]["iterations"] == MAX_ITERATIONS + 7
    assert progress.new_lines(after) == []
