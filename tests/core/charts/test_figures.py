import itertools
import math

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from rwm_tui.core.charts.figure_charts import figure_charts
from rwm_tui.core.charts.figures import MAX_FIGURES, MAX_POINTS, with_points
from rwm_tui.core.charts.of_launch import charts_of, span_of, with_chart_of
from rwm_tui.core.launch.events import JournalEntry
from rwm_tui.core.launch.record import Batch, apply
from rwm_tui.core.ports import MemorySample, NotAvailable
from rwm_tui.core.trainer_output.scalars import Scalar
from tests.widgets.states import iteration, live_state

NONE = NotAvailable("none")


@settings(deadline=None)
@given(st.integers(1, 20_000), st.data())
def test_figures_stay_small_and_no_spike_is_lost(count: int, data: st.DataObject) -> None:
    spike = data.draw(st.integers(0, count - 1))
    points = [("a", float(t), 9.0 if t == spike else math.sin(t)) for t in range(count)]
    cut = data.draw(st.integers(0, count))
    once = with_points({}, points)
    assert with_points(with_points({}, points[:cut]), points[cut:]) == once
    assert len(once["a"].values) <= MAX_POINTS
    assert max(once["a"].values) == 9.0
    assert once["a"].times[-1] > count - 5 - count / 100
    assert list(once["a"].times) == sorted(once["a"].times)


def test_a_long_curve_keeps_its_shape_from_its_beginning_on() -> None:
    points = [("a", 5.0 * number, min(number / 500.0, 1.0)) for number in range(10_000)]
    figure = with_points({}, points)["a"]
    assert len(figure.values) <= MAX_POINTS
    for tenth in range(10):
        assert sum(5000.0 * tenth <= t < 5000.0 * (tenth + 1) for t in figure.times) >= 16
    assert all(abs(value - min(t / 2500.0, 1.0)) < 0.001 for t, value in zip(figure.times, figure.values, strict=True))


def test_what_is_no_number_is_counted_among_all_that_was_read() -> None:
    points = [("a", float(number), math.nan if number % 10 == 0 else float(number)) for number in range(3000)]
    state = msgspec.structs.replace(live_state(), figures=with_points({}, points))
    (chart,) = figure_charts(state)
    assert chart.notes == ("300 of 3000 values are no finite number",)
    assert None in [value for _, value in chart.points]
    assert max(chart.known) == 2999.0


def test_names_from_a_file_are_bounded() -> None:
    figures = with_points({}, ((str(number), 0.0, 1.0) for number in range(500)))
    assert len(figures) == MAX_FIGURES


def test_figures_come_from_console_and_event_file() -> None:
    entries = tuple(
        JournalEntry(1000.0 + number, iteration(number, **{"Mean value_function loss": 0.1 * number}))
        for number in range(3)
    )
    scalars = (
        Scalar("System Dynamics/state_loss", 0, 2.0, 1001.0),
        Scalar("System Dynamics/state_loss", 1, math.inf, 1002.0),
        Scalar("Train/mean_reward", 0, 0.5, 1001.0),
        Scalar("Perf/total_fps", 0, 99.0, 1001.0),
        Scalar("Episode_Reward/other", 0, 0.5, 1001.0),
    )
    charts = {
        chart.name: chart for chart in figure_charts(apply(live_state(), Batch(entries=entries, scalars=scalars)))
    }
    assert list(charts) == [
        "mean reward (event file)",
        "steps/s",
        "value function loss",
        "surrogate loss",
        "state loss",
    ]
    assert charts["steps/s"].points == ((1000.0, 729.0), (1001.0, 729.0), (1002.0, 729.0))
    assert charts["state loss"].points == ((1001.0, 2.0), (1002.0, None))
    assert charts["state loss"].notes == ("1 of 2 values are no finite number",)


def test_a_reward_that_is_no_number_leaves_a_gap_in_its_curve() -> None:
    bad = msgspec.structs.replace(iteration(1), not_finite={"Mean reward": "nan"})
    good = msgspec.structs.replace(iteration(0), mean_reward=0.5)
    entries = JournalEntry(1000.0, good), JournalEntry(1001.0, bad)
    reward = figure_charts(apply(live_state(), Batch(entries=entries)))[0]
    assert (reward.name, reward.points) == ("mean reward", ((1000.0, 0.5), (1001.0, None)))
    assert reward.notes == ("1 of 2 values are no finite number",)


def test_a_loss_is_one_curve_in_every_layout_of_the_console() -> None:
    blocks = ({"value_function": 0.3}, {"Mean value_function loss": 0.2}, {"Value function loss": 0.1})
    entries = tuple(
        JournalEntry(1000.0 + number, msgspec.structs.replace(iteration(number, **values), not_finite={}))
        for number, values in enumerate(blocks)
    )
    charts = {chart.name: chart for chart in figure_charts(apply(live_state(), Batch(entries=entries)))}
    assert set(charts) == {"steps/s", "value function loss"}
    assert [value for _, value in charts["value function loss"].points] == [0.3, 0.2, 0.1]


def test_an_earlier_launch_is_moved_to_this_ones_start() -> None:
    earlier = msgspec.structs.replace(
        live_state(),
        launch_id="earlier",
        started_at=500.0,
        samples=(MemorySample(501.0, NONE, 1024.0), MemorySample(502.0, NONE, 2048.0)),
    )
    now = msgspec.structs.replace(live_state(), samples=(MemorySample(999.0, NONE, 512.0),))
    (memory,) = charts_of(now, NONE)
    both = with_chart_of(earlier, memory, now)
    assert both.earlier == ((1001.0, 1.0), (1002.0, 2.0))
    assert both.earlier_end == 1002.0
    assert both.notes[0] == "earlier: earlier"
    missing = with_chart_of(live_state(), memory, now)
    assert missing.earlier == ()
    assert missing.notes[0].startswith("not known of")
    assert span_of(now) == (999.0, 1000.0)


def test_a_curve_that_goes_on_has_rising_times() -> None:
    figures = with_points({}, [("a", 2.0, 1.0), ("a", 1.0, 3.0)])  # two event files of one run
    state = msgspec.structs.replace(live_state(), figures=figures)
    times = [t for t, _ in figure_charts(state)[0].points]
    assert all(first <= second for first, second in itertools.pairwise(times))
