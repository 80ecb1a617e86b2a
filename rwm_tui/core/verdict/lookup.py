"""Typed values out of a configuration that was read as data."""

from __future__ import annotations

from collections.abc import Mapping

from rwm_tui.core.run_dir.unreadable import Absent, Unreadable
from rwm_tui.core.verdict.facts import Params
from rwm_tui.core.verdict.finding import shown

AGENT = "params/agent.yaml"
ENV = "params/env.yaml"
RUN_JSON = "run.json"

_LARGEST = 2**53  # beyond it a float is another number, and no run has as many of anything


def value_at(params: Params, source: str, key: str) -> object | Absent:
    """The value at a dotted key, or why there is none."""
    if isinstance(params, Absent):
        return params
    if isinstance(params, Unreadable):
        return Absent(f"{source} can't be read: {params.reason}")
    value: object = params
    for name in key.split("."):
        if not isinstance(value, Mapping) or name not in value:
            return Absent(f"{source} has no {key}")
        value = value[name]
    return value


def whole_number_at(params: Params, source: str, key: str, *, least: int = 1) -> int | Absent:
    """The whole number at a dotted key; text, fractions and booleans are none."""
    value = value_at(params, source, key)
    if isinstance(value, Absent):
        return value
    if type(value) is not int or not least <= value <= _LARGEST:
        return Absent(f"{source} gives {key} as {shown(value)}, which is no whole number from {least} to {_LARGEST}")
    return value


def text_at(params: Params, source: str, key: str) -> str | Absent:
    value = value_at(params, source, key)
    if isinstance(value, Absent):
        return value
    return value if isinstance(value, str) else Absent(f"{source} gives {key} as {shown(value)}, which is no text")


def mapping_at(params: Params, source: str, key: str) -> Mapping[str, object] | Absent:
    value = value_at(params, source, key)
    if isinstance(value, Absent):
        return value
    return value if isinstance(value, dict) else Absent(f"{source} gives {key} as {shown(value)}, which is no mapping")
