"""A console stream in chunks of whole lines, bounded however long its lines are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

CHUNK_BYTES = 512 * 1024
MAX_LINE_BYTES = 64 * 1024

_CSI = re.compile(rb"\x1b\[[0-?]{0,64}[ -/]{0,8}[@-~]")


def read_chunks(stream: BinaryIO) -> Iterator[bytes]:
    """Whole lines without the last line's end and without colours; a line that is too long loses its middle."""
    rest = stream.read(CHUNK_BYTES)
    while data := stream.read(CHUNK_BYTES):
        if (end := _end_of_chunk(rest)) > 0:
            yield cleaned(rest[:end])
            rest = rest[end + 1 :]
        if len(rest) > MAX_LINE_BYTES:
            whole, newline, last = rest.rpartition(b"\n")
            rest = whole + newline + _shortened(last)
        rest += data
    if rest:
        yield cleaned(rest.removesuffix(b"\n"))


def _end_of_chunk(text: bytes) -> int:
    """Where to cut: at the last blank line, for what belongs together has none in it, or at the last line end."""
    blank = text.rfind(b"\n\n", max(0, len(text) - MAX_LINE_BYTES))
    return blank if blank > 0 else text.rfind(b"\n")


def cleaned(text: bytes) -> bytes:
    """Lines without colours, none longer than `MAX_LINE_BYTES`."""
    if _may_hold_a_long_line(text):
        text = b"\n".join([_shortened(line) for line in text.split(b"\n")])
    return _CSI.sub(b"", text) if b"\x1b" in text else text


def _may_hold_a_long_line(text: bytes) -> bool:
    """Whether half the length of a long line passes somewhere without a line end: all long lines are among those."""
    step = MAX_LINE_BYTES // 2
    return any(text.find(b"\n", start, start + step) < 0 for start in range(0, len(text) - step, step))


def _shortened(line: bytes) -> bytes:
    return line if len(line) <= MAX_LINE_BYTES else line[: MAX_LINE_BYTES // 2] + line[-MAX_LINE_BYTES // 2 :]
