"""Following a growing log: lag, keys, CPU, traffic and memory at several rates, beside toolong and `less +F`.

Lag: from a line's write(2) to the first bytes to the terminal that hold that line or a later one; ours writes only
what differs, so for it the screen is replayed, and the line must stand there. A line that was never shown counts until
the end of the measurement.
"""

from __future__ import annotations

import json
import re
import statistics
import subprocess
import sys
import time
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from scripts.bench.figure import Figure, skipped
from scripts.bench.peers.commands import Missing, debian, toolong
from scripts.bench.pty_program import NotSeen, PtyProgram, Replay
from scripts.bench.standin_launch import live_launch, watching
from scripts.bench.surroundings import Surroundings

FLOOD_S = 6.0
FULL_SPEED_S = 3.0
AFTER_S = 2.0
FULL_SPEED = 0
RATES = (1_000, 10_000, 100_000, FULL_SPEED)
KEYS = 20
KEY_ROUNDS = 3
"""Each with a program and a log of its own; all keys together are enough for a 95th percentile."""
KEY_EVERY_S = 0.35
NUMBER = re.compile(r"L(\d{10}) ")
CARRIED = 16
HELD, FOLLOWED = r"NOT FOLLOWING|HELD", r"following|\| follow "


@dataclass
class Flood:
    """What one program did while one log grew."""

    lags_s: list[float]
    """One for each write, in the order of time."""

    last_line_s: float
    cpu_percent: float
    """Of a core, while the log was written."""

    cpu_after_percent: float
    """In the `AFTER_S` that follow: whatever was put off."""

    bytes_per_s: float
    grown_mib: float
    lines: int
    keys_s: list[float] = field(default_factory=list)

    @property
    def lag_p95_ms(self) -> float:
        return 1000 * percentile(self.lags_s, 0.95)


def following(around: Surroundings) -> list[Figure]:
    ours = {rate: our_flood(around, rate) for rate in RATES}
    figures = [
        *against_toolong(around, ours),
        *against_less(around, ours[100_000]),
        Figure("at full write speed, last line shown after the end", "s", ours[FULL_SPEED].last_line_s, 0.3),
    ]
    figures += [Figure(f"traffic at {named(rate)}", "kB/s", ours[rate].bytes_per_s / 1000, 100) for rate in RATES]
    figures += [cpu_at(ours, rate) for rate in (100_000, FULL_SPEED)]
    fast = ours[FULL_SPEED]
    note = f"{fast.lines:,} lines written in {FULL_SPEED_S:g} s"
    figures.append(Figure("memory per million lines", "MiB", max(fast.grown_mib, 0) / (fast.lines / 1e6), 8, note=note))
    figures += [keys_at(around, rate) for rate in RATES]
    return figures


def cpu_at(floods: dict[int, Flood], rate: int) -> Figure:
    seen, least = floods[rate], floods[10_000]
    note = f"in the {AFTER_S:g} s after {seen.cpu_after_percent:.2g} % against {least.cpu_after_percent:.2g} %"
    return Figure(f"CPU at {named(rate)}", "%", seen.cpu_percent, 1.25, "at 10,000", least.cpu_percent, note=note)


def against_toolong(around: Surroundings, ours: dict[int, Flood]) -> list[Figure]:
    try:
        command = toolong(around.cache)
    except Missing as missing:
        return [skipped("log lag at 1,000 and 10,000 lines/s", str(missing))]
    figures = []
    for rate, goal in ((1_000, 0.5), (10_000, 0.3)):
        log = around.work / f"toolong-{rate}.log"
        log.write_bytes(b"L0000000000 the first line\n")
        theirs = flood([command, str(log)], log, rate)
        title = f"log lag p95 at {rate:,} lines/s"
        figures.append(Figure(title, "ms", ours[rate].lag_p95_ms, goal, "toolong", theirs.lag_p95_ms))
    return figures


def against_less(around: Surroundings, ours: Flood) -> list[Figure]:
    title = "log lag p95 at 100,000 lines/s"
    try:
        command = debian("less")
    except Missing as missing:
        return [skipped(title, str(missing))]
    log = around.work / "less.log"
    log.write_bytes(b"L0000000000 the first line\n")
    theirs = flood([command, "-R", "+F", str(log)], log, 100_000)
    log.unlink()
    return [Figure(title, "ms", ours.lag_p95_ms, 0.25, "less +F", theirs.lag_p95_ms)]


def our_flood(around: Surroundings, rate: int) -> Flood:
    paths = live_launch(around.work / f"logs-{rate}")
    paths.console.write_bytes(b"L0000000000 the first line\n")
    seen = flood(watching(paths), paths.console, rate, FLOOD_S if rate else FULL_SPEED_S, writes_differences=True)
    paths.console.unlink()
    return seen


