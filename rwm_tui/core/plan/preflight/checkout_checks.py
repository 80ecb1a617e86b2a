"""Checks of the upstream checkouts: commits, configuration keys, the runner's guard, large files, paths."""

import ast
import hashlib
import os
import zipfile
from pathlib import Path

from rwm_tui.core.errors import InputError
from rwm_tui.core.plan.preflight.environment_checks import is_fork_task
from rwm_tui.core.plan.preflight.finding import Finding, failed, not_applicable, passed, warning
from rwm_tui.core.plan.preflight.import_path import read_text
from rwm_tui.core.plan.preflight.surroundings import Surroundings
from rwm_tui.core.plan.upstream.checkout import Checkout
from rwm_tui.core.plan.upstream.config_keys import CONFIG_SOURCE, compare_keys
from rwm_tui.core.plan.upstream.guard_fix import read_source
from rwm_tui.core.plan.upstream.pins import Pins
from rwm_tui.core.plan.upstream.runner_guard import GuardState, examine_guard
from rwm_tui.core.ports import NotAvailable
from rwm_tui.core.profile import ScaleProfile

AGENT_SOURCE = "source/mbrl/mbrl/tasks/manager_based/locomotion/velocity/config/anymal_d/agents/rsl_rl_ppo_cfg.py"
IMAGINATION_ENV_SOURCE = "source/mbrl/mbrl/mbrl/envs/manager_based_mbrl_env.py"
REWARD_GUARD = "if term not in self.imagination_reward_per_step"
LFS_HEADER = b"version https://git-lfs.github.com/spec/v1"
MAX_FILES_SEEN = 20_000
_NOT_SEARCHED = {".git", "logs", "outputs", "__pycache__"}


def check_git(around: Surroundings, profile: ScaleProfile) -> Finding:
    """The trainer stores git diffs after iteration 0; a git that fails there ends the run."""
    if not is_fork_task(profile):
        return _not_the_fork(profile)
    silent = [f"{name}: {found.reason}" for name, found in _pair(around) if isinstance(found, NotAvailable)]
    if silent:
        return warning(
            "; ".join(silent),
            "the run's code state will not be recorded; where git speaks of ownership: "
            "git config --global --add safe.directory FOLDER",
        )
    states = [
        f"{name} {found.short_commit}{' with changes' if found.is_dirty else ''}"
        for name, found in _pair(around)
        if not isinstance(found, NotAvailable)
    ]
    return passed(", ".join(states))


def check_pair(around: Surroundings, profile: ScaleProfile) -> Finding:
    if not is_fork_task(profile):
        return _not_the_fork(profile)
    model, runner = (found for _, found in _pair(around))
    if isinstance(model, NotAvailable) or isinstance(runner, NotAvailable):
        return not_applicable("the commits are not known; the configuration keys are compared all the same")
    if isinstance(around.pins, NotAvailable):
        return warning(f"no pins: {around.pins.reason}", "restore upstream/pins.yaml")
    return pair_verdict(around.pins, model.commit, runner.commit)


def pair_verdict(pins: Pins, model: str, runner: str) -> Finding:
    """Whether two commits are known to fit together."""
    names = f"robotic_world_model {model[:7]} with rsl_rl_rwm {runner[:7]}"
    for pair in pins.pairs:
        if (pair.robotic_world_model, pair.rsl_rl_rwm) == (model, runner):
            return passed(f"{names}: known to fit" + (f"; {pair.note}" if pair.note else ""))
    fitting = [pair.rsl_rl_rwm[:7] for pair in pins.pairs if pair.robotic_world_model == model]
    known_runners = {pair.rsl_rl_rwm for pair in pins.pairs}
    if fitting and runner in known_runners:
        return failed(
            f"{names}: these two do not fit together", f"check out rsl_rl_rwm at {' or '.join(fitting)} instead"
        )
    return warning(
        f"{names}: not among the pairs known to fit",
        "rely on the configuration keys below, or `rwm-tui upstream clone`",
    )


def check_config_keys(around: Surroundings, profile: ScaleProfile) -> Finding:
    if not is_fork_task(profile):
        return _not_the_fork(profile)
    config = around.installation.workdir / CONFIG_SOURCE
    try:
        keys = compare_keys(read_source(around.runner), read_source(config))
    except InputError as error:
        return not_applicable(error.message)
    if isinstance(keys, str):
        return warning(keys, "check out a pair of upstream/pins.yaml")
    if keys.missing:
        return failed(
            f"the runner reads imagination.{', '.join(keys.missing)}, which {config.name} does not have: "
            f"training would end in KeyError: '{keys.missing[0]}' after the simulator's start",
            "check out two commits that fit together (upstream/pins.yaml)",
        )
    return passed(f"the runner reads {', '.join(keys.read)}; {config.name} has them")


