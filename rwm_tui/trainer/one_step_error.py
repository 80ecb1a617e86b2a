"""What a hold-out measurement found, as values."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

# Columns of system_state.
STATE_GROUPS: Mapping[str, slice] = {
    "v": slice(0, 3),
    "omega": slice(3, 6),
    "g": slice(6, 9),
    "q": slice(9, 21),
    "qdot": slice(21, 33),
    "tau": slice(33, 45),
}


@dataclass(frozen=True)
class OneStepError:
    """Normalized root mean square errors of the model and of persistence."""

    model: float
    persistence: float

    @property
    def ratio(self) -> float:
        return self.model / self.persistence


@dataclass(frozen=True)
class Holdout:
    """What was measured over ``episodes`` whole episodes and ``predictions`` predicted rows."""

    checkpoint: str
    iteration: int
    seed: int
    episodes: int
    predictions: int
    mean_episode_length: float
    overall: OneStepError
    groups: Mapping[str, OneStepError]

    def document(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "schema": 1,
            **{key: value for key, value in asdict(self).items() if key not in {"overall", "groups"}},
            "overall": _error_document(self.overall),
            "groups": {name: _error_document(error) for name, error in self.groups.items()},
        }

    def table(self) -> str:
        """For people."""
        rows = [("all", self.overall), *self.groups.items()]
        lines = [
            f"One-step error on {self.episodes} episodes that were not trained on "
            f"({self.predictions} predictions, mean length {self.mean_episode_length:.0f} steps)",
            f"of {self.checkpoint} (iteration {self.iteration}), seed {self.seed}; normalized RMSE",
            f"{'state':<8}{'model':>10}{'persistence':>14}{'ratio':>9}",
            *(f"{name:<8}{error.model:>10.4f}{error.persistence:>14.4f}{error.ratio:>9.3f}" for name, error in rows),
        ]
        return "\n".join(lines)


def _error_document(error: OneStepError) -> dict[str, float]:
    return {**asdict(error), "ratio": error.ratio}
