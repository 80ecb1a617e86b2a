"""What each of three witnesses says of the observation groups, term by term: console, env.yaml, checkpoints."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice

from rwm_tui.core.run_dir.unreadable import Absent
from rwm_tui.core.trainer_output.console_events import ObservationGroup
from rwm_tui.core.verdict.edge_widths import edge_widths
from rwm_tui.core.verdict.facts import RunFacts
from rwm_tui.core.verdict.finding import shown
from rwm_tui.core.verdict.groups import Terms, active_groups
from rwm_tui.core.verdict.lookup import ENV, value_at
from rwm_tui.core.verdict.reference import REFERENCE_GROUPS, Term, group_width

NOT_THERE = "not there"
MAX_NAMES = 20
MAX_GROUPS = 50
_ISAAC_LAB_MODULES = ("isaaclab", "mbrl.")


class Witness(StrEnum):
    """A source that shows the groups independently of the others."""

    CONSOLE = "console"
    CONFIGURATION = "env.yaml"
    CHECKPOINT = "checkpoint"


@dataclass(frozen=True, slots=True)
class Reading:
    """What one witness says of a group, or of one term of it.

    Attributes:
        source, locator: the file and the place in it.
        term: empty where it is said of the group as a whole.
        agrees: None where what was read cannot be compared.
        reason: what a disagreement means, or why nothing can be told without this; empty where it harms no claim.
    """

    witness: Witness
    source: str
    locator: str
    group: str
    term: str
    observed: str
    expected: str
    agrees: bool | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class GroupComparison:
    """All readings of a run, and for each witness that says nothing the reason."""

    readings: tuple[Reading, ...]
    silent: Mapping[Witness, str]

    @property
    def drifted(self) -> tuple[Reading, ...]:
        return tuple(reading for reading in self.readings if reading.agrees is False)

    def of(self, witness: Witness) -> tuple[Reading, ...]:
        return tuple(reading for reading in self.readings if reading.witness is witness)


def compare_groups(facts: RunFacts) -> GroupComparison:
    """Every group and term of the run and of the reference, as each witness shows it."""
    found = {
        Witness.CONSOLE: _console(facts),
        Witness.CONFIGURATION: _configuration(facts),
        Witness.CHECKPOINT: _checkpoints(facts),
    }
    return GroupComparison(
        readings=tuple(reading for read in found.values() if not isinstance(read, Absent) for reading in read),
        silent={witness: read.reason for witness, read in found.items() if isinstance(read, Absent)},
    )


class _Reader:
    """Makes the readings of one witness."""

    def __init__(self, witness: Witness, source: str, root: str) -> None:
        self._witness, self._source, self._root = witness, source, root

    def __call__(
        self,
        group: str,
        term: str,
        observed: object,
        expected: object,
        reason: str,
        *,
        agrees: bool | None = True,
        key: str = "",
    ) -> Reading:
        """:param agrees: None where the two are not comparable; else whether they are equal is looked at here."""
        verdict = None if agrees is None else observed == expected
        place = ".".join(part for part in (group, term, key) if part)
        return Reading(
            self._witness,
            self._source,
            shown(f"{self._root}{place}"),
            shown(group),
            shown(term),
            _text(observed),
            _text(expected),
            verdict,
            "" if verdict else shown(reason),
        )


def _text(value: object) -> str:
    """A shape as Python prints it, everything else as text."""
    return shown(str(value) if isinstance(value, tuple) else value)


def _console(facts: RunFacts) -> list[Reading] | Absent:
    console = facts.console
    if isinstance(console, Absent):
        return console
    if console.is_of_another_run:
        return Absent(f"{console.path.name} is of another run")
    if not console.groups:
        return Absent(f"{console.path.name} shows no whole observation tables")
    line, tables = console.groups[0], console.groups[1][:MAX_GROUPS]
    read = _Reader(Witness.CONSOLE, console.path.name, f"line {line}: ")
    names = [table.name for table in tables]
    readings = [reading for table in tables for reading in _table(read, table)]
    readings += [
        read(name, "", NOT_THERE, (group_width(name),), f"the console shows no observation group {name}")
        for name in REFERENCE_GROUPS
        if name not in names
    ]
    readings += [
        read(name, "", "two tables", "one table", f"the console shows the observation group {name} twice")
        for name in dict.fromkeys(names)
        if names.count(name) > 1
    ]
    return readings


def _table(read: _Reader, table: ObservationGroup) -> Iterator[Reading]:
    reason = f"the console shows another observation group {table.name}"
    reference = REFERENCE_GROUPS.get(table.name)
    if reference is None:
        yield read(table.name, "", table.shape, NOT_THERE, reason)
        return
    yield read(table.name, "", table.shape, (group_width(table.name),), reason)
    yield from _other_order(read, table.name, [term.name for term in table.terms], reference, reason)
    observed = {term.name: term.shape for term in table.terms}
    expected = {term.name: (term.width,) for term in reference}
    for term in {**expected, **observed}:
        yield read(table.name, term, observed.get(term, NOT_THERE), expected.get(term, NOT_THERE), reason)


def _other_order(
    read: _Reader, group: str, observed: list[str], reference: tuple[Term, ...], reason: str
) -> Iterator[Reading]:
    """The right terms at other places, or twice; what is missing or further is told term by term."""
    expected = [term.name for term in reference]
    if observed != expected and set(observed) == set(expected):
        yield read(group, "", _names(observed), _names(expected), f"{reason}: its terms stand in another order")


def _configuration(facts: RunFacts) -> list[Reading] | Absent:
    groups = active_groups(facts.env)
    if isinstance(groups, Absent):
        return groups
    read = _Reader(Witness.CONFIGURATION, ENV, "observations.")
    readings = [
        reading
        for name in islice({**REFERENCE_GROUPS, **groups}, MAX_GROUPS)
        for reading in _configured_group(read, name, groups.get(name))
    ]
    return [*readings, *_histories(read, facts, groups)]


def _histories(read: _Reader, facts: RunFacts, groups: Mapping[str, Terms]) -> Iterator[Reading]:
    """Isaac Lab can hand out a term's last steps side by side; what the group says replaces what its terms say."""
    for name in REFERENCE_GROUPS:
        of_group = value_at(facts.env, ENV, f"observations.{name}.history_length")
        of_terms = {term: value.get("history_length") for term, value in groups.get(name, {}).items()}
        lengths = {"": of_group} if isinstance(of_group, int) else of_terms
        for term, length in lengths.items():
            if isinstance(length, int) and length > 0:
                reason = f"{term or name} of {name} holds {length} steps, so it has another width"
                yield read(name, term, f"{length} steps", "one step", reason, key="history_length")


