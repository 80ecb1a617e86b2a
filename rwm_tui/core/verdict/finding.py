"""Observed facts, and how each bears on a claim."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

MAX_SHOWN_CHARACTERS = 240


@dataclass(frozen=True, slots=True)
class Evidence:
    """An observed fact.

    Attributes:
        source: the file it was read from, relative to the run directory where it lies inside, or `launch record`.
        locator: the place in it: a key, a tensor, a line.
        observed, expected: in words; `expected` is empty where nothing in particular was.
        agrees: whether the two agree; None where the fact is only told.
    """

    source: str
    locator: str
    observed: str
    expected: str
    agrees: bool | None


class Bearing(Enum):
    """What a fact does to a claim."""

    PROVES = "proves"
    SUPPORTS = "supports"
    AGAINST = "against"
    MISSING = "missing"
    LIMITS = "limits"
    TOLD = "told"


@dataclass(frozen=True, slots=True)
class Finding:
    """A fact with its bearing on one claim; `reason` says in a clause why the claim is not validated by it.

    What limits a claim leaves it at reduced scale, even where the run was at the reference's.
    """

    bearing: Bearing
    evidence: Evidence | None
    reason: str = ""


def proves(source: str, locator: str, observed: object, expected: object = "") -> Finding:
    return Finding(Bearing.PROVES, _evidence(source, locator, observed, expected, True))


def supports(source: str, locator: str, observed: object, expected: object = "") -> Finding:
    return Finding(Bearing.SUPPORTS, _evidence(source, locator, observed, expected, True))


def against(source: str, locator: str, observed: object, expected: object, reason: str) -> Finding:
    return Finding(Bearing.AGAINST, _evidence(source, locator, observed, expected, False), reason)


def disagrees(source: str, locator: str, observed: object, expected: object, reason: str) -> Finding:
    """Sources that disagree, so that the claim cannot be validated, though nothing speaks against it by itself."""
    return Finding(Bearing.MISSING, _evidence(source, locator, observed, expected, False), reason)


def missing(source: str, locator: str, observed: object, expected: object, reason: str) -> Finding:
    return Finding(Bearing.MISSING, _evidence(source, locator, observed, expected, None), reason)


def limits(source: str, locator: str, observed: object, reason: str) -> Finding:
    return Finding(Bearing.LIMITS, _evidence(source, locator, observed, "", None), reason)


def told(source: str, locator: str, observed: object, expected: object = "") -> Finding:
    return Finding(Bearing.TOLD, _evidence(source, locator, observed, expected, None))


def _evidence(source: str, locator: str, observed: object, expected: object, agrees: bool | None) -> Evidence:
    return Evidence(shown(source), shown(locator), shown(observed), shown(expected), agrees)


def shown(value: object) -> str:
    """A value of an untrusted file as one short printable line; containers are named, not spelled out."""
    if isinstance(value, str):
        text = value
    elif value is None:
        text = "null"
    elif isinstance(value, bool):
        text = "true" if value else "false"
    elif isinstance(value, float):
        text = repr(value)
    elif isinstance(value, int):
        text = str(value) if value.bit_length() < 256 else "a number of more than 70 digits"
    else:
        text = f"a {type(value).__name__}"
    if len(text) > MAX_SHOWN_CHARACTERS:
        text = text[: MAX_SHOWN_CHARACTERS - 1] + "…"
    return printable(text)


def printable(text: str) -> str:
    """The text without control sequences, line breaks or invisible characters, which become escapes like `\\\\x1b`."""
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode("ascii")
        for character in text
    )
