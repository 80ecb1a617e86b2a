"""Which Isaac Lab the settings name, and what of it is there."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rwm_tui.core.plan.environments.trainer_start import TRAIN_SCRIPT
from rwm_tui.core.plan.preflight.import_path import site_packages_of
from rwm_tui.core.ports import NotAvailable
from rwm_tui.core.settings import EnvironmentKind, IsaacLabSettings, Project, resolved

LAUNCHER, SIM_PYTHON, COMMAND = "Isaac Lab's launcher", "Isaac Sim's Python", "the command isaaclab"
PROGRAMS = (LAUNCHER, SIM_PYTHON, COMMAND)
CONTAINER_SITE_PACKAGES = Path("kit/python/lib")


@dataclass(frozen=True)
class Installation:
    """The launch environment by its paths on this machine.

    :param title: the environment in words.
    :param needed: what a launch needs, by name; ``missing`` names those that are not there.
    :param site_packages: where the trainer's Python keeps its packages.
    :param root: the Isaac Lab checkout; None where none is used.
    """

    kind: EnvironmentKind
    title: str
    needed: Mapping[str, Path]
    site_packages: Path | NotAvailable
    root: Path | None
    workdir: Path
    rsl_rl: Path

    @property
    def missing(self) -> dict[str, Path]:
        return {what: path for what, path in self.needed.items() if not path.exists()}

    @property
    def not_executable(self) -> dict[str, Path]:
        """Programs that a launch starts and that lack the right to be started."""
        programs = {what: self.needed[what] for what in PROGRAMS if what in self.needed}
        return {what: path for what, path in programs.items() if path.is_file() and not os.access(path, os.X_OK)}

    @property
    def is_absent(self) -> bool:
        """Nothing of it is there: this machine has no Isaac Lab, rather than a damaged one."""
        return len(self.missing) == len(self.needed)

    def document(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "title": self.title,
            "found": not self.missing,
            "state": "found" if not self.missing else "not found" if self.is_absent else "incomplete",
            "missing": {what: str(path) for what, path in self.missing.items()},
            "isaac_lab": str(self.root) if self.root else None,
            "workdir": str(self.workdir),
            "rsl_rl": str(self.rsl_rl),
            "site_packages": None if isinstance(self.site_packages, NotAvailable) else str(self.site_packages),
        }


def locate_installation(project: Project, settings: IsaacLabSettings, environ: Mapping[str, str]) -> Installation:
    """The installation that a launch would use."""
    root = resolved(project, settings.root) if settings.root else None
    workdir, rsl_rl = resolved(project, settings.workdir), resolved(project, settings.rsl_rl)
    launcher = {LAUNCHER: root / "isaaclab.sh"} if root else {}
    trainer = {"robotic_world_model's train.py": workdir / TRAIN_SCRIPT}
    match settings.kind:
        case "conda":
            script = resolved(project, settings.conda.script)
            name = settings.conda.environment
            prefix = conda_prefix(script, name, environ)
            title = f"conda environment {name}"
            needed = {"conda's activation script": script, title: prefix, **launcher, **trainer}
            packages = site_packages_of(prefix)
        case "venv":
            prefix = resolved(project, settings.venv)
            title = "virtual environment"
            needed = {"the environment's activation script": prefix / "bin" / "activate", **launcher, **trainer}
            packages = site_packages_of(prefix)
        case "container":
            python = Path(settings.container_python)
            title = "this Isaac Sim container"
            needed = {SIM_PYTHON: python, **trainer}
            packages = _container_packages(python)
        case "docker":
            title = f"container {settings.docker.container}, entered with docker exec"
            workdir = _outside(project, settings)
            needed = {"robotic_world_model's train.py": workdir / TRAIN_SCRIPT}
            packages = NotAvailable(f"they are inside {settings.docker.container}: run `rwm-tui doctor` in there")
        case "isaaclab3":
            prefix = resolved(project, settings.isaaclab3.venv)
            title = "Isaac Lab 3 from PyPI"
            root = None
            needed = {COMMAND: prefix / "bin" / "isaaclab"}
            packages = site_packages_of(prefix)
    return Installation(settings.kind, title, needed, packages, root, workdir, rsl_rl)


def conda_prefix(script: Path, name: str, environ: Mapping[str, str]) -> Path:
    """The folder of a conda environment: below its installation, the home folder or CONDA_ENVS_PATH."""
    if "/" in name:
        return Path(name).expanduser()
    installation = script.parent.parent.parent  # …/etc/profile.d/conda.sh
    listed = [Path(part) for part in environ.get("CONDA_ENVS_PATH", "").split(":") if part]
    folders = [installation / "envs", *listed, Path.home() / ".conda" / "envs"]
    return next((folder / name for folder in folders if (folder / name).is_dir()), folders[0] / name)


def _container_packages(python: Path) -> Path | NotAvailable:
    found = sorted((python.parent / CONTAINER_SITE_PACKAGES).glob("python3.*/site-packages"))
    return found[-1] if found else NotAvailable(f"{python.parent / CONTAINER_SITE_PACKAGES} holds no site-packages")


def _outside(project: Project, settings: IsaacLabSettings) -> Path:
    """The container's workdir as this machine sees it."""
    inside = settings.docker.workdir
    for prefix, outside in settings.docker.path_map.items():
        if inside == prefix or inside.startswith(f"{prefix.rstrip('/')}/"):
            return resolved(project, outside) / inside[len(prefix.rstrip("/")) :].lstrip("/")
    return resolved(project, settings.workdir)
