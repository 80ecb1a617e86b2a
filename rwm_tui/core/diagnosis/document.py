"""A diagnosis as the JSON document of `diagnose`, and as text."""

from __future__ import annotations

import textwrap
from typing import Any

from rwm_tui.core.diagnosis.console_reading import QuotedLine
from rwm_tui.core.diagnosis.judgement import Diagnosis

SCHEMA = 1


def diagnosis_document(diagnosis: Diagnosis) -> dict[str, Any]:
    """The document that other programs read; `line` is null for what a file shows."""
    return {
        "schema": SCHEMA,
        "fatal": diagnosis.fatal,
        "class": diagnosis.name,
        "cause": diagnosis.cause,
        "actions": [action.sentence for action in diagnosis.actions],
        "knobs": list(diagnosis.knobs),
        "evidence": [_quoted(quoted) for quoted in diagnosis.evidence],
        "harmless": [{"class": seen.name, "count": seen.count, "line": seen.line} for seen in diagnosis.harmless],
        "other": [{"class": other.name, "count": other.count, **_quoted(other.quoted)} for other in diagnosis.other],
    }


def diagnosis_text(diagnosis: Diagnosis, width: int, ended_in: str = "") -> str:
    """The diagnosis for people: class, cause, quoted lines, what to do, and what was passed over.

    Args:
        ended_in: the stage where the run ended, in words; empty where it is not known.
    """
    lines = [_headline(diagnosis)]
    if ended_in:
        lines += _wrapped(f"ended in {ended_in}", width, "  ")
    if diagnosis.cause:
        lines += _wrapped(f"{diagnosis.cause}.", width, "  ")
    for quoted in diagnosis.evidence:
        where = f"line {quoted.line}: " if quoted.line else ""
        lines += _wrapped(f"{where}{quoted.text}", width, "  | ")
    for action in diagnosis.actions:
        lines += _wrapped(action.sentence, width, "  - ")
    if diagnosis.knobs:
        lines += _wrapped("settings: " + ", ".join(diagnosis.knobs), width, "  ")
    for other in diagnosis.other:
        lines += _wrapped(f"also seen: {other.name} (line {other.quoted.line}, {other.count} times)", width, "  ")
    if diagnosis.harmless:
        total = sum(seen.count for seen in diagnosis.harmless)
        names = ", ".join(f"{seen.name} {seen.count}" for seen in diagnosis.harmless)
        lines += _wrapped(f"{total} harmless line{'' if total == 1 else 's'} passed over: {names}", width, "  ")
    return "\n".join(lines)


def _headline(diagnosis: Diagnosis) -> str:
    if diagnosis.name is None:
        return "nothing went wrong, as far as the console shows"
    return f"{diagnosis.name} ({'fatal' if diagnosis.fatal else 'not fatal'}): {diagnosis.title}"


def _wrapped(text: str, width: int, prefix: str) -> list[str]:
    return textwrap.wrap(
        text[:1500], max(width, 40), initial_indent=prefix, subsequent_indent=" " * len(prefix), break_on_hyphens=False
    )


def _quoted(quoted: QuotedLine) -> dict[str, Any]:
    return {"line": quoted.line or None, "text": quoted.text}
