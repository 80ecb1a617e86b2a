"""Checks of the packages that robotic_world_model needs beside itself: isaaclab_rl, and a container's extras."""

import ast
import re
from pathlib import Path

from rwm_tui.core.plan.preflight.environment_checks import extension_version, is_fork_task
from rwm_tui.core.plan.preflight.finding import Finding, failed, not_applicable, passed, warning
from rwm_tui.core.plan.preflight.import_path import read_text
from rwm_tui.core.plan.preflight.surroundings import Surroundings
from rwm_tui.core.ports import NotAvailable
from rwm_tui.core.profile import ScaleProfile

OLDEST_RL, NEWEST_RL = (0, 4, 4), (0, 4, 7)  # isaaclab_rl of Isaac Lab 2.3.x
FLATDICT = "4.0.1"
SETUPTOOLS_BELOW = 81
OMNI_CLIENT = "kit/extscore/omni.client.lib"


def check_isaaclab_rl(around: Surroundings, profile: ScaleProfile) -> Finding:
    """The code that runs is the checkout's, where there is one; pip's record stands in for it elsewhere."""
    if not is_fork_task(profile):
        return _not_the_fork(profile)
    root = around.installation.root
    checked_out = extension_version(root / "source" / "isaaclab_rl") if root else None
    versions = (checked_out,) if checked_out else around.imports.versions("isaaclab-rl")
    if not versions:
        return not_applicable("no version of isaaclab_rl is recorded where this look can see it")
    text = f"isaaclab_rl {', '.join(versions)}"
    if all(OLDEST_RL <= _numbers(version) <= NEWEST_RL for version in versions):
        return passed(text)
    return warning(
        f"{text}: outside 0.4.4 to 0.4.7, with which rsl_rl_rwm is known to run",
        "check out Isaac Lab 2.3.0 and install its packages again",
    )


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d{1,6}", version)[:3])


def check_observation_sets(around: Surroundings, profile: ScaleProfile) -> Finding:
    """rsl_rl_rwm asks for `policy` and `critic` in obs_groups; newer configurations name `actor`, older have none."""
    if not is_fork_task(profile):
        return _not_the_fork(profile)
    source = _isaaclab_rl_source(around)
    if source is None:
        return not_applicable("isaaclab_rl's configuration is not where this look can see it")
    fields = _fields(read_text(source))
    if not fields:
        return not_applicable(f"{source}: no configuration class is found in it")
    remedy = "check out Isaac Lab 2.3.0 and install its packages again"
    if "obs_groups" not in fields:
        return failed(f"{source} has no obs_groups: training would end in KeyError: 'obs_groups'", remedy)
    default = fields["obs_groups"]
    if "'actor'" in default or {"actor", "critic"} <= set(fields):
        return failed(f"{source} is made for a newer rsl_rl, whose sets are actor and critic", remedy)
    return passed(f"{source.name}: obs_groups is left to the task")


def _isaaclab_rl_source(around: Surroundings) -> Path | None:
    package = around.imports.find("isaaclab_rl")
    root = around.installation.root
    folders = [package.folder] if package else []
    folders += [root / "source" / "isaaclab_rl" / "isaaclab_rl"] if root else []
    sources = (folder / "rsl_rl" / "rl_cfg.py" for folder in folders)
    return next((source for source in sources if source.is_file()), None)


def _fields(source: str) -> dict[str, str]:
    """Fields of every class with their defaults as source text; nothing is executed."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {}
    found: dict[str, str] = {}
    for node in tree.body:
        for part in node.body if isinstance(node, ast.ClassDef) else ():
            if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name):
                found[part.target.id] = ast.unparse(part.value) if part.value else ""
    return found


def check_container_extras(around: Surroundings, profile: ScaleProfile) -> Finding:
    """What Isaac Sim's own Python lacks for Isaac Lab, and the client library that train.py imports."""
    if around.installation.kind != "container":
        return not_applicable("only Isaac Sim's own Python, seen from inside its container, lacks them")
    if isinstance(around.installation.site_packages, NotAvailable):
        return not_applicable(around.installation.site_packages.reason)
    lacking = []
    if around.imports.versions("flatdict") != (FLATDICT,):
        lacking.append(f"flatdict=={FLATDICT}")
    if not around.imports.versions("packaging") and around.imports.find("packaging") is None:
        lacking.append("packaging")
    setuptools = around.imports.versions("setuptools")
    if any(_numbers(version)[:1] >= (SETUPTOOLS_BELOW,) for version in setuptools):
        lacking.append(f"setuptools<{SETUPTOOLS_BELOW}")
    client = Path(around.settings.isaac_lab.container_python).parent / OMNI_CLIENT
    remedies = [f"{around.settings.isaac_lab.container_python} -m pip install '{name}'" for name in lacking]
    facts = [f"{name} is not installed" for name in lacking]
    if not client.is_dir():
        facts.append(f"there is no {client}")
        remedies.append("use Isaac Sim's image as it is delivered, or name its python.sh in the settings")
    if facts:
        return warning("; ".join(facts), "; ".join(remedies))
    return passed(f"flatdict, packaging and setuptools fit; {client} is there")


def _not_the_fork(profile: ScaleProfile) -> Finding:
    return not_applicable(f"{profile.task} does not use robotic_world_model")
