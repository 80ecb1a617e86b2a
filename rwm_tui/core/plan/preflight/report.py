"""The preflight as the JSON document of `doctor`, and as lines."""

import textwrap
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from rwm_tui.core.plan.preflight.finding import CheckResult, CheckStatus, Preflight
from rwm_tui.core.trainer_output.terminal_text import clean_line

DOCTOR_SCHEMA = 1
STATUS_WORDS = {
    CheckStatus.PASS: "PASS",
    CheckStatus.WARN: "WARN",
    CheckStatus.FAIL: "FAIL",
    CheckStatus.NOT_APPLICABLE: "N-A",
}


def doctor_document(preflight: Preflight) -> dict[str, Any]:
    return {
        "schema": DOCTOR_SCHEMA,
        "profile": preflight.profile,
        "environment": preflight.environment,
        "checks": msgspec.to_builtins(preflight.checks),
        "summary": {str(status): count for status, count in preflight.summary.items()},
    }


def check_line(check: CheckResult, number: int, total: int) -> str:
    """`[ 3/26] FAIL  runner survives disabled imagination`"""
    width = len(str(total))
    return f"[{number:>{width}}/{total}] {STATUS_WORDS[check.status]:<4}  {check.title}"


def summary_line(preflight: Preflight) -> str:
    counts = (f"{count} {STATUS_WORDS[status]}" for status, count in preflight.summary.items() if count)
    return ", ".join(counts)


def environment_line(preflight: Preflight) -> str:
    """Which environment was found."""
    found = preflight.environment
    if found["kind"] == "embedded":
        return "Environment: embedded trainer"
    return f"Environment: {clean_line(found['title'])} (kind {found['kind']}): {found['state']}"


def report_lines(preflight: Preflight, width: int) -> Iterator[str]:
    """The list for a terminal without screens."""
    yield environment_line(preflight)
    said = ""
    for number, check in enumerate(preflight.checks, 1):
        yield check_line(check, number, len(preflight.checks))
        if check.fact != said:  # one reason may hold for many lines
            yield from _wrapped(clean_line(check.fact), width, "        ")
        said = check.fact
        if check.remedy:
            yield from _wrapped(f"→ {clean_line(check.remedy)}", width, "        ")
    yield summary_line(preflight)


def warning_lines(warnings: Iterable[CheckResult], width: int) -> Iterator[str]:
    """What a launch goes ahead in spite of."""
    for check in warnings:
        yield from _wrapped(f"WARN  {check.title}: {clean_line(check.fact)}", width, "")
        yield from _wrapped(f"→ {clean_line(check.remedy)}", width, "      ")


def _wrapped(text: str, width: int, indent: str) -> list[str]:
    return textwrap.wrap(
        text,
        max(width, 40),
        initial_indent=indent,
        subsequent_indent=indent + "  ",
        break_on_hyphens=False,
        break_long_words=False,
    )
