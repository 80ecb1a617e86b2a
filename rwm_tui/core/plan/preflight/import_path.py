"""What a Python environment would import, told from its files: nothing of it is run or imported."""

import ast
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from rwm_tui.core.ports import NotAvailable

MAX_TEXT_BYTES = 1024 * 1024
_DISTRIBUTION = re.compile(r"(?P<name>.+?)-(?P<version>[^-]+)\.(?:dist|egg)-info")


@dataclass(frozen=True)
class PackageOrigin:
    """Where an import of a package ends.

    :param kind: ``package``: a folder with ``__init__.py``; ``namespace``: one without, which holds no code of its own.
    """

    kind: Literal["package", "namespace"]
    folder: Path


@dataclass(frozen=True)
class ImportPath:
    """The search order of one environment.

    :param entries: folders in order: PYTHONPATH, site-packages, what ``.pth`` files add.
    :param editable: packages of setuptools' editable finders, which are asked after all folders.
    :param distributions: installed versions by normalised name, as the metadata folders are called.
    """

    entries: tuple[Path, ...]
    editable: Mapping[str, Path]
    distributions: Mapping[str, tuple[str, ...]]

    def find(self, package: str) -> PackageOrigin | None:
        """Where ``import package`` would lead: a regular package anywhere wins over a namespace before it."""
        namespace: Path | None = None
        for entry in self.entries:
            folder = entry / package
            if (folder / "__init__.py").is_file():
                return PackageOrigin("package", folder)
            if namespace is None and folder.is_dir():
                namespace = folder
        if namespace is not None:
            return PackageOrigin("namespace", namespace)
        folder = self.editable.get(package, Path())
        return PackageOrigin("package", folder) if package in self.editable and folder.is_dir() else None

    def versions(self, distribution: str) -> tuple[str, ...]:
        """Installed versions of a distribution; two stand there after an installation over another."""
        return self.distributions.get(normalised(distribution), ())


def normalised(distribution: str) -> str:
    return re.sub(r"[-_.]+", "-", distribution).lower()


def site_packages_of(prefix: Path) -> Path | NotAvailable:
    """The site-packages folder of a conda or virtual environment."""
    found = sorted(prefix.glob("lib/python3.*/site-packages"))
    if not found:
        return NotAvailable(f"{prefix} holds no lib/python3.*/site-packages")
    return found[-1]


def read_import_path(python_path: str, site_packages: Path | NotAvailable) -> ImportPath:
    """The search order that PYTHONPATH and an environment's site-packages make."""
    entries = [Path(part) for part in python_path.split(os.pathsep) if part]
    if isinstance(site_packages, NotAvailable):
        return ImportPath(tuple(entries), {}, {})
    names = sorted(_names_in(site_packages))
    added = [line for name in names if name.endswith(".pth") for line in _pth_folders(site_packages / name)]
    finders = [name for name in names if name.startswith("__editable__") and name.endswith("_finder.py")]
    editable: dict[str, Path] = {}
    for name in finders:
        editable |= _finder_mapping(site_packages / name)
    return ImportPath((*entries, site_packages, *added), editable, _distributions(names))


def _names_in(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []


def _distributions(names: Iterable[str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for name in names:
        if parts := _DISTRIBUTION.fullmatch(name):
            key = normalised(parts["name"])
            found[key] = (*found.get(key, ()), parts["version"])
    return found


def _pth_folders(path: Path) -> list[Path]:
    """The folders of a ``.pth`` file; its ``import`` lines are code and are passed over."""
    lines = (line.strip() for line in read_text(path).splitlines())
    folders = [path.parent / line for line in lines if line and not line.startswith(("#", "import ", "import\t"))]
    return [folder for folder in folders if folder.is_dir()]


def _finder_mapping(path: Path) -> dict[str, Path]:
    """``MAPPING = {'mbrl': '/…/source/mbrl/mbrl'}`` of an editable finder, as a literal."""
    try:
        tree = ast.parse(read_text(path))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {}
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id="MAPPING")], value=ast.expr() as value):
                return _literal_paths(value)
            case ast.AnnAssign(target=ast.Name(id="MAPPING"), value=ast.expr() as value):
                return _literal_paths(value)
    return {}


def _literal_paths(node: ast.expr) -> dict[str, Path]:
    try:
        mapping = ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return {}
    if not isinstance(mapping, dict):
        return {}
    return {str(name): Path(folder) for name, folder in mapping.items() if isinstance(folder, str)}


def read_text(path: Path) -> str:
    """A small text file; empty where it cannot be read."""
    try:
        if not path.is_file():
            return ""
        with path.open("rb") as file:
            return file.read(MAX_TEXT_BYTES).decode(errors="replace")
    except OSError:
        return ""
