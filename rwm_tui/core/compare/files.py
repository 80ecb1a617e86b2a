"""A comparison written down: Markdown to paste and the JSON document of `compare`, side by side in the logs folder."""

from __future__ import annotations

import re
from pathlib import Path

from rwm_tui.core.atomic_file import write_atomically
from rwm_tui.core.compare.comparison import Comparison
from rwm_tui.core.compare.document import compare_document, compare_markdown
from rwm_tui.core.errors import InputError
from rwm_tui.core.launch.documents import to_json

FOLDER = "comparisons"
MAX_NAME = 80


def write_comparison(logs: Path, comparison: Comparison) -> tuple[Path, Path]:
    """Markdown with what differs, JSON with everything; an earlier comparison of the same two is replaced.

    :raises InputError: where the logs folder can't be written.
    """
    name = f"{_in_a_file_name(comparison.left.name)}--{_in_a_file_name(comparison.right.name)}"
    markdown, document = (logs / FOLDER / f"{name}{suffix}" for suffix in (".md", ".json"))
    try:
        markdown.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(markdown, compare_markdown(comparison, everything=False).encode())
        write_atomically(document, f"{to_json(compare_document(comparison, everything=True))}\n".encode())
    except OSError as error:
        raise InputError(
            "comparison not written", f"{logs / FOLDER}: {error.strerror}", "make the logs folder writable"
        ) from error
    return markdown, document


def _in_a_file_name(name: str) -> str:
    """Run directories may be called anything."""
    return re.sub(r"[^\w.+-]", "_", name, flags=re.ASCII)[:MAX_NAME]
