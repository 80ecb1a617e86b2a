"""Where the project is, and what ``rwm-tui.yaml`` in its root says: of this machine's Isaac Lab, and of how we show.

The settings file is optional and every key has a default; of Isaac Lab, the documented conda set-up.
"""

import datetime
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from rwm_tui.core.atomic_file import write_atomically
from rwm_tui.core.errors import InputError
from rwm_tui.core.setting_sources import Override, SettingValue, setting_values, yes_or_no
from rwm_tui.core.shipped import shipped
from rwm_tui.core.typed_reading import converted
from rwm_tui.core.yaml_mapping import explained, parse_yaml_mapping, read_yaml_mapping

SETTINGS_FILE = "rwm-tui.yaml"
KIND = "settings"
START_FROM = "remove the file for the defaults, or begin it with 'isaac_lab:'; `rwm-tui config` lists every key"
SHIPPED_PROFILES = shipped("profiles")

EnvironmentKind = Literal["conda", "venv", "container", "docker", "isaaclab3"]
NonEmpty = Annotated[str, msgspec.Meta(min_length=1)]
AbsolutePath = Annotated[str, msgspec.Meta(pattern=r"^/")]
ContainerName = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")]


class _Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    pass


class NotifySettings(_Section, frozen=True):
    """What tells that a run has ended or ran out of memory.

    :param bell: the terminal's bell, where the run is watched.
    :param desktop: the escape sequence of a desktop notification that the terminal understands, where it is watched.
    :param command: argv that the supervisor starts, whether anybody watches or not; empty: none.
    """

    bell: bool = True
    desktop: Literal["osc9", "osc777"] | None = None
    command: tuple[NonEmpty, ...] = ()


class Preferences(_Section, frozen=True):
    """How this project is shown, and whether anything may be changed from here.

    :param theme: of the app; None: its own default.
    :param ascii: draw with ASCII alone; None: where locale or terminal lack the characters.
    :param colour: False: none.
    :param read_only: nothing is started, stopped, ended or changed.
    """

    theme: NonEmpty | None = None
    ascii: bool | None = None
    colour: bool = True
    read_only: bool = False
    notify: NotifySettings = NotifySettings()


class Given(msgspec.Struct, frozen=True):
    """Options of the command line that stand in a setting's place; None where one was not given."""

    root: str | None = None
    logs: str | None = None
    ascii: bool | None = None
    read_only: bool | None = None

    def overrides(self) -> list[Override]:
        return [
            Override("logs", "RWM_TUI_LOGS", "--logs", self.logs),
            Override("theme", "RWM_TUI_THEME"),
            Override("ascii", "RWM_TUI_ASCII", "--ascii", self.ascii, yes_or_no),
            Override("colour", "NO_COLOR", read=lambda _: False),
            Override("read_only", "RWM_TUI_READ_ONLY", "--read-only", self.read_only, yes_or_no),
        ]


class Project(msgspec.Struct, frozen=True):
    """The folders of one project.

    :param root: the folder that holds ``profiles/`` and ``upstream/``.
    :param profiles: folder of scale profiles: the project's own, else the ones shipped with the package.
    :param logs: where launches and run directories live.
    :param found: False where no project folder was found and the current directory stands in.
    :param preferences: as the settings file, variables and options have them.
    """

    root: Path
    profiles: Path
    logs: Path
    found: bool
    preferences: Preferences = Preferences()

    @property
    def read_only(self) -> bool:
        return self.preferences.read_only

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
    """The project under two of its options."""
    return project_for(current, environ, Given(root=root_option, logs=logs_option))


def project_for(current: Path, environ: Mapping[str, str], given: Given) -> Project:
    """Find the project from an option, ``RWM_TUI_PROJECT_ROOT``, or the current directory upwards.

    :raises InputError: where a folder was named that does not exist, or a setting that holds for all is not usable.
    """
    root, found = _locate_root(current, environ, given.root)
    own = root / "profiles"
    settings = _settings_for_all(root / SETTINGS_FILE)
    values = setting_values(settings, root / SETTINGS_FILE, given.overrides(), environ)
    holds = {one.key: one.value for one in values}
    named = given.logs or environ.get("RWM_TUI_LOGS")  # of the current directory; in the file of the project's root
    logs = Path(named).expanduser().absolute() if named else root / Path(holds["logs"] or "logs").expanduser()
    return Project(
        root=root,
        profiles=own if has_profiles(own) else SHIPPED_PROFILES,
        logs=logs,
        found=found,
        preferences=Preferences(
            theme=holds["theme"],
            ascii=holds["ascii"],
            colour=holds["colour"],
            read_only=holds["read_only"],
            notify=settings.notify,
        ),
    )


