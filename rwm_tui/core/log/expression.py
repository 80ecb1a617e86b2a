"""What a user typed as a regular expression, held against bytes in time that is linear in their length.

By RE2 (https://github.com/google/re2/wiki/Syntax), not by Python's own ``re``: whatever is typed, no line takes long,
and other threads run while it searches. Look-around and back references are what it does without.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Protocol

_STYLES = r"(?:\x1b\[[0-9;:]*m)*"


class Hit(Protocol):
    """Where an expression was found, in bytes."""

    def start(self) -> int: ...

    def span(self) -> tuple[int, int]: ...


class Expression(Protocol):
    """Finds what fits, from a byte on; ``^`` and ``$`` are those of a line."""

    def search(self, string: bytes, pos: int = ..., /) -> Hit | None: ...

    def finditer(self, string: bytes, pos: int = ..., /) -> Iterator[Hit]: ...


def compile_expression(text: str, *, folds_case: bool) -> Expression:
    """An expression that never fits across the end of a line; a line begins, and ends, where its text does.

    :raises ValueError: what is wrong with it.
    """
    import re2  # here, for most launches are watched without

    options = re2.Options()
    options.never_nl = True
    options.never_capture = True
    options.case_sensitive = not folds_case
    options.log_errors = False  # they would go to the terminal
    try:
        re2.compile(text.encode(), options)  # what is wrong with it is told of what was typed
        expression: Expression = re2.compile(b"(?m)" + _beside_styles(text).encode(), options)
    except re2.error as error:
        raise ValueError(error.args[0].decode(errors="replace")) from error
    return expression


def _beside_styles(text: str) -> str:
    """The expression with its outer ``^`` and ``$`` where a coloured line shows its first and last character."""
    if text.startswith("^"):
        text = f"(?:^{_STYLES}){text[1:]}"  # which may be repeated
    if re.search(r"(?<!\\)(?:\\\\)*\$\Z", text):
        text = f"{text[:-1]}(?:{_STYLES}$)"
    return text
