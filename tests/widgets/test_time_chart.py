import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rwm_tui.core.charts.chart import Chart, Point
from rwm_tui.core.charts.time_axis import TimeAxis, fitting, zoomed
from rwm_tui.core.launch.record import StageMark
from rwm_tui.core.trainer_output.stages import Stage
from rwm_tui.widgets.chart_plot import Scale, line_scale, plot_cells, scale_of
from rwm_tui.widgets.chart_rows import Drawn, axis_labels, changed_cells, chart_rows, plot_columns


def text(rows: list[list[tuple[str, object]]]) -> list[str]:
    return ["".join(character for character, _ in row) for row in rows]


def plotted(points: list[Point], width: int, height: int, **changes: object) -> list[str]:
    ascii_only = bool(changes.pop("ascii_only", False))
    axis = TimeAxis(0.0, 1.0, width if ascii_only else 2 * width)
    chart = Chart("a", "GiB", tuple(points), **changes)  # type: ignore[arg-type]
    return text(plot_cells(chart, axis, Scale(0.0, 4.0 * height), height, ascii_only=ascii_only))


def drawn(
    chart: Chart, width: int, height: int, *, cursor: int | None = None, hint: str = "", ascii_only: bool = False
) -> list[str]:
    scale = scale_of(chart)
    columns = plot_columns(scale, width=width, height=height, ascii_only=ascii_only)
    axis = fitting(chart.points[0][0], chart.points[-1][0], columns)
    look = Drawn(axis, scale, chart.points[0][0], (StageMark(Stage.TRAINING, 5.0),), cursor, hint, ascii_only)
    return text(chart_rows(chart, look, width=width, height=height))


def test_a_ramp_from_one_dot_to_eight() -> None:
    assert plotted([(float(x), x + 1.0) for x in range(8)], 4, 2) == ["  ⣠⣾", "⣠⣾⣿⣿"]


def test_a_ramp_without_braille() -> None:
    assert plotted([(float(x), x + 1.0) for x in range(4)], 4, 1, ascii_only=True) == [".:+#"]


def test_a_missing_reading_leaves_a_gap() -> None:
    points = [(float(x), None if x in (2, 3) else 4.0) for x in range(6)]
    assert plotted(points, 6, 1, ascii_only=True) == ["##  ##"]


def test_what_others_hold_looks_different_without_colour() -> None:
    points: list[Point] = [(float(x), 8.0) for x in range(4)]
    below = tuple((float(x), 4.0) for x in range(4))
    assert plotted(points, 4, 2, below=below, ascii_only=True) == ["####", "oooo"]
    assert plotted(points, 2, 2, below=below) == ["⣿⣿", "⡪⡪"]


def test_an_earlier_launch_is_seen_over_the_area_and_outside() -> None:
    points: list[Point] = [(float(x), 4.0) for x in range(2)]
    earlier = ((0.0, 2.0), (1.0, 2.0), (2.0, 2.0), (3.0, 2.0))
    assert plotted(points, 2, 1, earlier=earlier) == ["⣛⠤"]
    assert plotted(points, 4, 1, earlier=earlier, ascii_only=True) == ["xxxx"]


@given(st.lists(st.floats(0.0, 12.0), min_size=2, max_size=120), st.integers(1, 40))
def test_a_new_reading_changes_the_last_columns_only(values: list[float], width: int) -> None:
    """Unless the axis takes its next step."""
    points = tuple((float(t), value) for t, value in enumerate(values))
    columns = 2 * width
    before, after = (fitting(0.0, points[last][0], columns) for last in (-2, -1))
    if before != after:
        return
    scale = Scale(0.0, 12.0)
    shown = [plot_cells(Chart("a", "GiB", some), after, scale, 3) for some in (points[:-1], points)]
    first = before.column(points[-2][0]) // 2
    assert all(x >= first for _, x, _ in changed_cells(shown[0], shown[1]))  # type: ignore[arg-type]


@given(
    points=st.lists(st.tuples(st.floats(0, 1e9), st.none() | st.floats(-1e30, 1e30)), min_size=1),
    width=st.integers(1, 130),
    height=st.integers(1, 14),
    filled=st.booleans(),
    ascii_only=st.booleans(),
)
def test_it_never_outgrows_its_box(
    points: list[Point], width: int, height: int, filled: bool, ascii_only: bool
) -> None:
    points.sort(key=lambda point: point[0])
    lines = drawn(Chart("a", "W", tuple(points), filled=filled), width, height, ascii_only=ascii_only)
    assert len(lines) <= height
    assert max(map(len, lines)) <= width
    assert not ascii_only or all(line.isascii() for line in lines)


