"""Cloning the pinned repositories into ``upstream/``; what is there already stays as it is."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from rwm_tui.core.errors import InputError
from rwm_tui.core.plan.upstream.checkout import git_environment
from rwm_tui.core.plan.upstream.pins import Pin, Pins


def clone_all(pins: Pins, folder: Path) -> Iterator[str]:
    """Clone what is missing, one sentence for each repository.

    :raises InputError: where git fails; a checkout that is there is complete.
    """
    for name, pin in pins.repositories.items():
        target = folder / name
        if target.exists() or target.is_symlink():
            yield f"{name}: {target} is there already and was left as it is"
        else:
            _clone(name, pin, target)
            yield f"{name}: {pin.commit[:7]} in {target}"


def _clone(name: str, pin: Pin, target: Path) -> None:
    """Under another name first, so that an interrupted clone is never taken for a checkout."""
    partial = target.with_name(f".{name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.parent.mkdir(parents=True, exist_ok=True)
    try:
        _git(name, "clone", "--no-checkout", "--", pin.url, str(partial))
        _git(name, "-C", str(partial), "checkout", "--quiet", "--detach", pin.commit)
        partial.rename(target)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _git(name: str, *arguments: str) -> None:
    # Large files are pointers until somebody needs them: pretraining does not.
    environment = git_environment(os.environ) | {"GIT_LFS_SKIP_SMUDGE": "1"}
    try:
        done = subprocess.run(
            ["git", *arguments], stdin=subprocess.DEVNULL, capture_output=True, check=False, env=environment
        )
    except FileNotFoundError as error:
        raise InputError("not cloned", "git is not installed", "install git") from error
    if done.returncode != 0:
        lines = done.stderr.decode(errors="replace").strip().splitlines()
        raise InputError(
            "not cloned",
            f"{name}: {lines[-1] if lines else f'git ended with status {done.returncode}'}",
            "check the network, and url and commit in upstream/pins.yaml",
        )
