"""``python -m rwm_tui.trainer.holdout RUN_DIR``: one-step error on episodes that were not trained on.

Fresh episodes of the same task, with another seed, are driven by the run's final policy, acting stochastically as in
training. At every step with a full history behind it the world model predicts the next state from the history and the
action that is taken (the training alignment). Errors are root mean squares in units of the run's fixed normalizer, and
stand beside those of *persistence*: "the state stays as it is".
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from rwm_tui.core.errors import InputError
from rwm_tui.trainer.one_step_error import Holdout

DEFAULT_EPISODES = 50
# Far from any training seed, which are small numbers by custom.
DEFAULT_SEED = 1_000_003


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
    sys.exit(main(sys.argv[1:]))
