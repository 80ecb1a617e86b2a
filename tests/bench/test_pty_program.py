"""The bench's pseudo-terminal, with programs of a known output."""

import sys

import pytest

from scripts.bench.figure import Figure
from scripts.bench.pty_program import NotSeen, PtyProgram

TALKATIVE = """
import os, sys, tty
tty.setraw(0)
size = os.get_terminal_size()
print(f"\\x1b[2J\\x1b[3;5H{size.columns}x{size.lines}", end="", flush=True)
while key := sys.stdin.read(1):
    print(f"\\x1b[1;31m<{key}>\\x1b[0m", end="", flush=True)
"""


def test_size_keys_bytes_and_screen_are_told() -> None:
    with PtyProgram([sys.executable, "-c", TALKATIVE], size=(70, 10)) as program:
        program.wait_for(rb"70x10")
        before = program.bytes_written()
        assert before == len("\x1b[2J\x1b[3;5H70x10")
        pressed = program.send(b"k")
        answered = program.wait_for(rb"<k>")
        assert 0 < answered - pressed < 5
        assert program.bytes_written() - before == len("\x1b[1;31m<k>\x1b[0m")
        assert program.screen().splitlines()[2].rstrip() == "    70x10<k>"
        assert program.started < program.painted_at("70x10") <= program.painted_at("70x10", "<k>")
        assert program.peak_mib() > 1


def test_what_never_comes_is_an_error_that_shows_what_came() -> None:
    with PtyProgram([sys.executable, "-c", "print('something else')"]) as program, pytest.raises(NotSeen, match="else"):
        program.wait_for(rb"wanted", limit_s=1.0)


@pytest.mark.parametrize(
    ("figure", "met"),
    [
        (Figure("ratio", "s", 1.1, 1.15, "peer", 1.0), True),
        (Figure("ratio", "s", 1.2, 1.15, "peer", 1.0), False),
        (Figure("ratio", "s", 1.2, 1.15, "peer", 0.0), None),
        (Figure("bound", "B/s", 0.0, 0.0), True),
        (Figure("speed", "×", 0.94, 0.95, "alone", 1.0, at_least=True), False),
        (Figure("none", "", 0.0, 0.0, skipped="no such program"), None),
    ],
)
def test_a_figure_is_met_missed_or_neither(figure: Figure, met: bool | None) -> None:
    assert figure.met is met
