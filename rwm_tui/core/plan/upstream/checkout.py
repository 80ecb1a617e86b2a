"""What git says of a checkout, without changing anything in it."""

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from rwm_tui.core.ports import NotAvailable

STATUS_LIMIT_S = 1.0

# Git must find the repository by its folder alone.
_LOCATING = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR", "GIT_NAMESPACE")
# The checkout's own configuration must not make git start programs.
_INERT = ("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null")


@dataclass(frozen=True)
class Checkout:
    """A git work tree as it stands.

    :param changed: tracked files that differ from the commit, and files that git does not know.
    """

    path: Path
    commit: str
    changed: tuple[str, ...]

    @property
    def is_dirty(self) -> bool:
        return bool(self.changed)

    @property
    def short_commit(self) -> str:
        return self.commit[:7]


def read_checkout(path: Path, limit_s: float = STATUS_LIMIT_S) -> Checkout | NotAvailable:
    """Commit and changes of the work tree whose top is ``path``."""
    if not path.is_dir():
        return NotAvailable(f"there is no folder {path}")
    located = _git(path, "rev-parse", "--show-toplevel", "--verify", "HEAD", limit_s=limit_s)
    if isinstance(located, NotAvailable):
        return located
    top, _, commit = located.strip().partition("\n")
    if Path(top).resolve() != path.resolve():
        return NotAvailable(f"{path} is no git checkout of its own (it lies inside {top})")
    status = _git(path, "status", "--porcelain", "-z", "--ignore-submodules=all", limit_s=limit_s)
    if isinstance(status, NotAvailable):
        return status
    return Checkout(path, commit.strip(), tuple(entry[3:] for entry in status.split("\0") if entry))


def exclude_file(folder: Path) -> Path | NotAvailable:
    """The list of what git leaves out in this one clone; for a folder within a work tree."""
    found = _git(folder, "rev-parse", "--git-path", "info/exclude", limit_s=STATUS_LIMIT_S)
    return found if isinstance(found, NotAvailable) else folder / found.rstrip("\n")


def git_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Nothing asks for a password, takes a lock, or points git at another repository."""
    kept = {name: value for name, value in environ.items() if name not in _LOCATING}
    return kept | {"GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}


def _git(path: Path, *arguments: str, limit_s: float) -> str | NotAvailable:
    command = ["git", "--no-optional-locks", *_INERT, "-C", str(path), *arguments]
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=limit_s,
            check=False,
            env=git_environment(os.environ),
        )
    except FileNotFoundError:
        return NotAvailable("git is not installed")
    except subprocess.TimeoutExpired:
        return NotAvailable(f"git did not answer within {limit_s:g} s in {path}")
    if done.returncode != 0:
        lines = done.stderr.decode(errors="replace").strip().splitlines()
        return NotAvailable(f"git in {path}: {lines[0] if lines else f'exit status {done.returncode}'}")
    return done.stdout.decode(errors="replace")
