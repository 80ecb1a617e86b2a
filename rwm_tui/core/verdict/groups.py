"""Observation groups and their terms as the resolved environment configuration names them."""

from __future__ import annotations

from collections.abc import Mapping

from rwm_tui.core.run_dir.unreadable import Absent
from rwm_tui.core.verdict.facts import Params
from rwm_tui.core.verdict.lookup import ENV, mapping_at

Terms = Mapping[str, Mapping[str, object]]


def may_be_cut_off(env: Params) -> bool:
    """Isaac Lab writes actions, events, rewards and more behind the observations; a file that ends in them was cut."""
    return isinstance(env, dict) and next(reversed(env), None) == "observations"


def active_groups(env: Params) -> Mapping[str, Terms] | Absent:
    """The terms of each group that has any, in order. A term is a mapping with a `func`; a removed one is null."""
    observations = mapping_at(env, ENV, "observations")
    if isinstance(observations, Absent):
        return observations
    groups = {
        name: {term: value for term, value in group.items() if isinstance(value, dict) and "func" in value}
        for name, group in observations.items()
        if isinstance(group, dict)
    }
    return {name: terms for name, terms in groups.items() if terms}