@pytest.mark.parametrize(
    ("low", "high", "top", "middle"),
    [
        (17.0, 17.01, "17.011", "17.005"),
        (12345.6, 12345.61, "12345.611", "12345.605"),
        (1.23e-5, 1.24e-5, "1.241e-05", "1.235e-05"),
        (-4e12, -2e12, "-1.9e+12", "-3.0e+12"),
    ],
)
def test_the_labels_of_an_axis_are_told_apart(low: float, high: float, top: str, middle: str) -> None:
    lines = drawn(Chart("a", "W", ((0.0, low), (9.0, high)), filled=False), 80, 10)
    labels = [line.split("│")[0].strip() for line in lines[1:-1]]
    assert (labels[0], labels[4]) == (top, middle)
    assert {line.index("│") for line in lines[1:-1]} == {max(len(top), 7)}
    assert {len(line) for line in lines[1:]} == {80}


@given(st.floats(-1e300, 1e300), st.floats(0.0, 1e300), st.integers(2, 12))
def test_no_two_labels_are_the_same(value: float, above: float, height: int) -> None:
    labels = axis_labels(line_scale([value, value + above]), height, True)
    assert labels[0] != labels[height // 2]
    assert len({*map(len, labels)}) == 1
    assert len(labels[0]) <= 18


def test_headline_limit_forecast_and_stages() -> None:
    chart = Chart(
        "VRAM used", "GiB", ((0.0, 1.0), (9.0, 6.0), (10.0, 2.0)), limit=8.0, foretold=(5.0, 7.0), notes=("A GPU",)
    )
    lines = drawn(chart, 80, 10)
    assert lines[0] == "VRAM used 2.00 of 8.00 GiB, peak 6.00 GiB, foretold 5.00 to 7.00 - A GPU"
    assert lines[1].startswith("   8.00│╌╌")
    assert lines[2].startswith("       │┄┄┄┄")
    assert lines[-1].startswith("    GiB   10 ")  # stage 10 began after five seconds, two a cell
    assert lines[-1].endswith("2 min 24 s")


def test_the_numbers_of_stages_never_run_together() -> None:
    """8 beside 10 read as 810, 12 beside the end's time as another time; where two have no room, the newer is told."""
    began = (
        (Stage.ENVIRONMENT_READY, 0.0),
        (Stage.TRAINING, 3.0),
        (Stage.SAVING_CODE_STATE, 12.0),
        (Stage.TRAINING, 17.0),
        (Stage.TRAINING_COMPLETE, 21.0),
        (Stage.TRAINING_COMPLETE, 122.0),
    )
    chart = Chart("a", "GiB", ((0.0, 1.0), (23.0, 1.0)))
    look = Drawn(TimeAxis(0.0, 1.0, 144), scale_of(chart), 0.0, tuple(StageMark(stage, t) for stage, t in began))
    line = text(chart_rows(chart, look, width=80, height=6))[-1]
    assert line.split() == ["GiB", "10", "11", "12", "2", "min", "24", "s"]


def test_the_cursor_reads_off_value_time_and_stage() -> None:
    chart = Chart("VRAM used", "GiB", ((0.0, 1.0), (9.0, 6.0), (10.0, 2.0)))
    assert drawn(chart, 80, 8, cursor=4)[0].startswith("VRAM used 6.00 GiB, at 8 s, collecting + updating, peak")
    assert drawn(chart, 80, 8, cursor=0)[0].startswith("VRAM used 1.00 GiB, at 0 s, peak")


LONG_NAME = Chart(
    "trainer's own memory (RSS)",
    "GiB",
    tuple((float(t), 0.79) for t in range(11)),
    notes=("no GPU: NVIDIA's driver could not be loaded",),
    earlier=((0.0, 0.75), (5.0, 0.75)),
    earlier_end=7.0,
)
HINT = " (10 of 23: t)"


@pytest.mark.parametrize(
    ("width", "cursor", "ascii_only", "headline"),
    [
        (78, 3, False, "trainer's own memory (RSS) 0.79 GiB, earlier 0.75, at 6 s, coll… (10 of 23: t)"),
        (78, 6, True, "trainer's own memory (RSS) 0.79 GiB, earlier 0.75, at 6 s, co... (10 of 23: t)"),
        (58, 3, False, "trainer's own memory (RSS) 0.79 GiB, earlier 0.75, at 6 s"),
        (58, 4, False, "trainer's own me… 0.79 GiB, earlier: ended by then, at 8 s"),
        (30, 3, False, "traine… 0.79 GiB, earlier 0.75"),
        (78, None, False, "trainer's own memory (RSS) 0.79 GiB, peak 0.79 GiB - no GPU: NV… (10 of 23: t)"),
        (58, None, True, "trainer's own memory (RSS) 0.79 GiB, peak... (10 of 23: t)"),
    ],
)
def test_the_values_are_the_last_to_be_cut(width: int, cursor: int | None, ascii_only: bool, headline: str) -> None:
    assert drawn(LONG_NAME, width, 8, cursor=cursor, hint=HINT, ascii_only=ascii_only)[0] == headline


def test_an_earlier_launch_has_a_value_until_its_end() -> None:
    lines = [drawn(LONG_NAME, 120, 8, cursor=cursor, ascii_only=True)[0] for cursor in (0, 7, 8, 10)]
    assert [line.split(", at")[0].partition("GiB")[2] for line in lines] == [
        ", earlier 0.75",
        ", earlier 0.75",
        ", earlier: ended by then",
        ", earlier: ended by then",
    ]


def test_a_peak_of_one_reading_is_told_by_the_cursor_however_much_time_a_cell_holds() -> None:
    points = tuple((float(t), 7.5 if t == 3001 else 5.0) for t in range(7200))
    chart = Chart("VRAM used", "GiB", points, limit=8.0, earlier=points)
    told = [drawn(chart, 118, 8, cursor=cursor)[0].split(", coll")[0] for cursor in range(110)]
    peaks = [line for line in told if "7.50" in line]
    assert peaks == ["VRAM used 5.00 to 7.50 of 8.00 GiB, earlier 5.00 to 7.50, at 49 min 30 s"]
    assert "VRAM used 5.00 of 8.00 GiB, earlier 5.00, at 48 min 00 s" in told


def test_the_cursor_tells_seconds_of_a_long_run_where_cells_are_that_fine() -> None:
    points = tuple((float(t), 5.0) for t in range(0, 7200, 10))
    axis = zoomed(fitting(0.0, 7200.0, 220), 20, 5000.0)
    look = Drawn(axis, scale_of(Chart("a", "s", points)), 0.0, cursor=axis.column(5000.0) // 2)
    rows = text(chart_rows(Chart("a", "s", points), look, width=118, height=8))
    assert ", at 1 h 23 min 19 s" in rows[0]
    assert rows[-1].split()[-1] == "s"


def test_limit_and_others_stand_beside_the_cursors_value() -> None:
    points = ((0.0, 3.0), (9.0, 4.0))
    below = ((0.0, 1.0), (9.0, 1.0))
    chart = Chart("VRAM used", "GiB", points, below, "others", limit=8.0, earlier=points)
    assert drawn(chart, 58, 8, cursor=4)[0] == "VRAM used 4.00 of 8.00 GiB, earlier 4.00, at 8 s, others…"


def test_a_reading_that_fails_is_told_and_never_zero() -> None:
    chart = Chart("VRAM used", "GiB", ((0.0, 1.0), (1.0, None)), limit=8.0)
    assert drawn(chart, 80, 8)[0].startswith("VRAM used not available of 8.00 GiB, peak 1.00 GiB")
    assert drawn(Chart("VRAM used", "GiB", ((0.0, None),)), 80, 8)[1] == "no reading yet"


@pytest.mark.parametrize(("value", "limit"), [(0.0, 0.0), (5e-324, None)])
def test_values_of_zero_and_almost_zero_are_drawn(value: float, limit: float | None) -> None:
    lines = drawn(Chart("VRAM used", "GiB", ((0.0, value), (1.0, value)), limit=limit), 80, 8)
    assert lines[0].startswith("VRAM used 0.00 ")
    assert lines[1].startswith("   1.00│")


@pytest.mark.parametrize("last", [10.0, 141.0, 142.0, 20_000.0, 3e6, 1e9])
def test_an_axis_always_holds_the_newest_reading(last: float) -> None:
    whole = fitting(0.0, last, 142)
    for levels in range(20):
        axis = zoomed(whole, levels, last)
        assert 0 <= axis.column(last) < 142
        assert axis.step_s <= whole.step_s
        assert math.isclose((axis.start / axis.step_s) % 1.0, 0.0)


def test_every_step_redraws_seldom_and_leaves_little_room_empty() -> None:
    steps = {fitting(0.0, float(seconds), 142).step_s for seconds in range(150, 36_000, 50)}
    assert len(steps) < 20
    for step in steps:
        last = max(second for second in range(0, 36_000, 50) if fitting(0.0, float(second), 142).step_s == step)
        assert last / step > 100
