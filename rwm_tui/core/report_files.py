"""What was found out, written to the logs folder under one name: Markdown to paste and the JSON document."""

from __future__ import annotations

import re
from pathlib import Path

from rwm_tui.core.atomic_file import write_atomically
from rwm_tui.core.errors import InputError

MAX_NAME = 80


def write_report(folder: Path, names: tuple[str, ...], markdown: str, document: str) -> tuple[Path, Path]:
    """Both files, anew; an earlier report on the same is replaced.

    :param names: of the runs or launches that it is about, which may be called anything.
    :raises InputError: where the folder can't be written.
    """
    name = "--".join(re.sub(r"[^\w.+-]", "_", name, flags=re.ASCII)[:MAX_NAME] for name in names)
    paths = folder / f"{name}.md", folder / f"{name}.json"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, text in zip(paths, (markdown, document), strict=True):
            write_atomically(path, text.encode("utf-8", "backslashreplace"))
    except OSError as error:
        raise InputError("not written", f"{folder}: {error.strerror}", "make the logs folder writable") from error
    return paths
