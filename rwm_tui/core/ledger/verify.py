"""Whether a ledger still holds: every file's digest, and the verdict made anew."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from rwm_tui.core.errors import InputError
from rwm_tui.core.ledger.digests import is_inside
from rwm_tui.core.ledger.ledger import LEDGER_SCHEMA, Ledger, all_files
from rwm_tui.core.run_dir.regular_file import read_regular
from rwm_tui.core.typed_reading import decode_json
from rwm_tui.core.verdict.finding import shown

MAX_LEDGER_BYTES = 16 * 2**20
_HINT = "give the JSON that `rwm-tui ledger RUN_DIR --json` wrote"


def read_ledger(path: Path) -> Ledger:
    """
    :raises InputError: where it can't be read, is of another version, or no ledger.
    """
    content = read_regular(path, MAX_LEDGER_BYTES)
    if not isinstance(content, bytes):
        raise InputError("ledger not readable", f"{path}: {content.reason}", _HINT)
    try:
        ledger = decode_json(content, Ledger)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError("ledger not readable", f"{path}: {shown(str(error))}", _HINT) from error
    if ledger.schema != LEDGER_SCHEMA:
        raise InputError("ledger not readable", f"{path}: schema {ledger.schema}, not {LEDGER_SCHEMA}", _HINT)
    if "/" in ledger.run or ledger.run in ("", ".", "..") or not isinstance(ledger.verdict.get("items"), list):
        raise InputError("ledger refused", f"{path}: it names no run, or no claims", _HINT)
    return ledger


def refuse_paths_outside(ledger: Ledger, run_directory: Path) -> None:
    """
    :raises InputError: where the ledger names a file that lies, or leads, out of the run directory.
    """
    for file in ledger.files:
        if not is_inside(run_directory, file.path):
            raise InputError("ledger refused", f"it names {shown(file.path)}, outside the run directory", _HINT)


def differences(recorded: Ledger, found: Ledger) -> Iterator[str]:
    """Each way in which the run no longer is what the ledger says, in words."""
    if recorded.run != found.run:
        yield f"run: recorded {shown(recorded.run)}, found {shown(found.run)}"
    before, after = ({file.path: file for file in all_files(ledger)} for ledger in (recorded, found))
    if len(before) != len(all_files(recorded)):
        yield "files: the ledger names one twice"
    for path in sorted({*before, *after}):
        if path not in after:
            yield f"{shown(path)}: gone"
        elif path not in before:
            yield f"{shown(path)}: not in the ledger"
        elif before[path] != after[path]:
            yield f"{shown(path)}: {_digest(before[path].sha256)} recorded, {_digest(after[path].sha256)} found"
        elif after[path].sha256 is None:
            yield f"{shown(path)}: can't be read, so nothing is known of it"
    yield from _verdict_differences(recorded, found)


def _digest(sha256: str | None) -> str:
    return f"sha256 {shown(sha256)[:16]}..." if sha256 else "not readable"


def _verdict_differences(recorded: Ledger, found: Ledger) -> Iterator[str]:
    before = {str(item.get("id")): item for item in recorded.verdict["items"] if isinstance(item, dict)}
    after = {item["id"]: item for item in found.verdict["items"]}
    for claim in dict.fromkeys([*after, *before]):
        one, other = before.get(claim), after.get(claim)
        if one is None or other is None:
            yield f"claim {shown(claim)}: {'not in the ledger' if one is None else 'no claim of this version'}"
        elif one.get("status") != other["status"]:
            yield f"claim {claim}: recorded {shown(one.get('status'))}, judged {other['status']}"
        elif one != other:
            yield f"claim {claim}: same status, but its reason or evidence differs"
    for key in sorted({*recorded.verdict, *found.verdict} - {"items"}):
        if recorded.verdict.get(key) != found.verdict.get(key):
            yield f"verdict › {shown(key)}: recorded and found differ"
