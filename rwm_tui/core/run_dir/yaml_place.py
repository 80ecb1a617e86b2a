"""Where a key stands in a YAML or JSON file, found without building any value of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import yaml

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(slots=True)
class _Collection:
    """One that is open. `wanted` is the rest of the key below it, None off the path; `inner` that of its next value."""

    is_mapping: bool
    wanted: str | None
    inner: str | None = None
    at_key: bool = True


def line_of_key(content: bytes, key: str) -> int | None:
    """The line, from 1, of a dotted key, else of the longest beginning of it; None where none of it is there."""
    best: int | None = None
    open_ones: list[_Collection] = []
    try:
        for event in yaml.parse(content, Loader=_Loader):
            around = open_ones[-1] if open_ones else None
            if isinstance(event, yaml.CollectionStartEvent):
                wanted = key if around is None else around.inner if around.is_mapping and not around.at_key else None
                open_ones.append(_Collection(isinstance(event, yaml.MappingStartEvent), wanted))
            elif isinstance(event, yaml.CollectionEndEvent):
                open_ones.pop()
                if open_ones:
                    open_ones[-1].at_key = not open_ones[-1].at_key
            elif around and isinstance(event, yaml.ScalarEvent | yaml.AliasEvent):
                if around.is_mapping and around.at_key and isinstance(event, yaml.ScalarEvent):
                    around.inner = _rest(around.wanted, event.value)
                    if around.inner is not None:
                        best = event.start_mark.line + 1 if event.start_mark else best
                        if not around.inner:
                            return best
                around.at_key = not around.at_key
    except (yaml.YAMLError, ValueError):
        return best  # as far as it can be read
    return best


def _rest(wanted: str | None, name: str) -> str | None:
    """What remains of the wanted key below this name; None where it leads elsewhere. A name may hold dots itself."""
    if wanted is None or not name:
        return None
    if wanted == name:
        return ""
    return wanted[len(name) + 1 :] if wanted.startswith(f"{name}.") else None
