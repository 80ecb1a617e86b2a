import re
from pathlib import Path

import pytest

from rwm_tui.core.errors import InputError
from rwm_tui.core.log.landmarks import ITERATION, STAGE
from rwm_tui.core.log.log_file import LogFile
from rwm_tui.core.log.matches import Matches
from rwm_tui.core.log.matching import SLICE_BYTES, Matcher, next_match, parse_query, previous_match


def log_of(folder: Path, content: bytes) -> LogFile:
    path = folder / "console.log"
    path.write_bytes(content)
    return LogFile(path)


def all_matches(log: LogFile, matcher: Matcher, limit: int = SLICE_BYTES) -> list[bytes]:
    matches = Matches(log, matcher)
    while matches.advance(limit):
        pass
    return [line.raw for line in matches.lines_from(0, 10**6)]


@pytest.mark.parametrize(
    ("query", "line", "fits"),
    [
        ("loss", b"mean value LOSS: 1", True),
        ("Loss", b"mean value loss: 1", False),
        ("a.b", b"axb", False),
        ("/a.b/", b"axb", True),
        (r"/\d+ ERROR/", b"12 error", False),
        (r"/\S+ error/", b"12 ERROR", True),
        ("/", b"a/b", True),
        ("Größe", "die Größe".encode(), True),
    ],
)
def test_a_query_is_a_text_or_a_regular_expression(query: str, line: bytes, fits: bool) -> None:
    assert parse_query(query).fits(line) is fits


@pytest.mark.parametrize("query", ["", "/(/", "/*/"])
def test_a_query_that_is_none_says_so(query: str) -> None:
    with pytest.raises(InputError):
        parse_query(query)


def test_matches_are_found_forwards_and_backwards_across_slices(tmp_path: Path) -> None:
    lines = [b"%d filler %s" % (number, b"x" * 90) for number in range(30_000)]
    for number in (5, 11_000, 29_999):
        lines[number] += b" needle needle"
    log = log_of(tmp_path, b"\n".join(lines) + b"\n")
    assert log.size() > 2 * SLICE_BYTES
    matcher = parse_query("needle")
    forwards, backwards = [], []
    offset: int | None = 0
    while (offset := next_match(log, matcher, offset)) is not None:
        line = log.lines_from(offset, 1)[0]
        forwards.append(line.raw)
        offset = line.end
    offset = log.size()
    while (offset := previous_match(log, matcher, offset)) is not None:
        backwards.append(log.lines_from(offset, 1)[0].raw)
    expected = [line for line in lines if b"needle" in line]
    assert forwards == expected
    assert backwards[::-1] == expected
    assert all_matches(log, matcher) == expected


@pytest.mark.parametrize("limit", [7, 64, 1000])
def test_counting_in_any_slices_gives_the_same_lines(tmp_path: Path, limit: int) -> None:
    lines = [b"", b"ab", b"x" * 300 + b"ab" + b"y" * 300 + b"ab", b"none", b"ab", b"ab"]
    log = log_of(tmp_path, b"\n".join(lines) + b"\n")
    found = all_matches(log, parse_query("ab"), limit)
    if limit < 100:  # a word that a slice of a longer line cuts in two may be missed, but nothing is invented
        assert [line for line in found if line not in lines] == []
    else:
        assert found == [line for line in lines if b"ab" in line]


def test_an_unfinished_line_counts_when_it_is_whole(tmp_path: Path) -> None:
    log = log_of(tmp_path, b"ab\nab")
    matches = Matches(log, parse_query("ab"))
    while matches.advance():
        pass
    assert (len(matches), matches.complete) == (1, True)
    with log.path.open("ab") as file:
        file.write(b" and more\nab\n")
    while matches.advance():
        pass
    assert [line.raw for line in matches.lines_from(0, 9)] == [b"ab", b"ab and more", b"ab"]
    assert [line.raw for line in matches.lines_before(log.size(), 1)] == [b"ab"]


def test_a_search_can_be_given_up(tmp_path: Path) -> None:
    log = log_of(tmp_path, b"needle\n")
    assert next_match(log, parse_query("needle"), 0, cancelled=lambda: True) is None


@pytest.mark.parametrize(
    ("matcher", "line"),
    [
        (STAGE, b"[INFO] Observation Manager: <ObservationManager> contains 5 groups."),
        (STAGE, b"\x1b[36m[INFO]: Starting the simulation. This may take a few seconds.\x1b[0m"),
        (ITERATION, b"\x1b[1m Learning iteration 3/60 \x1b[0m"),
    ],
)
def test_landmarks(matcher: Matcher, line: bytes) -> None:
    assert matcher.fits(line)
    assert not matcher.fits(b"Mean reward: 1.2, mirrored")
    assert isinstance(matcher.pattern, re.Pattern)
