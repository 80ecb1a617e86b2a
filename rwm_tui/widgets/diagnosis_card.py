"""Why a run failed, and which line proves it; while it goes on, what its console already warns of."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from rwm_tui.core.diagnosis.action import Action, ActionKind
from rwm_tui.core.diagnosis.console_reading import QuotedLine
from rwm_tui.core.diagnosis.diagnosed_run import DiagnosedRun
from rwm_tui.core.diagnosis.early_warning import EarlyWarning
from rwm_tui.core.diagnosis.judgement import NOT_RECOGNISED, Diagnosis

ACTION_KEYS: Mapping[ActionKind, str] = {
    "rerun-smaller": "r",
    "raise-limits": "r",
    "raise-buffer": "r",
    "launch-again": "r",
    "guard-runner": "a",
    "accept-eula": "a",
    "end-leftovers": "E",
    "open-kit-log": "K",
}
TALL_ROWS = 32  # a terminal with so many has room for two quoted lines while the card is folded
MAX_WARNINGS = 3

# The time in front of Kit's lines takes the room of what they say.
_KIT_TIME = re.compile(r"^\d{4}-\d\d-\d\d[T ][\d:.]{8,16}Z? \[[\d,]{1,12}ms\] ")

Part = str | tuple[str, str]


class DiagnosisCard(VerticalScroll):
    """Takes no room while there is nothing to say.

    :param quoted_rows: of each quoted line, while the card is folded.
    """

    def __init__(self, *, quoted_rows: int = 2, id: str | None = None) -> None:
        super().__init__(id=id)
        self._quoted_rows = quoted_rows
        self.display = False
        self._run: DiagnosedRun | None = None
        self._warnings: tuple[EarlyWarning, ...] = ()
        self._shown = Content("")
        self._next = 0

    def compose(self) -> ComposeResult:
        yield Static("", markup=False)

    def show(self, run: DiagnosedRun | None) -> None:
        """The diagnosis of a run that is over takes the place of the warnings."""
        self._run, self._warnings, self._next = run, (), 0
        self._draw()

    def warn(self, warnings: tuple[EarlyWarning, ...]) -> None:
        if warnings != self._warnings:
            self._warnings = warnings
            self._draw()

    def tell(self, text: str) -> None:
        """One line, until there is a diagnosis."""
        self.display = True
        self._shown = Content(text)
        self.query_one(Static).update(self._shown)

    @property
    def says_something(self) -> bool:
        return self._run is not None or bool(self._warnings)

    @property
    def is_unfolded(self) -> bool:
        return self.has_class("-unfolded")

    def unfold(self) -> None:
        """Show all, or fold it again."""
        self.toggle_class("-unfolded")
        self._draw()

    def next_place(self) -> QuotedLine | EarlyWarning | None:
        """The line or the place in a file that proves it; the next one at each call."""
        places = _places(self._run, self._warnings)
        if not places:
            return None
        self._next += 1
        return places[(self._next - 1) % len(places)]

    def on_resize(self) -> None:
        self._draw()

    def _draw(self) -> None:
        if self._run:
            width = max(self.app.size.width - 4, 20)
            is_short = self.app.size.height < TALL_ROWS
            folded = Folded(1 if is_short else 2, (self._quoted_rows if is_short else 2) * width)
            content = card_content(self._run, width=width, folded=None if self.is_unfolded else folded)
        else:
            content = warnings_content(self._warnings)
        self.display = self.says_something
        self.set_class(self._run is not None and self._run.diagnosis.fatal, "-fatal")
        if not content.is_same(self._shown):
            self._shown = content
            self.query_one(Static).update(content)


@dataclass(frozen=True)
class Folded:
    """How much of the proof a folded card shows: so many lines, each of so many characters at most."""

    lines: int
    room: int


def card_content(run: DiagnosedRun, *, width: int, folded: Folded | None) -> Content:
    """Headline, cause, proof and what to do; what is no part of them is counted in the last line.

    :param folded: None for all that is known.
    """
    diagnosis = run.diagnosis
    style = "bold $text-error" if diagnosis.fatal else "bold $text-warning"
    head = f"! {diagnosis.title}  {_class_line(diagnosis)}"
    parts: list[Part] = [(f"! {diagnosis.title}", style), f"  {_class_line(diagnosis)}"]
    if run.ended_in:
        ended = f"ended in {run.ended_in}"
        parts.append(f"; {ended}" if len(head) + len(ended) + 2 <= width else f"\n{ended}")
    if diagnosis.cause:
        parts.append(f"\n{diagnosis.cause.removeprefix(f'{diagnosis.title}: ')}")
    for index, quoted in enumerate(diagnosis.evidence[: folded.lines if folded else None]):
        parts += [
            "\n",
            *_quoted(quoted, folded.room if folded else None, " (i)" if index == 0 and _places(run, ()) else ""),
        ]
    for action in sorted(diagnosis.actions, key=lambda action: not _comes_first(action, run)):
        parts += ["\n", *_action(action, run)]
    if folded is None:
        parts += _unfolded(diagnosis)
    elif counted := _counted(diagnosis, folded):
        parts.append((f"\n{counted} (x: unfold)", "$text-muted"))
    return Content.assemble(*parts)


def warnings_content(warnings: tuple[EarlyWarning, ...]) -> Content:
    """One line each, the newest of a class of many left out; they judge nothing."""
    lines = [warning.with_line for warning in warnings]
    more = len(lines) - MAX_WARNINGS
    shown = lines[:MAX_WARNINGS]
    if more > 0:
        shown[-1] += f"; {more} more"
    return Content.assemble(("\n".join(shown), "$text-warning"))


def _class_line(diagnosis: Diagnosis) -> str:
    name = "" if diagnosis.name == NOT_RECOGNISED else f"{diagnosis.name}, "
    return f"{name}{'fatal' if diagnosis.fatal else 'not fatal'}"


def _comes_first(action: Action, run: DiagnosedRun) -> bool:
    """What has a key is not hidden below the fold; another launch comes after what else is to be done."""
    return action.kind in run.possible and action.kind != "launch-again"


def _quoted(quoted: QuotedLine, room: int | None, hint: str) -> Iterator[Part]:
    where = f"line {quoted.line:,}{hint}: " if quoted.line else f"file{hint}: " if quoted.source else ""
    text = quoted.text if room is None else _KIT_TIME.sub("", quoted.text)
    if room is not None and len(where) + len(text) > room:
        text = text[: room - len(where) - 3] + "..."
    yield where, "bold"
    yield text, "$text-muted"


def _action(action: Action, run: DiagnosedRun) -> Iterator[Part]:
    key = ACTION_KEYS[action.kind] if action.kind and action.kind in run.possible else None
    yield (f"{key} ", "bold $text-accent") if key else "- "
    yield action.sentence


def _counted(diagnosis: Diagnosis, folded: Folded) -> str:
    """`12 kinds of harmless noise, 4,312 lines`, and what else there is to unfold; empty where there is nothing."""
    counted = []
    if others := len(diagnosis.other):
        counted.append("1 other finding" if others == 1 else f"{others} other findings")
    if kinds := len(diagnosis.harmless):
        lines = sum(seen.count for seen in diagnosis.harmless)
        noise = "1 kind of harmless noise" if kinds == 1 else f"{kinds} kinds of harmless noise"
        counted.append(f"{noise}, {lines:,} line{'' if lines == 1 else 's'}")
    more = len(diagnosis.evidence) > folded.lines or any(len(line.text) > folded.room for line in diagnosis.evidence)
    if more or (diagnosis.knobs and not counted):
        counted.insert(0, "more of it")
    return "; ".join(counted)


def _unfolded(diagnosis: Diagnosis) -> Iterator[Part]:
    if diagnosis.knobs:
        yield f"\nsettings: {', '.join(diagnosis.knobs)}"
    for other in diagnosis.other:
        yield f"\nalso seen: {other.name}, {other.count:,} times, first on line {other.quoted.line:,}: "
        yield other.quoted.text, "$text-muted"
    for seen in diagnosis.harmless:
        yield f"\n{seen.name}: {seen.count:,} lines, first line {seen.line:,}", "$text-muted"
    yield "\n(x: fold)", "$text-muted"


def _places(run: DiagnosedRun | None, warnings: tuple[EarlyWarning, ...]) -> tuple[QuotedLine | EarlyWarning, ...]:
    quoted = () if run is None else run.diagnosis.evidence
    return (*(line for line in quoted if line.line or line.source), *(warning for warning in warnings if warning.line))