def _locate_root(current: Path, environ: Mapping[str, str], root_option: str | None) -> tuple[Path, bool]:
    named = root_option or environ.get("RWM_TUI_PROJECT_ROOT")
    if named:
        root = Path(named).expanduser().absolute()
        if not root.is_dir():
            raise InputError("no such project", f"{root} is no folder", "check --project-root or RWM_TUI_PROJECT_ROOT")
        return root, True
    candidates = (folder for folder in (current, *current.parents) if has_profiles(folder / "profiles"))
    match = next(candidates, None)
    return (match, True) if match else (current, False)


def settings_in_force(project: Project, environ: Mapping[str, str], given: Given) -> list[SettingValue]:
    """Every setting with where its value comes from.

    :raises InputError: naming the file, the key and the remedy.
    """
    return setting_values(load_settings(project), settings_path(project), given.overrides(), environ)


def refuse_where_read_only(project: Project, what: str) -> None:
    """
    :param what: what would be done, e.g. ``"launch a run"``.
    :raises InputError: where nothing may be changed from here.
    """
    if project.read_only:
        raise InputError(
            "read-only",
            f"to {what} is refused here",
            "leave out --read-only, and read_only in the settings (`rwm-tui config` says where it comes from)",
        )


def has_profiles(folder: Path) -> bool:
    return folder.is_dir() and any(folder.glob("*.yaml"))


class CondaSettings(_Section, frozen=True):
    """A conda environment with Isaac Lab installed from source."""

    script: NonEmpty = "~/miniforge3/etc/profile.d/conda.sh"
    environment: NonEmpty = "env_isaaclab_src"


class DockerSettings(_Section, frozen=True):
    """A running Isaac Sim container that is entered with ``docker exec``.

    :param workdir: the robotic_world_model checkout as the container sees it; rsl_rl_rwm lies beside it.
    :param path_map: folder inside the container → the same folder outside.
    """

    container: ContainerName = "isaac-sim"
    workdir: AbsolutePath = "/workspace/robotic_world_model"
    path_map: dict[AbsolutePath, NonEmpty] = msgspec.field(default_factory=lambda: {"/workspace": "upstream"})


class IsaacLab3Settings(_Section, frozen=True):
    """Isaac Lab 3.x from PyPI.

    :param assets: local asset root (``ISAACSIM_ASSET_ROOT``); None downloads what is needed.
    :param warp_cache: folder that keeps compiled kernels between runs; None for Warp's own.
    :param arguments: what ``isaaclab train`` needs besides the profile: device and physics.
    """

    venv: NonEmpty = ".venv-isaaclab3"
    assets: NonEmpty | None = None
    warp_cache: NonEmpty | None = None
    arguments: tuple[NonEmpty, ...] = ("--device", "cpu", "physics=newton_mjwarp", "agent.device=cpu")


class IsaacLabSettings(_Section, frozen=True):
    """How Isaac Lab is started here. Paths are relative to the project's root; ``~`` is the home folder.

    :param root: the Isaac Lab checkout that holds ``isaaclab.sh``; None starts ``python train.py`` (kind venv).
    :param workdir: the robotic_world_model checkout: the trainer's working directory.
    :param rsl_rl: the rsl_rl_rwm checkout.
    :param venv: the virtual environment of kind venv.
    :param container_python: Isaac Sim's own Python, inside a container.
    """

    kind: EnvironmentKind = "conda"
    root: NonEmpty | None = "upstream/IsaacLab"
    workdir: NonEmpty = "upstream/robotic_world_model"
    rsl_rl: NonEmpty = "upstream/rsl_rl_rwm"
    conda: CondaSettings = CondaSettings()
    venv: NonEmpty = ".venv-isaaclab"
    container_python: AbsolutePath = "/isaac-sim/python.sh"
    docker: DockerSettings = DockerSettings()
    isaaclab3: IsaacLab3Settings = IsaacLab3Settings()


