"""Stage times learned from earlier launches, and what tells quiet from stalled."""

from pathlib import Path

import msgspec
import pytest

from rwm_tui.core.launch import events
from rwm_tui.core.launch.events import JournalEntry, JournalWriter
from rwm_tui.core.launch.outcome import EndingFacts, Outcome, OutcomeRecord, judge_outcome, write_outcome
from rwm_tui.core.launch.paths import LaunchPaths, open_launch
from rwm_tui.core.launch.progress import ProgressLines
from rwm_tui.core.launch.quiet import (
    LEAST_LIMIT_S,
    MARGIN,
    UNKNOWN_LIMIT_S,
    Notice,
    notice_of,
    quiet_limit_s,
    silence_label,
    typical_text,
)
from rwm_tui.core.launch.record import Batch, RunState, apply
from rwm_tui.core.launch.stage_times import HEAD_BYTES, StageTime, StageTimes, learn, read_stage_times
from rwm_tui.core.ports import MemorySample, NotAvailable
from rwm_tui.core.trainer_output import console_events as console
from rwm_tui.core.trainer_output.stages import Stage
from tests.core.launch.test_record import CHILD, PLAN, PLANNED, iteration

T = 1000.0


def reached(t: float, stage: Stage) -> JournalEntry:
    return JournalEntry(t, console.StageReached(line=1, offset=0, stage=stage, text="x"))


def journal(boot_s: float, evaluation_s: float = 5.0) -> list[JournalEntry]:
    """A whole launch: boots for so long, evaluates for so long after iteration 0, closes in 4 s."""
    ready = T + 2 + boot_s
    trained = ready + 10 + evaluation_s
    return [
        JournalEntry(T, events.TrainerStarted(CHILD)),
        reached(T + 1, Stage.LAUNCHING),
        reached(T + 2, Stage.BOOTING_SIMULATOR),
        reached(ready, Stage.RESOLVING_CONFIG),
        reached(ready + 3, Stage.TRAINING),
        JournalEntry(ready + 10, iteration(0)),
        reached(trained, Stage.SAVING_CODE_STATE),
        reached(trained + 1, Stage.TRAINING),
        JournalEntry(trained + 1, iteration(1)),
        JournalEntry(trained + 8, events.FinalCheckpointSeen("model_2.pt")),
        JournalEntry(trained + 12, events.TrainerExited(0, None)),
    ]


def test_typical_times_are_medians_of_first_passes() -> None:
    times = learn([[journal(boot)] for boot in (100.0, 20.0, 30.0)])
    assert times.typical[Stage.BOOTING_SIMULATOR] == StageTime(30.0, 3)
    assert times.typical[Stage.LAUNCHING] == StageTime(1.0, 3)
    assert times.typical[Stage.TRAINING] == StageTime(12.0, 3)  # the first pass, to the code state
    assert times.typical[Stage.TRAINING_COMPLETE] == StageTime(4.0, 3)


def test_the_longest_silence_counts_and_evaluation_belongs_to_training() -> None:
    times = learn([[journal(100.0, 7.0)], [journal(20.0, 94.0)]])
    assert times.longest_quiet[Stage.BOOTING_SIMULATOR] == StageTime(100.0, 2)
    assert times.longest_quiet[Stage.TRAINING] == StageTime(94.0, 2)
    assert Stage.SAVING_CODE_STATE not in times.longest_quiet


def test_a_stage_that_never_ended_teaches_nothing() -> None:
    """A hang for an hour, then a stop: neither its time nor its silence is one that a launch comes out of."""
    hung = [*journal(20.0)[:3], JournalEntry(T + 3600, events.StopRequested("user"))]
    hung += [JournalEntry(T + 3601, events.TrainerExited(0, None))]
    killed = [*journal(20.0)[:3], JournalEntry(T + 3600, events.TrainerExited(None, "SIGKILL"))]
    times = learn([[hung], [killed]])
    assert Stage.BOOTING_SIMULATOR not in times.typical
    assert Stage.BOOTING_SIMULATOR not in times.longest_quiet
    assert times.typical[Stage.LAUNCHING].launches == 2


