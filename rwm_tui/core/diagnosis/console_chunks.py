"""A console stream in chunks of whole lines, bounded however long its lines are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

CHUNK_BYTES = 512 * 1024
MAX_LINE_BYTES = 64 * 1024
HELD_LINES = 2  # stay for the next chunk, so that a line and those that continue it are seen together

_CSI = re.compile(rb"\x1b\[[0-?]{0,64}[ -/]{0,8}[@-~]")


def read_chunks(stream: BinaryIO) -> Iterator[list[bytes]]:
    """Lists of lines without their line ends and without colours; a line that is too long loses its middle."""
    rest = stream.read(CHUNK_BYTES)
    while data := stream.read(CHUNK_BYTES):
        lines = rest.split(b"\n")
        held = lines[-1 - HELD_LINES :]
        held[-1] = _shortened(held[-1])
        rest = b"\n".join(held) + data
        if len(lines) > len(held):
            yield cleaned_lines(lines[: -len(held)])
    if rest:
        yield cleaned_lines(rest.removesuffix(b"\n").split(b"\n"))


def cleaned_lines(lines: list[bytes]) -> list[bytes]:
    """The lines without colours, none longer than `MAX_LINE_BYTES`."""
    if max(map(len, lines)) > MAX_LINE_BYTES:
        lines = [_shortened(line) for line in lines]
    text = b"\n".join(lines)
    return _CSI.sub(b"", text).split(b"\n") if b"\x1b" in text else lines


def _shortened(line: bytes) -> bytes:
    return line if len(line) <= MAX_LINE_BYTES else line[: MAX_LINE_BYTES // 2] + line[-MAX_LINE_BYTES // 2 :]
