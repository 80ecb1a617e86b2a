"""Reading our own YAML files (profiles, settings): safely, strictly, and with errors that name file, key and remedy."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from rwm_tui.core.errors import InputError

MAX_BYTES = 64 * 1024


def read_yaml_mapping(path: Path, kind: str, start_from: str) -> dict[str, Any]:
    """The mapping that a YAML file holds.

    :param kind: what the file is, for the error's title, e.g. ``"profile"``.
    :param start_from: the remedy where the file holds no mapping.
    :raises InputError: where it cannot be read or is no plain mapping.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise InputError(
            f"{kind} not readable", f"{path}: {error.strerror}", "check the path and its permissions"
        ) from error
    if len(raw) > MAX_BYTES:
        raise InputError(f"{kind} not usable", f"{path}: larger than 64 KiB", f"{kind}: a short list of settings")
    return parse_yaml_mapping(raw, path, kind, start_from)


def parse_yaml_mapping(raw: bytes, path: Path, kind: str, start_from: str) -> dict[str, Any]:
    """The same for bytes that stand, or will stand, in ``path``."""
    from rwm_tui.core.plain_yaml import plain_mapping  # where there is no settings file, a list needs neither reader

    if plain := plain_mapping(raw):
        return dict(plain)
    import yaml

    from rwm_tui.core.strict_yaml import StrictLoader

    try:
        content = yaml.load(raw, StrictLoader)  # noqa: S506 — a SafeLoader that refuses more
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(
            f"{kind} not usable", f"{path}: not valid YAML: {' '.join(str(error).split())}", "mend the YAML"
        ) from error
    if content is None:  # nothing but comments
        return {}
    if not isinstance(content, dict):
        raise InputError(f"{kind} not usable", f"{path}: no mapping of settings", start_from)
    return content


def explained(
    error: msgspec.ValidationError, content: Mapping[str, Any], origin: str, known: Sequence[str]
) -> tuple[str, str]:
    """A validation error as the message, naming file and key, and the remedy.

    :param known: the keys that a nearest one is sought among; with dots where the same name stands in several places.
    """
    what, _, where = str(error).partition(" - at ")
    of_a_key = where.startswith("`key` in ")
    place = where.removeprefix("`key` in ").strip("`").removeprefix("$").removeprefix(".")
    if of_a_key:
        return f"{origin}: key '{place}': a name in it is not usable: {what}", "mend that name"
    if unknown := re.search(r"unknown field `([^`]*)`", what):
        key = _joined(place, unknown.group(1))
        if near := _nearest(key, known):
            return f"{origin}: key '{key}' is unknown", f"did you mean '{near}'?"
        beside = [one for one in known if one.rpartition(".")[0] == place] or known
        return f"{origin}: key '{key}' is unknown", f"known keys: {', '.join(beside)}"
    if lacking := re.search(r"missing required field `([^`]*)`", what):
        return (
            f"{origin}: key '{_joined(place, lacking.group(1))}' is missing",
            "add it; the shipped profiles show its form",
        )
    value = _value_at(content, place)
    is_unquoted = what.startswith("Expected `str`, got")
    remedy = "quote the value" if is_unquoted else "give a value of that kind"
    return f"{origin}: key '{place or '?'}': {what}, value {value!r}", remedy


def _nearest(key: str, known: Sequence[str]) -> str | None:
    """By its last name, since it may stand in the wrong place; of several of that name, the one nearest by."""
    import difflib

    names = {one.rpartition(".")[2] for one in known}
    near = difflib.get_close_matches(key.rpartition(".")[2], names, n=1)
    candidates = [one for one in known if one.rpartition(".")[2] in near]
    return max(candidates, key=lambda one: difflib.SequenceMatcher(None, key, one).ratio(), default=None)


def _joined(place: str, key: str) -> str:
    return f"{place}.{key}" if place else key


def _value_at(content: Any, place: str) -> Any:
    """The value at a dotted place, as far as the place can be followed."""
    for name in re.split(r"[.\[]", place):
        if not isinstance(content, Mapping) or name not in content:
            return content
        content = content[name]
    return content
