"""The errors as a PNG: one panel per state group, three curves each; drawn and packed here, no library needed."""

import struct
import zlib
from collections.abc import Sequence
from itertools import pairwise

from rwm_tui.core.evaluation.measurement import STATE_GROUPS, GroupErrors, Measurement, OpenLoop

_PANEL_WIDTH, _PANEL_HEIGHT, _COLUMNS = 320, 200, 3
_MARGIN, _HEAD = 28, 40
_LETTER_SCALE = 2
_LETTER_WIDTH = 4 * _LETTER_SCALE

Colour = tuple[int, int, int]
_WHITE: Colour = (255, 255, 255)
_BLACK: Colour = (32, 32, 32)
_GREY: Colour = (190, 190, 190)
# Told apart also without colours: dark, middle, light.
_COLOURS: dict[str, Colour] = {
    "model": (0, 70, 150),
    "persistence": (214, 106, 20),
    "constant velocity": (150, 190, 150),
}

# Three by five dots a character: five octal digits, one a row.
_CHARACTERS = "0123456789abcdefghijklmnopqrstuvwxyz .-:_,"
_DOTS = (
    "7555726227717477171755711747177475771111757577571725755656563444365556746477464434553557557222711152"
    "5565544447577556555525552656442556365655342167222255557555525577555255552227124700000000020070002020"
    "0000700024"
)
_GLYPHS = {character: _DOTS[5 * place : 5 * place + 5] for place, character in enumerate(_CHARACTERS)}


def draw_errors(measurement: Measurement) -> bytes:
    """A PNG file: errors over the steps, as far ahead as was measured."""
    shown = measurement.long if isinstance(measurement.long, OpenLoop) else measurement.main.open_loop
    rows = -(-len(STATE_GROUPS) // _COLUMNS)
    canvas = _Canvas(_PANEL_WIDTH * _COLUMNS, _HEAD + _PANEL_HEIGHT * rows)
    steps = len(next(iter(shown.groups.values())).model)
    title = f"{measurement.checkpoint.name}: open loop, {steps} steps of 0.02 s, normalized rmse"
    canvas.write(_MARGIN, 6, title, _BLACK)
    for place, (name, colour) in enumerate(_COLOURS.items()):
        canvas.write(_MARGIN + place * 200, 24, name, colour)
    for place, group in enumerate(STATE_GROUPS):
        row, column = divmod(place, _COLUMNS)
        _draw_panel(canvas, column * _PANEL_WIDTH, _HEAD + row * _PANEL_HEIGHT, group, shown.groups[group])
    return canvas.png()


def _draw_panel(canvas: "_Canvas", x: int, y: int, group: str, errors: GroupErrors) -> None:
    left, right, upper, lower = x + _MARGIN, x + _PANEL_WIDTH - 12, y + _MARGIN, y + _PANEL_HEIGHT - 16
    top = max(*errors.model, *errors.persistence) * 1.05 or 1.0
    canvas.line((left, upper), (left, lower), _GREY)
    canvas.line((left, lower), (right, lower), _GREY)
    canvas.write(left, y + 12, f"{group}  0 - {top:.3g}", _BLACK)
    curves = (errors.constant_velocity, errors.persistence, errors.model)  # the model lies on top
    for values, colour in zip(curves, reversed(_COLOURS.values()), strict=True):
        points = _points(values, (left, right), (upper, lower), top)
        for start, end in pairwise(points):
            canvas.line(start, end, colour)


def _points(
    values: Sequence[float], across: tuple[int, int], down: tuple[int, int], top: float
) -> list[tuple[int, int]]:
    """Pixels of a curve up to where it leaves the panel."""
    per_step = (across[1] - across[0]) / max(1, len(values) - 1)
    points = []
    for step, value in enumerate(values):
        if value > top:
            break
        points.append((round(across[0] + step * per_step), round(down[1] - value / top * (down[1] - down[0]))))
    return points


class _Canvas:
    def __init__(self, width: int, height: int) -> None:
        self._width, self._height = width, height
        self._rows = [bytearray(_WHITE * width) for _ in range(height)]

    def line(self, start: tuple[int, int], end: tuple[int, int], colour: Colour) -> None:
        length = max(abs(end[0] - start[0]), abs(end[1] - start[1]), 1)
        for place in range(length + 1):
            x = start[0] + round((end[0] - start[0]) * place / length)
            y = start[1] + round((end[1] - start[1]) * place / length)
            self._fill(x, y, 1, colour)
            self._fill(x, y + 1, 1, colour)

    def write(self, x: int, y: int, text: str, colour: Colour) -> None:
        for place, character in enumerate(text.lower()):
            for row, digit in enumerate(_GLYPHS.get(character, _GLYPHS["-"])):
                for column in range(3):
                    if int(digit) >> (2 - column) & 1:
                        left = x + place * _LETTER_WIDTH + column * _LETTER_SCALE
                        self._fill(left, y + row * _LETTER_SCALE, _LETTER_SCALE, colour)

    def _fill(self, x: int, y: int, size: int, colour: Colour) -> None:
        for row in range(max(0, y), min(y + size, self._height)):
            for column in range(max(0, x), min(x + size, self._width)):
                self._rows[row][3 * column : 3 * column + 3] = bytes(colour)

    def png(self) -> bytes:
        """PNG (W3C): signature, header, one compressed data chunk of unfiltered rows, end."""
        header = struct.pack(">IIBBBBB", self._width, self._height, 8, 2, 0, 0, 0)
        data = zlib.compress(b"".join(b"\0" + bytes(row) for row in self._rows), 6)
        chunks = ((b"IHDR", header), (b"IDAT", data), (b"IEND", b""))
        return b"\x89PNG\r\n\x1a\n" + b"".join(map(_chunk, *zip(*chunks, strict=True)))


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
