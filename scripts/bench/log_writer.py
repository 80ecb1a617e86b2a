"""Writes numbered lines to a file at a rate and tells when, by the monotonic clock that all processes share.

    python -m scripts.bench.log_writer FILE LINES_PER_S SECONDS MARKS

0 lines/s: as fast as it can. MARKS becomes a JSON list of ``[when written, number of the last line]``.
"""

import json
import random
import sys
import time
from pathlib import Path

TICK_S = 0.001
LINES_AT_FULL_SPEED = 500
TAILS = 997
"""A prime: no two lines on a screen end alike, so that a screen that scrolls has to be sent anew."""


def tails() -> list[bytes]:
    """What follows the number: a coloured level, words and values, 150 bytes and no two alike."""
    chance = random.Random(7)
    levels = (b"\x1b[32m[INFO]\x1b[0m", b"\x1b[33m[WARN]\x1b[0m", b"\x1b[36m[DEBUG]\x1b[0m")
    words = b"loss reward steps value surrogate entropy horizon epoch buffer sensor contact torque state".split()
    made = []
    for _ in range(TAILS):
        text = chance.choice(levels)
        while len(text) < 130:
            text += b" %s: %.*f" % (chance.choice(words), chance.randint(2, 6), chance.uniform(-50, 50))
        made.append(text[:138] + b"\n")
    return made


_TAILS = tails()


def line(number: int) -> bytes:
    return b"L%010d %s" % (number, _TAILS[number % TAILS])


def main() -> None:
    path, rate, seconds, marks_path = Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), Path(sys.argv[4])
    marks: list[tuple[float, int]] = []
    with path.open("ab", buffering=0) as log:
        number = 0
        began = time.monotonic()
        while (elapsed := time.monotonic() - began) < seconds:
            due = int(rate * elapsed) if rate else number + LINES_AT_FULL_SPEED
            if due == number:
                time.sleep(TICK_S)
                continue
            log.write(b"".join([line(each) for each in range(number, due)]))
            number = due
            marks.append((time.monotonic(), number - 1))
    marks_path.write_text(json.dumps(marks))


if __name__ == "__main__":
    main()
