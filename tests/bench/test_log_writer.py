"""Lags and CPU of known programs."""

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


def test_what_a_program_does_after_the_flood_is_told_apart(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_bytes(b"L0000000000 the first line\n")
    late = 'head -n 1 "$0"; until [ $(wc -l < "$0") -gt 900 ]; do sleep 0.05; done; while :; do :; done'
    seen = flood(["sh", "-c", late, str(log)], log, 1_000, 1.0)
    assert seen.cpu_percent < seen.cpu_after_percent
