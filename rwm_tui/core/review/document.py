"""The history as the JSON document of `runs` and `launches`, and as lines."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from rwm_tui.core.review.history import HistoryEntry
from rwm_tui.core.review.verdict_summary import VerdictSummary
from rwm_tui.core.trainer_output.terminal_text import clean_line

DOCUMENT_SCHEMA = 1


def history_document(name: str, entries: Iterable[HistoryEntry]) -> dict[str, Any]:
    return {"schema": DOCUMENT_SCHEMA, name: [_item(entry) for entry in entries]}


def _item(entry: HistoryEntry) -> dict[str, Any]:
    return {
        "when": entry.when,
        "name": entry.name,
        "launch": entry.launch_id,
        "launch_dir": entry.launch_path,
        "run_dir": entry.run_path,
        "experiment": entry.experiment,
        "profile": entry.profile,
        "backend": entry.backend,
        "task": entry.task,
        "scale": {**msgspec.structs.asdict(entry.sizes), "class": entry.scale},
        "checkpoints": entry.checkpoints,
        "last_checkpoint": entry.last_checkpoint,
        "status": entry.status.value if entry.status else None,
        "outcome": entry.outcome.value if entry.outcome else None,
        "peak_device_mib": entry.peak_device_mib,
        "peak_rss_mib": entry.peak_rss_mib,
        "verdict": _verdict(entry.verdict),
        "parent": entry.parent,
        "follows_because": entry.follows_because,
        "kit_log": entry.kit_log,
        "problem": entry.problem,
    }


def _verdict(verdict: VerdictSummary | None) -> dict[str, Any] | None:
    """None: not judged, or its files have changed since."""
    if verdict is None:
        return None
    return {
        "weakest": verdict.weakest,
        "validated": verdict.validated,
        "validated-at-reduced-scale": verdict.reduced,
        "not-verified": verdict.open,
        "contradicted": verdict.contradicted,
    }


def history_lines(entries: Sequence[HistoryEntry]) -> list[str]:
    return [clean_line(_line(entry)) for entry in entries]


def _line(entry: HistoryEntry) -> str:
    when = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(entry.when))
    ending = entry.outcome or entry.status or entry.problem or "no launch record"
    verdict = verdict_words(entry.verdict) if entry.verdict else "not judged"
    return f"{when}  {entry.name:<36}  {ending:<16}  {verdict:<28}  {entry.run_path or '-'}"


def verdict_words(verdict: VerdictSummary) -> str:
    """How many claims stand where, e.g. `5 reduced, 4 not verified`."""
    counts = (
        (verdict.contradicted, "contradicted"),
        (verdict.validated, "validated"),
        (verdict.reduced, "reduced"),
        (verdict.open, "not verified"),
    )
    return ", ".join(f"{count} {word}" for count, word in counts if count)
