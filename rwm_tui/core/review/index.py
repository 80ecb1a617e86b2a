"""The index of past runs: a cache in `logs/.cache/`, never a source of truth.

Each entry carries the stamp of the files it was made from, so a stale one is not used. A missing, damaged or foreign
file is an empty index, one that cannot be written is not. It is replaced whole: of two processes that write at once
the later wins, and the other's entries are made again when they are needed.
"""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import msgspec

from rwm_tui.core.review.file_stamps import Stamp, stamp_of
from rwm_tui.core.review.launch_summary import LaunchSummary
from rwm_tui.core.review.run_summary import RunSummary
from rwm_tui.core.review.verdict_summary import VerdictSummary
from rwm_tui.core.run_dir.regular_file import read_regular
from rwm_tui.core.typed_reading import decode_msgpack

Summary = TypeVar("Summary")
MAX_INDEX_BYTES = 512 * 2**20
_CORE = Path(__file__).parent.parent


class HistoryIndex(msgspec.Struct, frozen=True, kw_only=True):
    """Summaries by directory.

    :param program: which version of the reading and judging code made them; another version starts anew.
    """

    program: Stamp
    runs: dict[str, RunSummary] = {}
    launches: dict[str, LaunchSummary] = {}
    verdicts: dict[str, VerdictSummary] = {}


def index_path(logs: Path) -> Path:
    return logs / ".cache" / "history.msgpack"


def load_index(logs: Path) -> HistoryIndex:
    """The index as it was last saved by this version of the program; else an empty one."""
    empty = HistoryIndex(program=program_stamp())
    content = read_regular(index_path(logs), MAX_INDEX_BYTES)
    if not isinstance(content, bytes):
        return empty
    try:
        index = decode_msgpack(content, HistoryIndex)
    except (msgspec.DecodeError, ValueError, RecursionError):
        return empty
    return index if index.program == empty.program else empty


def save_index(logs: Path, index: HistoryIndex) -> None:
    """Where the folder cannot be written nothing is saved, and nothing is lost but time."""
    import threading  # mostly nothing has changed, and nothing is saved

    path = index_path(logs)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
    with suppress(OSError):
        path.parent.mkdir(exist_ok=True)  # no logs folder, no history
        try:
            temporary.write_bytes(msgspec.msgpack.encode(_that_can_be_written(index)))
            temporary.replace(path)
        except OSError:
            temporary.unlink(missing_ok=True)
            raise


def _that_can_be_written(index: HistoryIndex) -> HistoryIndex:
    """Without the directories whose names are no UTF-8: those are read anew each time."""
    return HistoryIndex(
        program=index.program,
        runs=_named_in_utf8(index.runs),
        launches=_named_in_utf8(index.launches),
        verdicts=_named_in_utf8(index.verdicts),
    )


def _named_in_utf8(entries: dict[str, Summary]) -> dict[str, Summary]:
    return {path: entry for path, entry in entries.items() if path == path.encode(errors="replace").decode()}


def program_stamp() -> Stamp:
    """Of the code that reads and judges: an upgrade must not show verdicts by old rules."""
    return stamp_of(sorted(_sources(str(_CORE))))


def _sources(folder: str) -> Iterator[str]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.endswith(".py"):
                yield entry.path
            elif entry.is_dir() and entry.name != "__pycache__":
                yield from _sources(entry.path)
