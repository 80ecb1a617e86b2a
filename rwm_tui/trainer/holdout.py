"""``python -m rwm_tui.trainer.holdout RUN_DIR``: one-step error on episodes that were not trained on.

Fresh episodes of the same task, with another seed, are driven by the run's final policy, acting stochastically as in
training. At every step with a full history behind it the world model predicts the next state from the history and the
action that is taken (the training alignment). Errors are root mean squares in units of the run's fixed normalizer, and
stand beside those of *persistence*: "the state stays as it is".
"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rwm_tui.core.errors import InputError

DEFAULT_EPISODES = 50
# Far from any training seed, which are small numbers by custom.
DEFAULT_SEED = 1_000_003

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


def main(arguments: Sequence[str]) -> int:
    """Measure and print; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m rwm_tui.trainer.holdout", description="One-step error, held out.")
    parser.add_argument("run_dir", type=Path, metavar="RUN_DIR")
    parser.add_argument("--episodes", type=int, default=DEFAULT_EPISODES, help="default %(default)s")
    parser.add_argument("--seed", type=int, default=DEFAULT_SEED, help="default %(default)s")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    options = parser.parse_args(arguments)
    try:
        measured = _measure(options.run_dir, options.episodes, options.seed)
    except InputError as error:
        print(f"[ERROR] {error}\n        {error.hint}", file=sys.stderr, flush=True)
        return 1
    except KeyboardInterrupt:
        return 130
    print(json.dumps(measured.document()) if options.json else measured.table())
    return 0


def _measure(run_dir: Path, episodes: int, seed: int) -> Holdout:
    if episodes < 1 or seed < 0:
        raise InputError(
            "impossible value", f"--episodes {episodes} --seed {seed}", "use at least one episode and a seed >= 0"
        )
    try:
        from rwm_tui.trainer.one_step import measure_holdout
    except ModuleNotFoundError as error:
        name = (error.name or "").split(".")[0]
        if name not in {"torch", "mujoco", "numpy"}:
            raise
        raise InputError(
            "package missing", f"'{name}' is not installed here", "pip install 'rwm-tui[embedded]'"
        ) from error
    return measure_holdout(run_dir, episodes, seed)


if __name__ == "__main__":
    # The module that measures imports this one under its own name; hand over to that copy.
    from rwm_tui.trainer import holdout

    sys.exit(holdout.main(sys.argv[1:]))
