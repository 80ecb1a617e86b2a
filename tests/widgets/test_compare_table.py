from rwm_tui.core.compare.cells import row
from rwm_tui.core.compare.comparison import Aspect
from rwm_tui.core.run_dir.unreadable import Absent
from rwm_tui.widgets.compare_table import heading_text, parted, row_cells, shown_cell

LONG = "a.very.long.name." * 5


def test_each_row_has_its_mark_and_fills_its_columns() -> None:
    rows = {
        "≠": row("k" * 90, 1, 2),
        "=": row("key", 1, 1),
        "<": row("key", "x", Absent("not there")),
        ">": row("key", Absent("not there"), LONG),
    }
    for mark, one in rows.items():
        cells = row_cells(one, 79, ascii_only=False)
        assert "".join(cells)[0] == mark
        assert sum(map(len, cells)) <= 79
        assert row_cells(one, 79, ascii_only=True)[0].isascii()
    assert row_cells(rows["≠"], 79, ascii_only=False)[0].startswith("≠ …kkk")  # the end of a key says most


def test_long_values_are_shown_from_where_they_part() -> None:
    assert parted(f"{LONG}one", f"{LONG}two", 20, ascii_only=False) == ("….name.one", "….name.two")
    assert parted("short", "shot", 20, ascii_only=False) == ("short", "shot")
    left, right = parted("one" + LONG, "two" + LONG, 20, ascii_only=True)
    assert left.startswith("onea")
    assert right.startswith("twoa")
    assert left.endswith("...")
    assert len(left) == len(right) == 20


def test_a_status_is_told_by_symbol_and_words_that_fit() -> None:
    assert shown_cell("Validated at reduced scale", ascii_only=False) == "◐ Validated at reduced scale"
    assert shown_cell("Validated at reduced scale", False, 22) == "◐ reduced scale"
    assert shown_cell("Not verified", True, 22) == "[ ] Not verified"
    assert shown_cell("no status\x1b[2J", False, 22).isprintable()


def test_a_heading_counts_what_differs_and_what_is_folded() -> None:
    same, other = row("a", 1, 1), row("b", 1, 2)
    assert heading_text(Aspect("settings", (same, same, other)), False, False) == "▸ settings  1 differs, 2 the same"
    assert heading_text(Aspect("claims", (other, other), "2 weaker on the right"), True, True) == (
        "  claims  2 differ: 2 weaker on the right"
    )
    assert heading_text(Aspect("memory", ()), False, False) == "  memory: neither side tells"
