"""Checks of what a task that loads a world model goes on from: the policy's run, and the same normalizer."""

import ast
import math
import re
from collections.abc import Mapping

from rwm_tui.core.plan.preflight.checkout_checks import AGENT_SOURCE, class_constant
from rwm_tui.core.plan.preflight.finding import Finding, failed, not_applicable, passed, warning
from rwm_tui.core.plan.preflight.import_path import read_text
from rwm_tui.core.plan.preflight.surroundings import Surroundings
from rwm_tui.core.profile import ScaleProfile
from rwm_tui.core.run_dir.layout import is_run_directory
from rwm_tui.core.run_dir.params import load_params

STAGES = ("Finetune", "Visualize")
WIDTHS = {"state_normalizer": 45, "action_normalizer": 12}
Numbers = tuple[float, ...]


def check_load_run(around: Surroundings, profile: ScaleProfile) -> Finding:
    """`resume` takes the last run directory whose name begins as `load_run` says."""
    stage = _stage(profile)
    if stage is None:
        return not_applicable("only the Finetune and Visualize tasks go on from an earlier run")
    source = read_text(around.installation.workdir / AGENT_SOURCE)
    asked = profile.agent.get("load_run") or class_constant(source, f"AnymalDFlatPPO{stage}RunnerCfg", "load_run")
    pattern = asked if isinstance(asked, str) else ".*"
    experiments = around.installation.workdir / "logs" / "rsl_rl"
    try:
        runs = [run for run in sorted(experiments.glob("*/*")) if re.match(pattern, run.name) and is_run_directory(run)]
    except re.error as error:
        return failed(f"load_run is no regular expression: {pattern} ({error})", "set load_run in the profile")
    remedy = "set load_run in the profile to a run directory of your own"
    if not runs:
        return failed(f"no run directory below {experiments} fits load_run {pattern}", remedy)
    if len(runs) > 1:
        return warning(f"{len(runs)} run directories fit load_run {pattern}; the last is {runs[-1].name}", remedy)
    return passed(f"load_run is {runs[0]}")


def check_normalizer(around: Surroundings, profile: ScaleProfile) -> Finding:
    """The normalizer is in no checkpoint: a task that loads a model must be configured as the one that trained it."""
    path = around.installation.workdir / AGENT_SOURCE
    own = _asked(profile) or source_normalizers(read_text(path))
    if not own:
        return not_applicable(f"{path.name} spells no normalizer out")
    if wrong := [problem for name, numbers in own.items() for problem in _problems(name, numbers)]:
        return failed("; ".join(wrong), "give 45 numbers for the state, 12 for the action, and no std of 0")
    stage = _stage(profile)
    if stage is None:
        return passed("45 and 12 numbers, every std above 0")
    source = read_text(path)
    model = profile.agent.get("system_dynamics_load_path") or class_constant(
        source, f"AnymalDFlatPPO{stage}RunnerCfg", "system_dynamics_load_path"
    )
    if not isinstance(model, str):
        return not_applicable("no dynamics checkpoint is named, so there is none to compare with")
    trained = (around.installation.workdir / model).parent / "params" / "agent.yaml"
    theirs = _resolved(load_params(trained))
    if not theirs:
        return not_applicable(f"{trained} does not say with which normalizer the model was trained")
    if differing := [name for name, numbers in own.items() if name in theirs and numbers != theirs[name]]:
        return failed(
            f"{', '.join(differing)}: other numbers than in {trained}; the model would see another scale",
            "take over the normalizer of the run that trained the model",
        )
    return passed(f"as in {trained}")


def source_normalizers(source: str) -> dict[str, Numbers]:
    """``state_normalizer.mean`` and its like where the configuration spells them out; nothing is executed."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {}
    found: dict[str, Numbers] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg in WIDTHS and isinstance(node.value, ast.Call):
            for part in node.value.keywords:
                numbers = _numbers(_literal(part.value))
                if part.arg in ("mean", "std") and numbers is not None:
                    found.setdefault(f"{node.arg}.{part.arg}", numbers)
    return found


def _literal(node: ast.expr) -> object:
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return None


def _asked(profile: ScaleProfile) -> dict[str, Numbers]:
    prefix = "imagination."
    return {
        key.removeprefix(prefix): numbers
        for key, value in profile.agent.items()
        if key.removeprefix(prefix).partition(".")[0] in WIDTHS and (numbers := _numbers(value)) is not None
    }


def _resolved(agent: object) -> dict[str, Numbers]:
    imagination = agent.get("imagination") if isinstance(agent, Mapping) else None
    found: dict[str, Numbers] = {}
    for name in WIDTHS:
        normalizer = imagination.get(name) if isinstance(imagination, Mapping) else None
        for part in ("mean", "std"):
            numbers = _numbers(normalizer.get(part)) if isinstance(normalizer, Mapping) else None
            if numbers is not None:
                found[f"{name}.{part}"] = numbers
    return found


def _numbers(value: object) -> Numbers | None:
    if not isinstance(value, list | tuple) or not all(type(item) in (int, float) for item in value):
        return None
    return tuple(float(item) for item in value)


def _problems(name: str, numbers: Numbers) -> list[str]:
    width = WIDTHS[name.partition(".")[0]]
    problems = [] if len(numbers) == width else [f"{name} has {len(numbers)} numbers, not {width}"]
    if not all(map(math.isfinite, numbers)) or (name.endswith(".std") and any(number <= 0 for number in numbers)):
        problems.append(f"{name} holds a number that cannot be divided by or is not finite")
    return problems


def _stage(profile: ScaleProfile) -> str | None:
    return next((stage for stage in STAGES if stage in profile.task), None)
