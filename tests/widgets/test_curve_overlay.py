import math

from hypothesis import given, settings
from hypothesis import strategies as st

from rwm_tui.core.compare.curves import Curve
from rwm_tui.widgets.curve_overlay import Row, overlay_rows


def lines(rows: list[Row]) -> list[str]:
    return ["".join(character for character, _ in row) for row in rows]


def looks(rows: list[Row], character: str) -> set[str]:
    return {look for row in rows for one, look in row if one == character and look != "text"}


RISING = Curve({step: float(step) for step in range(10)})
FALLING = Curve({step: 9.0 - step for step in range(20)})


def test_both_curves_lie_on_one_axis_and_their_ends_are_named() -> None:
    drawn = lines(overlay_rows(RISING, FALLING, width=60, height=12))
    rows_of_end = {letter: next(y for y, line in enumerate(drawn) if letter in line) for letter in "LR"}
    assert rows_of_end["L"] < rows_of_end["R"]  # the rising one ends above the falling one
    assert drawn[rows_of_end["R"]].rstrip().endswith("R")
    assert drawn[rows_of_end["L"]].index("L") < 40  # and at half of its steps
    assert drawn[-1].split()[0] == "step"
    assert "apart from 0" in drawn[-1]
    assert drawn[-1].endswith("19")
    assert all(len(line) == 60 for line in drawn)


def test_without_braille_and_colour_the_two_are_told_apart() -> None:
    rows = overlay_rows(RISING, FALLING, width=60, height=12, ascii_only=True)
    assert all(line.isascii() for line in lines(rows))
    assert looks(rows, "o") == {"left"}
    assert looks(rows, "x") == {"right"}
    assert looks(overlay_rows(RISING, RISING, width=60, height=12, ascii_only=True), "#") == {"both"}


def test_steps_lie_beside_labels_of_any_width() -> None:
    drawn = lines(overlay_rows(Curve({0: 12345.6, 9: 12345.61}), None, width=60, height=12))
    assert drawn[0].startswith("12345.611│")
    assert {line.index("│") for line in drawn[:-1]} == {9}
    assert drawn[-1].startswith("     step 0 ")
    assert all(len(line) == 60 for line in drawn)


def test_a_steep_part_is_a_line_without_gaps() -> None:
    drawn = lines(overlay_rows(Curve({0: 0.0, 50: 0.0, 51: 100.0, 100: 100.0}), None, width=120, height=20))
    assert all(line[8:].strip("L ") for line in drawn[1:-2])


def test_curves_that_end_in_one_place_have_both_letters() -> None:
    drawn = "\n".join(lines(overlay_rows(RISING, RISING, width=60, height=8)))
    assert "LR" in drawn


def test_what_is_no_number_leaves_a_gap_and_nothing_else_draws_nothing() -> None:
    broken = Curve({0: 1.0, 1: math.nan, 2: math.inf, 3: 2.0, 4: 1e308, 5: -1e308})
    assert lines(overlay_rows(broken, None, width=40, height=6))
    assert overlay_rows(Curve({0: math.nan}), None, width=40, height=6) == []
    assert overlay_rows(RISING, FALLING, width=10, height=6) == []


def test_one_value_is_a_letter() -> None:
    drawn = lines(overlay_rows(Curve({7: 3.0}), Curve({7: 3.0}), width=40, height=6))
    assert "L" in "".join(drawn)
    assert "R" in "".join(drawn)
    assert drawn[-1].split()[:2] == ["step", "7"]


CURVES = st.none() | st.dictionaries(st.integers(-(2**63), 2**63), st.floats(), min_size=1, max_size=8).map(
    lambda values: Curve(dict(sorted(values.items())))
)


@settings(max_examples=150, deadline=None)
@given(CURVES, CURVES, st.integers(1, 160), st.integers(1, 24), st.booleans())
def test_no_curve_of_any_file_leaves_the_plot(
    left: Curve | None, right: Curve | None, width: int, height: int, ascii_only: bool
) -> None:
    rows = overlay_rows(left, right, width=width, height=height, ascii_only=ascii_only)
    assert len(rows) in (0, height)
    assert all(len(row) <= width for row in rows)
