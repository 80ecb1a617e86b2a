import re
import time
from pathlib import Path

import pytest

from rwm_tui.core.errors import InputError
from rwm_tui.core.log.landmarks import ITERATION, STAGE
from rwm_tui.core.log.levels import TROUBLE
from rwm_tui.core.log.line_filter import LineFilter
from rwm_tui.core.log.log_file import LogFile
from rwm_tui.core.log.matches import Matches
from rwm_tui.core.log.matching import SLICE_BYTES, Both, LinePicker, Matcher, next_match, parse_query, previous_match


def log_of(folder: Path, content: bytes) -> LogFile:
    path = folder / "console.log"
    path.write_bytes(content)
    return LogFile(path)


def all_matches(log: LogFile, matcher: LinePicker, limit: int = SLICE_BYTES) -> list[bytes]:
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
        ("/^*warning/", b"a warning", True),
        ("/^?a$/", b"ba", True),
        ("größe.", "die GRÖßE. Groß".encode(), True),
        ("größe.", "die GRÖßE, groß".encode(), False),
        ("(日) é", "(日) É".encode(), True),
        ("/größe$/", "die GRÖSSE ist keine GRÖßE".encode(), True),
        ("/gr.ße/", "die Größe".encode(), True),
        (r"/\w+\b nan/", b"Loss NaN", True),
    ],
)
def test_a_query_is_a_text_or_a_regular_expression(query: str, line: bytes, fits: bool) -> None:
    assert parse_query(query).fits(line) is fits


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("", "empty"),
        ("/(/", "missing ): ("),
        ("/*/", "no argument for repetition operator: *"),
        (r"/(\w)\1/", r"invalid escape sequence: \1"),
        ("/a(?=b)/", "invalid perl operator: (?="),
        ("/(x{1000}){1000}/", "invalid repetition size"),
    ],
)
def test_a_query_that_is_none_says_so(query: str, why: str, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(InputError, match=re.escape(why)):
        parse_query(query)
    assert capfd.readouterr() == ("", "")  # the terminal is the app's


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


def test_an_unfinished_last_line_counts_as_it_is_by_now(tmp_path: Path) -> None:
    log = log_of(tmp_path, b"ab\nab")
    matches = Matches(log, parse_query("/^ab$|new/"))
    for written, found in (
        (b"", [b"ab", b"ab"]),
        (b" and more", [b"ab"]),
        (b" that is new", [b"ab", b"ab and more that is new"]),
        (b"\nab\nab", [b"ab", b"ab and more that is new", b"ab", b"ab"]),
        (b"\n", [b"ab", b"ab and more that is new", b"ab", b"ab"]),
    ):
        with log.path.open("ab") as file:
            file.write(written)
        while matches.advance():
            pass
        assert [line.raw for line in matches.lines_from(0, 9)] == found
        assert len(matches) == len(found)
        assert [line.raw for line in matches.lines_before(log.size(), 1)] == found[-1:]


@pytest.mark.parametrize(
    ("query", "content", "found"),
    [
        ("/^$/", b"one\ntwo\n", []),
        ("/^$/", b"one\n\ntwo\n\n", [b"", b""]),
        ("/[^0-9]/", b"123\n4x\n567\n", [b"4x"]),
        (r"/^\[info\]/", b"\x1b[36m[INFO] a\x1b[0m\n x [INFO] b\n", [b"\x1b[36m[INFO] a\x1b[0m"]),
        ("/^a$/", b"\x1b[1m\x1b[36ma\x1b[0m\nba\nab\n", [b"\x1b[1m\x1b[36ma\x1b[0m"]),
        (r"/a\$/", b"a\x1b[0m\na$b\n", [b"a$b"]),
        (r"/a\\$/", b"a\\\x1b[0m\na$b\n", [b"a\\\x1b[0m"]),
        (r"/loss\s+nan/", b"loss\nnan\nloss  nan\n", [b"loss  nan"]),
        (r"/a\sb|b/", b"a\nb\nc\n", [b"b"]),
        ("/.*b.*/", b"abc\nc\n", [b"abc"]),
        ("/.*?+b|c/", b"ab\n", None),
        ("/.*|x/", b"a\n\n", [b"a", b""]),
        ("/x.*y/", b"y.*x\nxy\n", [b"xy"]),
        ("/nan$/", b"loss nan\r\nnan 1\r\nnan\n", [b"loss nan\r", b"nan"]),
        ("/^$/", b"one\r\n\r\ntwo\r\n\n", [b"\r", b""]),
        ("/[^0-9]/", b"123\r\n4x\r\n", [b"4x\r"]),
        (r"/1\r2/", b"1\r2\n", [b"1\r2"]),
        ("/temp.*C$/", b"temp 40 \xb0C\ntemp\xff\n\xe9C\n", [b"temp 40 \xb0C"]),
        ("/^[^é]+é$/", "\\xff日é\néé\n".encode() + b"\xff\xc3\xa9\n", ["\\xff日é".encode(), b"\xff\xc3\xa9"]),
    ],
)
def test_a_pattern_is_held_against_each_line_alone(
    tmp_path: Path, query: str, content: bytes, found: list[bytes] | None
) -> None:
    if found is None:
        with pytest.raises(InputError):
            parse_query(query)
        return
    long = b"z" * 20_000 + b"\n"
    log = log_of(tmp_path, content)
    assert all_matches(log, parse_query(query)) == found
    at, backwards = log.size(), []
    while (before := previous_match(log, parse_query(query), at)) is not None:
        assert before < at
        at = before
        backwards.append(log.lines_from(at, 1)[0].raw)
    assert backwards[::-1] == found
    beside_a_long_line = log_of(tmp_path, long + content)
    assert [line for line in all_matches(beside_a_long_line, parse_query(query)) if b"zz" not in line] == found


@pytest.mark.parametrize("query", ["/.*qq/", "/z.*qq/", "/(zz)*q/", "/(z+)+q/", "/(z|zz)*q$/", "/z{1,900}q/"])
def test_no_pattern_takes_long_over_a_long_line(tmp_path: Path, query: str) -> None:
    log = log_of(tmp_path, b"z" * 300_000 + b"\nqq zqq\n" + b"z" * 300_000 + b"zqq\n")
    began = time.process_time()
    assert [line[-6:] for line in all_matches(log, parse_query(query))] == [b"qq zqq", b"zzzzzz"]
    assert time.process_time() - began < 2


def test_what_follows_a_very_long_line_is_found_from_both_sides(tmp_path: Path) -> None:
    lines = [
        b"needle 0",
        b"needle 1 " + b"z" * 3 * SLICE_BYTES,
        b"needle 2",
        b"no",
        b"needle 3",
        b"y" * 3 * SLICE_BYTES,
    ]
    for log in (log_of(tmp_path, b"\n".join(lines)), log_of(tmp_path, b"\n".join(lines) + b"\n")):
        offsets = [sum(len(line) + 1 for line in lines[:index]) for index in (0, 1, 2, 4)]
        for place in (0, offsets[1], offsets[3], log.line_start(log.size())):
            matches = Matches(log, parse_query("needle"), place)
            while matches.advance():
                pass
            assert [line.offset for line in matches.lines_from(0, 9)] == offsets
        at: int | None = log.size()
        for offset in [*reversed(offsets), None]:
            assert at is not None
            at = previous_match(log, parse_query("needle"), at)
            assert at == offset
        at = -1
        for offset in [*offsets, None]:
            start = 0 if at == -1 else log.line_end(at)
            at = next_match(log, parse_query("needle"), start)
            assert at == offset


def test_the_lines_that_two_pickers_want(tmp_path: Path) -> None:
    lines = [b"%d" % number for number in range(1000)]
    log = log_of(tmp_path, b"\n".join(lines) + b"\n")
    for first, second in (("77", "1"), ("1", "77"), ("7", "1"), ("/^8/", "/^9/")):
        expected = [line for line in lines if parse_query(first).fits(line) and parse_query(second).fits(line)]
        assert all_matches(log, Both(parse_query(first), parse_query(second))) == expected


def test_empty_lines_are_picked_by_two_pickers() -> None:
    harmless_aside = LineFilter(harmless=lambda lines: [index for index, line in enumerate(lines) if line == b"noise"])
    for other in (harmless_aside, parse_query("/^$/"), LineFilter(query=parse_query("/^$/"))):
        assert list(Both(parse_query("/^x*$/"), other).line_starts(b"a\n\nnoise\n\n")) == [2, 9]


def test_a_level_and_an_expression_pick_a_line_that_ends_with_a_carriage_return() -> None:
    wanted = LineFilter(parse_query("/end$/"), level=TROUBLE)
    assert list(wanted.line_starts(b"Warning: \xb0 end\r\nend\r\nWarning: end of\r\n")) == [0]


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
