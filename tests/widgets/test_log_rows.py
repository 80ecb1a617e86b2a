import time

import pytest
from rich.style import Style

from rwm_tui.core.log.log_file import LogLine
from rwm_tui.core.log.view import Page
from rwm_tui.widgets.log_rows import Look, page_rows

MOST_BYTES = 64 * 1024
NUMBERED = "".join(f"{number:08d}" for number in range(MOST_BYTES // 8))


def page_of(*texts: str, cursor: int | None = None) -> Page:
    lines: list[LogLine] = []
    for raw in map(str.encode, texts):
        offset = lines[-1].end if lines else 0
        lines.append(LogLine(offset, offset + len(raw) + 1, raw))
    return Page(tuple(lines), 0, None if cursor is None else lines[cursor].offset, None, lines[-1].end)


def look(*, width: int = 81, height: int = 40, first_column: int = 0, wrapping: bool = False) -> Look:
    plain = Style()
    return Look(width, height, plain, plain, plain, plain, "#", first_column, wrapping)


def rows(page: Page, look: Look) -> list[str]:
    return [row.text[:-1].rstrip() for row in page_rows(page, look)]


@pytest.mark.parametrize("column", [0, 8, 4_000, 30_000, MOST_BYTES - 80])
def test_panning_reaches_every_column_of_a_long_line(column: int) -> None:
    page = page_of(NUMBERED, "short")
    assert rows(page, look(height=2, first_column=column)) == [NUMBERED[column : column + 80], "short"[column:]]


def test_wrapping_shows_the_end_of_a_long_line() -> None:
    shown = rows(page_of("before", NUMBERED, "after"), look(wrapping=True))
    assert "".join(shown[:-1]) == NUMBERED[-len("".join(shown[:-1])) :]
    assert shown[-1] == "after"


@pytest.mark.parametrize("wrapping", [False, True])
@pytest.mark.parametrize("cursor", [None, 0, 39])
def test_a_page_of_long_lines_is_drawn_at_once(wrapping: bool, cursor: int | None) -> None:
    page = page_of(*(f"\x1b[31m{number}\x1b[0m{NUMBERED}"[:MOST_BYTES] for number in range(40)), cursor=cursor)
    began = time.perf_counter()
    page_rows(page, look(wrapping=wrapping))
    assert time.perf_counter() - began < 0.5
