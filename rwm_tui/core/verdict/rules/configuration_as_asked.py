"""The resolved configuration holds every setting that the launch asked for."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import takewhile

from rwm_tui.core.agent_config import known_keys
from rwm_tui.core.run_dir.hydra_outputs import OVERRIDES, HydraOutputs
from rwm_tui.core.run_dir.unreadable import Absent
from rwm_tui.core.verdict.facts import Params, RunFacts
from rwm_tui.core.verdict.finding import Bearing, Finding, against, disagrees, limits, missing, proves, shown, told
from rwm_tui.core.verdict.lookup import AGENT, ENV, RUN_JSON, text_at, value_at
from rwm_tui.core.verdict.reference import RUNNER_CLASS
from rwm_tui.core.verdict.size_witnesses import hydra_overrides

ANY_SEED = -1  # the trainers draw one then
MAX_SHOWN_ITEMS = 8
SHORTEST_WORD = 4  # shorter names are often one letter apart by right


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a setting stands once it is resolved: a dotted key of one of the two files."""

    source: str
    params: Params
    key: str

    @property
    def name(self) -> str:
        return self.key.rpartition(".")[2]

    def siblings(self) -> list[str]:
        """The keys of the mapping that holds it, in the order of the file."""
        parent = self.key.rpartition(".")[0]
        holder = value_at(self.params, self.source, parent) if parent else self.params
        return [str(name) for name in holder] if isinstance(holder, Mapping) else []


def configuration_as_asked(facts: RunFacts) -> Iterator[Finding]:
    """Each asked setting against its resolved value.

    Isaac Lab 3 refuses no key: one that its configuration does not have is added to it behind the others, and changes
    nothing (`isaaclab_tasks/utils/hydra.py`, 3.0.0). Such a key stands there with the asked value and proves nothing.
    """
    overridden = hydra_overrides(facts)
    if unreadable := facts.unreadable_launch:
        yield missing("launch record", unreadable.file, unreadable.why, "readable", unreadable.reason)
    elif facts.launch is None and isinstance(overridden, Absent):
        yield Finding(Bearing.MISSING, None, "no launch record says what was asked for")
        return
    asked_for = {} if isinstance(overridden, Absent) else dict(overridden)
    if facts.launch is None and not isinstance(overridden, Absent):
        yield from _by_hydra_alone(facts, asked_for)
    if facts.launch:
        if not facts.launch.asked:
            yield missing("launch record", "settings", "none", "", "the launch record names no setting")
        yield from _asked_twice(facts, asked_for, facts.launch.asked)
        asked_for |= facts.launch.asked
    places = {key: _place(facts, key) for key in asked_for}
    for key, asked in asked_for.items():
        yield _compared(facts, places[key], asked, places.values())


def _by_hydra_alone(facts: RunFacts, overridden: Mapping[str, object]) -> Iterator[Finding]:
    """Hydra is given what stands behind the trainer's own flags, which nothing else records."""
    source = _overrides_file(facts)
    if not overridden:
        yield missing(source, "overrides", "none", "", "Hydra was given no override, and no file records the flags")
    else:
        reason = "what the trainer's own flags asked for (--num_envs, --max_iterations, …) is recorded nowhere"
        yield limits(source, "overrides", f"{len(overridden)} overrides", reason)


def _asked_twice(
    facts: RunFacts, overridden: Mapping[str, object], launched: Mapping[str, object]
) -> Iterator[Finding]:
    for key in overridden.keys() & launched.keys():
        observed, expected = _in_words(overridden[key]), _in_words(launched[key])
        if _same(launched[key], overridden[key]):
            yield told(_overrides_file(facts), key, observed, expected)
        else:
            reason = f"{key} was asked for as {expected} by the launch record, and as {observed} by Hydra's overrides"
            yield disagrees(_overrides_file(facts), key, observed, f"{expected} (launch record)", reason)


def _overrides_file(facts: RunFacts) -> str:
    return facts.hydra.source(OVERRIDES) if isinstance(facts.hydra, HydraOutputs) else OVERRIDES


def _place(facts: RunFacts, key: str) -> _Place:
    if key == "num_envs":
        return _Place(ENV, facts.env, "scene.num_envs")
    if key.startswith("env."):
        return _Place(ENV, facts.env, key.removeprefix("env."))
    return _Place(AGENT, facts.agent, key)


