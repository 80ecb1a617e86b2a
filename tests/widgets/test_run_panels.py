import msgspec
import pytest

from rwm_tui.core.launch.outcome import Outcome, OutcomeRecord
from rwm_tui.core.launch.record import StageMark
from rwm_tui.core.launch.run_binding import TWO_LINES
from rwm_tui.core.launch.status import Status
from rwm_tui.core.ports import MemorySample, NotAvailable
from rwm_tui.core.trainer_output.scalars import Scalar
from rwm_tui.core.trainer_output.stages import Stage
from rwm_tui.widgets.metrics_panel import iteration_rows, panel_lines, world_model_rows
from rwm_tui.widgets.outcome_line import end_of_path, found_lines
from rwm_tui.widgets.run_status import Seen, status_line, title_line
from rwm_tui.widgets.stage_bar import stage_line
from tests.widgets.states import iteration, live_state

MARKS = (StageMark(Stage.LAUNCHING, 0.0), StageMark(Stage.BUILDING_NETWORKS, 10.0))


def test_the_stage_bar_names_the_stage_and_the_time_in_it() -> None:
    assert stage_line(MARKS, now=52.0, over=False, remark="typically 40 s, from 3 launches") == (
        "━·······●───  stage 9/12: building networks, 42 s (typically 40 s, from 3 launches)"
    )


def test_the_stage_bar_says_where_a_run_ended() -> None:
    assert stage_line(MARKS, now=52.0, over=True).endswith("ended in stage 9/12: building networks")
    assert stage_line((), now=None, over=True) == "no stage reached"


def test_the_stage_bar_in_ascii() -> None:
    assert stage_line(MARKS, now=None, over=False, ascii_only=True).startswith("=.......>---  stage 9/12")


def test_figures_that_are_missing_say_why() -> None:
    state = live_state()
    assert iteration_rows(state) == [("iteration", "none finished yet")]
    assert world_model_rows(state) == [("losses", "not in the event file yet")]


def test_figures_of_the_last_iteration() -> None:
    state = msgspec.structs.replace(live_state(), iterations=(iteration(0, value_function=0.0037),))
    rows = dict(iteration_rows(state))
    assert rows["steps/s"] == "729"
    assert rows["episodes"] == "none ended"
    assert rows["value loss"] == "0.0037"
    assert rows["surrogate"] == "nan"
    assert rows["entropy"] == "not printed"


def test_a_reward_that_is_no_number_is_told_as_it_was_printed() -> None:
    last = msgspec.structs.replace(iteration(0), mean_episode_length=44.0, not_finite={"Mean reward": "nan"})
    rows = dict(iteration_rows(msgspec.structs.replace(live_state(), iterations=(last,))))
    assert (rows["mean reward"], rows["episode length"]) == ("nan", "44")
    alone = msgspec.structs.replace(last, mean_episode_length=None)
    rows = dict(iteration_rows(msgspec.structs.replace(live_state(), iterations=(alone,))))
    assert (rows["mean reward"], rows["episode length"]) == ("nan", "not printed")


def test_world_model_losses_come_from_the_event_file_and_may_be_infinite() -> None:
    scalars = {
        tag: Scalar(tag, 0, value, 0.0)
        for tag, value in (("System Dynamics/state_loss", 1.25), ("System Dynamics/autoregressive_error", float("inf")))
    }
    state = msgspec.structs.replace(live_state(), scalars=scalars)
    assert world_model_rows(state) == [("state loss", "1.25"), ("autoregressive error", "inf")]


def test_the_panel_fits_eighty_columns() -> None:
    state = msgspec.structs.replace(live_state(), iterations=(iteration(0),))
    lines = panel_lines(state, 78)
    assert len(lines) <= 5
    assert max(map(len, lines)) <= 78


def sampled(t: float) -> MemorySample:
    return MemorySample(t, NotAvailable("no NVML"), 100.0)


def test_the_status_line_of_a_live_run() -> None:
    state = msgspec.structs.replace(live_state(), iterations=(iteration(0),), samples=(sampled(1060.0),))
    assert status_line(state, following=False) == (
        "RUNNING | iteration 1/3 | 1 min 00 s | ETA 4 s | NOT FOLLOWING (f) | limit in 9 min 00 s"
    )


@pytest.mark.parametrize("width", [76, 78, 118, 198])
@pytest.mark.parametrize("following", [True, False])
def test_the_status_line_gives_way_without_losing_the_limit(width: int, following: bool) -> None:
    last = msgspec.structs.replace(iteration(999), total=15000, collection_s=20.0)
    state = msgspec.structs.replace(live_state(), iterations=(last,), samples=(sampled(1060.0),))
    follow = "follow" if following else "NOT FOLLOWING" if width > 100 else "HELD (f)"
    eta = "ETA 85h10min" if width < 100 else "ETA 85 h 10 min"
    shown = ("RUNNING", "1000/15000", eta, "limit 9min00s" if width < 100 else "limit in 9 min 00 s")
    line = status_line(state, following=following, width=width)
    assert len(line) <= width
    assert [part for part in (*shown, follow) if part not in line] == []


