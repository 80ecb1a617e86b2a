"""Which settings hold, and where each value comes from: an option, a variable, the settings file, or its default."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from rwm_tui.core.errors import InputError

_YES = ("1", "true", "yes", "on")
_NO = ("0", "false", "no", "off")


class SettingValue(msgspec.Struct, frozen=True):
    """One setting as it holds.

    :param key: with dots, as in the file.
    :param source: ``default``, ``FILE:LINE``, or the variable or option by name.
    """

    key: str
    value: Any
    source: str


class Override(msgspec.Struct, frozen=True):
    """What may be put in the file's place: an option goes before the variable, the variable before the file.

    :param given: the option's value; None where it was not given.
    :param read: makes the variable's text a value, None where it says nothing; raises ValueError for one that is none.
    """

    key: str
    variable: str
    option: str = ""
    given: Any = None
    read: Callable[[str], Any] = str

    def value(self, environ: Mapping[str, str]) -> SettingValue | None:
        """
        :raises InputError: where the variable holds no such value.
        """
        if self.given is not None:
            return SettingValue(self.key, self.given, f"option {self.option}")
        text = environ.get(self.variable, "")
        if not text:
            return None
        try:
            value = self.read(text)
        except ValueError as error:
            raise InputError(
                "setting not usable", f"environment variable {self.variable}: {error}", "correct it or unset it"
            ) from error
        return None if value is None else SettingValue(self.key, value, f"environment variable {self.variable}")


def yes_or_no(text: str) -> bool:
    """
    :raises ValueError: for anything else.
    """
    word = text.strip().lower()
    if word not in (*_YES, *_NO):
        raise ValueError(f"{text!r} is neither yes nor no")
    return word in _YES


def setting_values(
    settings: msgspec.Struct, path: Path, overrides: Sequence[Override], environ: Mapping[str, str]
) -> list[SettingValue]:
    """Every setting of a section and of those within it.

    :param settings: as the file has them.
    :param path: the settings file, which may be missing.
    :raises InputError: where a variable holds no such value.
    """
    lines: Mapping[str, int] = {}
    if path.exists():
        from rwm_tui.core.strict_yaml import lines_of_keys  # most projects have no such file

        lines = lines_of_keys(path)
    put = {found.key: found for override in overrides if (found := override.value(environ))}
    return [
        put.get(key) or SettingValue(key, value, f"{path}:{lines[key]}" if key in lines else "default")
        for key, value in _flattened(settings)
    ]


def _flattened(section: msgspec.Struct, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for field in msgspec.structs.fields(section):
        value = getattr(section, field.name)
        if isinstance(value, msgspec.Struct):
            yield from _flattened(value, f"{prefix}{field.name}.")
        else:
            yield f"{prefix}{field.name}", value
