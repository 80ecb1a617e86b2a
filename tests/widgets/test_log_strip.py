import random
import time
from collections.abc import Iterable

import pytest
from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from rwm_tui.core.log.log_file import LogLine
from rwm_tui.core.log.matching import parse_query
from rwm_tui.core.trainer_output.terminal_text import clean_line
from rwm_tui.widgets.log_strip import Rows, left_part, marked_rows, wrapped, wrapped_line

MOST_BYTES = 64 * 1024


def line_of(raw: bytes) -> LogLine:
    return LogLine(0, len(raw) + 1, raw)


def texts(rows: Rows) -> list[str]:
    return ["".join(piece.text for piece in row) for row in rows]


def text_of(pieces: Iterable[Segment]) -> str:
    return "".join(piece.text for piece in pieces)


def found_in(raw: bytes, query: str) -> list[str]:
    """What of the line is drawn as found; neighbouring pieces are joined."""
    pieces = left_part(line_of(raw), parse_query(query), 80)
    marked = "".join(piece.text if piece.style and piece.style.reverse else "\n" for piece in pieces)
    return [text for text in marked.split("\n") if text]


@pytest.mark.parametrize(
    ("raw", "width", "rows"),
    [
        (b"\x1b[32m" + b"g" * 29 + b"\x1b[0mXYZ and more", 30, ["g" * 29 + "X", "YZ and more"]),
        (b"\x1b[32m" + b"g" * 30 + b"\x1b[0mXYZ and more", 30, ["g" * 30, "XYZ and more"]),
        ("\x1b[31mabcd\x1b[0m漢字".encode(), 5, ["abcd", "漢字"]),
        ("\x1b[31mabcde\x1b[0m漢字".encode(), 5, ["abcde", "漢字"]),
        ("漢字".encode(), 1, ["漢", "字"]),
        ("ab  漢".encode(), 5, ["ab  ", "漢"]),
        ("☂☂\ufe0f☂".encode(), 2, ["☂", "☂\ufe0f", "☂"]),
        (b"", 5, [""]),
    ],
)
def test_a_piece_that_ends_at_the_margin_loses_nothing(raw: bytes, width: int, rows: list[str]) -> None:
    assert texts(wrapped_line(line_of(raw), width)) == rows


def test_whatever_is_wrapped_is_all_there_and_fits() -> None:
    chance = random.Random(7)
    alphabet = ["a", " ", "漢", "é", "e\u0301", "█", "☂", "☂\ufe0f", "😀"]
    for _ in range(3_000):
        line = [
            Segment("".join(chance.choices(alphabet, k=chance.randrange(9))), Style(bold=bool(chance.randrange(2))))
            for _ in range(chance.randrange(6))
        ]
        width = chance.randrange(2, 9)
        rows = wrapped(line, width)
        assert "".join(texts(rows)) == "".join(piece.text for piece in line)
        assert all(sum(cell_len(piece.text) for piece in row) <= width for row in rows)
        assert [Strip(row).adjust_cell_length(width).text.rstrip() for row in rows] == [t.rstrip() for t in texts(rows)]


@pytest.mark.parametrize(
    ("raw", "query", "found"),
    [
        (b"one two one", "one", ["one", "one"]),
        (b"\x1b[31mon\x1b[32me\x1b[0m two", "one", ["one"]),
        ("漢字 Loss: é loss".encode(), "loss", ["Loss", "loss"]),
        ("漢字 Loss: é loss".encode(), "/loss: ./", ["Loss: é"]),
        ("漢字".encode(), "/./", ["漢字"]),
        ("İ one".encode(), "one", ["one"]),
        (b"aaa", "aa", ["aa"]),
        (b"nothing", "else", []),
        (b"", "else", []),
    ],
)
def test_what_was_searched_for_is_reversed_where_it_stands(raw: bytes, query: str, found: list[str]) -> None:
    assert found_in(raw, query) == found
    assert text_of(left_part(line_of(raw), parse_query(query), 80)) == text_of(left_part(line_of(raw), None, 80))


