"""The task resolves and creates the expected environment."""

from __future__ import annotations

from collections.abc import Iterator

from rwm_tui.core.run_dir.unreadable import Absent
from rwm_tui.core.verdict.backend import resolve_backend
from rwm_tui.core.verdict.facts import ConsoleFacts, RunFacts
from rwm_tui.core.verdict.finding import Bearing, Finding, against, disagrees, missing, proves, supports, told
from rwm_tui.core.verdict.groups import active_groups, may_be_cut_off
from rwm_tui.core.verdict.lookup import AGENT, ENV, text_at
from rwm_tui.core.verdict.reference import REFERENCE_GROUPS, REFERENCE_TASK, RUNNER_CLASS
from rwm_tui.core.verdict.rules.imagination_off import configured_imagination, imagination_in_events
from rwm_tui.core.verdict.task import recorded_tasks


def task_resolves(facts: RunFacts) -> Iterator[Finding]:
    """Params are written after the environment was made, so that resolved ones prove both; else the console must."""
    backend = resolve_backend(facts)
    if trace := backend.trace_of("embedded"):
        reason = "embedded trainer: Isaac Lab's task was not created"
        yield Finding(Bearing.MISSING, trace.as_evidence("isaaclab"), reason)
        return
    if trace := backend.trace_of("isaaclab"):
        yield supports(trace.source, trace.locator, trace.observed, "isaaclab")
    else:
        yield Finding(Bearing.MISSING, None, "nothing shows that Isaac Lab made the environment")
    yield from _recorded_task(facts)
    yield from _configurations_in_console(facts)
    yield from imagination_in_events(facts)
    if isinstance(facts.agent, dict) and isinstance(facts.env, dict):
        yield from _resolved_configuration(facts)
    else:
        yield from _environment_in_console(facts)


def _recorded_task(facts: RunFacts) -> Iterator[Finding]:
    for source, locator, task in recorded_tasks(facts):
        if task == REFERENCE_TASK:
            yield supports(source, locator, task, REFERENCE_TASK)
        else:
            reason = f"{source} records another task"
            yield disagrees(source, locator, task, REFERENCE_TASK, reason)


def _configurations_in_console(facts: RunFacts) -> Iterator[Finding]:
    """Isaac Lab prints the classes that a task stands for; the pretraining's bear its name."""
    if not isinstance(facts.console, ConsoleFacts):
        return
    for named in facts.console.configurations:
        if "pretrain" not in named.text.rpartition(":")[2].lower():
            reason = f"the console resolves another configuration, {named.text.rpartition(':')[2][:80]}"
            yield disagrees(facts.console.path.name, f"line {named.line}", named.text[:160], "…Pretrain…", reason)


def _resolved_configuration(facts: RunFacts) -> Iterator[Finding]:
    runner = text_at(facts.agent, AGENT, "class_name")
    if isinstance(runner, Absent):
        yield missing(AGENT, "class_name", "not there", RUNNER_CLASS, runner.reason)
    elif runner == RUNNER_CLASS:
        yield proves(AGENT, "class_name", runner, RUNNER_CLASS)
    else:
        yield against(AGENT, "class_name", runner, RUNNER_CLASS, "the resolved runner is not the pretraining one")
    yield from configured_imagination(facts)
    groups = active_groups(facts.env)
    if isinstance(groups, Absent):
        yield missing(ENV, "observations", "not there", "five groups", groups.reason)
        return
    lacking = [name for name in REFERENCE_GROUPS if name not in groups]
    names = ", ".join(list(groups)[:12])
    if lacking:
        reason = f"the environment lacks the observation groups {', '.join(lacking)}"
        if may_be_cut_off(facts.env):
            yield missing(ENV, "observations", names, ", ".join(REFERENCE_GROUPS), f"{reason}, or its file is cut off")
            return
        yield against(ENV, "observations", names, ", ".join(REFERENCE_GROUPS), reason)
    else:
        yield supports(ENV, "observations", names, ", ".join(REFERENCE_GROUPS))


def _environment_in_console(facts: RunFacts) -> Iterator[Finding]:
    """Without resolved params: a recorded task id, and a console that shows the environment."""
    unreadable = facts.agent if not isinstance(facts.agent, dict) else facts.env
    why = "" if isinstance(unreadable, dict) else getattr(unreadable, "reason", "")
    is_recorded = any(task == REFERENCE_TASK for _, _, task in recorded_tasks(facts))
    if not isinstance(facts.console, ConsoleFacts) or not is_recorded:
        reason = f"the resolved configuration is not there ({why}), and no task id with a console log stands for it"
        yield Finding(Bearing.MISSING, None, reason)
        return
    console = facts.console
    if not console.environment_ready or not console.groups:
        yield missing(
            console.path.name,
            "whole file",
            "no environment that was set up",
            "an environment that was set up",
            "the console log does not show that the environment was made",
        )
        return
    line, groups = console.groups
    names = [group.name for group in groups]
    yield told(console.path.name, f"line {line}", ", ".join(names), ", ".join(REFERENCE_GROUPS))
    if set(REFERENCE_GROUPS) <= set(names):
        yield proves(console.path.name, f"line {console.environment_ready.line}", console.environment_ready.text)
    else:
        yield Finding(Bearing.MISSING, None, "the console log shows an environment without the four world-model groups")
