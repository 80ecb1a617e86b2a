from pathlib import Path

import pytest

from rwm_tui.core.log.landmarks import stage_at
from rwm_tui.core.log.line_filter import LineFilter
from rwm_tui.core.log.log_file import LogFile
from rwm_tui.core.log.matching import parse_query
from rwm_tui.core.log.view import LogView


@pytest.fixture
def view(tmp_path: Path) -> LogView:
    path = tmp_path / "console.log"
    path.write_text("".join(f"line {number}\n" for number in range(100)))
    made = LogView(LogFile(path))
    made.height = 10
    return made


def texts(view: LogView) -> list[str]:
    return [line.raw.decode() for line in view.page().lines]


def append(view: LogView, text: str) -> None:
    with view.log.path.open("a") as file:
        file.write(text)


def cursor(view: LogView) -> str:
    assert view.cursor is not None
    return view.log.lines_from(view.cursor, 1)[0].raw.decode()


def search_through(view: LogView) -> None:
    while view.filter is not None and view.filter.advance():
        pass


def test_the_end_is_followed_until_one_moves(view: LogView) -> None:
    assert texts(view)[-1] == "line 99"
    append(view, "more\n")
    assert texts(view)[-1] == "more"
    view.move(-1)
    before = texts(view)
    assert (cursor(view), view.page().following) == ("line 99", False)
    append(view, "unseen\n" * 20)
    assert texts(view) == before
    view.follow()
    assert texts(view)[-1] == "unseen"


def test_the_cursor_turns_the_page(view: LogView) -> None:
    view.move(-12)
    assert (cursor(view), texts(view)[0], texts(view)[-1]) == ("line 87", "line 87", "line 96")
    view.move(9)
    assert (cursor(view), texts(view)[0]) == ("line 96", "line 87")
    view.move(1)
    assert (cursor(view), texts(view)[-1]) == ("line 97", "line 97")
    view.move(3)
    assert view.page().following


def test_the_page_is_scrolled_and_the_cursor_stays_on_it(view: LogView) -> None:
    view.scroll(-20)
    assert (texts(view)[0], cursor(view)) == ("line 70", "line 79")
    view.scroll(5)
    assert (texts(view)[0], cursor(view)) == ("line 75", "line 79")
    view.scroll(-500)
    assert texts(view)[0] == "line 0"
    view.scroll(500)
    assert view.page().following


def test_a_place_is_shown_with_what_precedes_it(view: LogView) -> None:
    view.go_to(view.log.lines_from(0, 51)[50].offset + 3)
    assert (cursor(view), texts(view)[0]) == ("line 50", "line 47")
    while view.count.advance():
        pass
    assert view.page().first_number == 47
    assert view.go_to_line(98)
    assert (cursor(view), texts(view)[-1], len(texts(view))) == ("line 98", "line 99", 10)
    assert not view.go_to_line(1000)


def test_a_filter_keeps_the_place(view: LogView) -> None:
    view.go_to(view.log.lines_from(0, 51)[50].offset)
    view.show_only(LineFilter(query=parse_query("/[05]$/")))
    search_through(view)
    assert cursor(view) == "line 50"
    view.move(1)
    assert cursor(view) == "line 55"
    view.show_only(LineFilter())
    assert cursor(view) == "line 55"
    assert "line 56" in texts(view)


def big_view(folder: Path, *, needles: int) -> LogView:
    """Of a log with a needle before every megabyte but the first, so that no slice shows them all."""
    path = folder / "console.log"
    filler = (
        b"nothing that is wanted, in a line of a hundred bytes or so, and so it goes on and on and on and on\n" * 10_600
    )
    path.write_bytes(filler + b"".join(b"needle %d\n" % number + filler for number in range(needles)))
    made = LogView(LogFile(path))
    made.height = 4
    return made


