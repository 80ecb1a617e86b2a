"""``rwm-tui config``: every setting, its value and where it comes from."""

import argparse
import json
import os
from typing import Any

import msgspec

from rwm_tui.commands.command_line import given
from rwm_tui.core.launch import documents
from rwm_tui.core.settings import Project, settings_in_force, settings_path
from rwm_tui.core.trainer_output.terminal_text import clean_line


def add_arguments(parser: argparse.ArgumentParser) -> None:
    pass


def answer(project: Project, options: argparse.Namespace) -> int:
    """0 where the settings are usable.

    :raises InputError: naming the file or variable, the key and the remedy.
    """
    values = settings_in_force(project, os.environ, given(options))
    path = settings_path(project)
    if options.json:
        settings = [{"key": one.key, "value": msgspec.to_builtins(one.value), "source": one.source} for one in values]
        document = {
            "schema": documents.DOCUMENT_SCHEMA,
            "file": str(path),
            "exists": path.exists(),
            "project_root": str(project.root),
            "logs": str(project.logs),
            "settings": settings,
        }
        print(documents.to_json(document))
        return 0
    rows = [("project root", str(project.root), ""), ("logs folder", str(project.logs), "")]
    rows += [(one.key, _as_text(one.value), one.source.removeprefix(f"{project.root}/")) for one in values]
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    print(clean_line(f"settings file {path}{'' if path.exists() else ' (not there)'}"))
    for key, value, source in rows:
        print(clean_line(f"{key:<{widths[0]}}  {value:<{min(widths[1], 40)}}  {source}".rstrip()))
    return 0


def _as_text(value: Any) -> str:
    """As it may be written into the file."""
    return value if isinstance(value, str) else json.dumps(msgspec.to_builtins(value))