def test_a_stop_is_named_in_full_where_there_is_little_room() -> None:
    state = msgspec.structs.replace(
        live_state(), iterations=(iteration(7),), samples=(sampled(1060.0),), stop_requested_by="user"
    )
    line = status_line(msgspec.structs.replace(state, status=Status.STOPPING), following=True, width=78)
    assert len(line) <= 78
    assert "stop asked for by user" in line
    assert "ETA" not in line


def test_the_status_line_of_an_ended_run() -> None:
    outcome = OutcomeRecord(
        outcome=Outcome.STOPPED, reason="", exit_status=None, signal="SIGINT", ended_at=1012.0, run_directory=None
    )
    state = msgspec.structs.replace(live_state(), status=Status.ENDED, outcome=outcome)
    assert status_line(state, following=True) == "ENDED | took 12 s"


def test_the_limit_goes_by_the_clock_that_stands_still_while_the_machine_sleeps() -> None:
    slept = msgspec.structs.replace(sampled(1000.0 + 8 * 3600.0), running_s=60.0)
    line = status_line(msgspec.structs.replace(live_state(), samples=(slept,)), following=True)
    assert "| 8 h 00 min |" in line
    assert line.endswith("limit in 9 min 00 s")


def test_the_status_line_before_the_first_iteration() -> None:
    state = msgspec.structs.replace(live_state(), samples=(sampled(1060.0),))
    line = status_line(state, following=True)
    assert line == "RUNNING | no iteration yet | 1 min 00 s | ETA not known | following | limit in 9 min 00 s"
    assert len(status_line(state, following=True, width=60)) <= 60


def test_the_status_line_says_when_nobody_supervises() -> None:
    state = msgspec.structs.replace(live_state(), unsupervised=True)
    line = status_line(state, following=True)
    assert line.startswith("RUNNING (supervisor is gone)")
    assert line.endswith("time limit not enforced")


RUN = "/home/user/project/upstream/robotic_world_model/logs/rsl_rl/anymal_d_flat/2026-05-28_19-31-54_pretrain"


@pytest.mark.parametrize(
    ("width", "expected"),
    [
        (120, RUN),
        (63, ".../logs/rsl_rl/anymal_d_flat/2026-05-28_19-31-54_pretrain"),
        (20, ".../2026-05-28_19-31-54_pretrain"),
    ],
)
def test_a_long_path_keeps_its_end(width: int, expected: str) -> None:
    assert end_of_path(RUN, width) == expected


def test_what_was_found_takes_a_line_each() -> None:
    record = OutcomeRecord(
        outcome=Outcome.COMPLETED, reason="", exit_status=0, signal=None, ended_at=9.0, run_directory=RUN
    )
    state = msgspec.structs.replace(live_state(), outcome=record, run_directory_known_from=TWO_LINES, kit_log="/k.log")
    assert found_lines(state, 78) == [
        "run directory: .../logs/rsl_rl/anymal_d_flat/2026-05-28_19-31-54_pretrain",
        "Kit log, key K: /k.log",
    ]
    known = msgspec.structs.replace(state, run_directory_known_from="process and time: its event file names 7")
    assert found_lines(known, 120)[0].startswith("run directory (by process and time): ...")


def test_no_time_is_left_when_training_is_complete() -> None:
    state = msgspec.structs.replace(live_state(), iterations=(iteration(0),), stages=(StageMark(Stage.TRAINING, 0.0),))
    assert "ETA" in status_line(state, following=True)
    done = msgspec.structs.replace(state, stages=(*state.stages, StageMark(Stage.TRAINING_COMPLETE, 5.0)))
    assert "ETA" not in status_line(done, following=True)


@pytest.mark.parametrize("width", [78, 118, 198])
@pytest.mark.parametrize("how", ["attached", "reading", "replay"])
@pytest.mark.parametrize("name", ["tiny", "embedded-reduced-from-48-to-32-envs-twice"])
def test_the_title_says_profile_trainer_and_how_it_is_seen(width: int, how: Seen, name: str) -> None:
    state = live_state()
    plan = msgspec.structs.replace(state.plan, profile=msgspec.structs.replace(state.plan.profile, name=name))
    state = msgspec.structs.replace(state, plan=plan, launch_id=f"20261123_200000_{name}")
    line = title_line(state, how, width=width)
    assert len(line) <= width
    assert name in line
    assert "not Isaac Lab" in line
    assert how in line
    assert (state.launch_id in line) or width < (100 if name == "tiny" else 150)
