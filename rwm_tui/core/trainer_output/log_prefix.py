"""Time stamps that other programs put before a trainer's lines: ``ts``, container and job logs."""

from __future__ import annotations

import re

_DATE = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?+(?:Z|[+-]\d\d:?\d\d)?+"
_TIME = r"\d\d:\d\d:\d\d(?:\.\d{1,9})?+"
_MONTH_FIRST = r"[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d"
_PREFIX = re.compile(rf"(?:{_DATE}|\[(?:{_DATE}|{_TIME})\]|{_TIME}|{_MONTH_FIRST})(?: |$)", re.ASCII)
_FIRST_CHARACTERS = frozenset("[0123456789JFMASOND")


def without_time_stamp(text: str) -> str:
    """The line as the trainer printed it, its own indentation included."""
    if not text or text[0] not in _FIRST_CHARACTERS:
        return text
    prefix = _PREFIX.match(text)
    return text[prefix.end() :] if prefix else text
