"""The JSON documents of the commands that speak of launches, and their plain-text lines."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from rwm_tui.core.errors import InputError
from rwm_tui.core.launch.record import RunState
from rwm_tui.core.profile import ScaleProfile

if TYPE_CHECKING:
    from rwm_tui.core.verdict.checklist import Checklist

DOCUMENT_SCHEMA = 1


def to_json(document: dict[str, Any]) -> str:
    """JSON text in pure ASCII: it passes every locale, also with file names that are not UTF-8."""
    return json.dumps(document, indent=2, allow_nan=False)


def error_document(error: InputError) -> dict[str, Any]:
    return {
        "schema": DOCUMENT_SCHEMA,
        "error": {"title": error.title, "message": error.message, "hint": error.hint},
    }


def run_document(state: RunState, directory: Path, checklist: "Checklist | None") -> dict[str, Any]:
    """What `run` and `attach` print at the end."""
    from rwm_tui.core.verdict.checklist import check_document  # lists are printed without the code that judges

    outcome = state.outcome
    return {
        "schema": DOCUMENT_SCHEMA,
        "launch": {
            "id": state.launch_id,
            "dir": str(directory),
            "plan": msgspec.to_builtins(state.plan),
            "started_at": state.started_at,
            "stages": msgspec.to_builtins(state.stages),
            "iterations": state.iterations_finished,
            "peak_device_mib": state.peak_device_mib,
            "peak_rss_mib": state.peak_rss_mib,
            "exit_status": outcome.exit_status if outcome else None,
            "signal": outcome.signal if outcome else None,
            "reason": outcome.reason if outcome else None,
            "run_dir_known_from": state.run_directory_known_from,
            "kit_log": state.kit_log,
        },
        "status": state.status.value,
        "outcome": outcome.outcome.value if outcome else None,
        "run_dir": state.run_directory,
        "diagnosis": None,
        "check": check_document(checklist) if checklist else None,
        "memory_warnings": [
            {"kind": warned.kind, "text": warned.text, "needed_mib": warned.needed_mib, "limit_mib": warned.limit_mib}
            for warned in state.memory_warnings
        ],
    }


def profiles_document(profiles: Sequence[ScaleProfile]) -> dict[str, Any]:
    return {"schema": DOCUMENT_SCHEMA, "profiles": [msgspec.to_builtins(profile) for profile in profiles]}