def test_nothing_is_learned_from_nothing() -> None:
    assert learn([]) == learn([[]]) == learn([[[]]]) == StageTimes()


# --- on disk --------------------------------------------------------------------------------------------------------


def launched(logs: Path, number: int, entries: list[JournalEntry], *, over: bool = True, num_envs: int = 4) -> Path:
    profile = msgspec.structs.replace(PLAN.profile, num_envs=num_envs)
    paths = open_launch(msgspec.structs.replace(PLAN, profile=profile), logs, T + number)
    JournalWriter(paths.events).write(*entries)
    if over:
        record = OutcomeRecord(
            outcome=Outcome.COMPLETED, reason="", exit_status=0, signal=None, ended_at=T, run_directory=None
        )
        write_outcome(paths.outcome, record)
    return paths.directory


def test_only_ended_launches_of_the_same_kind_count(tmp_path: Path) -> None:
    launched(tmp_path, 1, journal(20.0))
    launched(tmp_path, 2, journal(500.0), num_envs=4096)
    launched(tmp_path, 3, journal(600.0), over=False)
    damaged = launched(tmp_path, 4, journal(700.0))
    LaunchPaths(damaged).plan.write_text("{")
    mine = launched(tmp_path, 5, journal(800.0))
    times = read_stage_times(tmp_path / "launches", mine)
    assert times.typical[Stage.BOOTING_SIMULATOR] == StageTime(20.0, 1)


