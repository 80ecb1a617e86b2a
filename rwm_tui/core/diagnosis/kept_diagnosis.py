"""Diagnoses that were made, kept in `logs/.cache/`: opening a run again reads none of its files.

A cache, never a source of truth: another version of the program or a change of any file makes the diagnosis anew.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import msgspec

from rwm_tui.core.atomic_file import write_atomically
from rwm_tui.core.diagnosis.judgement import Diagnosis
from rwm_tui.core.diagnosis.signature import SIGNATURES_FILE
from rwm_tui.core.review.file_stamps import stamp_of
from rwm_tui.core.review.index import program_stamp
from rwm_tui.core.review.verdict_summary import look_at_files
from rwm_tui.core.run_dir.regular_file import read_regular
from rwm_tui.core.typed_reading import decode_json

MAX_BYTES = 4 * 2**20
# What a diagnosis quotes was cleaned when it was made; a file that was written by somebody else may hold anything.
_CONTROL = re.compile(rb"\\u00|\x7f|\xc2[\x80-\x9f]")


class KeptDiagnosis(msgspec.Struct, frozen=True):
    """`made_from` stands for the program and for every file that was read."""

    made_from: str
    diagnosis: Diagnosis | None


def kept_or_made(
    logs: Path, folders: tuple[Path, ...], make: Callable[[], Diagnosis | None], *, may_keep: bool = True
) -> Diagnosis | None:
    """The diagnosis that was kept for these one or two folders while nothing in them has changed; else a new one.

    Raises:
        InputError: what `make` raises.
    """
    names = [str(folder) for folder in folders]
    files = look_at_files(names[0], names[1] if len(names) > 1 else None)
    made_from = f"{program_stamp()} {stamp_of([str(SIGNATURES_FILE)])} {files.stamp}"
    path = _path(logs, names)
    kept = _read(path)
    if kept and kept.made_from == made_from:
        return kept.diagnosis
    diagnosis = make()
    if may_keep and files.is_at_rest:
        with suppress(OSError):  # nothing is lost but time
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(path, msgspec.json.encode(KeptDiagnosis(made_from, diagnosis)))
    return diagnosis


def _path(logs: Path, names: list[str]) -> Path:
    digest = hashlib.blake2b("\0".join(names).encode("utf-8", "replace"), digest_size=12)
    return logs / ".cache" / "diagnoses" / f"{digest.hexdigest()}.json"


def _read(path: Path) -> KeptDiagnosis | None:
    content = read_regular(path, MAX_BYTES)
    if not isinstance(content, bytes) or _CONTROL.search(content):
        return None
    try:
        return decode_json(content, KeptDiagnosis)
    except (msgspec.DecodeError, ValueError, RecursionError):
        return None
