"""What the trainer stored of the code it ran: `git/<repository>.diff`, one per repository."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from rwm_tui.core.run_dir.regular_file import read_regular
from rwm_tui.core.run_dir.unreadable import Absent, Unreadable

MAX_DIFF_BYTES = 64 * 1024 * 1024

_SECTION = re.compile(r"^--- (git status|git commit|git diff) ---$", re.MULTILINE)
_COMMIT = re.compile(r"\b[0-9a-f]{40}\b")


@dataclass(frozen=True, slots=True)
class CodeState:
    """One repository as it was at the run.

    Attributes:
        repository: name of the work tree's folder.
        is_dirty: whether it differed from its last commit.
        commit: the commit, where the file names one (rsl_rl 5 and later).
    """

    path: Path
    repository: str
    is_dirty: bool
    commit: str | Absent


def read_code_state(path: Path) -> CodeState | Absent | Unreadable:
    """The state that a stored diff tells of."""
    content = read_regular(path, MAX_DIFF_BYTES)
    if not isinstance(content, bytes):
        return content
    sections = _sections(content.decode("utf-8", "replace"))
    if "git status" not in sections:
        return Unreadable("not-a-diff", "the file is no stored git state: it has no section `git status`")
    commit = _COMMIT.search(sections.get("git commit", ""))
    return CodeState(
        path=path,
        repository=path.stem,
        is_dirty="working tree clean" not in sections["git status"] or bool(sections.get("git diff", "").strip()),
        commit=commit[0] if commit else Absent("the stored state names no commit"),
    )


def _sections(text: str) -> dict[str, str]:
    parts = _SECTION.split(text)
    return dict(zip(parts[1::2], parts[2::2], strict=False))
