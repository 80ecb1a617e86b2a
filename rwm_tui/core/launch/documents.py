"""The JSON documents of the commands that speak of launches, and their plain-text lines."""

import json
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from rwm_tui.core.errors import InputError
from rwm_tui.core.launch.history import HistoryEntry
from rwm_tui.core.launch.record import RunState
from rwm_tui.core.profile import ScaleProfile
from rwm_tui.core.trainer_output.terminal_text import clean_line
from rwm_tui.core.verdict.checklist import Checklist, check_document

DOCUMENT_SCHEMA = 1


def to_json(document: dict[str, Any]) -> str:
    """JSON text in pure ASCII: it passes every locale, also with file names that are not UTF-8."""
    return json.dumps(document, indent=2, allow_nan=False)


def error_document(error: InputError) -> dict[str, Any]:
    return {
        "schema": DOCUMENT_SCHEMA,
        "error": {"title": error.title, "message": error.message, "hint": error.hint},
    }


def run_document(state: RunState, directory: Path, checklist: Checklist | None) -> dict[str, Any]:
    """What `run` and `attach` print at the end."""
    outcome = state.outcome
    return {
        "schema": DOCUMENT_SCHEMA,
        "launch": {
            "id": state.launch_id,
            "dir": str(directory),
            "plan": msgspec.to_builtins(state.plan),
            "started_at": state.started_at,
            "stages": msgspec.to_builtins(state.stages),
            "iterations": len(state.iterations),
            "peak_device_mib": state.peak_device_mib,
            "peak_rss_mib": state.peak_rss_mib,
            "exit_status": outcome.exit_status if outcome else None,
            "signal": outcome.signal if outcome else None,
            "reason": outcome.reason if outcome else None,
        },
        "status": state.status.value,
        "outcome": outcome.outcome.value if outcome else None,
        "run_dir": state.run_directory,
        "diagnosis": None,
        "check": check_document(checklist) if checklist else None,
    }


def history_document(name: str, entries: Iterable[HistoryEntry]) -> dict[str, Any]:
    return {"schema": DOCUMENT_SCHEMA, name: [_history_item(entry) for entry in entries]}


def _history_item(entry: HistoryEntry) -> dict[str, Any]:
    return {
        "when": entry.when,
        "name": entry.name,
        "launch": entry.launch_id,
        "launch_dir": str(entry.launch_directory) if entry.launch_directory else None,
        "run_dir": str(entry.run_directory) if entry.run_directory else None,
        "profile": entry.profile,
        "backend": entry.backend,
        "task": entry.task,
        "status": entry.status.value if entry.status else None,
        "outcome": entry.outcome.value if entry.outcome else None,
        "parent": entry.parent,
        "problem": entry.problem,
    }


def history_lines(items: Sequence[dict[str, Any]]) -> list[str]:
    lines = [
        f"{time.strftime('%Y-%m-%d %H:%M:%S', time.localtime(item['when']))}  {item['name']:<36}  "
        f"{item['outcome'] or item['status'] or item['problem'] or 'no launch record':<16}  {item['run_dir'] or '-'}"
        for item in items
    ]
    return [clean_line(line) for line in lines]


def profiles_document(profiles: Sequence[ScaleProfile]) -> dict[str, Any]:
    return {"schema": DOCUMENT_SCHEMA, "profiles": [msgspec.to_builtins(profile) for profile in profiles]}
