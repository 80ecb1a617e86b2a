"""Putting the runner guard into a checkout: backup first, whole file at once, looked at again afterwards."""

import os
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from rwm_tui.core.atomic_file import write_atomically
from rwm_tui.core.errors import InputError
from rwm_tui.core.plan.upstream.checkout import exclude_file
from rwm_tui.core.plan.upstream.runner_guard import GuardState, examine_guard, guard_diff, guarded_source
from rwm_tui.core.ports import NotAvailable

BACKUP_MARK = ".orig."
MAX_SOURCE_BYTES = 1024 * 1024


@dataclass(frozen=True)
class GuardProposal:
    """The fix of one runner as it is shown before anybody agrees.

    :param source: the text that the diff was made of.
    """

    runner: Path
    source: str
    diff: str


@dataclass(frozen=True)
class AppliedFix:
    runner: Path
    backup: Path


def read_source(path: Path) -> str:
    """A source file as text, with its line endings.

    :raises InputError: where it cannot be read or is no source file.
    """
    try:
        if not path.is_file():
            raise InputError("source not readable", f"{path}: no such file", "`rwm-tui upstream clone`")
        with path.open("rb") as file:
            raw = file.read(MAX_SOURCE_BYTES + 1)
        if len(raw) > MAX_SOURCE_BYTES:
            raise InputError("source not readable", f"{path}: larger than 1 MiB", "check out a commit of pins.yaml")
        return raw.decode()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError("source not readable", f"{path}: {error}", "check the checkout and its permissions") from error


def propose_guard(runner: Path) -> GuardProposal:
    """The fix for this runner; nothing is written.

    :raises InputError: where it needs none, cannot be read, or its code is not the expected one.
    """
    source = read_source(runner)
    return GuardProposal(runner, source, guard_diff(source))


def apply_proposal(proposal: GuardProposal, now: float) -> AppliedFix:
    """Apply what was agreed to, and nothing else.

    :raises InputError: where the file is no longer the one that was shown, or cannot be written.
    """
    applied = apply_guard(proposal.runner, now) if read_source(proposal.runner) == proposal.source else None
    if applied is None:
        raise InputError(
            "runner not fixed", f"{proposal.runner} changed since the fix was shown", "look again, then decide"
        )
    return applied


def apply_guard(runner: Path, now: float) -> AppliedFix | None:
    """Guard the runner; None where it needs nothing.

    :raises InputError: where the code is not the expected one or cannot be written; the file is then as before.
    """
    source = read_source(runner)
    if examine_guard(source).state in (GuardState.GUARDED, GuardState.NOT_NEEDED):
        return None
    fixed = guarded_source(source)
    target = runner.resolve()  # a link stays a link
    stamp = time.strftime("%Y%m%d_%H%M%S", time.localtime(now))
    backup = target.with_name(f"{target.name}{BACKUP_MARK}{stamp}")
    try:
        with backup.open("xb"):  # never over an earlier backup
            pass
        shutil.copy2(target, backup)
        mode = target.stat().st_mode & 0o7777
        write_atomically(target, fixed.encode())
        os.chmod(target, mode)
    except OSError as error:
        raise InputError(
            "runner not fixed", f"{error.filename or target}: {error.strerror}", "mend the permissions"
        ) from error
    if examine_guard(read_source(runner)).state is not GuardState.GUARDED:
        os.replace(backup, target)
        raise InputError("runner not fixed", f"{runner} changed while it was being fixed", "try again")
    _leave_out_of_git(target)
    return AppliedFix(runner, backup)


def _leave_out_of_git(target: Path) -> None:
    """Backups are no part of the code: an untracked file would cost every later run its reconstructible state."""
    excluded = exclude_file(target.parent)
    if isinstance(excluded, NotAvailable):
        return
    pattern = f"{target.name}{BACKUP_MARK}*"
    try:
        before = excluded.read_text() if excluded.exists() else ""
        if pattern not in before.splitlines():
            excluded.parent.mkdir(exist_ok=True)
            excluded.write_text(f"{before.rstrip()}\n{pattern}\n".lstrip())
    except (OSError, UnicodeDecodeError):
        return  # then git shows the backup as untracked, and the claim says so
