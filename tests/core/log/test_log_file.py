from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rwm_tui.core.log.line_count import BLOCK_BYTES, LineCount
from rwm_tui.core.log.log_file import LogFile


def log_of(folder: Path, content: bytes) -> LogFile:
    path = folder / "console.log"
    path.write_bytes(content)
    return LogFile(path)


def counted(log: LogFile) -> LineCount:
    count = LineCount(log)
    while count.advance():
        pass
    return count


@given(st.lists(st.binary(max_size=40).map(lambda raw: raw.replace(b"\n", b"")), max_size=30), st.booleans())
def test_lines_are_those_of_the_file_in_both_directions(
    tmp_path_factory: pytest.TempPathFactory, texts: list[bytes], unfinished: bool
) -> None:
    content = b"".join(text + b"\n" for text in texts) + (b"unfinished" if unfinished else b"")
    log = log_of(tmp_path_factory.mktemp("log"), content)
    expected = [*texts, b"unfinished"] if unfinished else texts
    assert [line.raw for line in log.lines_from(0, 100)] == expected
    assert [line.raw for line in log.lines_before(log.size(), 100)] == expected
    count = counted(log)
    for number, line in enumerate(log.lines_from(0, 100)):
        assert log.line_start(line.end - 1) == line.offset
        assert count.number_at(line.offset) == number
        assert count.offset_of(number) == line.offset


def test_a_page_at_the_end_of_a_long_log(tmp_path: Path) -> None:
    log = log_of(tmp_path, b"".join(b"line %d of the log\n" % number for number in range(50_000)))
    page = log.lines_before(log.size(), 40)
    assert [line.raw for line in page] == [b"line %d of the log" % number for number in range(49_960, 50_000)]
    assert log.lines_before(page[0].offset, 1)[0].raw == b"line 49959 of the log"
    count = counted(log)
    assert log.size() > 3 * BLOCK_BYTES
    assert (count.lines, count.number_at(page[0].offset), count.offset_of(49_960)) == (50_000, 49_960, page[0].offset)
    assert count.offset_of(50_001) is None


def test_a_line_longer_than_a_block_is_one_line(tmp_path: Path) -> None:
    log = log_of(tmp_path, b"before\n" + b"x" * 300_000 + b"\nafter\n")
    before, long, after = log.lines_from(0, 10)
    assert (before.raw, after.raw) == (b"before", b"after")
    assert long.raw == b"x" * 65_536
    assert long.end == after.offset
    assert log.lines_before(after.offset, 1) == [long]


def test_what_is_no_regular_file_reads_as_empty(tmp_path: Path) -> None:
    import os

    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    for path in (fifo, tmp_path / "missing", tmp_path):
        log = LogFile(path)
        assert (log.size(), log.lines_from(0, 5), log.lines_before(10, 5), log.read(0, 10)) == (0, [], [], b"")


def test_a_truncated_log_is_counted_anew(tmp_path: Path) -> None:
    log = log_of(tmp_path, b"a\n" * 100)
    count = counted(log)
    log.path.write_bytes(b"new\n")
    while count.advance():
        pass
    assert count.lines == 1


def test_two_threads_count_each_line_once(tmp_path: Path) -> None:
    path = tmp_path / "long.log"
    path.write_bytes(b"x\n" * 3_000_000)
    count = LineCount(LogFile(path))
    with ThreadPoolExecutor(4) as pool:
        for counting in [pool.submit(count.advance) for _ in range(4)]:
            counting.result()
    assert (count.lines, count.counted) == (3_000_000, 6_000_000)