def test_a_filter_shows_the_lines_before_the_end_that_is_followed_first(tmp_path: Path) -> None:
    view = big_view(tmp_path, needles=20)
    view.show_only(LineFilter(query=parse_query("needle")))
    assert view.filter is not None
    for _ in range(6):
        assert view.filter.advance()
    assert texts(view) == ["needle 16", "needle 17", "needle 18", "needle 19"]
    view.go_to(0)  # far from what is known: from there on
    assert (texts(view), view.page().following) == ([], False)
    for _ in range(6):
        assert view.filter.advance()
    assert (texts(view), cursor(view)) == (["needle 0", "needle 1", "needle 2", "needle 3"], "needle 0")
    view.move(50)  # the next is not known yet: that is not the end
    assert (view.page().following, cursor(view)) == (False, texts(view)[-1])
    view.follow()
    for _ in range(6):
        assert view.filter.advance()
    assert texts(view) == ["needle 16", "needle 17", "needle 18", "needle 19"]
    search_through(view)
    view.go_to(0)
    assert (texts(view), cursor(view)) == (["needle 0", "needle 1", "needle 2", "needle 3"], "needle 0")
    view.move(50)
    assert view.page().following


def test_a_filter_waits_at_its_place_for_a_line_that_fits(tmp_path: Path) -> None:
    view = big_view(tmp_path, needles=4)
    here = view.log.line_start(2_500_000)
    view.go_to(here)
    view.show_only(LineFilter(query=parse_query("needle")))
    assert (texts(view), view.cursor) == ([], here)
    search_through(view)
    assert (texts(view), cursor(view)) == (["needle 0", "needle 1", "needle 2", "needle 3"], "needle 2")
    view.show_only(LineFilter())
    view.go_to(view.log.size())
    view.show_only(LineFilter(query=parse_query("needle")))
    search_through(view)
    assert (texts(view)[-1], cursor(view)) == ("needle 3", "needle 3")  # none comes after: the last one


def test_a_filter_that_lets_no_line_through(view: LogView) -> None:
    for moved in (lambda: None, lambda: view.move(-1), lambda: view.go_to(0), lambda: view.scroll(-3)):
        moved()
        view.show_only(LineFilter(query=parse_query("nowhere")))
        search_through(view)
        assert texts(view) == []
        view.show_only(LineFilter())
        assert len(texts(view)) == 10


def test_lines_are_selected_from_the_cursor(view: LogView) -> None:
    view.go_to(0)
    assert [line.raw for line in view.selected_lines()] == [b"line 0"]
    view.toggle_selection()
    view.move(2)
    assert [line.raw for line in view.selected_lines()] == [b"line 0", b"line 1", b"line 2"]
    view.toggle_selection()
    assert [line.raw for line in view.selected_lines()] == [b"line 2"]


def test_lines_are_selected_up_to_the_end(view: LogView) -> None:
    view.go_to(view.log.size() - 24)
    view.toggle_selection()
    view.go_to_end()
    assert [line.raw for line in view.selected_lines()] == [b"line 97", b"line 98", b"line 99"]
    view.let_go()
    view.go_to_end()
    assert view.page().following


def test_an_empty_and_a_truncated_log(view: LogView) -> None:
    view.move(-5)
    view.log.path.write_text("")
    assert (texts(view), view.page().following) == ([], True)
    view.move(-1)
    view.move(1)
    view.scroll(-3)
    assert texts(view) == []


def test_seeking_goes_on_from_the_cursor(view: LogView) -> None:
    matcher = parse_query("/[05]$/")
    found = []
    for direction in (-1, -1, -1, 1):
        assert view.seek(matcher, direction, lambda: False)
        found.append(cursor(view))
    assert found == ["line 95", "line 90", "line 85", "line 90"]
    view.follow()
    assert not view.seek(matcher, 1, lambda: False)
    assert view.seek(matcher, 1, lambda: False, from_here=True)
    assert cursor(view) == "line 90"
    assert view.seek(parse_query("nowhere"), 1, lambda: True)  # given up: nobody is told that there is none


STAGES = (
    "booting\n[INFO][AppLauncher]: booting\nloss\nLearning iteration 0/3\nloss\nother\nloss\nTraining time: 3\nloss\n"
)