class Settings(Preferences, frozen=True):
    """The whole settings file.

    :param logs: where launches and run directories live, relative to the project's root; None: ``logs``.
    :param eula_accepted: the day on which the user accepted the NVIDIA Omniverse licence; None: not yet.
    """

    logs: NonEmpty | None = None
    isaac_lab: IsaacLabSettings = IsaacLabSettings()
    eula_accepted: datetime.date | None = None


def settings_path(project: Project) -> Path:
    return project.root / SETTINGS_FILE


def load_settings(project: Project) -> Settings:
    """The project's settings; the defaults where there is no file.

    :raises InputError: naming the file, the key and the remedy.
    """
    path = settings_path(project)
    if not path.exists():
        return Settings()
    return _checked(read_yaml_mapping(path, KIND, START_FROM), path)


def _settings_for_all(path: Path) -> Settings:
    """Without Isaac Lab's section: a mistake in it harms only what needs it."""
    if not path.exists():
        return Settings()
    content = read_yaml_mapping(path, KIND, START_FROM)
    return _checked({key: value for key, value in content.items() if key != "isaac_lab"}, path)


def resolved(project: Project, path: str) -> Path:
    """A path of the settings: ``~`` expanded, relative ones below the project's root."""
    return project.root / Path(path).expanduser()


def record_eula_consent(project: Project, today: datetime.date) -> None:
    """Write the day of consent into the settings file and leave everything else in it as it is.

    :raises InputError: where nothing may be changed, or the file cannot be read, understood or written.
    """
    refuse_where_read_only(project, "record consent to a licence")
    load_settings(project)
    _write_line(project, "eula_accepted", today.isoformat(), today)


def record_theme(project: Project, theme: str) -> None:
    """Write the app's theme into the settings file and leave everything else in it as it is.

    :raises InputError: where nothing may be changed, or the file cannot be read, understood or written.
    """
    refuse_where_read_only(project, "keep a theme")
    _write_line(project, "theme", theme, theme)


def _write_line(project: Project, key: str, text: str, value: object) -> None:
    """Replace the line of a key, or add it at the end."""
    path = settings_path(project)
    line = f"{key}: {text}"
    try:
        before = path.read_text() if path.exists() else ""
        after, replaced = re.subn(rf"^{key}:.*$", line, before, count=1, flags=re.MULTILINE)
        if not replaced:
            after = f"{before.rstrip()}\n{line}\n".lstrip()
        content = parse_yaml_mapping(after.encode(), path, KIND, START_FROM)
        if msgspec.to_builtins(content.get(key)) != msgspec.to_builtins(value):
            raise InputError("setting not recorded", f"{path}: the line does not take", f"add by hand: {line}")
        write_atomically(path, after.encode())
    except (OSError, UnicodeDecodeError) as error:
        raise InputError("setting not recorded", f"{path}: {error}", f"add by hand: {line}") from error


def _checked(content: dict[str, object], path: Path) -> Settings:
    try:
        settings = converted(content, Settings)
    except msgspec.ValidationError as error:
        raise InputError(
            "settings not usable", *explained(error, content, str(path), list(_keys_of(Settings())))
        ) from error
    if settings.isaac_lab.conda.environment == "base":
        raise InputError(
            "settings not usable",
            f"{path}: key 'isaac_lab.conda.environment': conda's base environment holds no Isaac Lab",
            "name the environment that Isaac Lab was installed into, e.g. env_isaaclab_src",
        )
    if settings.isaac_lab.root is None and settings.isaac_lab.kind == "conda":
        raise InputError(
            "settings not usable",
            f"{path}: key 'isaac_lab.root' is empty, and kind conda starts its isaaclab.sh",
            "name the Isaac Lab checkout, or use kind venv for a plain `python train.py`",
        )
    return settings


def _keys_of(section: msgspec.Struct, prefix: str = "") -> Iterator[str]:
    """Every key of a section and of those within it, as `rwm-tui config` has them, and the sections themselves."""
    for field in msgspec.structs.fields(section):
        yield f"{prefix}{field.name}"
        value = getattr(section, field.name)
        if isinstance(value, msgspec.Struct):
            yield from _keys_of(value, f"{prefix}{field.name}.")
