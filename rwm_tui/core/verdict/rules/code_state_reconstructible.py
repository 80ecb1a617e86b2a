"""The code that ran can be put together again from what the run stored of it."""

from __future__ import annotations

from collections.abc import Iterator

from rwm_tui.core.run_dir.code_state import CodeState
from rwm_tui.core.run_dir.unreadable import Absent, Unreadable
from rwm_tui.core.verdict.backend import resolve_backend
from rwm_tui.core.verdict.facts import RunFacts
from rwm_tui.core.verdict.finding import Bearing, Finding, missing, proves, supports, told

# Isaac Lab's runs need the task's repository and the runner's; the embedded trainer is one repository.
_REPOSITORIES_NEEDED = 2


def code_state_reconstructible(facts: RunFacts) -> Iterator[Finding]:
    """A commit for each repository, and a diff that holds every change: untracked files are in no diff."""
    states = [state for state in facts.code_states if isinstance(state, CodeState)]
    needed = 1 if resolve_backend(facts).backend == "embedded" else _REPOSITORIES_NEEDED
    for state in facts.code_states:
        if isinstance(state, Unreadable):
            yield Finding(Bearing.MISSING, None, f"a stored code state can't be read: {state.reason}")
    if not facts.code_states:
        reason = "the run stored no code state (git/ is empty or not there)"
        yield missing("git/", "folder", "no .diff", f"{needed} repositories", reason)
    elif len(states) < needed:
        names = ", ".join(state.repository for state in states) or "none"
        reason = f"the code state of {names} alone is stored, and a run needs {needed} repositories"
        yield missing("git/", "folder", names, f"{needed} repositories", reason)
    for state in states:
        yield from _judge(state)


def _judge(state: CodeState) -> Iterator[Finding]:
    source, is_whole = f"git/{state.path.name}", True
    if isinstance(state.commit, Absent):
        is_whole = False
        reason = f"{source} does not say from which commit {state.repository} was run"
        yield missing(source, "git commit", "not there", "a commit", reason)
    if state.has_untracked:
        is_whole = False
        reason = f"{state.repository} held files that git did not track, which the stored diff leaves out"
        yield missing(source, "git status", "untracked files", "none", reason)
    if state.has_binary_changes:
        is_whole = False
        reason = f"{state.repository} held changed binary files, whose content the stored diff leaves out"
        yield missing(source, "git diff", "binary files differ", "none", reason)
    if state.is_dirty and not state.changed_files and not state.has_untracked:
        is_whole = False
        reason = f"{state.repository} was not clean, and {source} does not hold what differed"
        yield missing(source, "git diff", "no change", "the changes", reason)
    changes = ", ".join(state.changed_files[:5]) or "none"
    more = f" and {len(state.changed_files) - 5} more" if len(state.changed_files) > 5 else ""
    yield told(source, "git diff", f"changed: {changes}{more}" if state.is_dirty else "clean")
    if is_whole:
        yield proves(source, "git commit", state.commit)
    elif not isinstance(state.commit, Absent):
        yield supports(source, "git commit", state.commit)
