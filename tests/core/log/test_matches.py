import random
from pathlib import Path

import pytest

from rwm_tui.core.log.landmarks import stage_at
from rwm_tui.core.log.levels import TROUBLE
from rwm_tui.core.log.line_filter import LineFilter
from rwm_tui.core.log.log_file import LogFile
from rwm_tui.core.log.matches import SOON_BYTES, Matches
from rwm_tui.core.log.matching import parse_query
from rwm_tui.core.trainer_output.stages import Stage

MARKERS = {
    b"[INFO][AppLauncher]: booting": Stage.BOOTING_SIMULATOR,
    b"  Learning iteration 1/3": Stage.TRAINING,
    b"Training time: 3.2 seconds": Stage.TRAINING_COMPLETE,
}
NEEDLE = parse_query("needle")


def log_of(folder: Path, content: bytes) -> LogFile:
    path = folder / "console.log"
    path.write_bytes(content)
    return LogFile(path)


def search_through(matches: Matches, limit: int = 2**20) -> list[int]:
    """Where the lines begin that fit."""
    while matches.advance(limit):
        pass
    assert matches.complete
    return [line.offset for line in matches.lines_from(0, 10**6)]


def random_log(folder: Path, chance: random.Random) -> tuple[LogFile, list[bytes], list[int]]:
    """A log, its lines and where each begins."""
    kinds = [b"filler " * 5, b"one needle", b"[Error] needle", b"", *MARKERS]
    lines = chance.choices(kinds, weights=[6, 2, 2, 1, 1, 1, 1], k=60)
    offsets = [sum(len(line) + 1 for line in lines[:index]) for index in range(len(lines))]
    return log_of(folder, b"\n".join(lines) + b"\n"), lines, offsets


@pytest.mark.parametrize("seed", range(20))
def test_a_search_from_any_place_in_any_slices_finds_the_same_lines(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    log, lines, offsets = random_log(tmp_path, chance)
    expected = [at for at, line in zip(offsets, lines, strict=True) if b"needle" in line]
    for place in [*chance.sample(offsets, 10), log.size()]:
        matches = Matches(log, NEEDLE, place)
        assert search_through(matches, chance.choice([40, 100, 2000])) == expected
        for offset in chance.sample(offsets, 10):
            assert matches.rank(offset) == sum(at <= offset for at in expected)
            assert [line.offset for line in matches.lines_before(offset, 3)] == [at for at in expected if at < offset][
                -3:
            ]
            assert [line.offset for line in matches.lines_from(offset, 3)] == [at for at in expected if at >= offset][
                :3
            ]


@pytest.mark.parametrize("seed", range(20))
def test_a_stage_is_found_from_any_of_its_lines_in_any_slices(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    log, lines, offsets = random_log(tmp_path, chance)
    stages: list[Stage | None] = []
    for line in lines:
        stages.append(MARKERS.get(line, stages[-1] if stages else None))
    for index in chance.sample(range(len(lines)), 15):
        found = stage_at(log, offsets[index])
        if stages[index] is None:
            assert found is None
            continue
        assert found is not None
        first = next(i for i in range(index, -1, -1) if i == 0 or stages[i - 1] != stages[index])
        after = next((i for i in range(index, len(lines)) if stages[i] != stages[index]), len(lines))
        for wanted, picked in (
            (LineFilter(stage=found), offsets[first:after]),
            (
                LineFilter(stage=found, level=TROUBLE),
                [offsets[i] for i in range(first, after) if b"[Error]" in lines[i]],
            ),
        ):
            matches = Matches(log, wanted, found.inside, found)
            assert search_through(matches, chance.choice([40, 100, 2000])) == picked


def test_the_lines_around_the_place_are_known_first(tmp_path: Path) -> None:
    log = log_of(tmp_path, b"".join(b"needle %d\n" % number for number in range(1000)))
    matches = Matches(log, NEEDLE, log.line_start(5000))
    assert matches.advance(200)
    assert not matches.complete
    known = [line.offset for line in matches.lines_from(0, 1000)]
    assert known[0] < 5000 < known[-1]
    assert known == [at for at in search_through(matches) if known[0] <= at <= known[-1]]


def test_what_a_search_reaches_soon(tmp_path: Path) -> None:
    log = log_of(tmp_path, b"needle\n" * 10)
    with log.path.open("r+b") as file:
        file.truncate(2 * SOON_BYTES)
    matches = Matches(log, NEEDLE, 35)
    assert (matches.reaches(0), matches.reaches(35)) == (False, True)
    assert (matches.reaches(35 + SOON_BYTES), matches.reaches(36 + SOON_BYTES)) == (True, False)
    assert matches.around(0).reaches(0)


def test_a_log_that_was_truncated_is_searched_anew(tmp_path: Path) -> None:
    log = log_of(tmp_path, b"needle\nnothing\n" * 100)
    matches = Matches(log, NEEDLE, log.size())
    assert len(search_through(matches)) == 100
    log.path.write_bytes(b"\nneedle\n")
    assert search_through(matches) == [1]
    with log.path.open("ab") as file:
        file.write(b"needle\n")
    assert search_through(matches) == [1, 8]


def test_a_replay_that_goes_back_shows_less_of_the_same_stage(tmp_path: Path) -> None:
    content = b"[INFO][AppLauncher]: booting\nwrapper\nLearning iteration 0/3\none\ntwo\nTraining time: 3\nend\n"
    log = log_of(tmp_path, content)
    stage = stage_at(log, content.index(b"two"))
    assert stage is not None
    matches = Matches(log, LineFilter(stage=stage), stage.inside, stage)
    whole = search_through(matches)
    assert len(whole) == 3
    for limit, count in ((content.index(b"two"), 2), (content.index(b"one"), 1), (3, 0), (len(content), 3)):
        log.limit = limit
        assert search_through(matches) == whole[:count]
        assert len(matches) == count
    log.limit = None
    log.path.write_bytes(b"another log\n")  # of which nothing is of that stage
    assert search_through(matches) == []


def test_a_line_is_of_a_stage_where_no_other_lies_between(tmp_path: Path) -> None:
    content = b"Learning iteration 0/3\none\nTraining time: 3\nend\nLearning iteration 0/3\ntwo\n"
    log = log_of(tmp_path, content)
    stage = stage_at(log, content.index(b"one"))
    assert stage is not None
    matches = Matches(log, LineFilter(stage=stage), stage.inside, stage)
    first, one, end, two = 0, content.index(b"one"), content.index(b"end"), content.index(b"two")
    for offset, beside, is_of_it in ((first, one, True), (one, first, True), (one, end, False), (two, one, False)):
        assert matches.is_of_stage(offset, beside) is is_of_it
    assert Matches(log, NEEDLE).is_of_stage(two, one)
