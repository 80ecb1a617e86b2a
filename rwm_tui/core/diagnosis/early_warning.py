"""What the console and the figures of a run that goes on already show; it ends and judges nothing."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from rwm_tui.core.diagnosis.console_reading import ConsoleReading, QuotedLine, Sighting
from rwm_tui.core.diagnosis.refinement import buffer_wanted, refined_failures
from rwm_tui.core.diagnosis.run_files import DYNAMICS_LOSSES, NOT_A_LOSS
from rwm_tui.core.diagnosis.signature import load_signatures
from rwm_tui.core.diagnosis.training_numbers import MAX_LOSS
from rwm_tui.core.launch.record import RunState
from rwm_tui.core.trainer_output.scalars import Scalar
from rwm_tui.core.trainer_output.terminal_text import clean_line

_EARLY = ("root", "error", "warning")
_POLICY_LOSSES = "Loss/"


@dataclass(frozen=True, slots=True)
class EarlyWarning:
    """One sentence.

    Attributes:
        about: the class, the label or the tag; one of each.
        line: of the console, from 1; 0 where a file shows it.
    """

    about: str
    text: str
    line: int

    @property
    def with_line(self) -> str:
        return f"warning: {self.text}{f' (line {self.line:,})' if self.line else ''}"


def early_warnings(reading: ConsoleReading, state: RunState) -> tuple[EarlyWarning, ...]:
    """In the order of the console, then what the event file shows."""
    return (*_failures_seen(reading), *_numbers_seen(reading, state), *_scalars_astray(reading, state))


def _failures_seen(reading: ConsoleReading) -> Iterator[EarlyWarning]:
    signatures = load_signatures()
    seen = refined_failures(reading)
    for sighting in seen.values():
        signature = signatures.failure(sighting.name)
        if signature.proves in _EARLY and seen.keys().isdisjoint(signature.yields_to):
            text = f"{signature.title}{_how_often(sighting)}{_size_to_set(sighting)}"
            yield EarlyWarning(sighting.name, text, sighting.first.line)


def _how_often(sighting: Sighting) -> str:
    return f", {sighting.count} times" if sighting.count > 1 else ""


def _size_to_set(sighting: Sighting) -> str:
    wanted = buffer_wanted(sighting) if sighting.name == "physx-gpu-buffer-overflow" else None
    return f"; set {wanted.setting} to at least {sighting.largest}" if wanted else ""


def _numbers_seen(reading: ConsoleReading, state: RunState) -> Iterator[EarlyWarning]:
    """The first training number that has gone astray, with the iteration of its block."""
    for first in reading.astray[:1]:
        label, _, value = first.text.rpartition(":")
        yield EarlyWarning(label.strip(), f"{label.strip()} is {value.strip()}{_since(first, state)}", first.line)


def _since(first: QuotedLine, state: RunState) -> str:
    of_block = [report.iteration for report in state.iterations if report.line <= first.line]
    return f" since iteration {of_block[-1]}" if of_block else ""


def _scalars_astray(reading: ConsoleReading, state: RunState) -> Iterator[EarlyWarning]:
    """By the newest values: the world model's losses stand on no console; PPO's do, and are told once."""
    for tag, scalar in state.scalars.items():
        if tag.startswith(DYNAMICS_LOSSES) and not tag.startswith(NOT_A_LOSS) and not math.isfinite(scalar.value):
            yield _of_scalar("the world model's ", tag, scalar)
        elif tag.startswith(_POLICY_LOSSES) and not reading.astray and not abs(scalar.value) < MAX_LOSS:
            yield _of_scalar("", tag, scalar)


def _of_scalar(whose: str, tag: str, scalar: Scalar) -> EarlyWarning:
    name = clean_line(tag.partition("/")[2]).replace("_", " ")
    return EarlyWarning(tag, f"{whose}{name} is {scalar.value:g} (event file)", 0)
