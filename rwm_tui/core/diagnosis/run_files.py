"""What only the files of a run show: NaN in the world model, losses that exploded, the final checkpoint."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rwm_tui.core.diagnosis.console_reading import QuotedLine
from rwm_tui.core.diagnosis.training_numbers import MAX_ACTION_STD, MAX_LOSS
from rwm_tui.core.run_dir.unreadable import Absent

if TYPE_CHECKING:
    from rwm_tui.core.verdict.facts import RunFacts, Series

DYNAMICS_LOSSES = "System Dynamics/"
# The evaluation divides by the norm of padded zeros: infinite in healthy runs whose buffer is short.
NOT_A_LOSS = "System Dynamics/autoregressive_error"


@dataclass(frozen=True, slots=True)
class RunFiles:
    """What the files of a run say of its health.

    Attributes:
        final_checkpoint: the name of the readable final checkpoint, None where there is none or its name is not known.
        missing_checkpoint: the name of the final checkpoint, where it is known and not there.
        dynamics_astray: places where the world model holds NaN or infinities.
        learning_astray: places where losses, noise or the policy's weights have gone astray.
    """

    final_checkpoint: str | None = None
    missing_checkpoint: str | None = None
    dynamics_astray: tuple[QuotedLine, ...] = ()
    learning_astray: tuple[QuotedLine, ...] = ()


def read_run_files(run_dir: Path) -> RunFiles:
    """
    Raises:
        InputError: there is no such run directory.
    """
    from rwm_tui.core.verdict.evidence import collect_evidence  # megabytes that a run that goes on does without

    facts = collect_evidence(run_dir, None, None)
    dynamics = [
        _of_series(series)
        for series in facts.events.series.values()
        if series.tag.startswith(DYNAMICS_LOSSES)
        and not series.tag.startswith(NOT_A_LOSS)
        and series.first_non_finite is not None
    ]
    learning = [_of_series(series) for series in facts.events.series.values() if _has_gone_astray(series)]
    for checkpoint in facts.checkpoints:
        for tensor in checkpoint.non_finite:
            text = f"{checkpoint.name}: {tensor.key}: {tensor.name} holds {tensor.count} that are not finite"
            found = QuotedLine(0, text, checkpoint.name, f"{tensor.key} › {tensor.name}")
            (dynamics if tensor.key.startswith("system_dynamics") else learning).append(found)
    final, missing = _final_checkpoint(facts)
    return RunFiles(final, missing, tuple(dynamics), tuple(learning))


def _final_checkpoint(facts: RunFacts) -> tuple[str | None, str | None]:
    """The final checkpoint's name: as one that is there and readable, or as one that is missing."""
    from rwm_tui.core.run_dir.checkpoint import Checkpoint
    from rwm_tui.core.verdict.ending import planned_end

    end = planned_end(facts)
    if isinstance(end, Absent):
        return None, None
    checkpoint = end.checkpoint_of(facts)
    if checkpoint is None:
        return None, end.checkpoint_name
    return (checkpoint.name if isinstance(checkpoint.content, Checkpoint) else None), None


def _has_gone_astray(series: Series) -> bool:
    if series.tag == "Policy/mean_noise_std":
        return series.first_non_finite is not None or series.last_value >= MAX_ACTION_STD
    if not series.tag.startswith("Loss/"):
        return False
    return series.first_non_finite is not None or abs(series.last_value) >= MAX_LOSS


def _value(series: Series) -> str:
    if series.first_non_finite is not None:
        step, value = series.first_non_finite
        return f"{value} at step {step}"
    return f"{series.last_value:g} at step {series.last_step}"


def _of_series(series: Series) -> QuotedLine:
    text = f"{series.source}: {series.tag} is {_value(series)}"
    return QuotedLine(0, text, series.source, f"tag {series.tag}")
