import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rwm_tui.core.trainer_output.terminal_text import Span, TextStyle, clean_line, readable_until, styled_line


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("plain text", "plain text"),
        ("crlf\r\n", "crlf"),
        ("\x1b[1m Learning iteration 0/1 \x1b[0m", " Learning iteration 0/1"),
        ("\x1b[38;2;118;185;0mgreen\x1b[0m", "green"),
        ("\x1b[3g\r\x1bH    \x1bH    \x1bH    \r[INFO] Using python from: /p", "[INFO] Using python from: /p"),
        ("  1%|#   \r 50%|##  \r100%|####", "100%|####"),
        ("100 of 200\r\x1b[Kdone", "done"),
        ("old text\x1b[2Knew", "new"),
        ("abc\b\bX", "aXc"),
        ("\tvalue:\t1", "        value:  1"),
        ("a\x1b]0;title\x07b", "ab"),
        ("a\x1b]52;c;c3RvbGVu\x1b\\b", "ab"),
        ("a\x1bP1$r0m\x1b\\b", "ab"),
        ("a\x9b31mb", "ab"),
        ("a\x9d0;title\x9cb", "ab"),
        ("a\x1b[2J\x1b[10;20Hb", "ab"),
        ("a\x1b]0;never ended", "a0;never ended"),
        ("a\x1b[31", "a[31"),
        ("bell\x07 nul\x00 del\x7f", "bell nul del"),
        ("a\u202egnp.exe", "agnp.exe"),
        ("one\u2028two\u2029three\x85four", "onetwothreefour"),
        ("no\u00a0break", "no break"),
        ("lone \udc80 surrogate", "lone \ufffd surrogate"),
        ("ANYmal · ╭─╮ 走", "ANYmal · ╭─╮ 走"),
        ("", ""),
    ],
)
def test_a_line_reads_as_the_terminal_left_it(raw: str, clean: str) -> None:
    assert clean_line(raw) == clean


@given(st.text())
def test_nothing_but_printable_text_comes_out(raw: str) -> None:
    assert clean_line(raw).isprintable()


@given(st.text(alphabet="ab\x1b[]0;mKPH\\\r\b\t\x07\x9b\x9c\n", max_size=200))
def test_no_mixture_of_control_sequences_gets_through(raw: str) -> None:
    assert clean_line(raw).isprintable()


@given(st.text(alphabet=st.characters(categories=["L", "N", "P", "S"])))
def test_plain_text_is_left_alone(text: str) -> None:
    assert clean_line(text) == text


@pytest.mark.parametrize(
    "unit",
    ["\x1b[", "\x1b]", "\x1b[2Kx", "x\r", "\x1b[0;", "\b", "x" * 50 + "\r\x1b[K", "\x1b[ ", "\x1bP", "\u202e"],
)
def test_a_hostile_line_takes_linear_time(unit: str) -> None:
    line = "y" * 50_000 + unit * (100_000 // len(unit))
    start = time.perf_counter()
    clean_line(line)
    assert time.perf_counter() - start < 2.0


@pytest.mark.parametrize(
    ("raw", "spans"),
    [
        ("plain", [("plain", TextStyle())]),
        ("\x1b[1;31mred\x1b[0m plain", [("red", TextStyle(1, bold=True)), (" plain", TextStyle())]),
        ("\x1b[38;2;1;2;3ma\x1b[48:5:9mb\x1b[39m", [("a", TextStyle((1, 2, 3))), ("b", TextStyle((1, 2, 3), 9))]),
        ("50%\r\x1b[32m100%", [("100%", TextStyle(2))]),
        ("\x1b[94;101mbright", [("bright", TextStyle(12, 9))]),
        ("\x1b[4;22;24mx\x1b[7my", [("x", TextStyle()), ("y", TextStyle(reverse=True))]),
        ("\x1b[38;5mx", [("x", TextStyle())]),
        ("\x1b[8mnot hidden", [("not hidden", TextStyle())]),
        ("\x1b[31mgone\x1b[2K", [("", TextStyle())]),
    ],
)
def test_colours_come_in_pieces(raw: str, spans: list[tuple[str, TextStyle]]) -> None:
    assert styled_line(raw) == tuple(Span(text, style) for text, style in spans)


@given(st.text(alphabet=st.sampled_from("ab\t\r\b\x1b[0;1238:5mK "), max_size=60))
def test_styled_text_is_the_clean_text(raw: str) -> None:
    assert "".join(span.text for span in styled_line(raw)) == clean_line(raw)


UNITS = ["\x1b[31m", "\x1b[38;2;1;2;3m", "\x1b]0;title\x07", "\x1b]8;;url\x1b\\", "\x9d0;t\x9c", "\x1bP1$r0m\x1b\\"]
UNITS += ["\x1b]0;never ended", "plain text", "2K", "\t", "走", "\x1bH", "\x07"]


@example(line="\x1b]0;never ended\x1b[31m\x9d0;t\x9c", at=3)  # a colour within ends what never ended
@given(line=st.lists(st.sampled_from(UNITS)).map("".join), at=st.integers(0, 60))
def test_a_part_of_a_line_reads_like_the_beginning_of_it(line: str, at: int) -> None:
    end = readable_until(line, at)
    assert end >= min(at, len(line))
    assert clean_line(line).startswith(clean_line(line[:end]))


@pytest.mark.parametrize("moves_back", ["\r", "\b", "\x1b[2K", "\x9b2K"])
def test_where_something_moves_back_the_whole_line_is_needed(moves_back: str) -> None:
    line = "x" * 100 + moves_back + "y"
    assert readable_until(line, 10) == len(line)
    assert readable_until("x" * 100 + "y", 10) == 10


@given(st.lists(st.text("ab走 \r")).map("\r".join))
def test_a_progress_bar_reads_alike_with_a_colour_and_without(line: str) -> None:
    coloured = "".join(span.text for span in styled_line(f"\x1b[31m{line}"))
    assert "".join(span.text for span in styled_line(line)) == coloured
