"""Whether what is asked of Isaac Lab 3 are settings at all: it takes any key in silence, and changes nothing by it."""

import difflib
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from rwm_tui.core.plan.launch_plan import setting_overrides
from rwm_tui.core.plan.preflight.finding import Finding, not_applicable, passed, warning
from rwm_tui.core.plan.preflight.import_path import read_text
from rwm_tui.core.plan.preflight.surroundings import Surroundings
from rwm_tui.core.ports import NotAvailable
from rwm_tui.core.profile import ScaleProfile

ROOTS = ("agent", "env")
MAX_FILES = 5_000
_OVERRIDE = re.compile(r"\+{0,2}([A-Za-z_]\w*)\.([A-Za-z_][\w.]*)=.*", re.DOTALL)
_NAME = re.compile(r"\b([A-Za-z_]\w*)\b[\"']?\s*[:=]")


def check_override_keys(around: Surroundings, profile: ScaleProfile) -> Finding:
    """Each part of a dotted key against the names that the installed configuration sources set.

    A name that stands somewhere else in them passes, so silence proves nothing: after the run the resolved settings
    are compared with what was asked for.
    """
    if around.installation.kind != "isaaclab3":
        return not_applicable("Isaac Lab 2 refuses a key that its configuration does not have")
    asked = list(_keys((*around.settings.isaac_lab.isaaclab3.arguments, *setting_overrides(profile))))
    foreign = [f"{root}.{key}" for root, key in asked if root not in ROOTS]
    if foreign:
        return warning(
            f"{foreign[0]}: Isaac Lab 3 knows settings of {' and '.join(ROOTS)} only, and will end at once",
            "mend isaac_lab.isaaclab3.arguments in rwm-tui.yaml",
        )
    packages = around.installation.site_packages
    if isinstance(packages, NotAvailable):
        return not_applicable(packages.reason)
    known = _names_set_in(packages)
    if not known:
        return not_applicable(f"{packages} holds no configuration of Isaac Lab")
    unknown = [(f"{root}.{key}", part) for root, key in asked for part in key.split(".") if _is_unknown(part, known)]
    if not unknown:
        count = "1 key" if len(asked) == 1 else f"{len(asked)} keys"
        return passed(f"{count}, of names that the installed configurations have")
    key, part = unknown[0]
    more = f" (and {len(unknown) - 1} more)" if len(unknown) > 1 else ""
    near = difflib.get_close_matches(part, known, n=1)
    return warning(
        f"{key}: no configuration of this Isaac Lab sets a '{part}'{more}; it would be taken in silence, to no effect",
        f"did you mean '{near[0]}'?" if near else "take it out of the profile or of isaac_lab.isaaclab3.arguments",
    )


def _keys(words: Iterable[str]) -> Iterator[tuple[str, str]]:
    for word in words:
        if found := _OVERRIDE.fullmatch(word):
            yield found[1], found[2]


def _is_unknown(part: str, known: set[str]) -> bool:
    return not part.isdecimal() and part not in known


def _names_set_in(packages: Path) -> set[str]:
    """Fields, keyword arguments and dictionary keys of every ``*cfg*.py`` of Isaac Lab's packages."""
    names: set[str] = set()
    for path in _sources(packages):
        names.update(_NAME.findall(read_text(path)))
    return names


def _sources(packages: Path) -> Iterator[Path]:
    count = 0
    for package in sorted(packages.glob("isaaclab*")):
        for folder, _, files in os.walk(package):
            for name in files:
                if name.endswith(".py") and "cfg" in name and count < MAX_FILES:
                    count += 1
                    yield Path(folder, name)
