"""Resolved configurations (`params/agent.yaml`, `params/env.yaml`), read as data.

Isaac Lab dumps them with `!!python/tuple` and `!!python/object/apply:builtins.slice`, which a safe loader refuses and
an unsafe one executes. Here both become plain values, and every other tag becomes inert text.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from rwm_tui.core.run_dir.regular_file import read_regular
from rwm_tui.core.run_dir.unreadable import Absent, Unreadable

MAX_BYTES = 4 * 1024 * 1024  # real ones have 4 kB and 40 kB
MAX_DEPTH = 64
MAX_VALUES = 100_000  # also after aliases are unfolded; real ones have 3,000
MAX_DIGITS = 4000  # Python itself reads 4300

_ALIAS = re.compile(rb"(?:^|[\s,\[{])\*\w")

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class InertTag:
    """A tagged value that is not executed: the tag, and the scalar it stood before."""

    tag: str
    text: str


@dataclass(frozen=True, slots=True)
class Slice:
    """A Python slice, e.g. all joints of an asset: `slice(None, None, None)`."""

    parts: tuple[object, ...]


class _TooDeepError(ValueError):
    pass


class _TooManyError(ValueError):
    pass


class _ParamsLoader(_Loader):  # type: ignore[misc]  # the C loader where PyYAML has it; its type is known at run time only
    def __init__(self, stream: bytes) -> None:
        super().__init__(stream)
        self._depth = 0
        self._values = 0

    def descend_resolver(self, current_node: yaml.Node | None, current_index: object) -> None:
        """Called at each node's beginning, as `ascend_resolver` at its end: what is nested deeper is not built."""
        self._depth += 1
        self._values += 1
        if self._depth > MAX_DEPTH:
            raise _TooDeepError
        if self._values > MAX_VALUES:
            raise _TooManyError

    def ascend_resolver(self) -> None:
        self._depth -= 1

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        """Merge keys stay ordinary keys: no dump has them, and nested ones grow without bound."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        mapping: dict[Hashable, Any] = super().construct_mapping(node, deep=deep)
        if len(mapping) != len(node.value):
            raise yaml.constructor.ConstructorError(
                None, None, "a key stands there twice, so it is unknown which value was used", node.start_mark
            )
        return mapping


def _tuple(loader: Any, node: yaml.Node) -> object:
    return (
        tuple(loader.construct_sequence(node, deep=True))
        if isinstance(node, yaml.SequenceNode)
        else _inert(loader, node)
    )


def _slice(loader: Any, node: yaml.Node) -> object:
    if isinstance(node, yaml.SequenceNode) and len(node.value) == 3:
        return Slice(tuple(loader.construct_sequence(node, deep=True)))
    return _inert(loader, node)


def _inert(loader: Any, node: yaml.Node) -> InertTag:
    return InertTag(str(node.tag), node.value if isinstance(node, yaml.ScalarNode) else "")


def _whole_number(loader: Any, node: yaml.ScalarNode) -> object:
    """YAML 1.1 has numbers to base 60, `1:30:00`, which take time by the square of their length."""
    if len(node.value) > MAX_DIGITS:
        raise yaml.constructor.ConstructorError(
            None, None, f"a number of more than {MAX_DIGITS} digits", node.start_mark
        )
    return loader.construct_yaml_int(node)


def _text(loader: Any, node: yaml.ScalarNode) -> str:
    return str(node.value)


_ParamsLoader.add_constructor("tag:yaml.org,2002:python/tuple", _tuple)
_ParamsLoader.add_constructor("tag:yaml.org,2002:python/object/apply:builtins.slice", _slice)
_ParamsLoader.add_constructor("tag:yaml.org,2002:int", _whole_number)
_ParamsLoader.add_constructor("tag:yaml.org,2002:merge", _text)
_ParamsLoader.add_constructor(None, _inert)


def load_params(path: Path) -> Mapping[str, object] | Absent | Unreadable:
    """The configuration as plain values; what can't be read is a finding. Nothing in the file is executed."""
    loaded = _load(path)
    if isinstance(loaded, Absent | Unreadable):
        return loaded
    if not isinstance(loaded, dict) or not all(isinstance(key, str) for key in loaded):
        return Unreadable("not-a-mapping", "the file is no mapping of names to values")
    return loaded


def load_texts(path: Path) -> tuple[str, ...] | Absent | Unreadable:
    """A list of texts, e.g. of overrides; an empty one where the file says `[]`."""
    loaded = _load(path)
    if isinstance(loaded, Absent | Unreadable):
        return loaded
    if not isinstance(loaded, list) or not all(isinstance(text, str) for text in loaded):
        return Unreadable("not-a-list", "the file is no list of texts")
    return tuple(loaded)


def _load(path: Path) -> object:
    content = read_regular(path, MAX_BYTES)
    if not isinstance(content, bytes):
        return content
    if not content.strip():
        return Unreadable("empty", "the file is empty")
    try:
        loaded = yaml.load(content, Loader=_ParamsLoader)  # noqa: S506  a safe loader whose added tags are inert
    except _TooDeepError:
        return Unreadable("too-deep", f"values are nested more than {MAX_DEPTH} deep")
    except _TooManyError:
        return Unreadable("too-large", f"it has more than {MAX_VALUES} values")
    except yaml.YAMLError as error:
        return Unreadable("not-yaml", _where_and_what(error))
    except (ValueError, TypeError, OverflowError, RecursionError, AttributeError, KeyError, IndexError) as error:
        # PyYAML's constructors let these through, e.g. for a date that does not exist.
        return Unreadable("not-yaml", f"a value in it can't be read: {error}"[:200])
    if _ALIAS.search(content) and _unfolded(loaded, {}) > MAX_VALUES:
        return Unreadable("forbidden-content", f"its aliases unfold to more than {MAX_VALUES} values")
    return loaded


def _unfolded(value: object, known: dict[int, int]) -> int:
    """How many values whoever walks through this one meets; beyond any limit where it holds itself.

    Aliases make a few bytes stand for billions of values: each is counted once and added up.
    """
    parts: Iterable[object]
    if isinstance(value, dict):
        parts = value.values()
    elif isinstance(value, list | tuple | set):  # all that the constructors make, beside plain values
        parts = value
    elif isinstance(value, Slice):
        parts = value.parts
    else:
        return 1
    count = known.get(id(value))
    if count is None:
        known[id(value)] = MAX_VALUES + 1  # while its parts are counted: met again then, it holds itself
        count = known[id(value)] = 1 + sum([_unfolded(part, known) for part in parts])
    return count


def _where_and_what(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = str(getattr(error, "problem", None) or getattr(error, "reason", None) or "no valid YAML")
    return f"line {mark.line + 1}: {problem}"[:200] if mark else problem[:200]
