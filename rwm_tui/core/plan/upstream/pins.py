"""``upstream/pins.yaml``: repositories, and commits that are known to fit together."""

from typing import Annotated

import msgspec

from rwm_tui.core.errors import InputError
from rwm_tui.core.settings import Project
from rwm_tui.core.shipped import shipped
from rwm_tui.core.typed_reading import converted
from rwm_tui.core.yaml_mapping import explained, read_yaml_mapping

PINS_FILE = "pins.yaml"
SHIPPED_PINS = shipped("upstream") / PINS_FILE

CommitHash = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{40}$")]
# No leading "-": git would take it for an option. No "ext::" or other remote helper: that would run a command.
RepositoryUrl = Annotated[str, msgspec.Meta(pattern=r"^(https://|ssh://|file:///|/|git@)[^\s]+$")]
FolderName = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]*$")]


class _Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    pass


class Pin(_Section, frozen=True):
    """One repository and the commit that `clone` checks out."""

    url: RepositoryUrl
    commit: CommitHash


class CommitPair(_Section, frozen=True):
    """Two commits whose configuration keys agree."""

    robotic_world_model: CommitHash
    rsl_rl_rwm: CommitHash
    note: str = ""


class Pins(_Section, frozen=True):
    """The whole file. A repository's name is its folder's name under ``upstream/``."""

    repositories: dict[FolderName, Pin]
    pairs: tuple[CommitPair, ...] = ()


def load_pins(project: Project) -> Pins:
    """The project's pins, else those that are shipped with the package.

    :raises InputError: naming the file, the key and the remedy.
    """
    own = project.root / "upstream" / PINS_FILE
    path = own if own.exists() else SHIPPED_PINS
    content = read_yaml_mapping(path, "pins", "it names 'repositories' and 'pairs'")
    try:
        return converted(content, Pins)
    except msgspec.ValidationError as error:
        known = [field.name for section in (Pins, Pin, CommitPair) for field in msgspec.structs.fields(section)]
        raise InputError("pins not usable", *explained(error, content, str(path), known)) from error
