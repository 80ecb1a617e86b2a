import random
from collections.abc import Callable
from pathlib import Path

import pytest

from rwm_tui.core.log.line_filter import LineFilter
from rwm_tui.core.log.log_file import LogFile, LogLine
from rwm_tui.core.log.matching import parse_query
from rwm_tui.core.log.view import LogView
from rwm_tui.widgets.log_strip import wrapped_line
from rwm_tui.widgets.wrapped_page import WrappedLines, first_spot
from rwm_tui.widgets.wrapped_walk import WrappedWalk

HEIGHT = 6
WIDTH = 10
SHAPES = {
    "short lines": [1] * 40,
    "lines that fit": [1, 3, 2, 5, 1, 6, 4, 2, 2, 6, 6, 1, 3],
    "a tall line among short ones": [1] * 8 + [25] + [1] * 8,
    "tall lines only": [20, 7, 13, 40],
    "a tall line at each end": [30, 1, 2, 1, 30],
    "one tall line": [50],
    "less than a screen": [1, 2],
}


class Screen:
    """What a pane of `HEIGHT` rows shows of a log."""

    def __init__(self, path: Path, shape: list[int]) -> None:
        self.rows = [f"{line:04}.{row:04}|" for line, count in enumerate(shape) for row in range(count)]
        path.write_text("".join(f"{row}\n" if "0000|" in after else row for row, after in self._with_next()))
        self.view = LogView(LogFile(path))
        self.view.height = HEIGHT
        self.walk = WrappedWalk(self.count)

    def _with_next(self) -> list[tuple[str, str]]:
        return list(zip(self.rows, [*self.rows[1:], "0000|"], strict=True))

    @staticmethod
    def count(line: LogLine) -> int:
        return len(wrapped_line(line, WIDTH))

    def shown(self) -> list[str]:
        page = self.view.page()
        line, row = first_spot(page, WrappedLines(page.lines, self.count), self.walk.place, HEIGHT)
        rows = [
            "".join(piece.text for piece in pieces) for at in page.lines[line:] for pieces in wrapped_line(at, WIDTH)
        ]
        return rows[row : row + HEIGHT]

    def span(self) -> tuple[int, int]:
        """The first row that is shown and the one after the last; they are as they stand in the log."""
        shown = self.shown()
        first = self.rows.index(shown[0])
        assert shown == self.rows[first : first + HEIGHT]
        assert len(shown) == min(HEIGHT, len(self.rows))
        return first, first + len(shown)

    def cursor_is_shown(self) -> bool:
        cursor = self.view.page().cursor
        return cursor is None or self.view.log.read(cursor, 5) in {row[:5].encode() for row in self.shown()}


@pytest.fixture(params=SHAPES.values(), ids=SHAPES)
def screen(request: pytest.FixtureRequest, tmp_path: Path) -> Screen:
    return Screen(tmp_path / "console.log", request.param)


Step = Callable[[Screen], None]
DOWN: dict[str, Step] = {
    "line": lambda screen: screen.walk.move(screen.view, 1),
    "page": lambda screen: screen.walk.turn(screen.view, 1),
    "wheel": lambda screen: screen.walk.scroll(screen.view, 3),
}
UP: dict[str, Step] = {
    "line": lambda screen: screen.walk.move(screen.view, -1),
    "page": lambda screen: screen.walk.turn(screen.view, -1),
    "wheel": lambda screen: screen.walk.scroll(screen.view, -3),
}


@pytest.mark.parametrize("step", DOWN.values(), ids=DOWN)
def test_on_the_way_down_every_row_is_shown(screen: Screen, step: Step) -> None:
    screen.view.go_to(0)
    seen = screen.span()
    assert seen[0] == 0
    for _ in range(300):
        step(screen)
        if screen.view.cursor is None:
            break
        first, after = screen.span()
        assert seen[0] <= first <= seen[1]
        assert screen.cursor_is_shown()
        seen = first, after
    assert screen.view.cursor is None, "the end is followed in the end"
    assert screen.span()[0] <= seen[1]


@pytest.mark.parametrize("step", UP.values(), ids=UP)
def test_on_the_way_up_every_row_is_shown(screen: Screen, step: Step) -> None:
    screen.view.follow()
    seen = screen.span()
    assert seen[1] == len(screen.rows)
    for _ in range(300):
        step(screen)
        first, after = screen.span()
        assert seen[0] <= after <= seen[1]
        assert screen.cursor_is_shown()
        seen = first, after
    assert seen[0] == 0


def test_whatever_is_mixed_the_cursor_is_shown_and_no_row_is_blank(screen: Screen) -> None:
    chance = random.Random(3)
    jumps: list[Step] = [
        lambda screen: screen.view.go_to(chance.randrange(screen.view.log.size())),
        lambda screen: screen.view.resize(HEIGHT),
        lambda screen: screen.view.follow(),
    ]
    for _ in range(400):
        chance.choice([*DOWN.values(), *UP.values()] * 3 + jumps)(screen)
        screen.span()
        assert screen.cursor_is_shown()


def test_a_tall_line_is_walked_row_by_row_and_page_by_page(tmp_path: Path) -> None:
    screen = Screen(tmp_path / "console.log", SHAPES["a tall line among short ones"])
    screen.view.go_to(0)
    for _ in range(8):
        DOWN["line"](screen)
    assert screen.span() == (8, 14), "its beginning"
    DOWN["line"](screen)
    assert screen.span() == (9, 15)
    DOWN["page"](screen)
    assert screen.span() == (15, 21)
    UP["wheel"](screen)
    assert screen.span() == (12, 18)
    UP["line"](screen)
    assert screen.span() == (11, 17)
    UP["page"](screen)
    assert screen.span() == (5, 11)


def test_a_jump_shows_the_line_from_its_first_row(tmp_path: Path) -> None:
    screen = Screen(tmp_path / "console.log", SHAPES["tall lines only"])
    screen.view.go_to(0)
    DOWN["page"](screen)
    screen.view.go_to(20 * WIDTH + 2)
    assert screen.span() == (20, 26)


def test_keys_typed_ahead_come_to_the_same_place(tmp_path: Path) -> None:
    """Moves are carried out one after another; nothing between them is drawn."""
    ahead, drawn = (Screen(tmp_path / name, SHAPES["tall lines only"]) for name in ("ahead", "drawn"))
    for screen in (ahead, drawn):
        screen.view.follow()
        for step in [UP["line"]] * 5 + [UP["page"]] * 4 + [DOWN["wheel"], DOWN["line"], DOWN["page"]]:
            step(screen)
            if screen is drawn:
                screen.span()
    assert ahead.span() == drawn.span()


def test_under_a_filter_only_its_lines_are_walked(tmp_path: Path) -> None:
    screen = Screen(tmp_path / "console.log", [1, 9] * 10)
    screen.rows = [row for row in screen.rows if int(row[:4]) % 2]
    screen.view.show_only(LineFilter(query=parse_query(".0001|")))
    assert screen.view.filter is not None
    while screen.view.filter.advance():
        pass
    screen.view.go_to(0)
    seen = screen.span()
    assert seen[0] == 0
    while screen.view.cursor is not None:
        DOWN["page"](screen)
        assert screen.span()[0] <= seen[1]
        seen = screen.span()
    assert seen[1] == len(screen.rows)
    for _ in range(40):
        UP["wheel"](screen)
        assert screen.span()[1] >= seen[0]
        seen = screen.span()
    assert seen[0] == 0
