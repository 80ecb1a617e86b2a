"""A launch of a minute that is over, as its supervisor would have left it."""

import os
from pathlib import Path

import msgspec

from rwm_tui.core.launch.events import (
    JournalEntry,
    JournalWriter,
    LaunchEvent,
    StageInferred,
    SupervisorStarted,
    TrainerStarted,
)
from rwm_tui.core.launch.outcome import Outcome, OutcomeRecord, write_outcome
from rwm_tui.core.launch.paths import open_launch
from rwm_tui.core.launch.process import identify
from rwm_tui.core.ports import NOT_RECORDED, MemorySample, NotAvailable
from rwm_tui.core.trainer_output.console_events import IterationReported
from rwm_tui.core.trainer_output.stages import Stage
from tests.widgets.states import PLAN, iteration

START = 1_780_000_000.0
END = START + 60.0


def recorded_launch(folder: Path, *, with_lengths: bool = True) -> Path:
    """An iteration each ten seconds from the tenth on; a memory sample a second."""
    paths = open_launch(PLAN, folder / "logs", START)
    me = identify(os.getpid())
    assert me is not None
    journal = JournalWriter(paths.events)

    def record(t: float, event: LaunchEvent) -> None:
        journal.write(JournalEntry(t, event))

    record(START, SupervisorStarted(me))
    record(START + 1.0, TrainerStarted(me))
    record(START + 5.0, StageInferred(Stage.TRAINING, "a test"))
    console, lengths = b"booting\n", [len(b"booting\n")]
    for number in range(3):
        record(START + 10.0 * (number + 1), _report(number, len(console)))
        console += f"Learning iteration {number}/3\n".encode()
        lengths.append(len(console))
    paths.console.write_bytes(console + b"bye\n")
    samples = JournalWriter(paths.samples)
    for second in range(60):
        length = lengths[min(second // 10, 3)] if with_lengths else NOT_RECORDED
        samples.write(MemorySample(START + second, NotAvailable("no GPU"), 512.0 + second, console_bytes=length))
    ended = OutcomeRecord(
        outcome=Outcome.COMPLETED, reason="", exit_status=0, signal=None, ended_at=END, run_directory=None
    )
    write_outcome(paths.outcome, ended)
    return paths.directory


def _report(number: int, offset: int) -> IterationReported:
    return msgspec.structs.replace(iteration(number), offset=offset, line=number + 2, not_finite={})
