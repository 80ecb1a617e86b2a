"""What must hold for any claim of execution: the sources speak of one run."""

from __future__ import annotations

from collections.abc import Iterator

from rwm_tui.core.verdict.backend import BackendVerdict
from rwm_tui.core.verdict.facts import ConsoleFacts, RunFacts
from rwm_tui.core.verdict.finding import Bearing, Finding, disagrees
from rwm_tui.core.verdict.lookup import ENV
from rwm_tui.core.verdict.scale import other_num_envs


def sources_agree(facts: RunFacts, backend: BackendVerdict) -> Iterator[Finding]:
    """A finding for each pair of sources that disagree, with both."""
    if backend.sources_disagree:
        for name in ("isaaclab", "embedded"):
            trace = next(trace for trace in backend.traces if trace.backend == name)
            reason = "the sources disagree on what wrote the run" if name == "embedded" else ""
            yield Finding(Bearing.MISSING if reason else Bearing.TOLD, trace.as_evidence(None), reason)
    if not isinstance(facts.console, ConsoleFacts):
        return
    console, source = facts.console, facts.console.path.name
    if console.is_of_another_run:
        yield disagrees(
            source,
            "run stamp",
            ", ".join(console.stamps[:3]),
            facts.layout.stamp or "",
            "the console log is of another run than the run directory",
        )
    for other in other_num_envs(facts):
        yield disagrees(
            source,
            f"line {other.line}",
            other.observed,
            f"{other.expected} ({ENV})",
            "the sources disagree on the number of environments",
        )
