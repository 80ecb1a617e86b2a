"""The claims of quality, which the execution of this run cannot show."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from rwm_tui.core.verdict.facts import RunFacts
from rwm_tui.core.verdict.finding import Bearing, Finding


def needs_own_evidence(reason: str) -> Callable[[RunFacts], Iterator[Finding]]:
    """The rule of a claim that stays open until evidence made for it exists."""

    def stays_open(_: RunFacts) -> Iterator[Finding]:
        yield Finding(Bearing.MISSING, None, reason)

    return stays_open
