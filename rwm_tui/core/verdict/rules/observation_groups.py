"""The four world-model observation groups are active with the expected shapes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rwm_tui.core.run_dir.checkpoint import DYNAMICS, POLICY, Checkpoint, TensorInfo
from rwm_tui.core.run_dir.unreadable import Absent
from rwm_tui.core.trainer_output.console_events import ObservationGroup
from rwm_tui.core.verdict.facts import ConsoleFacts, RunFacts
from rwm_tui.core.verdict.finding import Bearing, Finding, against, missing, proves, supports
from rwm_tui.core.verdict.groups import Terms, active_groups
from rwm_tui.core.verdict.lookup import AGENT, ENV, value_at
from rwm_tui.core.verdict.reference import (
    ACTION_WIDTH,
    CONTACT_WIDTH,
    POLICY_WIDTH,
    REFERENCE_GROUPS,
    STATE_WIDTH,
    TERMINATION_WIDTH,
    Term,
    group_width,
)

_GRU_INPUT = "memory.rnn.weight_ih_l0"
_ISAAC_LAB_MODULES = ("isaaclab", "mbrl.")


def observation_groups(facts: RunFacts) -> Iterator[Finding]:
    """Shapes from console tables or checkpoint tensors, terms from env.yaml, and no source against them."""
    shapes = [*_console_tables(facts), *_checkpoint_widths(facts)]
    yield from shapes
    if not any(finding.bearing is Bearing.PROVES for finding in shapes):
        reason = "no console tables and no readable checkpoint show the shapes"
        yield Finding(Bearing.MISSING, None, reason)
    yield from _terms(facts)
    yield from _normalizers(facts)


def _console_tables(facts: RunFacts) -> Iterator[Finding]:
    if not isinstance(facts.console, ConsoleFacts) or not facts.console.groups:
        return
    line, groups = facts.console.groups
    source, locator = facts.console.path.name, f"line {line}"
    observed = {group.name: _in_words(group) for group in groups}
    expected = {name: _expected_in_words(name, terms) for name, terms in REFERENCE_GROUPS.items()}
    if observed == expected:
        yield proves(source, locator, _shapes(groups), "(48,) (45,) (12,) (8,) (1,)")
        return
    for name in {**expected, **observed}:
        if observed.get(name) != expected.get(name):
            yield against(
                source,
                f"{locator}: group {name}",
                observed.get(name, "not there"),
                expected.get(name, "not there"),
                f"the console shows another observation group {name}",
            )


def _shapes(groups: tuple[ObservationGroup, ...]) -> str:
    return " ".join(f"{group.name} {group.shape}" for group in groups)


def _in_words(group: ObservationGroup) -> str:
    return f"{group.shape}: " + ", ".join(f"{term.name} {term.shape}" for term in group.terms)


def _expected_in_words(name: str, terms: tuple[Term, ...]) -> str:
    return f"{(group_width(name),)}: " + ", ".join(f"{term.name} {(term.width,)}" for term in terms)


def _checkpoint_widths(facts: RunFacts) -> Iterator[Finding]:
    """Every readable checkpoint speaks; one that fits is enough, one that does not is a drift."""
    for name, checkpoint in facts.readable_checkpoints():
        observed = _widths(checkpoint)
        if observed is None:
            continue
        expected = {
            "GRU input": {STATE_WIDTH + ACTION_WIDTH},
            "state heads": {STATE_WIDTH},
            "contact heads": {CONTACT_WIDTH},
            "termination heads": {TERMINATION_WIDTH},
            "actor and critic input": {POLICY_WIDTH},
            "actor output": {ACTION_WIDTH},
        }
        drifted = [part for part in expected if observed[part] != expected[part]]
        for part in drifted:
            yield against(
                name,
                f"width of {part}",
                _numbers(observed[part]),
                _numbers(expected[part]),
                f"in {name} the width of {part} is {_numbers(observed[part])}, not {_numbers(expected[part])}",
            )
        if not drifted:
            text = ", ".join(f"{part} {_numbers(widths)}" for part, widths in observed.items())
            yield proves(name, "tensor shapes", text, "57 = 45 + 12; 45, 8, 1; 48; 12")


def _widths(checkpoint: Checkpoint) -> Mapping[str, set[int]] | None:
    """The widths of the weights at the model's edges; None where the checkpoint has no world model with policy."""
    dynamics, policy = checkpoint.tensors(DYNAMICS), checkpoint.tensors(POLICY)
    if not dynamics or not policy:
        return None
    last = _last_layers(dynamics)
    return {
        "GRU input": {
            tensor.shape[1] for name, tensor in dynamics.items() if name.endswith(_GRU_INPUT) and _is_matrix(tensor)
        },
        "state heads": _rows(last, "state_mean_layers") | _rows(last, "state_logstd_layers"),
        "contact heads": _rows(last, "contact_layers"),
        "termination heads": _rows(last, "termination_layers"),
        "actor and critic input": {
            policy[name].shape[1]
            for name in ("actor.0.weight", "critic.0.weight")
            if name in policy and _is_matrix(policy[name])
        },
        "actor output": _rows(_last_layers(policy), "actor"),
    }


