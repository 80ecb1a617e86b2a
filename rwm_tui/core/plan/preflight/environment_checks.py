"""Checks of the environment that Isaac Lab is started in: installation, licence, packages."""

import re
import shlex
import tomllib
from pathlib import Path

from rwm_tui.core.plan.environment import needs_other_kind
from rwm_tui.core.plan.preflight.finding import Finding, failed, not_applicable, passed, warning
from rwm_tui.core.plan.preflight.import_path import read_text
from rwm_tui.core.plan.preflight.surroundings import Surroundings
from rwm_tui.core.plan.upstream.runner_guard import RUNNER
from rwm_tui.core.ports import NotAvailable
from rwm_tui.core.profile import ScaleProfile
from rwm_tui.core.settings import SETTINGS_FILE

FORK_TASKS = "Template-Isaac-"
ISAAC_LAB_PACKAGES = ("isaaclab", "isaaclab_assets", "isaaclab_rl", "isaaclab_tasks")
ACCEPTED = ("Y", "YES", "1", "TRUE")


def is_fork_task(profile: ScaleProfile) -> bool:
    """Whether the task is robotic_world_model's, and not one that Isaac Lab brings along."""
    return profile.task.startswith(FORK_TASKS)


def check_kind(around: Surroundings, profile: ScaleProfile) -> Finding:
    kind = around.installation.kind
    if profile.isaac_lab_kind not in (None, kind):
        return failed(*needs_other_kind(profile, kind))
    return passed(f"{profile.task} on an Isaac Lab of kind {kind}")


def check_installation(around: Surroundings, profile: ScaleProfile) -> Finding:
    found = around.installation
    if found.missing:
        lacking = "; ".join(f"{what} is not there: {path}" for what, path in found.missing.items())
        return failed(
            f"{found.kind}: {lacking}",
            f"install it there (`rwm-tui upstream clone` for the checkouts), or name the place in {SETTINGS_FILE}",
        )
    for what, path in found.not_executable.items():
        return failed(f"{found.kind}: {what} may not be executed: {path}", f"chmod +x {shlex.quote(str(path))}")
    if found.kind == "docker":
        return passed(f"{found.title}; what is inside cannot be seen from here")
    return passed(f"{found.title}, {next(iter(found.needed.values()))}")


def check_isaac_lab_version(around: Surroundings, profile: ScaleProfile) -> Finding:
    versions = isaac_lab_versions(around)
    if is_fork_task(profile) and (around.installation.kind == "isaaclab3" or any(map(_is_three, versions))):
        return failed(
            f"Isaac Lab 3 ({', '.join(versions) or 'isaaclab3'}) does not run robotic_world_model's own train.py: "
            "it asks for rsl_rl 5, and rsl_rl_rwm is a fork of 3.1",
            "use Isaac Lab 2.3 for Pretrain-v0, or a profile of Isaac Lab 3's own tasks",
        )
    if not versions:
        return not_applicable("no version of Isaac Lab is recorded where this look can see it")
    if around.installation.kind != "isaaclab3" and not any(v.startswith(("2.3", "0.4", "0.5")) for v in versions):
        return warning(f"Isaac Lab {', '.join(versions)}", "2.3.0 is the version that the pins were made with")
    return passed(f"Isaac Lab {', '.join(versions)}")


def isaac_lab_versions(around: Surroundings) -> tuple[str, ...]:
    """The checkout's VERSION, and what is installed (0.4x from source, 2.x or 3.x from PyPI)."""
    root = around.installation.root
    checkout = read_text(root / "VERSION").strip()[:20] if root else ""
    recorded = [checkout] if re.fullmatch(r"[0-9][\w.+-]*", checkout) else []
    return tuple(dict.fromkeys([*recorded, *around.imports.versions("isaaclab")]))


def _is_three(version: str) -> bool:
    major = version.partition(".")[0]
    return major.isdecimal() and int(major) >= 3


def check_eula(around: Surroundings, profile: ScaleProfile) -> Finding:
    if around.settings.eula_accepted:
        return passed(f"accepted on {around.settings.eula_accepted.isoformat()} ({SETTINGS_FILE})")
    if around.installation.kind == "isaaclab3":
        return not_applicable("a kit-less Isaac Lab 3 starts no Omniverse Kit")
    return failed(
        "the NVIDIA Omniverse licence has not been accepted here: without a terminal Isaac Sim waits for the answer",
        "launch an Isaac Lab profile in the app, which asks, or `rwm-tui run PROFILE --accept-eula`",
    )


