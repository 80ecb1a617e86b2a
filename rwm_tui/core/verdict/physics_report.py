"""What a simulator complained about on the console: lines after which a run's data cannot be trusted."""

from __future__ import annotations

import re
from pathlib import Path

from rwm_tui.core.diagnosis.console_scan import scan_console
from rwm_tui.core.trainer_output.terminal_text import clean_line
from rwm_tui.core.verdict.facts import ConsoleLine, PhysicsReport

# Classes of the diagnosis (signatures.yaml); PhysX goes on after these with contacts dropped, or not at all.
_POISON = ("physx-gpu-buffer-overflow", "physx-gpu-oom")
_DOUBTS = ("physx-invalid-transform",)

# What MuJoCo and its GPU version print of the same; the diagnosis knows PhysX's lines only.
_MUJOCO = re.compile(
    rb"(?:nefc|nacon|ncon|njmax|nconmax|broadphase|narrowphase|contact|constraint) overflow\b"
    rb"|overflow - please increase"
    rb"|Nan, Inf or huge value in (?:Q|CTRL)",
    re.IGNORECASE,
)

# Lines by which a console shows that stderr or Kit's native lines went into it, so that a complaint would be there too.
_OTHER_STREAM = re.compile(rb"\bwarnings\.warn\(|Warning: |\] \[(?:Warning|Error)\] \[|\[(?:Warning|Error)\] \[")

MAX_LINE_BYTES = 64 * 1024


def read_physics_report(path: Path, first_line: int, last_line: int | None) -> PhysicsReport:
    """The complaints between two lines of a console, both included; the last one None: to the end.

    Raises:
        OSError: the console can't be read.
    """
    poison, doubts = _by_diagnosis(path, first_line, last_line)
    would_show = False
    with path.open("rb") as file:
        number = 0
        while line := file.readline(MAX_LINE_BYTES):
            number += 1
            would_show = would_show or _shows_other_stream(line)
            if first_line <= number <= (last_line or number) and not poison and _is_of_mujoco(line):
                poison.append(ConsoleLine(number, clean_line(line.decode("utf-8", "replace")).strip()[:240]))
            while line and not line.endswith(b"\n"):
                line = file.readline(MAX_LINE_BYTES)
    return PhysicsReport(tuple(poison), tuple(doubts), would_show)


def _shows_other_stream(line: bytes) -> bool:
    """The words are looked for before the expression, which takes ten times as long to find nothing."""
    return (b"arning" in line or b"[Error] [" in line) and _OTHER_STREAM.search(line) is not None


def _is_of_mujoco(line: bytes) -> bool:
    small = line.lower()
    return (b"overflow" in small or b"huge value in" in small) and _MUJOCO.search(line) is not None


def _by_diagnosis(path: Path, first_line: int, last_line: int | None) -> tuple[list[ConsoleLine], list[ConsoleLine]]:
    with path.open("rb") as file:
        seen = scan_console(file).failures
    poison: list[ConsoleLine] = []
    doubts: list[ConsoleLine] = []
    for name in (*_POISON, *_DOUBTS):
        if name not in seen:
            continue
        lines = (seen[name].first, seen[name].last)
        inside = [line for line in lines if first_line <= line.line <= (last_line or line.line)]
        if inside:
            (poison if name in _POISON else doubts).append(ConsoleLine(inside[0].line, inside[0].text[:240]))
        elif last_line is not None and lines[0].line < first_line and lines[1].line > last_line:
            doubts.append(ConsoleLine(lines[0].line, lines[0].text[:240]))  # perhaps between the two, too
    return poison, doubts
