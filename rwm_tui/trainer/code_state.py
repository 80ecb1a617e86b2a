"""Commit and uncommitted changes of this project's checkout, kept beside the run, as rsl_rl 5 does."""

import subprocess
from pathlib import Path

from rwm_tui.trainer.run_directory import make_folder, write_text

_TIMEOUT_S = 30


def store_code_state(folder: Path) -> str:
    """Write ``<folder>/<repository>.diff`` and return the line to be printed; no failure of git ends a run.

    :raises InputError: where the file cannot be written.
    """
    source = Path(__file__)
    top_level = _git(source.parent, "rev-parse", "--show-toplevel")
    tracked = top_level is not None and _git(source.parent, "ls-files", "--error-unmatch", source.name) is not None
    status = _git(source.parent, "status") if tracked else None
    commit = _git(source.parent, "rev-parse", "HEAD") if status is not None else None
    diff = _git(source.parent, "diff", "HEAD") if commit is not None else None
    if top_level is None or status is None or commit is None or diff is None:
        make_folder(folder)  # stays empty, as upstream leaves it
        return f"Could not find git repository in {source}. Skipping."
    repository = Path(top_level.strip()).name
    path = folder / f"{repository}.diff"
    write_text(path, f"--- git status ---\n{status} \n\n\n--- git commit ---\n{commit}\n\n--- git diff ---\n{diff}")
    return f"Storing git diff for '{repository}' in: {path}"


def _git(folder: Path, *arguments: str) -> str | None:
    """What git prints, or None where there is no git, no repository or a failure."""
    command = ["git", "--no-optional-locks", "-C", str(folder), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, timeout=_TIMEOUT_S, check=False, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.decode(errors="replace") if done.returncode == 0 else None