def _configured_group(read: _Reader, name: str, terms: Terms | None) -> Iterator[Reading]:
    reference = REFERENCE_GROUPS.get(name)
    if reference is None:
        yield read(name, "", _names(terms or ()), NOT_THERE, f"there is a further observation group {name}")
        return
    expected = _names(term.name for term in reference)
    if terms is None:
        yield read(name, "", NOT_THERE, expected, f"the observation group {name} is not active")
        return
    reason = f"the terms of {name} are other ones"
    yield read(name, "", _names(terms), expected, reason)
    for term in reference:
        if term.name in terms:
            yield from _configured_term(read, name, term, terms[term.name])
        else:
            yield read(name, term.name, NOT_THERE, term.function, reason)
    for further in list(terms)[:MAX_NAMES]:
        if further not in {term.name for term in reference}:
            yield read(name, further, terms[further]["func"], NOT_THERE, reason)


def _configured_term(read: _Reader, group: str, term: Term, resolved: Mapping[str, object]) -> Iterator[Reading]:
    """What a term of the right name computes. Only Isaac Lab's function names can be compared."""
    function = resolved["func"]
    if not isinstance(function, str):
        reason = f"what {term.name} of {group} computes is not named"
        yield read(group, term.name, function, term.function, reason, agrees=None, key="func")
    elif function.startswith(_ISAAC_LAB_MODULES):
        reason = f"{term.name} of {group} is computed by another function"
        yield read(group, term.name, function.rpartition(":")[2], term.function, reason, key="func")
    else:
        yield read(group, term.name, function, "", "", agrees=None, key="func")
    if term.bodies is None:
        return
    bodies = value_at(resolved, ENV, "params.sensor_cfg.body_names")
    if isinstance(bodies, str):
        reason = f"{term.name} of {group} looks at other bodies"
        yield read(group, term.name, bodies, term.bodies, reason, key="params.sensor_cfg.body_names")
    found = value_at(resolved, ENV, "params.sensor_cfg.body_ids")  # a list of indices once Isaac Lab 2.3 has found them
    if isinstance(found, list):
        reason = f"{term.name} of {group} has another width"
        observed, expected = f"{len(found)} bodies", f"{term.width} bodies"
        yield read(group, term.name, observed, expected, reason, key="params.sensor_cfg.body_ids")


def _checkpoints(facts: RunFacts) -> list[Reading] | Absent:
    """Every readable checkpoint speaks."""
    readings = []
    for name, checkpoint in facts.readable_checkpoints():
        for edge in edge_widths(checkpoint):
            reason = f"in {name} the width of {edge.part} is {_numbers(edge.observed)}, not {edge.expected}"
            locator = f"width of {edge.part}"
            readings.append(
                Reading(
                    Witness.CHECKPOINT, name, locator, edge.group, "", _numbers(edge.observed), str(edge.expected),
                    edge.agrees, "" if edge.agrees else reason,
                )
            )  # fmt: skip
    return readings or Absent("no readable checkpoint holds a world model with its policy")


def _numbers(widths: Iterable[int]) -> str:
    return " and ".join(str(width) for width in sorted(widths)) or "none"


def _names(names: Iterable[str]) -> str:
    return ", ".join(list(names)[:MAX_NAMES])
