"""Which program wrote the run: Isaac Lab, or the embedded trainer. Any trace of the latter decides."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from rwm_tui.core.run_dir.unreadable import Absent
from rwm_tui.core.verdict.facts import ConsoleFacts, RunFacts
from rwm_tui.core.verdict.finding import Evidence, shown
from rwm_tui.core.verdict.lookup import ENV, RUN_JSON, mapping_at, text_at

Backend = Literal["embedded", "isaaclab"]

_GROUPS_OF_TERMS = ("observations",)
_LISTS_OF_TERMS = ("rewards", "terminations")


@dataclass(frozen=True, slots=True)
class BackendTrace:
    """A place that names a backend."""

    backend: Backend
    source: str
    locator: str
    observed: str

    def as_evidence(self, expected: Backend | None) -> Evidence:
        return Evidence(
            self.source,
            self.locator,
            self.observed,
            expected or "",
            None if expected is None else self.backend == expected,
        )


@dataclass(frozen=True, slots=True)
class BackendVerdict:
    """The backend, None where nothing names it, and the places that do."""

    backend: Backend | None
    traces: tuple[BackendTrace, ...]

    @property
    def sources_disagree(self) -> bool:
        return len({trace.backend for trace in self.traces}) > 1

    def trace_of(self, backend: Backend) -> BackendTrace | None:
        return next((trace for trace in self.traces if trace.backend == backend), None)


def resolve_backend(facts: RunFacts) -> BackendVerdict:
    """The backend by every source that names one."""
    traces = tuple(_traces(facts))
    named = {trace.backend for trace in traces}
    backend: Backend | None = "embedded" if "embedded" in named else "isaaclab" if named else None
    return BackendVerdict(backend, traces)


def _traces(facts: RunFacts) -> Iterator[BackendTrace]:
    library = text_at(facts.run_json, RUN_JSON, "library")
    if isinstance(library, str):
        if library.startswith("rwm_tui"):
            yield BackendTrace("embedded", RUN_JSON, "library", shown(library))
        elif library in ("rsl_rl", "rl_games", "skrl", "sb3"):  # the manifest of Isaac Lab 3
            yield BackendTrace("isaaclab", RUN_JSON, "library", shown(library))
    yield from _traces_in_env(facts)
    for name, checkpoint in facts.readable_checkpoints():
        trainer = checkpoint.infos.get("trainer") if isinstance(checkpoint.infos, Mapping) else None
        if isinstance(trainer, str) and ("rwm-tui" in trainer or "embedded" in trainer):
            yield BackendTrace("embedded", name, "infos › trainer", shown(trainer))
            break
    if isinstance(facts.console, ConsoleFacts) and facts.console.announced:
        announced = facts.console.announced
        yield BackendTrace("embedded", facts.console.path.name, f"line {announced.line}", shown(announced.text))
    if facts.launch and facts.launch.backend == "embedded":
        yield BackendTrace("embedded", "launch record", "backend", "embedded")
    elif facts.launch and facts.launch.backend == "isaaclab":
        yield BackendTrace("isaaclab", "launch record", "backend", "isaaclab")


def _traces_in_env(facts: RunFacts) -> Iterator[BackendTrace]:
    """One trace per backend: the first term whose function lies in a module of it."""
    seen: set[Backend] = set()
    for key, function in _term_functions(facts):
        backend: Backend | None = None
        if function.startswith("rwm_tui."):
            backend = "embedded"
        elif function.startswith(("isaaclab.", "isaaclab_tasks.")):
            backend = "isaaclab"
        if backend and backend not in seen:
            seen.add(backend)
            yield BackendTrace(backend, ENV, key, shown(function))


def _term_functions(facts: RunFacts) -> Iterator[tuple[str, str]]:
    for manager in _GROUPS_OF_TERMS:
        groups = mapping_at(facts.env, ENV, manager)
        for group, terms in groups.items() if not isinstance(groups, Absent) else ():
            if isinstance(terms, dict):
                yield from _functions(f"{manager}.{group}", terms)
    for manager in _LISTS_OF_TERMS:
        terms = mapping_at(facts.env, ENV, manager)
        if not isinstance(terms, Absent):
            yield from _functions(manager, terms)


def _functions(key: str, terms: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for name, term in terms.items():
        function = term.get("func") if isinstance(term, dict) else None
        if isinstance(function, str):
            yield f"{key}.{name}.func", function