HOSTILE = {
    "colours and a text": (b"\x1b[31mx\x1b[32my" * 5_461, "x"),
    "colours and an expression": ("\x1b[31mx\x1b[32m漢".encode() * 4_681, "/x/"),
    "an expression that takes the square": (b"x" * MOST_BYTES, "/.*z/"),
    "many hits": (b"x" * MOST_BYTES, "x"),
}


@pytest.mark.parametrize(("raw", "query"), HOSTILE.values(), ids=HOSTILE)
def test_a_long_line_does_not_hold_up_the_screen(raw: bytes, query: str) -> None:
    began = time.perf_counter()
    left_part(line_of(raw), parse_query(query), 120)
    assert time.perf_counter() - began < 0.4
    rows = wrapped_line(line_of(raw), 120)
    marked_rows(rows, 40, 40, parse_query(query))
    assert time.perf_counter() - began < 1.5


def test_what_was_found_is_marked_in_the_rows_on_the_screen_alone() -> None:
    rows = wrapped_line(line_of(b"one two on" + b"e two thr" + b"ee one"), 10)

    def marked(first: int, count: int, query: str) -> list[list[str]]:
        return [
            [piece.text for piece in row if piece.style and piece.style.reverse]
            for row in marked_rows(rows, first, count, parse_query(query))
        ]

    assert texts(rows) == ["one two on", "e two thre", "e one"]
    assert marked(0, 3, "one") == [["one", "on"], ["e"], ["one"]]
    assert marked(1, 1, "one") == [["e"]]
    assert marked(1, 1, "three") == [["thre"]]
    assert marked(2, 5, "/^e/") == [[]]
    assert marked(0, 1, "/^o/") == [["o"]]


NUMBERED = "".join(f"\x1b[3{number % 8}m{number:07d}漢" for number in range(4_000)).encode()
PLAIN = "".join(f"{number:08d}" for number in range(MOST_BYTES // 8)).encode()
WRITTEN_OVER = PLAIN[: MOST_BYTES // 2 - 1] + b"\r" + PLAIN[: MOST_BYTES // 2].replace(b"0", b"_")


@pytest.mark.parametrize("raw", [NUMBERED, PLAIN, WRITTEN_OVER], ids=["coloured and wide", "plain", "written over"])
def test_every_part_of_a_long_line_can_be_reached(raw: bytes) -> None:
    whole = "".join(texts(wrapped_line(line_of(raw), 79)))
    assert whole == clean_line(raw.decode())
    for columns in (1, 100, 5_000, 30_000, MOST_BYTES):
        part = text_of(left_part(line_of(raw), None, columns))
        assert whole.startswith(part)
        assert cell_len(part) >= min(columns, cell_len(whole))


def test_only_what_lies_left_is_read() -> None:
    assert len(text_of(left_part(line_of(PLAIN), None, 100))) < 500
    assert len(text_of(left_part(line_of(NUMBERED), None, 100))) < 2_000


def test_only_beyond_what_was_read_a_mark_says_that_the_line_goes_on() -> None:
    longer = LogLine(0, len(PLAIN) + 100, PLAIN)
    assert texts(wrapped_line(longer, 80))[-1].endswith("08191 [...]")
    assert text_of(left_part(longer, None, MOST_BYTES)).endswith("08191 [...]")
    assert text_of(left_part(longer, None, 100)).isdigit()
    assert texts(wrapped_line(line_of(PLAIN), 80))[-1].endswith("08191")


def test_colours_without_text_and_accents_take_no_cells() -> None:
    assert text_of(left_part(line_of(b"\x1b[31m" * 5_000 + b"end"), None, 80)) == "end"
    accents = "e\u0301" * 1_000
    assert cell_len(text_of(left_part(line_of(accents.encode()), None, 800))) >= 800
