"""Numbers of the iteration blocks that say that learning has gone astray: NaN, infinities, explosions."""

from __future__ import annotations

import re

MAX_ACTION_STD = 10.0  # it starts at 1; ten times as wide is no longer a policy
MAX_LOSS = 1e6

ASTRAY_MARKS = (b": nan", b": inf", b": -inf", b"std: 00", b": 0000000", b": -0000000", b"e+00")
"""One of these stands on each masked line that may be astray: digits are 0 there, so their number is what remains."""

_LINE = re.compile(
    rb"\s*+(?:mean )?(?P<label>action noise std|action std|reward|(?:[a-z_]{1,40} ){0,2}loss"
    rb"|value_function|value|surrogate|entropy): "
    rb"(?P<number>[-+]?(?:inf|nan|\d{1,40}(?:\.\d{0,20})?(?:e[-+]?\d{1,3})?))\s*+"
)


def is_astray(line: bytes) -> bool:
    """Whether a line in lower case is a training number out of bounds."""
    found = _LINE.fullmatch(line)
    if not found:
        return False
    number = abs(float(found["number"]))
    if found["label"] == b"reward":
        return number != number
    return not number < (MAX_ACTION_STD if found["label"].endswith(b"std") else MAX_LOSS)


def is_number(masked: bytes) -> bool:
    """Whether a line with this mask is one of the numbers."""
    return _LINE.fullmatch(masked) is not None
