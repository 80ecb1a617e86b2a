"""Numbers of the iteration blocks that say that learning has gone astray: NaN, infinities, explosions."""

from __future__ import annotations

import re

NUMBER_LABELS = {
    word: (word + b": ",) for word in (b"std", b"loss", b"function", b"value", b"surrogate", b"entropy", b"reward")
}
"""How the labels end, by a word of theirs; a line without one of them is no such number."""

MAX_ACTION_STD = 10.0  # it starts at 1; ten times as wide is no longer a policy
MAX_LOSS = 1e6

_LINE = re.compile(
    rb"\s*+(?:mean )?(?P<label>action noise std|action std|reward|(?:[a-z_]{1,40} )?loss"
    rb"|value_function|value|surrogate|entropy): "
    rb"\s*+(?P<number>[-+]?(?:inf|nan|\d{1,40}(?:\.\d{0,20})?(?:e[-+]?\d{1,3})?))\s*+"
)


def is_astray(line: bytes) -> bool:
    """Whether a line in lower case is a training number out of bounds.

    Holds for a masked line too, up to the size of an exponent: the bounds are powers of ten.
    """
    found = _LINE.fullmatch(line)
    if not found:
        return False
    number = abs(float(found["number"]))
    if found["label"] == b"reward":
        return number != number
    return not number < (MAX_ACTION_STD if found["label"].endswith(b"std") else MAX_LOSS)


def may_be_astray(masked: bytes) -> bool:
    """Whether a line with this mask can be astray: digits are 0 there, so the number of digits is what remains."""
    found = _LINE.fullmatch(masked)
    if not found:
        return False
    digits = found["number"].lstrip(b"-+").partition(b".")[0]
    limit = 2 if found["label"].endswith(b"std") else 7
    return not digits.isdigit() or b"e" in found["number"] or len(digits) >= limit