def _last_layers(tensors: Mapping[str, TensorInfo]) -> dict[str, TensorInfo]:
    """The weight with the highest place in each sequence of layers, by the sequence's name."""
    places: dict[str, tuple[int, TensorInfo]] = {}
    for name, tensor in tensors.items():
        sequence, _, rest = name.removesuffix(".weight").rpartition(".")
        if not (name.endswith(".weight") and rest.isdecimal() and len(rest) < 4 and _is_matrix(tensor)):
            continue
        if sequence not in places or places[sequence][0] < int(rest):
            places[sequence] = (int(rest), tensor)
    return {sequence: tensor for sequence, (_, tensor) in places.items()}


def _rows(last: Mapping[str, TensorInfo], sequence: str) -> set[int]:
    return {tensor.shape[0] for name, tensor in last.items() if name.rpartition(".")[2] == sequence}


def _is_matrix(tensor: TensorInfo) -> bool:
    return len(tensor.shape) == 2


def _numbers(widths: set[int]) -> str:
    return " and ".join(str(width) for width in sorted(widths)) or "none"


def _terms(facts: RunFacts) -> Iterator[Finding]:
    groups = active_groups(facts.env)
    if isinstance(groups, Absent):
        yield missing(ENV, "observations", "not there", "five groups", f"the terms are unknown: {groups.reason}")
        return
    for name in {**REFERENCE_GROUPS, **groups}:
        if name not in REFERENCE_GROUPS:
            yield against(
                ENV,
                f"observations.{name}",
                ", ".join(list(groups[name])[:12]),
                "not there",
                f"there is a further observation group {name}",
            )
        elif name not in groups:
            yield against(
                ENV,
                f"observations.{name}",
                "not there",
                _names(REFERENCE_GROUPS[name]),
                f"the observation group {name} is not active",
            )
        else:
            yield from _group_terms(name, groups[name])


def _group_terms(name: str, terms: Terms) -> Iterator[Finding]:
    reference = REFERENCE_GROUPS[name]
    observed, expected = ", ".join(list(terms)[:20]), _names(reference)
    if observed != expected:
        yield against(ENV, f"observations.{name}", observed, expected, f"the terms of {name} are other ones")
        return
    drifted = [finding for term in reference for finding in _drift(name, term, terms[term.name])]
    yield from drifted
    if not drifted:
        yield supports(ENV, f"observations.{name}", observed, expected)


def _drift(group: str, term: Term, resolved: Mapping[str, object]) -> Iterator[Finding]:
    """What a term of the right name computes otherwise. Only Isaac Lab's function names can be compared."""
    place, function = f"observations.{group}.{term.name}", resolved["func"]
    if not isinstance(function, str):
        yield missing(
            ENV, f"{place}.func", function, term.function, f"what {term.name} of {group} computes is not named"
        )
        return
    if function.startswith(_ISAAC_LAB_MODULES) and function.rpartition(":")[2] != term.function:
        reason = f"{term.name} of {group} is computed by another function"
        yield against(ENV, f"{place}.func", function.rpartition(":")[2], term.function, reason)
    if term.bodies is None:
        return
    bodies = value_at(resolved, ENV, "params.sensor_cfg.body_names")
    if isinstance(bodies, str) and bodies != term.bodies:
        reason = f"{term.name} of {group} looks at other bodies"
        yield against(ENV, f"{place}.params.sensor_cfg.body_names", bodies, term.bodies, reason)
    found = value_at(resolved, ENV, "params.sensor_cfg.body_ids")  # a list of indices once Isaac Lab 2.3 has found them
    if isinstance(found, list) and len(found) != term.width:
        reason = f"{term.name} of {group} has another width"
        yield against(
            ENV, f"{place}.params.sensor_cfg.body_ids", f"{len(found)} bodies", f"{term.width} bodies", reason
        )


def _names(terms: tuple[Term, ...]) -> str:
    return ", ".join(term.name for term in terms)


def _normalizers(facts: RunFacts) -> Iterator[Finding]:
    for name, width in (("state", STATE_WIDTH), ("action", ACTION_WIDTH)):
        key = f"imagination.{name}_normalizer.mean"
        mean = value_at(facts.agent, AGENT, key)
        if isinstance(mean, list) and len(mean) != width:
            reason = f"the {name} normalizer has {len(mean)} numbers, not {width}"
            yield against(AGENT, key, f"{len(mean)} numbers", f"{width} numbers", reason)
