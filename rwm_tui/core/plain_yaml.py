"""The plain part of YAML that profiles and settings are mostly written in, read without PyYAML.

Importing PyYAML and reading the shipped profiles with it would take a tenth of the app's start. What is answered here
is what `strict_yaml.StrictLoader` answers; to everything else there is no answer, and the loader is asked.
"""

import re
from itertools import takewhile

Value = str | int | bool | None
_KEY_AND_VALUE = re.compile(r"( *)([A-Za-z_][A-Za-z0-9_.]{0,99}):(?: +(.*))?")
_WHOLE_NUMBER = re.compile(r"0|-?[1-9][0-9]{0,17}")
_WORD = re.compile(r"[A-Za-z](?:[A-Za-z0-9_./-]|:(?!$))*")
_QUOTED = re.compile(r'"([A-Za-z0-9 _.,:/-]*)"')
_CONSTANTS: dict[str, Value] = {"true": True, "false": False, "null": None}
_NO_TEXT = {*_CONSTANTS, "yes", "no", "on", "off", "y", "n"}
"""Words that some YAML takes for something else, in whatever case."""


class _NotPlain(Exception):
    pass


def plain_mapping(raw: bytes) -> dict[str, Value | dict[str, Value]] | None:
    """Names with a value each, or with names and values of one level below; None for what is written otherwise.

    A value is a whole number, a word, a simple text in double quotes, true, false or null; of the upper level also a
    folded text (``>-``).
    """
    lines = raw.decode("latin-1").split("\n")
    if not raw.isascii() or not all(map(str.isprintable, lines)):
        return None
    try:
        return _mapping(lines)
    except _NotPlain:
        return None


def _mapping(lines: list[str]) -> dict[str, Value | dict[str, Value]]:
    found: dict[str, Value | dict[str, Value]] = {}
    below: dict[str, Value] | None = None  # what stands beneath the last name
    depth = at = 0
    while at < len(lines):
        line = lines[at].partition(" #")[0].rstrip(" ")
        at += 1
        if not line or line.startswith("#"):
            continue
        indent, key, text = _parts(line)
        if indent:
            if below is None or key in below or indent != (depth := depth or indent):
                raise _NotPlain
            below[key] = _value(text)
        elif key in found:
            raise _NotPlain
        elif not text:
            found[key] = below = {}
            depth = 0
        elif text == ">-":
            folded = list(takewhile(lambda one: one.startswith(" "), lines[at:]))
            found[key], below = _unfolded(folded), None
            at += len(folded)
        else:
            found[key], below = _value(text), None
    if {} in found.values():  # a name with nothing
        raise _NotPlain
    return found


def _parts(line: str) -> tuple[int, str, str]:
    match = _KEY_AND_VALUE.fullmatch(line)
    if match is None or match[2].lower() in _NO_TEXT:
        raise _NotPlain
    return len(match[1]), match[2], match[3] or ""


def _value(text: str) -> Value:
    if _WHOLE_NUMBER.fullmatch(text):
        return int(text)
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if quoted := _QUOTED.fullmatch(text):
        return quoted[1]
    if not _WORD.fullmatch(text) or text.lower() in _NO_TEXT:
        raise _NotPlain
    return text


def _unfolded(lines: list[str]) -> str:
    """Of lines that are indented alike; deeper ones would keep their breaks."""
    depths = {len(line) - len(line.lstrip(" ")) for line in lines}
    if len(depths) != 1 or any(line.endswith(" ") for line in lines):
        raise _NotPlain
    return " ".join(line.lstrip(" ") for line in lines)
