"""Which code measured: a digest over the source files that an evaluation rests on."""

import hashlib
from importlib import metadata
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[2]
_PARTS = ("trainer", "core/evaluation/measurement.py", "core/run_dir", "core/agent_config.py")


def code_digest() -> str:
    """sha256 over names and contents of the evaluating modules, in the order of their names.

    :raises OSError: where a source file cannot be read.
    """
    digest = hashlib.sha256()
    for path in sorted(path for part in _PARTS for path in _sources(_PACKAGE / part)):
        name, content = str(path.relative_to(_PACKAGE)).encode(), path.read_bytes()
        digest.update(b"%d %s %d " % (len(name), name, len(content)) + content)
    return digest.hexdigest()


def code_version() -> str:
    """The installed version of this distribution."""
    try:
        return metadata.version("rwm-tui")
    except metadata.PackageNotFoundError:
        return "not installed"


def _sources(part: Path) -> list[Path]:
    return [part] if part.is_file() else list(part.rglob("*.py"))
