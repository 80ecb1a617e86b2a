"""Imagination is off: the policy was not rolled out through the world model."""

from __future__ import annotations

from collections.abc import Iterator

from rwm_tui.core.run_dir.unreadable import Absent
from rwm_tui.core.verdict.facts import RunFacts
from rwm_tui.core.verdict.finding import Finding, against, missing, proves, shown, supports, told
from rwm_tui.core.verdict.lookup import AGENT, value_at

_SIZES = ("imagination.num_envs", "imagination.num_steps_per_env", "imagination.num_steps")
_TAGS = ("Imagination/", "Perf/imagination")
_IS_ON = "imagination is on, which pretraining has off"


def imagination_off(facts: RunFacts) -> Iterator[Finding]:
    """By the resolved configuration, and by the event file, in which imagination leaves tags of its own."""
    yield from configured_imagination(facts)
    seen = list(imagination_in_events(facts))
    yield from seen
    if not seen and facts.events.series:
        source = next(iter(facts.events.series.values())).source
        yield supports(source, "tags Imagination/*", "not there", "not there")
    elif not seen:
        yield told("run directory", "event file", "no scalars", "no tags Imagination/*")


def configured_imagination(facts: RunFacts) -> Iterator[Finding]:
    """Off without environments; steps of 0 alone leave it open, since the runner asks for the environments."""
    sizes = [(key, value) for key in _SIZES if not isinstance(value := value_at(facts.agent, AGENT, key), Absent)]
    off = [key for key, value in sizes if type(value) is int and value == 0]
    on = [(key, value) for key, value in sizes if key not in off]
    if not sizes:
        reason = f"{AGENT} does not say whether imagination is off"
        yield missing(AGENT, "imagination", "not there", "0 environments", reason)
    elif off and (off[0] == sizes[0][0] or not on):
        yield proves(AGENT, off[0], 0, 0)
    elif off:
        yield supports(AGENT, off[0], 0, 0)
        key, value = on[0]
        yield missing(AGENT, key, value, 0, f"{AGENT} gives {key} as {shown(value)[:40]} and {off[0]} as 0")
    elif all(type(value) is int and value > 0 for _, value in sizes):
        key, value = sizes[0]
        yield against(AGENT, key, value, 0, _IS_ON)
    else:
        key, value = next((key, value) for key, value in sizes if type(value) is not int or value < 0)
        yield missing(AGENT, key, value, 0, f"{AGENT} gives {key} as something else than a number of them")


def imagination_in_events(facts: RunFacts) -> Iterator[Finding]:
    for tag, series in facts.events.series.items():
        if tag.startswith(_TAGS):
            yield against(series.source, f"tag {tag}", "logged", "not there", _IS_ON)
            return
