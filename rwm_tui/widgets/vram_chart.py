"""Memory over time: the GPU's, or where there is none the trainer's own, and always which of the two."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual.content import Content
from textual.widget import Widget

from rwm_tui.core.durations import duration_text
from rwm_tui.core.ports import DeviceMemory, MemorySample, NotAvailable
from rwm_tui.core.trainer_output.terminal_text import clean_line
from rwm_tui.widgets.area_plot import Point, area_rows

MIB_PER_GIB = 1024.0
AXIS_WIDTH = 7
EMPTY_BRAILLE = "\u2800"


@dataclass(frozen=True)
class MemorySeries:
    """What the chart shows.

    Attributes:
        title: whose memory it is.
        note: which device, or why it is not a GPU's.
        points: (seconds since the epoch, GiB or None for a gap).
        limit_gib: the device's total; None where there is no limit to show.
    """

    title: str
    note: str
    points: tuple[Point, ...]
    limit_gib: float | None

    @property
    def known(self) -> tuple[float, ...]:
        return tuple(gib for _, gib in self.points if gib is not None)


def memory_series(samples: Sequence[MemorySample]) -> MemorySeries:
    """The GPU's memory where any sample has it, else the trainer's resident memory with the reason."""
    devices = [sample.device for sample in samples if isinstance(sample.device, DeviceMemory)]
    if devices:
        return MemorySeries(
            title="VRAM used",
            note=f"{clean_line(devices[-1].name)}, all processes",
            points=tuple((sample.t, _device_gib(sample)) for sample in samples),
            limit_gib=devices[-1].total_mib / MIB_PER_GIB,
        )
    absent = samples[-1].device if samples else None
    return MemorySeries(
        title="trainer's own memory (RSS)",
        note=_why_no_gpu(absent) if isinstance(absent, NotAvailable) else "",
        points=tuple((sample.t, _rss_gib(sample)) for sample in samples),
        limit_gib=None,
    )


def _why_no_gpu(absent: NotAvailable) -> str:
    reason = clean_line(absent.reason)
    return reason if reason.startswith("no GPU") else f"no GPU: {reason}"


def _device_gib(sample: MemorySample) -> float | None:
    return sample.device.used_mib / MIB_PER_GIB if isinstance(sample.device, DeviceMemory) else None


def _rss_gib(sample: MemorySample) -> float | None:
    return sample.trainer_rss_mib / MIB_PER_GIB if isinstance(sample.trainer_rss_mib, float) else None


def chart_lines(series: MemorySeries, *, width: int, height: int, ascii_only: bool = False) -> list[str]:
    """The chart as text: a headline, the plot with its axis in GiB, and the time it spans.

    Args:
        width, height: in character cells; below 20 x 4 only the headline is drawn.
    """
    headline = _headline(series, width)
    plot_width, plot_height = width - AXIS_WIDTH, height - 2
    if not series.known or plot_width < 10 or plot_height < 2:
        return headline[:height]
    top = series.limit_gib or _rounded_up(max(series.known))
    rows = area_rows(series.points, width=plot_width, height=plot_height, top=top, ascii_only=ascii_only)
    if series.limit_gib is not None:
        rows[0] = _with_limit_line(rows[0], ascii_only)
    labels = {0: f"{top:.2f}", plot_height // 2: f"{top * (1 - plot_height // 2 / plot_height):.2f}"}
    bar = "|" if ascii_only else "│"
    axis = [f"{labels.get(row, ''):>{AXIS_WIDTH - 1}}{bar}{text}" for row, text in enumerate(rows)]
    return [headline[0], *axis, _time_line(series, plot_width)]


def _headline(series: MemorySeries, width: int) -> list[str]:
    if not series.known:
        lines = [series.title, "no reading yet"]
    else:
        limit = f" of {series.limit_gib:.2f}" if series.limit_gib is not None else ""
        newest = series.points[-1][1]
        now = f"{newest:.2f}{limit} GiB" if newest is not None else f"not available{limit and f'{limit} GiB'}"
        lines = [f"{series.title} {now}, peak {max(series.known):.2f} GiB"]
    if series.note:
        lines[0] += f" - {series.note}"
    return [line[:width] for line in lines]


def _time_line(series: MemorySeries, width: int) -> str:
    span_s = series.points[-1][0] - series.points[0][0]
    left = f"-{duration_text(span_s)}"
    unit = "GiB"
    return f"{unit:>{AXIS_WIDTH - 1}} {left}{'now':>{max(width - len(left), 4)}}"


def _rounded_up(gib: float) -> float:
    """A top for the axis, at least a tenth above the largest value."""
    step = 0.1 if gib < 1.0 else 0.5 if gib < 10.0 else 5.0
    return step * (int(gib * 1.1 / step) + 1)


def _with_limit_line(row: str, ascii_only: bool) -> str:
    return row.replace(" ", "-") if ascii_only else row.replace(EMPTY_BRAILLE, "╌")


class VramChart(Widget):
    """Draws the newest samples; repaints only when there are new ones."""

    def __init__(self, *, ascii_only: bool = False, id: str | None = None) -> None:
        super().__init__(id=id)
        self._ascii_only = ascii_only
        self._samples: tuple[MemorySample, ...] = ()

    def show(self, samples: tuple[MemorySample, ...]) -> None:
        if samples is not self._samples:
            self._samples = samples
            self.refresh()

    def render(self) -> Content:
        width, height = self.size
        lines = chart_lines(memory_series(self._samples), width=width, height=height, ascii_only=self._ascii_only)
        return Content("\n".join(lines))