def check_fork(around: Surroundings, profile: ScaleProfile) -> Finding:
    """rsl_rl must be rsl_rl_rwm: the field's rsl-rl-lib bears the same name and may lie over it."""
    if reason := _packages_out_of_sight(around, profile):
        return not_applicable(reason)
    package = around.imports.find("rsl_rl")
    versions = ", ".join(around.imports.versions("rsl-rl-lib")) or "no metadata"
    remedy = f"pip install -e {around.installation.rsl_rl} into the environment, after any `isaaclab.sh --install`"
    if package is None:
        return failed(f"rsl_rl is not installed in {around.installation.title}", remedy)
    if package.kind == "namespace" or not (package.folder.parent / RUNNER).is_file():
        return failed(
            f"{package.folder} is not the fork: it has no MBPOOnPolicyRunner (rsl-rl-lib {versions})",
            remedy,
        )
    if package.folder.resolve() != (around.installation.rsl_rl / "rsl_rl").resolve():
        return warning(
            f"{package.folder} is a fork, but not the checkout {around.installation.rsl_rl}",
            "changes in the checkout have no effect; install it with pip install -e",
        )
    if len(around.imports.versions("rsl-rl-lib")) > 1:
        return warning(f"{package.folder} is the fork, but rsl-rl-lib is recorded as {versions}", remedy)
    return passed(f"{package.folder} is the fork (rsl-rl-lib {versions})")


def check_mbrl(around: Surroundings, profile: ScaleProfile) -> Finding:
    if reason := _packages_out_of_sight(around, profile):
        return not_applicable(reason)
    package = around.imports.find("mbrl")
    source = around.installation.workdir / "source" / "mbrl"
    if package is None:
        return failed(f"mbrl is not installed in {around.installation.title}", f"pip install -e {source}")
    if package.kind == "namespace":
        return failed(
            f"{package.folder} shadows the package: mbrl would be an empty namespace, and mbrl.tasks is not found",
            f"take {package.folder.parent} off PYTHONPATH",
        )
    if package.folder.resolve() != (source / "mbrl").resolve():
        return warning(f"mbrl is {package.folder}, not the checkout's {source / 'mbrl'}", f"pip install -e {source}")
    return passed(f"mbrl is {package.folder}")


def check_metadata(around: Surroundings, profile: ScaleProfile) -> Finding:
    """pip's versions against the checkout's extension.toml: editable code runs, metadata is what gets recorded."""
    root = around.installation.root
    if root is None or isinstance(around.installation.site_packages, NotAvailable):
        return not_applicable("there is no checkout beside installed packages to compare")
    differing, agreeing = [], []
    for package in ISAAC_LAB_PACKAGES:
        installed, checked_out = around.imports.versions(package), extension_version(root / "source" / package)
        if not installed or checked_out is None:
            continue
        text = f"{package} {', '.join(installed)}"
        if installed == (checked_out,):
            agreeing.append(text)
        else:
            differing.append(f"{text} installed, {checked_out} checked out")
    if differing:
        return warning("; ".join(differing), f"pip install -e the packages of {root / 'source'} again")
    if not agreeing:
        return not_applicable(f"no package of {root / 'source'} is recorded as installed")
    return passed("; ".join(agreeing))


def extension_version(package: Path) -> str | None:
    try:
        content = tomllib.loads(read_text(package / "config" / "extension.toml"))
    except tomllib.TOMLDecodeError:
        return None
    section = content.get("package")
    version = section.get("version") if isinstance(section, dict) else None
    return version if isinstance(version, str) else None


def check_torch(around: Surroundings, profile: ScaleProfile) -> Finding:
    if isinstance(around.installation.site_packages, NotAvailable):
        return not_applicable(around.installation.site_packages.reason)
    versions = around.imports.versions("torch")
    if not versions:
        return warning(f"no torch is recorded in {around.installation.site_packages}", "install torch 2.6 or newer")
    numbers = re.match(r"(\d+)\.(\d+)", versions[0])
    if numbers and (int(numbers[1]), int(numbers[2])) < (2, 6):
        return failed(f"torch {versions[0]}", "rsl_rl_rwm needs torch 2.6 or newer")
    return passed(f"torch {', '.join(versions)}")


def _packages_out_of_sight(around: Surroundings, profile: ScaleProfile) -> str | None:
    """Why the fork's packages need no look, or cannot be looked at."""
    if not is_fork_task(profile):
        return f"{profile.task} does not use robotic_world_model"
    if isinstance(around.installation.site_packages, NotAvailable):
        return around.installation.site_packages.reason
    return None
