"""One measured figure beside what it is held against."""

from __future__ import annotations

import msgspec


class Figure(msgspec.Struct, frozen=True):
    """A figure of ours, a peer's of the same run, and the bound.

    :param goal: at most this many times the peer's figure; without a peer, at most this (`at_least`: at least).
    :param skipped: why there is no figure; then `ours` and `theirs` say nothing.
    """

    name: str
    unit: str
    ours: float
    goal: float
    peer: str | None = None
    theirs: float | None = None
    at_least: bool = False
    note: str = ""
    skipped: str | None = None

    @property
    def compared(self) -> float | None:
        """What the goal speaks of: the ratio, or the figure itself where there is no peer; None: no ratio by 0."""
        if self.peer is None:
            return self.ours
        return self.ours / self.theirs if self.theirs else None

    @property
    def met(self) -> bool | None:
        """None where nothing was measured, or there is nothing to compare with."""
        if self.skipped is not None or self.compared is None:
            return None
        return self.compared >= self.goal if self.at_least else self.compared <= self.goal


def skipped(name: str, reason: str) -> Figure:
    return Figure(name, "", 0.0, 0.0, skipped=reason)


def table(figures: list[Figure]) -> str:
    """Markdown, one row a figure."""
    lines = ["| measured | ours | peer | theirs | ratio | goal | |", "| --- | ---: | --- | ---: | ---: | ---: | --- |"]
    return "\n".join(lines + [_row(figure) for figure in figures])


def _row(figure: Figure) -> str:
    if figure.skipped is not None:
        return f"| {figure.name} | not measured: {figure.skipped} | | | | | |"
    against = f"{figure.theirs:.4g}" if figure.theirs is not None else ""
    ratio = f"{figure.compared:.3g}" if figure.peer and figure.compared is not None else ""
    sign = "≥" if figure.at_least else "≤"
    goal = f"{sign} {figure.goal:g}{'×' if figure.peer else f' {figure.unit}'}"
    verdict = {True: "met", False: "**missed**", None: "no ratio"}[figure.met]
    ours = f"{figure.ours:.4g} {figure.unit}"
    note = f"{verdict}; {figure.note}" if figure.note else verdict
    return f"| {figure.name} | {ours} | {figure.peer or ''} | {against} | {ratio} | {goal} | {note} |"
