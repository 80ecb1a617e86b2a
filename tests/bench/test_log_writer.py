"""Lags of a known program: it shows each line at once, or never."""

from pathlib import Path

from scripts.bench.following import flood


def test_tail_lags_little_and_a_program_that_shows_nothing_lags_to_the_end(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_bytes(b"L0000000000 the first line\n")
    seen = flood(["tail", "-f", str(log)], log, 1_000, 1.0)
    assert 500 < seen.lines <= 1_000
    assert 0 <= seen.lag_p95_ms < 1_900

    blind = flood(["sh", "-c", 'head -n 1 "$0"; exec sleep 60', str(log)], log, 1_000, 1.0)
    assert blind.last_line_s > 1.5
