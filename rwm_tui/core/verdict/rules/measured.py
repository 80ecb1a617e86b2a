"""Which of a run's evaluations speak of its final world model, in the world that it was trained in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rwm_tui.core.evaluation.measurement import Dataset, Measurement, Simulator
from rwm_tui.core.run_dir.unreadable import Absent, Unreadable
from rwm_tui.core.verdict.backend import resolve_backend
from rwm_tui.core.verdict.ending import planned_end
from rwm_tui.core.verdict.facts import EvaluationFacts, RunFacts
from rwm_tui.core.verdict.finding import Bearing, Finding, missing, told
from rwm_tui.core.verdict.lookup import AGENT, whole_number_at

NOT_EVALUATED = "running the pipeline says nothing about it, and no evaluation of this run is beside it"


@dataclass(frozen=True, slots=True)
class Usable:
    """An evaluation that may move a claim."""

    name: str
    measurement: Measurement


def usable_evaluations(facts: RunFacts) -> tuple[list[Usable], list[Finding]]:
    """Evaluations that may move a claim, and a finding for each that may not; one finding where there is none."""
    usable, findings = [], []
    for evaluation in facts.evaluations:
        obstacle = next(_obstacles(facts, evaluation), None)
        if obstacle:
            findings.append(obstacle)
        elif isinstance(evaluation.content, Measurement):
            usable.append(Usable(evaluation.name, evaluation.content))
    if usable:  # what does not count is then only told
        return usable, [_as_told(finding) for finding in findings]
    return [], findings or [Finding(Bearing.MISSING, None, NOT_EVALUATED)]


def _as_told(finding: Finding) -> Finding:
    return Finding(Bearing.TOLD, finding.evidence)


def _obstacles(facts: RunFacts, evaluation: EvaluationFacts) -> Iterator[Finding]:
    name, content = evaluation.name, evaluation.content
    if isinstance(content, Unreadable):
        yield missing(name, "whole file", content.reason, "an evaluation of this run", f"{name}: {content.reason}")
        return
    yield from _other_checkpoint(facts, name, content)
    if isinstance(content.source, Simulator):
        yield from _other_world(facts, name)
        yield from _not_held_out(facts, name, content.source)
    else:
        yield from _unproven_origin(name, content.source)


def _other_checkpoint(facts: RunFacts, name: str, content: Measurement) -> Iterator[Finding]:
    end = planned_end(facts)
    expected = end.reason if isinstance(end, Absent) else end.checkpoint_name
    if isinstance(end, Absent) or content.checkpoint.name != end.checkpoint_name:
        reason = f"{name} is of {content.checkpoint.name}, which is not known to be the final checkpoint"
        yield missing(name, "checkpoint", content.checkpoint.name, expected, reason)


def _other_world(facts: RunFacts, name: str) -> Iterator[Finding]:
    """A model of one simulator says nothing when it is asked about another, neither for nor against it."""
    backend = resolve_backend(facts)
    if backend.backend != "embedded" or backend.sources_disagree:
        trained = "an unknown world" if backend.backend is None or backend.sources_disagree else "Isaac Lab"
        reason = f"{name} was measured in the embedded simulator, but the model was trained in {trained}"
        yield missing(name, "source", "embedded simulator", trained, reason)


def _not_held_out(facts: RunFacts, name: str, source: Simulator) -> Iterator[Finding]:
    seed = whole_number_at(facts.agent, AGENT, "seed", least=0)
    if isinstance(seed, Absent) or seed in source.seeds:
        observed = seed.reason if isinstance(seed, Absent) else f"seed {seed}, also of the training"
        yield missing(name, "source › seed", observed, "other seeds than the training's", f"{name} is not held out")


def _unproven_origin(name: str, source: Dataset) -> Iterator[Finding]:
    if source.doubts:
        yield missing(name, "source › doubts", source.doubts[0], "raw rows", f"{name}: {source.doubts[0]}")
    if not source.held_out:
        reason = f"nobody declared that the dataset of {name} is of this task and was not trained on (--held-out)"
        yield missing(name, "source › held_out", False, True, reason)


def told_source(usable: Usable) -> Finding:
    """Where the trajectories came from."""
    source = usable.measurement.source
    if isinstance(source, Dataset):
        return told(usable.name, "source", f"{source.file.name}, sha256 {source.file.sha256[:12]}…, declared held out")
    seeds = source.seeds
    return told(usable.name, "source", f"simulator, seeds {seeds[0]} to {seeds[-1]}, training {source.training_seed}")