def check_guard(around: Surroundings, profile: ScaleProfile) -> Finding:
    if not is_fork_task(profile):
        return _not_the_fork(profile)
    try:
        found = examine_guard(read_source(around.runner))
    except InputError as error:
        return not_applicable(error.message)
    match found.state:
        case GuardState.GUARDED | GuardState.NOT_NEEDED:
            return passed(f"{around.runner}: {found.fact}")
        case GuardState.UNKNOWN:
            return warning(f"{around.runner}: {found.fact}", "check out a pair of upstream/pins.yaml")
        case GuardState.MISSING if "Finetune" in profile.task:
            return passed(f"{around.runner}: {found.fact}, but this task turns it on")
    return failed(
        f"{around.runner}: {found.fact}; pretraining would crash at the end of iteration 0",
        "`rwm-tui upstream fix`, or f on the doctor screen: shows the two-line fix, applies it on consent",
    )


def check_lfs(around: Surroundings, profile: ScaleProfile) -> Finding:
    """Only offline training reads the checkpoints and data that are kept in LFS."""
    if not around.installation.workdir.is_dir():
        return not_applicable(f"there is no folder {around.installation.workdir}")
    pointers = lfs_pointers(around.installation.workdir)
    if not pointers:
        return passed("no Git LFS pointer stands in for a file")
    names = ", ".join(path.name for path in pointers[:3])
    fact = f"{len(pointers)} Git LFS pointers stand in for files ({names})"
    if "Pretrain" in profile.task or not is_fork_task(profile):
        return not_applicable(f"{fact}; this task does not read them")
    return warning(fact, f"git -C {around.installation.workdir} lfs pull")


def lfs_pointers(workdir: Path) -> list[Path]:
    """Checkpoints and data below the checkout that are 133-byte pointers instead."""
    found: list[Path] = []
    seen = 0
    for folder, folders, names in os.walk(workdir):
        folders[:] = [name for name in folders if name not in _NOT_SEARCHED]
        seen += len(names)
        if seen > MAX_FILES_SEEN:
            break
        candidates = (Path(folder, name) for name in names if name.endswith((".pt", ".csv", ".npz", ".onnx")))
        found += [path for path in candidates if _is_pointer(path)]
    return sorted(found)


def _is_pointer(path: Path) -> bool:
    try:
        if not path.is_file() or path.stat().st_size > 1024:
            return False
        with path.open("rb") as file:
            return file.read(len(LFS_HEADER)) == LFS_HEADER
    except OSError:
        return False


def check_finetune_paths(around: Surroundings, profile: ScaleProfile) -> Finding:
    """Finetune and Visualize name a checkpoint of somebody's machine in their configuration."""
    stage = next((stage for stage in ("Finetune", "Visualize") if stage in profile.task), None)
    if stage is None:
        return not_applicable("only the Finetune and Visualize tasks load a checkpoint")
    source = read_text(around.installation.workdir / AGENT_SOURCE)
    asked = profile.agent.get("system_dynamics_load_path") or class_constant(
        source, f"AnymalDFlatPPO{stage}RunnerCfg", "system_dynamics_load_path"
    )
    if not isinstance(asked, str):
        return warning("the configuration names no dynamics checkpoint", "set system_dynamics_load_path")
    path = around.installation.workdir / asked
    remedy = "set system_dynamics_load_path in the profile to a checkpoint of your own pretraining"
    if not path.is_file():
        return failed(f"the dynamics checkpoint is not there: {path}", remedy)
    if not zipfile.is_zipfile(path):
        return failed(f"{path} is no checkpoint", remedy)
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return passed(f"{path} (sha256 {digest[:12]}…)")


def class_constant(source: str, name: str, attribute: str) -> object:
    """The constant that a class sets an attribute to, by its source text; None where it sets none."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and node.name == name:
            for part in node.body:
                match part:
                    case ast.Assign(targets=[ast.Name(id=found)], value=ast.Constant(value=value)):
                        if found == attribute:
                            return value
    return None


def check_imagination_rewards(around: Surroundings, profile: ScaleProfile) -> Finding:
    """A Go2 finetune has a reward term that imagination cannot compute, and must skip it."""
    if not ("Go2" in profile.task and "Finetune" in profile.task):
        return not_applicable("only the Go2 finetune has rewards that imagination cannot compute")
    source = around.installation.workdir / IMAGINATION_ENV_SOURCE
    if REWARD_GUARD in read_text(source):
        return passed(f"{source.name} skips rewards that imagination does not know")
    return failed(
        f"{source} does not skip rewards that imagination does not know: KeyError: 'feet_slide'",
        f"add to it: {REWARD_GUARD}: continue",
    )


def _pair(around: Surroundings) -> list[tuple[str, Checkout | NotAvailable]]:
    return [(name, around.checkouts[name]) for name in ("robotic_world_model", "rsl_rl_rwm")]


def _not_the_fork(profile: ScaleProfile) -> Finding:
    return not_applicable(f"{profile.task} does not use robotic_world_model")
