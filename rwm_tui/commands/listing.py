"""Launches and run directories, one a line."""

from collections.abc import Iterable

from rwm_tui.core.launch import documents
from rwm_tui.core.launch.history import HistoryEntry


def print_history(name: str, entries: Iterable[HistoryEntry], *, json: bool) -> None:
    document = documents.history_document(name, entries)
    if json:
        print(documents.to_json(document))
    else:
        for line in documents.history_lines(document[name]) or [f"no {name}"]:
            print(line)
