"""The ceilings as a text file that people read, edit and share: ``logs/ceilings.yaml``.

A link to a file that a lab can write makes it the lab's: writing reads again first and merges, under a lock.
"""

import contextlib
import fcntl
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec

from rwm_tui.core.atomic_file import write_atomically
from rwm_tui.core.errors import InputError
from rwm_tui.core.memory.baseline import SimulatorShare
from rwm_tui.core.memory.ceilings import Ceiling, Ceilings, DeviceCeilings, merged
from rwm_tui.core.memory.scale_sizes import ScaleSizes
from rwm_tui.core.run_dir.regular_file import read_regular
from rwm_tui.core.run_dir.unreadable import Absent, Unreadable
from rwm_tui.core.typed_reading import converted
from rwm_tui.core.yaml_mapping import explained, parse_yaml_mapping

KIND = "ceilings"
START_FROM = "remove the file: `rwm-tui memory --learn` writes it anew from the launches"
MAX_BYTES = 512 * 1024
LOCK_LIMIT_S = 5.0
HEADER = """\
# What fitted and what ran out of GPU memory, learned from launches; sizes that are not named are the reference's.
# Lines may be edited or removed. `rwm-tui memory --learn` learns again from the launches that are still kept.
"""


def ceilings_path(logs: Path) -> Path:
    return logs / "ceilings.yaml"


def read_ceilings(path: Path) -> Ceilings:
    """Empty where there is no file.

    :raises InputError: naming the file, the key and the remedy.
    """
    raw = read_regular(path, MAX_BYTES)
    if isinstance(raw, Absent):
        return Ceilings()
    if isinstance(raw, Unreadable):
        raise InputError("ceilings not readable", f"{path}: {raw.reason}", START_FROM)
    content = parse_yaml_mapping(raw, path, KIND, START_FROM)
    try:
        return converted(content, Ceilings)
    except msgspec.ValidationError as error:
        raise InputError("ceilings not usable", *explained(error, content, str(path), _known_keys())) from error


def add_to_ceilings(path: Path, learned: Ceilings) -> Ceilings:
    """Merge into what the file says by now; what it then says. Nothing is written where nothing is new.

    :raises InputError: where the file cannot be understood; it is then left as it is.
    :raises OSError: where it cannot be written.
    """
    target = path.resolve()
    target.parent.mkdir(parents=True, exist_ok=True)
    with _locked(target):
        before = read_ceilings(target)
        after = merged(before, learned)
        if after != before:
            from rwm_tui.core.memory.ceilings_text import entries_as_text  # the app's first screen only reads

            write_atomically(target, f"{HEADER}{entries_as_text(msgspec.to_builtins(after))}".encode())
    return after


@contextlib.contextmanager
def _locked(target: Path) -> Iterator[None]:
    """One writer at a time, where the file system can lock; after a while without: what is lost is learned again."""
    with target.with_name(f".{target.name}.lock").open("ab") as lock:
        deadline = time.monotonic() + LOCK_LIMIT_S
        while time.monotonic() < deadline:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                time.sleep(0.02)
            except OSError:
                break
        yield


def _known_keys() -> list[str]:
    parts = (Ceilings, DeviceCeilings, Ceiling, ScaleSizes, SimulatorShare)
    return [field.name for part in parts for field in msgspec.structs.fields(part)]
