"""Which task the run's sources record; never a guess from folder names."""

from __future__ import annotations

from collections.abc import Iterator

from rwm_tui.core.run_dir.hydra_outputs import HYDRA, HydraOutputs
from rwm_tui.core.verdict.facts import RunFacts
from rwm_tui.core.verdict.lookup import RUN_JSON, text_at


def recorded_tasks(facts: RunFacts) -> Iterator[tuple[str, str, str]]:
    """Source, place and task id, for each source that records one."""
    task = text_at(facts.run_json, RUN_JSON, "task")
    if isinstance(task, str):
        yield RUN_JSON, "task", task
    if isinstance(facts.hydra, HydraOutputs):
        source, key = facts.hydra.source(HYDRA), "hydra.job.config_name"
        task = text_at(facts.hydra.hydra, source, key)
        if isinstance(task, str):
            yield source, key, task
    for name, checkpoint in facts.readable_checkpoints():
        task = text_at(checkpoint.infos if isinstance(checkpoint.infos, dict) else {}, name, "task")
        if isinstance(task, str):
            yield name, "infos › task", task
            break
    if facts.launch and facts.launch.task:
        yield "launch record", "task", facts.launch.task


def agreed_task(facts: RunFacts) -> str | None:
    """The recorded task id; None where none is recorded or the sources disagree."""
    tasks = {task for _, _, task in recorded_tasks(facts)}
    return tasks.pop() if len(tasks) == 1 else None
