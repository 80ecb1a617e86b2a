"""What a run directory tells at a glance: names, and a few lines of its configuration found by their beginnings.

Nothing is parsed or unpickled here; thousands are summarised in a fraction of a second. Judging reads properly.
"""

import os
import re
from typing import Literal

import msgspec

from rwm_tui.core.review.file_stamps import Stamp, stamp_of
from rwm_tui.core.run_dir.layout import MAX_ENTRIES, checkpoint_number, is_checkpoint_name, is_event_file_name
from rwm_tui.core.run_dir.regular_file import read_head

Backend = Literal["embedded", "isaaclab"]

MAX_CONFIG_BYTES = 64 * 1024  # what is looked for in env.yaml stands in its first quarter
MAX_MANIFEST_BYTES = 64 * 1024
MAX_TEXT = 200

_AGENT = (  # compiled where a run was not known yet
    rb"(?m)^(?:max_iterations|"
    rb"  system_dynamics_(?:mini_batch_size|num_mini_batches|replay_buffer_size|forecast_horizon)): (\d{1,9})$"
)
_SCENE = b"\nscene:\n"
_NUM_ENVS = rb"(?:  .*\n)*?  num_envs: (\d{1,9})\n"
_EMBEDDED, _ISAAC_LAB = b" func: rwm_tui.", b" func: isaaclab"


class Sizes(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The sizes that a configuration names; None where it does not, or names one twice."""

    num_envs: int | None = None
    max_iterations: int | None = None
    mini_batch_size: int | None = None
    num_mini_batches: int | None = None
    replay_buffer_size: int | None = None
    forecast_horizon: int | None = None


class RunSummary(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One run directory at a glance. There are thousands; none holds anything that could refer back (`gc=False`).

    :param stamp: of the files that were looked at; the summary holds as long as it stays.
    :param is_run: whether a trainer wrote there; everything else is then empty.
    :param changed: newest change of the folder, in seconds since the epoch.
    :param last_checkpoint: the highest number of a ``model_<number>.pt``.
    """

    stamp: Stamp
    is_run: bool
    changed: float
    task: str | None = None
    backend: Backend | None = None
    sizes: Sizes = Sizes()
    checkpoints: int = 0
    last_checkpoint: int | None = None


def run_stamp(path: str) -> Stamp:
    """Of the folder, which changes when a file is added to it, and of the files whose lines are told."""
    return stamp_of((path, f"{path}/params/agent.yaml", f"{path}/params/env.yaml", f"{path}/run.json"))


def summarize_run(path: str, stamp: Stamp) -> RunSummary:
    """The summary; what cannot be read is empty in it. :param stamp: taken before."""
    names = _names(path)
    numbers = [checkpoint_number(name) for name in names if is_checkpoint_name(name)]
    has_params = "params" in names and os.path.isdir(f"{path}/params")
    has_manifest = "run.json" in names
    changed = stamp[1] / 1e9
    if not (numbers or has_params or has_manifest or any(map(is_event_file_name, names))):
        return RunSummary(stamp, False, changed)
    env = read_head(f"{path}/params/env.yaml", MAX_CONFIG_BYTES) if has_params else b""
    agent = read_head(f"{path}/params/agent.yaml", MAX_CONFIG_BYTES) if has_params else b""
    task, library = _manifest(path) if has_manifest else (None, None)
    return RunSummary(
        stamp,
        True,
        changed,
        task,
        _backend(library, env),
        _sizes(agent, env),
        len(numbers),
        max((number for number in numbers if number is not None), default=None),
    )


def _names(path: str) -> list[str]:
    names: list[str] = []
    try:
        with os.scandir(path) as entries:
            for entry in entries:
                names.append(entry.name)
                if len(names) >= MAX_ENTRIES:
                    break
    except OSError:
        return []
    return names


def _sizes(agent: bytes, env: bytes) -> Sizes:
    found: dict[str, int | None] = {}
    for line in re.finditer(_AGENT, agent):
        name = line[0].partition(b":")[0].strip().decode().removeprefix("system_dynamics_")
        found[name] = None if name in found else int(line[1])
    return Sizes(num_envs=_num_envs(env), **found)


def _num_envs(env: bytes) -> int | None:
    """`scene.num_envs`: of the lines below `scene:`, until the next key of the top level."""
    env = b"\n" + env
    start = env.find(_SCENE)
    found = re.match(_NUM_ENVS, env[start + len(_SCENE) :]) if start >= 0 else None
    return int(found[1]) if found else None


def _backend(library: str | None, env: bytes) -> Backend | None:
    """Any trace of the embedded trainer decides."""
    if (library and library.startswith("rwm_tui")) or _EMBEDDED in env:
        return "embedded"
    return "isaaclab" if library == "rsl_rl" or _ISAAC_LAB in env else None


def _manifest(path: str) -> tuple[str | None, str | None]:
    """Task and library of `run.json`."""
    import json  # only where a run was not known yet

    try:
        manifest = json.loads(read_head(f"{path}/run.json", MAX_MANIFEST_BYTES))
    except (ValueError, RecursionError):
        return None, None
    if not isinstance(manifest, dict):
        return None, None
    return _text(manifest.get("task")), _text(manifest.get("library"))


def _text(value: object) -> str | None:
    return value[:MAX_TEXT] if isinstance(value, str) and value else None
