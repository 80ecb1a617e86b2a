"""Which code measured: a digest over the source files that an evaluation rests on."""

import ast
import functools
import hashlib
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[3]
_PACKAGE = "rwm_tui"
_EVALUATING = "rwm_tui.trainer.evaluate"


@functools.cache
def code_digest() -> str:
    """sha256 over names and contents of the evaluating modules and of all that they import from this distribution.

    :raises OSError: where a source file cannot be read.
    """
    digest = hashlib.sha256()
    for path in evaluating_sources():
        name, content = str(path.relative_to(_ROOT)).encode(), path.read_bytes()
        digest.update(b"%d %s %d " % (len(name), name, len(content)) + content)
    return digest.hexdigest()


def code_version() -> str:
    """The installed version of this distribution."""
    try:
        return metadata.version("rwm-tui")
    except metadata.PackageNotFoundError:
        return "not installed"


def evaluating_sources() -> list[Path]:
    """The files, by name: imports are followed in the syntax trees, those inside of functions too."""
    found: set[Path] = set()
    waiting = list(_source(_EVALUATING).parent.glob("*.py"))
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            waiting += (source for name in _imported(path) if (source := _source(name)).is_file())
    return sorted(found)


def _imported(path: Path) -> Iterator[str]:
    """Modules and what is taken from them, which may be a module as well; with each, the packages around it."""
    for node in ast.walk(ast.parse(path.read_bytes())):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        for name in names:
            parts = name.split(".")
            if parts[0] == _PACKAGE:
                yield from (".".join(parts[: count + 1]) for count in range(len(parts)))


def _source(module: str) -> Path:
    path = _ROOT.joinpath(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
