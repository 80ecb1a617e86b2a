"""A filter over a big log that is followed: its first page beside less, all of it, and keys meanwhile."""

from __future__ import annotations

import time
from pathlib import Path

from scripts.bench.figure import Figure, skipped
from scripts.bench.following import FOLLOWED, HELD, percentile, settled
from scripts.bench.peers.commands import Missing, debian
from scripts.bench.pty_program import NotSeen, PtyProgram

RARE = "00777 "
"""On one line of 100,000."""
ROWS = 15
PAGE = rf"(?:.*L\d+{RARE}.*\n){{{ROWS}}}"
SEARCHING = r"\d\+ \(\d+ %\) lines"
KEYS = 20
LESS_TAKES_S = 120.0


def filtering(ours: list[str], log: Path, last: str) -> list[Figure]:
    """
    :param ours: the command that follows the log.
    :param last: what its last line begins with.
    """
    with PtyProgram(ours) as program:
        program.wait_for_screen(last)
        settled(program)
        page_s, found_s = filtered_s(program)
        program.send(b"&\r")
        program.wait_for_screen(last)
        try:
            keys_s = answered_while_filtering_s(program)
        except NotSeen as error:
            keys = skipped("key to screen p95 while a log of 1 GB is filtered", str(error)[:80])
        else:
            p95 = 1000 * percentile(keys_s, 0.95)
            keys = Figure("key to screen p95 while a log of 1 GB is filtered", "ms", p95, 50)
    return [
        against_less(page_s, log),
        Figure("filter over 1 GB, all lines found", "s", found_s, 6),
        keys,
    ]


def filtered_s(program: PtyProgram) -> tuple[float, float]:
    """At the end of the log: until the last lines that fit fill a page, and until all are found."""
    program.send(f"&{RARE}".encode())
    settled(program)
    program.replayed()
    asked = program.send(b"\r")
    page = program.wait_for_screen(PAGE)
    found = program.wait_for_screen(rf"only {RARE.strip()}: [\d,]+ lines")
    return page - asked, found - asked


def answered_while_filtering_s(program: PtyProgram) -> list[float]:
    """Follow, hold and so on, while warnings, a third of all lines, are looked for.

    :raises NotSeen: a key was not answered, or the filter had ended before the last one.
    """
    program.send(b"F")
    program.wait_for_screen(SEARCHING)
    answered = []
    for number in range(KEYS):
        time.sleep(0.1)
        program.replayed()
        pressed = program.send(b"f")
        answered.append(program.wait_for_screen(FOLLOWED if number % 2 else HELD) - pressed)
    program.wait_for_screen(SEARCHING, limit_s=1.0)
    return answered


def against_less(page_s: float, log: Path) -> Figure:
    """`less` from the top of the log: at its end a filter shows nothing for a minute and more."""
    title = f"filter over 1 GB, {ROWS} lines shown"
    try:
        less = debian("less")
    except Missing as missing:
        return skipped(title, str(missing))
    with PtyProgram([less, "-R", "-S", str(log)]) as program:
        program.wait_for_screen("L0000000000 ")
        program.send(f"&{RARE}".encode())
        settled(program)
        program.replayed()
        asked = program.send(b"\r")
        try:
            theirs = program.wait_for_screen(PAGE, limit_s=LESS_TAKES_S) - asked
        except NotSeen as error:
            return skipped(title, str(error)[:80])
    return Figure(title, "s", page_s, 0.15, "less", theirs, note="ours the last ones, followed; less the first ones")
