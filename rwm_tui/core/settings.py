"""Where the project is, where its logs go, and where its profiles come from."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from rwm_tui.core.errors import InputError

SHIPPED_PROFILES = Path(__file__).resolve().parent.parent / "_profiles"


@dataclass(frozen=True)
class Project:
    """The folders of one project.

    :param root: the folder that holds ``profiles/`` and ``upstream/``.
    :param profiles: folder of scale profiles: the project's own, else the ones shipped with the package.
    :param logs: where launches and run directories live.
    :param found: False where no project folder was found and the current directory stands in.
    """

    root: Path
    profiles: Path
    logs: Path
    found: bool

    @property
    def launches(self) -> Path:
        return self.logs / "launches"

    @property
    def log_roots(self) -> tuple[Path, ...]:
        """Every ``logs`` folder in which trainers of this project leave run directories."""
        return self.logs, self.root / "upstream" / "robotic_world_model" / "logs"


def locate_project(
    current: Path, environ: Mapping[str, str], root_option: str | None = None, logs_option: str | None = None
) -> Project:
    """Find the project from an option, ``RWM_TUI_PROJECT_ROOT``, or the current directory upwards.

    :raises InputError: where a folder was named that does not exist.
    """
    named = root_option or environ.get("RWM_TUI_PROJECT_ROOT")
    if named:
        root = Path(named).expanduser().absolute()
        if not root.is_dir():
            raise InputError("no such project", f"{root} is no folder", "check --project-root or RWM_TUI_PROJECT_ROOT")
        found = True
    else:
        candidates = (folder for folder in (current, *current.parents) if has_profiles(folder / "profiles"))
        match = next(candidates, None)
        root, found = (match, True) if match else (current, False)
    own = root / "profiles"
    logs = logs_option or environ.get("RWM_TUI_LOGS")
    return Project(
        root=root,
        profiles=own if has_profiles(own) else SHIPPED_PROFILES,
        logs=Path(logs).expanduser().absolute() if logs else root / "logs",
        found=found,
    )


def has_profiles(folder: Path) -> bool:
    return folder.is_dir() and any(folder.glob("*.yaml"))
