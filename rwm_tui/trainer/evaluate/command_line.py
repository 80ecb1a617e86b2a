"""Options in, one JSON document on stdout, progress on stderr."""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from rwm_tui.core.errors import InputError
from rwm_tui.core.evaluation.measurement import Measurement, canonical
from rwm_tui.core.evaluation.request import PROGRESS

DEFAULT_EPISODES = 50
# Far from any training seed, which are small numbers by custom.
DEFAULT_SEED = 1_000_003
_MOST_EPISODES = 4096
_LARGEST_SEED = 2**32 - 1


def main(arguments: Sequence[str]) -> int:
    """Measure and print: 0 with the measurement, 2 with an error document."""
    options = _parser().parse_args(arguments)
    try:
        document = canonical(_measure(options, _say)).decode()
    except InputError as error:
        document = json.dumps({"error": {"title": error.title, "message": error.message, "hint": error.hint}})
        print(document, flush=True)
        return 2
    except KeyboardInterrupt:
        return 130
    print(document, flush=True)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m rwm_tui.trainer.evaluate", description=__doc__)
    parser.add_argument("run_dir", type=Path, metavar="RUN_DIR")
    parser.add_argument("--checkpoint", metavar="model_N.pt", help="default: the final one")
    parser.add_argument("--dataset", type=Path, metavar="CSV", help="66 columns, raw rows; default: the simulator")
    parser.add_argument("--held-out", action="store_true", help="the dataset is of this task and was not trained on")
    parser.add_argument("--episodes", type=int, default=DEFAULT_EPISODES, help="default %(default)s")
    parser.add_argument("--seed", type=int, default=DEFAULT_SEED, help="default %(default)s")
    return parser


def _measure(options: argparse.Namespace, say: Callable[[str], None]) -> Measurement:
    if not 1 <= options.episodes <= _MOST_EPISODES or not 0 <= options.seed <= _LARGEST_SEED:
        raise InputError(
            "impossible value",
            f"--episodes {options.episodes} --seed {options.seed}",
            f"use 1 to {_MOST_EPISODES} episodes and a seed from 0 to {_LARGEST_SEED}",
        )
    if options.held_out and options.dataset is None:
        raise InputError("usage", "--held-out speaks of a dataset", "give --dataset CSV, or leave --held-out out")
    try:
        from rwm_tui.trainer.evaluate.measuring import Asked, measure
    except ModuleNotFoundError as error:
        name = (error.name or "").split(".")[0]
        if name not in {"torch", "mujoco", "numpy"}:
            raise
        raise InputError(
            "package missing", f"'{name}' is not installed here", "pip install 'rwm-tui[embedded]'"
        ) from error
    asked = Asked(
        run_dir=options.run_dir,
        checkpoint=options.checkpoint,
        dataset=options.dataset,
        held_out=options.held_out,
        num_episodes=options.episodes,
        seed=options.seed,
    )
    return measure(asked, say)


def _say(text: str) -> None:
    print(f"{PROGRESS}{text}", file=sys.stderr, flush=True)