def _compared(facts: RunFacts, place: _Place, asked: object, places: Collection[_Place]) -> Finding:
    source, key = place.source, place.key
    resolved = value_at(place.params, source, key)
    if isinstance(resolved, Absent):
        return missing(source, key, "not there", _in_words(asked), resolved.reason)
    observed, expected = _in_words(resolved), _in_words(asked)
    if place == _Place(AGENT, facts.agent, "seed") and asked == ANY_SEED:
        return told(source, key, observed, "any")
    if not (_is_comparable(asked) and _is_comparable(resolved)):
        return missing(source, key, observed, expected, f"{key} can't be compared with what was asked for")
    if not _same(asked, resolved):
        return against(source, key, observed, expected, f"{key} is {observed}, and {expected} was asked for")
    if not _may_be_added(facts, place, places):
        return proves(source, key, observed, expected)
    if meant := _misspelt(place):
        reason = f"{key} is no setting: it was added to {source} beside {meant}, which it misspells"
        return against(source, key, "an added key", f"{meant} = {expected}", reason)
    reason = (
        f"{source} has {key} behind all keys that nobody asked for, as Isaac Lab 3 adds a key that it does not know"
    )
    return missing(source, key, observed, f"{expected}, as a key of the configuration", reason)


def _may_be_added(facts: RunFacts, place: _Place, places: Collection[_Place]) -> bool:
    """Whether it may be an added key: Isaac Lab 3 wrote the file, and only asked keys follow in the mapping."""
    if text_at(facts.run_json, RUN_JSON, "library") != "rsl_rl":
        return False
    if (
        place.source == AGENT
        and text_at(facts.agent, AGENT, "class_name") == RUNNER_CLASS
        and place.key in known_keys()
    ):
        return False
    parent = place.key.rpartition(".")[0]
    asked_beside = {other.name for other in places if other.source == place.source and _parent(other) == parent}
    return place.name in takewhile(asked_beside.__contains__, reversed(place.siblings()))


def _parent(place: _Place) -> str:
    return place.key.rpartition(".")[0]


def _misspelt(place: _Place) -> str | None:
    """The key of the same mapping that differs by one slip of the hand, if there is one."""
    return next((name for name in place.siblings() if _one_slip_apart(place.name, name)), None)


def _one_slip_apart(one: str, other: str) -> bool:
    """One character left out, put in, replaced, or swapped with its neighbour; a digit makes another name."""
    if one == other or abs(len(one) - len(other)) > 1 or min(len(one), len(other)) < SHORTEST_WORD:
        return False
    begin = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    rest, other_rest = one[begin:], other[begin:]
    if any(character.isdigit() for character in (rest[:1], other_rest[:1])):
        return False
    swapped = rest[1::-1] + rest[2:]
    return rest[1:] == other_rest or rest == other_rest[1:] or rest[1:] == other_rest[1:] or swapped == other_rest


def _is_comparable(value: object) -> bool:
    """Plain values and flat lists of them; a mapping stands where a preset was chosen by name, for one."""
    if isinstance(value, list | tuple):
        return all(not isinstance(item, list | tuple) and _is_comparable(item) for item in value)
    return value is None or isinstance(value, bool | int | float | str)


def _same(asked: object, resolved: object) -> bool:
    if isinstance(asked, list | tuple):
        return (
            isinstance(resolved, list | tuple)
            and len(asked) == len(resolved)
            and all(_same(one, other) for one, other in zip(asked, resolved, strict=True))
        )
    if resolved is None and isinstance(asked, str):
        return asked.lower() == "none"  # as Isaac Lab 3 reads it
    if isinstance(asked, str) != isinstance(resolved, str):  # a name that looks like a number, or a number kept as text
        return shown(asked) == shown(resolved)
    if isinstance(asked, bool) or isinstance(resolved, bool):
        return asked is resolved
    if isinstance(asked, float) and isinstance(resolved, float) and math.isnan(asked):
        return math.isnan(resolved)
    return asked == resolved


def _in_words(value: object) -> str:
    if isinstance(value, list | tuple):
        items = [shown(item) for item in value[:MAX_SHOWN_ITEMS]]
        return f"[{', '.join([*items, *(['…'] if len(value) > MAX_SHOWN_ITEMS else [])])}]"
    return shown(value)
