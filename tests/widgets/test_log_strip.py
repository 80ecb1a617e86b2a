import random
import time

import pytest
from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from rwm_tui.core.log.matching import parse_query
from rwm_tui.widgets.log_strip import drawn_line, wrapped


def texts(rows: list[list[Segment]]) -> list[str]:
    return ["".join(piece.text for piece in row) for row in rows]


def found_in(raw: bytes, query: str) -> list[str]:
    """What of the line is drawn as found; neighbouring pieces are joined."""
    marked = "".join(
        piece.text if piece.style and piece.style.reverse else "\n" for piece in drawn_line(raw, parse_query(query))
    )
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
    assert texts(wrapped(drawn_line(raw, None), width)) == rows


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
    assert "".join(piece.text for piece in drawn_line(raw, parse_query(query))) == "".join(
        piece.text for piece in drawn_line(raw, None)
    )


@pytest.mark.parametrize(
    ("raw", "query"),
    [
        (b"\x1b[31mx\x1b[32my" * 1_400, "x"),
        ("\x1b[31mx\x1b[32m漢".encode() * 1_300, "/x/"),
        (b"x" * 65_536, "/.*z/"),
        (b"x" * 65_536, "x"),
    ],
    ids=["colours and a text", "colours and an expression", "an expression that takes the square", "many hits"],
)
def test_a_long_line_does_not_hold_up_the_screen(raw: bytes, query: str) -> None:
    drawn_line.cache_clear()
    began = time.perf_counter()
    drawn_line(raw, parse_query(query))
    assert time.perf_counter() - began < 0.4