def test_under_a_filter_one_seeks_among_the_lines_that_are_shown(view: LogView) -> None:
    never = lambda: False  # noqa: E731
    view.log.path.write_text(STAGES)
    view.go_to(STAGES.index("other"))
    stage = stage_at(view.log, STAGES.index("other"))
    view.show_only(LineFilter(stage=stage))
    search_through(view)
    loss = parse_query("loss")
    for direction, found, where in ((1, True, 3), (1, False, 3), (-1, True, 1), (-1, False, 1)):
        assert view.seek(loss, direction, never) is found
        assert texts(view).index(cursor(view)) in (1, 3)
        assert [line.offset for line in view.page().lines].index(view.cursor or 0) == where
    view.follow()
    assert view.seek(loss, -1, never)
    assert [line.offset for line in view.page().lines].index(view.cursor or 0) == 3
    assert view.seek(parse_query("Learning"), 1, never, from_here=True)  # after the last the first
    assert cursor(view) == "Learning iteration 0/3"
    assert not view.seek(parse_query("booting"), 1, never, from_here=True)
    view.search(loss)
    assert view.found is not None
    while view.found.advance():
        pass
    assert len(view.found) == 2
    view.show_only(LineFilter())
    while view.found.advance():
        pass
    assert len(view.found) == 4


def test_going_to_the_top_of_a_stage_waits_until_its_beginning_is_found(tmp_path: Path) -> None:
    view = big_view(tmp_path, needles=3)
    path = view.log.path
    path.write_bytes(b"Learning iteration 0/3\n" + path.read_bytes())
    stage = stage_at(view.log, view.log.size())
    view.show_only(LineFilter(stage=stage, query=parse_query("needle")))
    assert view.filter is not None
    view.filter.advance()
    view.go_to(0)
    assert view.page().cursor == 0
    search_through(view)
    assert (texts(view), cursor(view)) == (["needle 0", "needle 1", "needle 2"], "needle 0")


def test_a_page_on_or_back_leaves_one_line_in_sight(view: LogView) -> None:
    assert texts(view)[0] == "line 90"
    view.turn(-1)
    assert (texts(view)[0], texts(view)[-1], cursor(view)) == ("line 81", "line 90", "line 90")
    view.turn(-1)
    assert (texts(view)[0], texts(view)[-1]) == ("line 72", "line 81")
    view.turn(1)
    assert (texts(view)[0], texts(view)[-1]) == ("line 81", "line 90")
    view.turn(1)
    assert texts(view)[-1] == "line 99"
    view.turn(1)
    assert view.page().following


def test_a_replay_that_goes_back_to_where_the_cursor_is_keeps_it_on_a_line(view: LogView) -> None:
    for limit in (70, 72):
        view.log.limit = None
        view.go_to(70)
        assert cursor(view) == "line 10"
        view.log.limit = limit
        view.page()
        assert cursor(view) in [line.raw.decode() for line in view.selected_lines()]
        assert cursor(view) in texts(view)


def test_an_unfinished_last_line_counts(view: LogView) -> None:
    append(view, "unfinished")
    while view.count.advance():
        pass
    assert view.count.total == 101
    append(view, "\n")
    while view.count.advance():
        pass
    assert view.count.total == 101


def test_the_last_line_is_marked_while_the_end_is_followed(view: LogView) -> None:
    view.toggle_mark()
    append(view, "more\n" * 20)
    assert view.page().following
    assert view.go_to_next_mark()
    assert cursor(view) == "line 99"
    view.log.path.write_text("")
    view.follow()
    view.toggle_mark()
    assert len(view.page().marks) == 1


def test_marks_are_visited_in_their_order(view: LogView) -> None:
    assert not view.go_to_next_mark()
    for number in (50, 20, 80):
        view.go_to(view.log.lines_from(0, number + 1)[number].offset)
        view.toggle_mark()
    visited = []
    for _ in range(4):
        assert view.go_to_next_mark()
        visited.append(cursor(view))
    assert visited == ["line 20", "line 50", "line 80", "line 20"]
    view.toggle_mark()
    assert len(view.page().marks) == 2
