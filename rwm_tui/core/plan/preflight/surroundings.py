"""What the checks look at, gathered once: folders, readings, settings, our own launches."""

import importlib.util
import os
import shutil
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from rwm_tui.core.errors import InputError
from rwm_tui.core.launch.beginnings import Beginning
from rwm_tui.core.plan.preflight.import_path import ImportPath, read_import_path, read_text
from rwm_tui.core.plan.preflight.installation import Installation, locate_installation
from rwm_tui.core.plan.upstream.checkout import Checkout, read_checkout
from rwm_tui.core.plan.upstream.pins import Pins, load_pins
from rwm_tui.core.plan.upstream.runner_guard import RUNNER
from rwm_tui.core.ports import DeviceDescription, DeviceMemory, DeviceTenants, NotAvailable
from rwm_tui.core.profile import ScaleProfile
from rwm_tui.core.settings import Project, Settings
from rwm_tui.core.trainer_output.terminal_text import clean_line

NOT_LOOKED_AT = NotAvailable("not looked at")
EMBEDDED_PACKAGES = ("torch", "mujoco", "numpy")


@dataclass(frozen=True)
class Surroundings:
    """One look at this machine. The checks read text files below these paths and nothing else.

    :param environ: variables that a launch inherits.
    :param python: version of our own Python, which runs the embedded trainer.
    :param checkouts: git's word on each upstream repository.
    :param commands: names of the processes on the GPU, by pid.
    :param beginnings: our own launches, newest first.
    """

    project: Project
    settings: Settings
    environ: Mapping[str, str]
    home: Path
    python: tuple[int, int]
    missing_packages: tuple[str, ...]
    installation: Installation
    imports: ImportPath
    pins: Pins | NotAvailable
    checkouts: Mapping[str, Checkout | NotAvailable]
    device: DeviceMemory | NotAvailable
    described: DeviceDescription | NotAvailable
    tenants: DeviceTenants | NotAvailable
    commands: Mapping[int, str]
    beginnings: tuple[Beginning, ...]

    @property
    def runner(self) -> Path:
        """The runner that the trainer would import, else the checkout's."""
        return _runner(self.imports, self.installation)


@dataclass(frozen=True)
class Readings:
    """What takes a while to read: the GPU, and the journals of our own launches."""

    device: DeviceMemory | NotAvailable
    tenants: DeviceTenants | NotAvailable
    beginnings: tuple[Beginning, ...]
    described: DeviceDescription | NotAvailable = NOT_LOOKED_AT


NO_READINGS = Readings(NOT_LOOKED_AT, NOT_LOOKED_AT, ())


def look_around(
    project: Project, settings: Settings, environ: Mapping[str, str], profile: ScaleProfile | None, readings: Readings
) -> Surroundings:
    """Gather everything for the checks of a profile; for None, of this machine as a whole."""
    variables = {**environ, **(profile.environment if profile else {})}
    installation = locate_installation(project, settings.isaac_lab, environ)
    uses_isaac_lab = profile is None or profile.backend == "isaaclab"
    tenants = readings.tenants
    pids = [] if isinstance(tenants, NotAvailable) else [process.pid for process in tenants.processes]
    return Surroundings(
        project=project,
        settings=settings,
        environ=variables,
        home=Path.home(),
        python=(sys.version_info.major, sys.version_info.minor),
        missing_packages=missing_embedded_packages(),
        installation=installation,
        imports=read_import_path(_python_path(variables, installation), installation.site_packages),
        pins=_pins(project),
        checkouts=_checkouts(installation) if uses_isaac_lab else {},
        device=readings.device,
        described=readings.described,
        tenants=tenants,
        commands={pid: clean_line(read_text(Path(f"/proc/{pid}/comm"))) for pid in pids},
        beginnings=readings.beginnings,
    )


def locate_runner(
    project: Project, settings: Settings, environ: Mapping[str, str], profile: ScaleProfile | None
) -> Path:
    """The runner that the trainer of a profile would import, else the checkout's; a quick look at nothing else."""
    variables = {**environ, **(profile.environment if profile else {})}
    installation = locate_installation(project, settings.isaac_lab, environ)
    imports = read_import_path(_python_path(variables, installation), installation.site_packages)
    return _runner(imports, installation)


def _runner(imports: ImportPath, installation: Installation) -> Path:
    package = imports.find("rsl_rl")
    installed = package.folder.parent / RUNNER if package else None
    return installed if installed and installed.is_file() else installation.rsl_rl / RUNNER


def missing_embedded_packages() -> tuple[str, ...]:
    """Packages of the embedded trainer that our Python lacks; looked up, not imported."""
    return tuple(name for name in EMBEDDED_PACKAGES if _is_missing(name))


def _is_missing(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is None
    except (ImportError, ValueError):  # sys.modules[name] is None
        return True


def _python_path(variables: Mapping[str, str], installation: Installation) -> str:
    """PYTHONPATH as the trainer gets it: inside a container ours is unset and the fork is put there."""
    if installation.kind in ("container", "docker"):
        return str(installation.rsl_rl)
    return variables.get("PYTHONPATH", "")


def _pins(project: Project) -> Pins | NotAvailable:
    try:
        return load_pins(project)
    except InputError as error:
        return NotAvailable(error.message)


def _checkouts(installation: Installation) -> dict[str, Checkout | NotAvailable]:
    folders = {"robotic_world_model": installation.workdir, "rsl_rl_rwm": installation.rsl_rl}
    if installation.root is not None:
        folders["IsaacLab"] = installation.root
    with ThreadPoolExecutor(max_workers=len(folders)) as pool:
        return dict(zip(folders, pool.map(read_checkout, folders.values()), strict=True))


def free_mib(folder: Path) -> float | NotAvailable:
    """Free space for us on the file system that will hold this folder."""
    existing = nearest_existing(folder)
    try:
        return shutil.disk_usage(existing).free / 2**20
    except OSError as error:
        return NotAvailable(f"{existing}: {error.strerror}")


def nearest_existing(folder: Path) -> Path:
    return next((path for path in (folder, *folder.parents) if path.exists()), Path("/"))


def is_writable(folder: Path) -> bool:
    """Whether we could make files in this folder, or make the folder."""
    existing = nearest_existing(folder)
    return existing.is_dir() and os.access(existing, os.W_OK | os.X_OK)
