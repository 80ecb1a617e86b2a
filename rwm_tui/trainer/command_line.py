"""The command line, like that of the reference trainer: options, then ``agent.key=value`` overrides."""

import argparse
import contextlib
import difflib
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from rwm_tui.core.agent_config import AgentConfig, apply_overrides, parse_override, reference_agent_config
from rwm_tui.core.errors import InputError
from rwm_tui.core.profile import EMBEDDED_TASK

_DEFAULT_NUM_ENVS = 4096


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Options and overrides as they were typed; a wrong option ends the process with status 2."""
    parser = argparse.ArgumentParser(
        prog="python -m rwm_tui.trainer",
        description="World-model pretraining on MuJoCo, without Isaac Lab.",
        allow_abbrev=False,
    )
    parser.add_argument("--task", default=EMBEDDED_TASK, help="the only one: %(default)s")
    parser.add_argument(
        "--headless", action="store_true", help="accepted as the reference trainer does; always so here"
    )
    parser.add_argument("--num_envs", type=int, default=_DEFAULT_NUM_ENVS, help="robots (default %(default)s)")
    parser.add_argument("--max_iterations", type=int)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--run_name", help="end of the run directory's name (default pretrain)")
    parser.add_argument("--experiment_name")
    parser.add_argument("--device", help="cpu or cuda:0 (default: CUDA where there is one)")
    parser.add_argument(
        "--device-memory-cap-mib", type=float, metavar="N", help="the most that torch may reserve on the GPU"
    )
    parser.add_argument("--logs", type=Path, default=Path("logs"), metavar="DIR", help="default: ./logs")
    parser.add_argument("overrides", nargs="*", metavar="agent.KEY=VALUE", help="e.g. agent.algorithm.gamma=0.98")
    return parser.parse_intermixed_args(arguments)


def agent_config(options: argparse.Namespace) -> tuple[AgentConfig, str | None]:
    """The configuration asked for, and the device where one was named. Options win over overrides, as upstream.

    :raises InputError: for a task that does not exist, and for unusable overrides and sizes.
    """
    if options.task != EMBEDDED_TASK:
        close = difflib.get_close_matches(options.task, [EMBEDDED_TASK], cutoff=0.6)
        hint = f"did you mean {EMBEDDED_TASK}?" if close else f"the embedded trainer's only task is {EMBEDDED_TASK}"
        raise InputError("unknown task", f"'{options.task}' is no task of the embedded trainer", hint)
    if options.num_envs < 1:
        raise InputError("impossible value", f"--num_envs {options.num_envs}", "use at least one environment")
    cap_mib = options.device_memory_cap_mib
    if cap_mib is not None and not 0.0 < cap_mib < float("inf"):
        raise InputError("impossible value", f"--device-memory-cap-mib {cap_mib:g}", "give a size in MiB")
    asked: dict[str, Any] = dict(parse_override(text) for text in options.overrides)
    for name in ("max_iterations", "seed", "run_name", "experiment_name", "device"):
        value = getattr(options, name)
        if value is not None:
            asked[name] = value
    return apply_overrides(reference_agent_config(), asked), asked.get("device")


def main(arguments: Sequence[str]) -> int:
    """Train; returns the exit status. Unforeseen errors, such as out of memory, keep their traceback."""
    options = parse(arguments)
    try:
        config, device = agent_config(options)
        train = _import_training()
        train(config, device, options.num_envs, options.logs, options.device_memory_cap_mib)
    except InputError as error:
        print(f"[ERROR] {error}\n        {error.hint}", file=sys.stderr, flush=True)
        return 1
    except KeyboardInterrupt:
        print("[INFO] Interrupted: no final checkpoint was written.", file=sys.stderr, flush=True)
        return 130
    except OSError as error:  # files name themselves in an InputError; what is left is the console
        _say_at_last(f"[ERROR] {error.filename or 'console output'}: {error.strerror or error}")
    return 0


def _import_training() -> Any:
    """The training entry, with torch and MuJoCo behind it.

    :raises InputError: where one of them is not installed.
    """
    try:
        from rwm_tui.trainer.training import train
    except ModuleNotFoundError as error:
        if error.name is None or error.name.split(".")[0] not in {"torch", "mujoco", "numpy"}:
            raise
        raise InputError(
            "package missing",
            f"the embedded trainer needs '{error.name.split('.')[0]}', which is not installed here",
            "pip install 'rwm-tui[embedded]'",
        ) from error
    return train


def _say_at_last(text: str) -> NoReturn:
    """Say it if anything can still be said, and leave without the flush that would fail once more."""
    with contextlib.suppress(OSError):
        print(text, file=sys.stderr, flush=True)
    os._exit(1)