def test_a_long_journal_is_read_at_both_ends(tmp_path: Path) -> None:
    entries = journal(20.0)
    size = len(msgspec.json.encode(entries[5]))
    blocks = [JournalEntry(T + 40 + n, iteration(n)) for n in range(3 * HEAD_BYTES // size)]
    end = T + 40 + len(blocks)
    entries = [*entries[:5], *blocks, JournalEntry(end, events.FinalCheckpointSeen("x"))]
    launched(tmp_path, 1, [*entries, JournalEntry(end + 9, events.TrainerExited(0, None))])
    times = read_stage_times(tmp_path / "launches", launched(tmp_path, 2, [], over=False))
    assert times.typical[Stage.BOOTING_SIMULATOR] == StageTime(20.0, 1)
    assert times.typical[Stage.TRAINING_COMPLETE] == StageTime(9.0, 1)
    assert times.longest_quiet[Stage.TRAINING].seconds < 20  # what was not read is no silence


# --- quiet or stalled -----------------------------------------------------------------------------------------------


def live(entries: list[JournalEntry], now: float, output_at: float | None = None) -> RunState:
    sample = MemorySample(now, NotAvailable("no GPU"), 1.0)
    state = apply(PLANNED, Batch(entries=tuple(entries), samples=(sample,)))
    return msgspec.structs.replace(state, last_output_at=output_at)


BOOTING = journal(20.0)[:3]  # since T + 2
LEARNED = learn([[journal(100.0)], [journal(90.0)], [journal(95.0)]])


def test_a_silent_start_within_its_time_is_not_a_stall() -> None:
    assert notice_of(live(BOOTING, T + 2 + 149), LEARNED) is None
    assert notice_of(live(BOOTING, T + 2 + 600), StageTimes()) is None  # nothing learned: the generous default


def test_beyond_what_earlier_launches_took_it_may_hang() -> None:
    notice = notice_of(live(BOOTING, T + 2 + 151), LEARNED)
    assert notice == Notice(
        "no output for 2 min 31 s, longer than in any of 3 earlier launches (1 min 40 s at most): it may hang", True
    )
    unknown = notice_of(live(BOOTING, T + 2 + UNKNOWN_LIMIT_S + 1), StageTimes())
    assert unknown is not None
    assert "no earlier launch to compare" in unknown.text


def test_output_is_a_sign_of_life() -> None:
    """A first start pulls extensions: lines that mean nothing to the record, but are no silence."""
    assert notice_of(live(BOOTING, T + 3000, output_at=T + 2990), LEARNED) is None
    assert notice_of(live(BOOTING, T + 3000, output_at=T + 2000), LEARNED) is not None


@pytest.mark.parametrize("earlier_s", [0.0, 5.0, 79.0, 81.0, 1000.0])
def test_the_limit_is_never_below_what_was_seen_nor_below_a_busy_minute(earlier_s: float) -> None:
    limit = quiet_limit_s(StageTime(earlier_s, 1))
    assert limit >= MARGIN * earlier_s
    assert limit >= LEAST_LIMIT_S


def test_the_silent_evaluation_at_a_save_is_named() -> None:
    evaluating = live(journal(20.0)[:6], T + 90)
    assert silence_label(evaluating) == "evaluation and saving are silent"
    later = live([*journal(20.0)[:6], JournalEntry(T + 80, iteration(1))], T + 90)
    assert "one block an iteration" in silence_label(later)


def test_the_typical_time_stands_until_an_iteration_gives_an_eta() -> None:
    assert typical_text(live(BOOTING, T + 5), LEARNED) == "typically 1 min 35 s, from 3 launches"
    assert typical_text(live(BOOTING, T + 5), StageTimes()) == ""
    assert typical_text(live(journal(20.0)[:6], T + 90), LEARNED) == ""


# --- finished, but hanging at close ---------------------------------------------------------------------------------

COMPLETE = journal(20.0)[:10]  # complete since T + 45


def test_closing_is_told_and_hanging_at_it_is_a_warning() -> None:
    plan = msgspec.structs.replace(PLAN, shutdown_grace_s=30.0)
    at = {s: msgspec.structs.replace(live(COMPLETE, T + 45 + s), plan=plan) for s in (4, 12)}
    assert notice_of(at[4], StageTimes()) == Notice("finished; closing (4 s; will be ended at 30 s)", False)
    assert notice_of(at[12], StageTimes()) == Notice("finished; closing (hangs 12 s; will be ended at 30 s)", True)
    alone = msgspec.structs.replace(at[12], unsupervised=True)
    notice = notice_of(alone, StageTimes())
    assert notice is not None
    assert "not ended" in notice.text


def test_the_stop_after_a_hang_at_close_is_told() -> None:
    stopped = [*COMPLETE, JournalEntry(T + 105, events.StopRequested("hang-after-completion"))]
    notice = notice_of(live(stopped, T + 106), StageTimes())
    assert notice is not None
    assert notice.text.startswith("finished; closing hung for 1 min 00 s: being ended")


def test_the_outcome_says_that_it_had_to_be_ended() -> None:
    outcome, reason = judge_outcome(
        EndingFacts(
            final_checkpoint="model_1.pt",
            expected_checkpoint="model_1.pt",
            out_of_memory_line=None,
            stopped_by="hang-after-completion",
            exit_status=None,
            signal="SIGKILL",
        )
    )
    assert outcome is Outcome.COMPLETED
    assert reason == "model_1.pt was written; closing hung and had to be ended: ended by SIGKILL"


def test_headless_lines_say_each_of_it_once() -> None:
    progress = ProgressLines(LEARNED)
    lines = [line for second in range(200, 400, 5) for line in progress.new_lines(live(BOOTING, T + second))]
    assert sum("it may hang" in line for line in lines) == 1
    assert any(line.endswith("booting simulator (typically 1 min 35 s, from 3 launches)") for line in lines)
    closing = [line for s in range(1, 50) for line in progress.new_lines(live(COMPLETE, T + 45 + s))]
    assert sum("closing (hangs" in line for line in closing) == 1
    assert sum("finished" in line for line in closing) == 2
