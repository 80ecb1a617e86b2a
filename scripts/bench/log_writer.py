"""Writes numbered lines to a file at a rate and tells when, by the monotonic clock that all processes share.

    python -m scripts.bench.log_writer FILE LINES_PER_S SECONDS MARKS

0 lines/s: as fast as it can. MARKS becomes a JSON list of ``[when written, number of the last line]``.
"""

import json
import sys
import time
from pathlib import Path

TICK_S = 0.001
LINES_AT_FULL_SPEED = 500
LINE = b"L%010d \x1b[32m[INFO]\x1b[0m a line of a training log, as long as they are: loss 0.0123456 reward 12.3456\n"


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
            log.write(b"".join([LINE % line for line in range(number, due)]))
            number = due
            marks.append((time.monotonic(), number - 1))
    marks_path.write_text(json.dumps(marks))


if __name__ == "__main__":
    main()
