"""What one pass over a console found: the lines that mean something, the end of tracebacks, how far training came."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class QuotedLine:
    """A line of the console, as it may be shown, or what a file shows.

    Attributes:
        line: from 1; 0 where it is none of the console's.
        source, locator: the file of the run directory and the place in it; empty for the console.
    """

    line: int
    text: str
    source: str = ""
    locator: str = ""


@dataclass(slots=True)
class Sighting:
    """Where a class was seen: how often, first and last, and what stood around the first.

    Attributes:
        before: the traceback that the first line ends, or the lines just before it; lower case.
        after: the lines that follow the first.
        trained_before: whether an iteration was reported before the first.
        largest: the largest size that its lines ask for, 0 where they ask for none.
    """

    name: str
    first: QuotedLine
    last: QuotedLine
    count: int
    before: bytes
    after: bytes
    trained_before: bool
    largest: int = 0
    largest_text: str = ""


@dataclass(slots=True)
class ConsoleReading:
    """What one pass over a console found.

    Attributes:
        failures, hints, harmless: by class.
        tracebacks: the exceptions that end the last tracebacks, oldest first.
        telling: the first error lines and the last one, of no known class.
        astray: the first training numbers out of bounds.
        iteration: (line, iteration, total) of the last iteration block.
        start: line of the last marker of a start-up, before training begins.
        completed: line of the marker that training ended; 0 where another run began after it.
        shutting_down: line at which the simulator began to shut down.
        teardown: line of the last thing that the simulator says while it unloads; failed runs say it too.
        stuck: line of the last complaint that the simulator is stuck.
        lines: number of lines; `last` is the last one with text.
    """

    failures: dict[str, Sighting] = field(default_factory=dict)
    hints: dict[str, Sighting] = field(default_factory=dict)
    harmless: dict[str, Sighting] = field(default_factory=dict)
    tracebacks: list[QuotedLine] = field(default_factory=list)
    telling: list[QuotedLine] = field(default_factory=list)
    astray: list[QuotedLine] = field(default_factory=list)
    iteration: tuple[int, int, int] | None = None
    start: int = 0
    completed: int = 0
    shutting_down: int = 0
    teardown: int = 0
    stuck: QuotedLine | None = None
    lines: int = 0
    last: QuotedLine | None = None

    @property
    def trained(self) -> bool:
        """Whether an iteration was reported since training last began."""
        return self.iteration is not None and self.iteration[0] > self.start

    @property
    def finished(self) -> bool:
        """Whether the last iteration that was planned is reported, or the end itself."""
        return self.completed > 0 or (self.iteration is not None and self.iteration[1] + 1 >= self.iteration[2])
