"""What the trainer stored of the code it ran: `git/<repository>.diff`, one per repository."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from rwm_tui.core.run_dir.regular_file import read_regular
from rwm_tui.core.run_dir.unreadable import Absent, Unreadable

MAX_DIFF_BYTES = 64 * 1024 * 1024

_SECTION = re.compile(r"^--- (git status|git commit) ---$", re.MULTILINE)
_COMMIT = re.compile(r"\b(?:[0-9a-f]{64}|[0-9a-f]{40})\b")
_CLEAN = re.compile(r"^nothing to commit, working tree clean\s*$", re.MULTILINE)
_CHANGED_FILE = re.compile(r"^diff --git a/(.{1,300}?) b/", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class CodeState:
    """One repository as it was at the run.

    Attributes:
        repository: name of the work tree's folder.
        is_dirty: whether it differed from its last commit.
        has_untracked: whether files lay in it that git does not track, which no diff holds.
        changed_files: as the stored diff names them.
        has_binary_changes: whether the diff leaves out the content of changed binary files.
        commit: the commit, where the file names one (rsl_rl 5 and later).
        sha256: of the stored file.
    """

    path: Path
    repository: str
    is_dirty: bool
    has_untracked: bool
    changed_files: tuple[str, ...]
    has_binary_changes: bool
    commit: str | Absent
    sha256: str


def read_code_state(path: Path) -> CodeState | Absent | Unreadable:
    """The state that a stored diff tells of."""
    content = read_regular(path, MAX_DIFF_BYTES)
    if not isinstance(content, bytes):
        return content
    sections = _sections(content.decode("utf-8", "replace"))
    if "git status" not in sections:
        return Unreadable("not-a-diff", "the file is no stored git state: it has no section `git status`")
    status, diff = sections["git status"], sections.get("git diff", "")
    commit = _COMMIT.search(sections.get("git commit", ""))
    return CodeState(
        path=path,
        repository=path.stem,
        is_dirty=not _CLEAN.search(status) or bool(diff.strip()),
        has_untracked="Untracked files:" in status,
        changed_files=tuple(_CHANGED_FILE.findall(diff)[:1000]),
        has_binary_changes="\nBinary files " in diff,
        commit=commit[0] if commit else Absent("the stored state names no commit"),
        sha256=hashlib.sha256(content).hexdigest(),
    )


def _sections(text: str) -> dict[str, str]:
    """What stands under each head. The diff comes last and may hold lines that look like heads."""
    before, head, diff = text.partition("--- git diff ---\n")
    parts = _SECTION.split(before)
    return dict(zip(parts[1::2], parts[2::2], strict=False)) | ({"git diff": diff} if head else {})
