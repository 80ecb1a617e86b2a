import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rwm_tui.widgets.area_plot import area_rows


def test_a_ramp_from_one_dot_to_eight() -> None:
    points = [(float(x), float(x)) for x in range(9)]
    assert area_rows(points, width=4, height=2, top=8.0) == ["⠀⠀⣠⣾", "⣠⣾⣿⣿"]


def test_a_ramp_without_braille() -> None:
    points = [(0.0, 1.0), (1.0, 2.0), (2.0, 3.0), (3.0, 4.0)]
    assert area_rows(points, width=4, height=1, top=4.0, ascii_only=True) == [".:+#"]


def test_a_missing_reading_leaves_a_gap() -> None:
    points = [(0.0, 4.0), (1.0, 4.0), (2.0, None), (3.0, None), (4.0, 4.0), (5.0, 4.0)]
    assert area_rows(points, width=6, height=1, top=4.0, ascii_only=True) == ["##  ##"]


def test_a_peak_between_columns_is_not_lost() -> None:
    points = [(float(x), 8.0 if x == 501 else 1.0) for x in range(1000)]
    rows = area_rows(points, width=20, height=4, top=8.0)
    assert any(character != "\u2800" for character in rows[0])


def test_sparse_readings_are_joined() -> None:
    assert area_rows([(0.0, 4.0), (60.0, 4.0)], width=8, height=1, top=4.0, ascii_only=True) == ["#" * 8]


@pytest.mark.parametrize("ascii_only", [False, True])
@given(
    points=st.lists(st.tuples(st.floats(0, 1e9), st.none() | st.floats(0, 1e6))),
    width=st.integers(1, 60),
    height=st.integers(1, 10),
)
@example(points=[(0.0, 1.0), (2.2e-311, 1.0)], width=3, height=1)  # 1 / span overflows
def test_rows_always_fill_their_box(
    ascii_only: bool, points: list[tuple[float, float | None]], width: int, height: int
) -> None:
    points.sort(key=lambda point: point[0])
    rows = area_rows(points, width=width, height=height, top=8.0, ascii_only=ascii_only)
    assert [len(row) for row in rows] == [width] * height
