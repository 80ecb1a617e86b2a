"""What is to be evaluated, and the arguments that say so to the evaluating process."""

from dataclasses import dataclass
from pathlib import Path

from rwm_tui.core.evaluation.measurement import Evaluation

MODULE = "rwm_tui.trainer.evaluate"
# Begins the lines in which the evaluating process says what it does; whatever else it prints is trouble.
PROGRESS = "[EVALUATE] "


@dataclass(frozen=True, slots=True)
class EvaluationRequest:
    """One evaluation; None means the default: the final checkpoint, the embedded simulator, its own seed and count.

    :param held_out: the user declares that the dataset is of the run's own task and was not trained on.
    """

    run_dir: Path
    checkpoint: str | None = None
    dataset: Path | None = None
    held_out: bool = False
    episodes: int | None = None
    seed: int | None = None

    def arguments(self) -> list[str]:
        """Paths are absolute, because the process runs elsewhere."""
        named = {
            "--checkpoint": self.checkpoint,
            "--dataset": self.dataset.absolute() if self.dataset else None,
            "--episodes": self.episodes,
            "--seed": self.seed,
        }
        options = [f"{name}={value}" for name, value in named.items() if value is not None]
        return [*options, *(["--held-out"] if self.held_out else []), "--", str(self.run_dir.absolute())]


@dataclass(frozen=True, slots=True)
class EvaluationWritten:
    """An evaluation that was finished, and the file that holds it."""

    path: Path
    evaluation: Evaluation
