"""What a launch asks its trainer for, read from the very words that start it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rwm_tui.core.agent_config import parse_value
from rwm_tui.core.errors import InputError

_FLAG = re.compile(r"--(num_envs|max_iterations|seed)(?:=(.*))?", re.DOTALL)
_OVERRIDE = re.compile(r"\+{0,2}(agent|env)\.([A-Za-z_][\w.]*)=(.*)", re.DOTALL)


def asked_settings(argv: Sequence[str]) -> Mapping[str, Any]:
    """The settings that a command line names: by dotted agent.yaml key, ``env.`` with dotted env.yaml key, and
    ``num_envs``, ``max_iterations``, ``seed``.

    A later word replaces an earlier one, and a flag replaces an override, as the trainers have it. Presets such as
    ``physics=newton_mjwarp`` name no key and are left out.
    """
    return dict(_overrides(argv)) | dict(_flags(argv))


def _overrides(argv: Sequence[str]) -> Iterator[tuple[str, Any]]:
    for word in argv:
        if found := _OVERRIDE.fullmatch(word):
            root, key, text = found.groups()
            if (root, key) == ("env", "scene.num_envs"):
                yield "num_envs", _value(text)
            else:
                yield key if root == "agent" else f"env.{key}", _value(text)


def _flags(argv: Sequence[str]) -> Iterator[tuple[str, Any]]:
    for word, following in zip(argv, (*argv, "")[1:], strict=True):
        if found := _FLAG.fullmatch(word):
            yield found[1], _value(following if found[2] is None else found[2])


def _value(text: str) -> Any:
    """The value that the trainer is given; what only YAML sees in a text, such as a date, stays the text it is."""
    try:
        value = parse_value("", text)
    except InputError:
        return text
    return value if value is None or isinstance(value, bool | int | float | list) or text.startswith("{") else text
