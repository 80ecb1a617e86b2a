"""The four world-model observation groups are active with the expected shapes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rwm_tui.core.verdict.facts import RunFacts
from rwm_tui.core.verdict.finding import Bearing, Finding, against, missing, proves, supports
from rwm_tui.core.verdict.groups import may_be_cut_off
from rwm_tui.core.verdict.lookup import AGENT, ENV, value_at
from rwm_tui.core.verdict.observation_readings import GroupComparison, Reading, Witness, compare_groups
from rwm_tui.core.verdict.reference import ACTION_WIDTH, STATE_WIDTH


def observation_groups(facts: RunFacts) -> Iterator[Finding]:
    """Shapes from console tables or checkpoint tensors, terms from env.yaml, and no source against them."""
    comparison = compare_groups(facts)
    shapes = [*_console_tables(comparison), *_checkpoint_widths(comparison)]
    yield from shapes
    if not any(finding.bearing is Bearing.PROVES for finding in shapes):
        reason = "no console tables and no readable checkpoint show the shapes"
        yield Finding(Bearing.MISSING, None, reason)
    yield from _terms(comparison, is_cut_off=may_be_cut_off(facts.env))
    yield from _normalizers(facts)


def _console_tables(comparison: GroupComparison) -> Iterator[Finding]:
    readings = comparison.of(Witness.CONSOLE)
    yield from _drift(readings)
    if readings and all(reading.agrees for reading in readings):
        shapes = " ".join(f"{reading.group} {reading.observed}" for reading in readings if not reading.term)
        locator = readings[0].locator.partition(":")[0]
        yield proves(readings[0].source, locator, shapes, "(48,) (45,) (12,) (8,) (1,)")


def _checkpoint_widths(comparison: GroupComparison) -> Iterator[Finding]:
    """One checkpoint that fits is enough, one that does not is a drift."""
    readings = comparison.of(Witness.CHECKPOINT)
    yield from _drift(readings)
    for name in dict.fromkeys(reading.source for reading in readings):
        own = [reading for reading in readings if reading.source == name]
        if all(reading.agrees for reading in own):
            widths = ", ".join(f"{reading.locator.removeprefix('width of ')} {reading.observed}" for reading in own)
            yield proves(name, "tensor shapes", widths, "48; 45; 12; 57 = 45 + 12; 8; 1")


def _terms(comparison: GroupComparison, *, is_cut_off: bool) -> Iterator[Finding]:
    if silent := comparison.silent.get(Witness.CONFIGURATION):
        yield missing(ENV, "observations", "not there", "five groups", f"the terms are unknown: {silent}")
        return
    readings = comparison.of(Witness.CONFIGURATION)
    if is_cut_off and any(reading.agrees is False for reading in readings):
        reason = "the file ends within its observations, so that it was cut off"
        yield missing(ENV, "observations", "cut off", "five groups", reason)
        return
    yield from _drift(readings)
    for group in dict.fromkeys(reading.group for reading in readings):
        own = [reading for reading in readings if reading.group == group]
        if not any(reading.agrees is False or reading.reason for reading in own):
            yield supports(ENV, f"observations.{group}", own[0].observed, own[0].expected)


def _drift(readings: Iterable[Reading]) -> Iterator[Finding]:
    for reading in readings:
        facts = (reading.source, reading.locator, reading.observed, reading.expected, reading.reason)
        if reading.agrees is False:
            yield against(*facts)
        elif reading.agrees is None and reading.reason:
            yield missing(*facts)


def _normalizers(facts: RunFacts) -> Iterator[Finding]:
    for name, width in (("state", STATE_WIDTH), ("action", ACTION_WIDTH)):
        for part in ("mean", "std"):
            key = f"imagination.{name}_normalizer.{part}"
            numbers = value_at(facts.agent, AGENT, key)
            if isinstance(numbers, list) and len(numbers) != width:
                reason = f"the {part} of the {name} normalizer has {len(numbers)} numbers, not {width}"
                yield against(AGENT, key, f"{len(numbers)} numbers", f"{width} numbers", reason)