def flood(
    command: list[str], log: Path, rate: int, seconds: float = FLOOD_S, *, writes_differences: bool = False
) -> Flood:
    """Let a program follow while the log grows for some seconds."""
    with PtyProgram(command) as program:
        program.wait_for(rb"L0000000000 ")
        settled(program)
        cpu, resident, began = program.cpu_s(), program.resident_mib(), time.monotonic()
        marks = written(log, rate, seconds)
        took, cpu_then = time.monotonic() - began, program.cpu_s()
        time.sleep(AFTER_S)
        cpu_after, grown_mib = program.cpu_s(), program.resident_mib() - resident  # before the replay takes its time
        _, last = marks[-1]
        lags = lags_s(screens(program) if writes_differences else texts(program), marks)
        return Flood(
            lags_s=lags,
            last_line_s=lags[-1],
            cpu_percent=100 * (cpu_then - cpu) / took,
            cpu_after_percent=100 * (cpu_after - cpu_then) / AFTER_S,
            bytes_per_s=program.bytes_written(since=began, until=began + took) / took,
            grown_mib=grown_mib,
            lines=last + 1,
        )


def keys_at(around: Surroundings, rate: int) -> Figure:
    title = f"key to screen p95 at {named(rate)}"
    answered: list[float] = []
    try:
        for number in range(KEY_ROUNDS):
            answered += answers_s(around.work / f"keys-{rate}-{number}", rate)
    except NotSeen as error:
        return skipped(title, f"a key was not answered: {str(error)[:80]}")
    median, longest = statistics.median(answered), max(answered)
    note = f"median {1000 * median:.0f}, longest of {len(answered)} {1000 * longest:.0f}"
    return Figure(title, "ms", 1000 * percentile(answered, 0.95), 50, note=note)


def answers_s(logs: Path, rate: int) -> list[float]:
    """`f` again and again under the flood: following stops, following goes on.

    :raises NotSeen: a key was not answered.
    """
    paths = live_launch(logs)
    paths.console.write_bytes(b"L0000000000 the first line\n")
    seconds = 2 * KEYS * KEY_EVERY_S  # more than the keys take, after which the writer is ended
    with PtyProgram(watching(paths)) as program:
        program.wait_for(rb"L0000000000 ")
        settled(program)
        writer = start_writing(paths.console, rate or 1_000_000, seconds, paths.directory / "marks.json")
        time.sleep(0.5)
        answered = []
        try:
            for number in range(KEYS):
                program.replayed()
                pressed = program.send(b"f")
                answered.append(program.wait_for_screen(FOLLOWED if number % 2 else HELD, limit_s=5.0) - pressed)
                time.sleep(KEY_EVERY_S)
        finally:
            writer.terminate()
            writer.wait()
            paths.console.unlink()
    return answered


def written(log: Path, rate: int, seconds: float) -> list[tuple[float, int]]:
    """Write for some seconds; the marks."""
    marks = log.with_name("marks.json")
    start_writing(log, rate, seconds, marks).wait()
    return [(float(t), int(number)) for t, number in json.loads(marks.read_text())]


def start_writing(log: Path, rate: int, seconds: float, marks: Path) -> subprocess.Popen[bytes]:
    module = "scripts.bench.log_writer"
    return subprocess.Popen([sys.executable, "-m", module, str(log), str(rate), str(seconds), str(marks)])


def texts(program: PtyProgram) -> Iterator[tuple[float, str]]:
    """What was written, piece by piece."""
    carried = b""
    for chunk in list(program.chunks):
        text = carried + chunk.data
        carried = text[-CARRIED:]
        yield chunk.t, text.decode("latin-1")


def screens(program: PtyProgram) -> Iterator[tuple[float, str]]:
    """The screen after each piece."""
    replay = Replay(program.size)
    for chunk in list(program.chunks):
        replay.feed(chunk.data)
        yield chunk.t, replay.text()


def lags_s(shown: Iterable[tuple[float, str]], marks: list[tuple[float, int]]) -> list[float]:
    """Of each write, until the last line of it or a later one was shown."""
    arrived: list[float] = []
    highest: list[int] = []
    for t, text in shown:
        newest = max(map(int, NUMBER.findall(text)), default=-1)
        if newest > (highest[-1] if highest else -1):
            arrived.append(t)
            highest.append(newest)
    end = time.monotonic()
    lags = []
    for t, number in marks:
        at = bisect_left(highest, number)
        lags.append(max((arrived[at] if at < len(arrived) else end) - t, 0.0))
    return lags


def settled(program: PtyProgram) -> None:
    """At rest; one that never rests, such as a blinking clock, is waited for a few seconds."""
    with suppress(NotSeen):
        program.wait_for_rest(quiet_s=0.7, limit_s=4.0)


def percentile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]


def named(rate: int) -> str:
    return f"{rate:,} lines/s" if rate else "full write speed"
