"""``rwm-tui memory``: what fitted and what failed here, what the simulator holds, and how good the forecasts were."""

import argparse
from pathlib import Path

from rwm_tui.commands.terminal import in_plain_words
from rwm_tui.core.errors import InputError
from rwm_tui.core.launch import documents
from rwm_tui.core.memory.ceilings import Ceilings, learn_ceilings, merged
from rwm_tui.core.memory.ceilings_file import add_to_ceilings, ceilings_path, read_ceilings
from rwm_tui.core.memory.ceilings_report import memory_document, memory_lines
from rwm_tui.core.memory.hit_rate import forecast_cases
from rwm_tui.core.memory.launch_memory import newest_launches, read_memories
from rwm_tui.core.settings import Project, refuse_where_read_only


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--learn", action="store_true", help="learn again from every launch that is kept")
    parser.add_argument(
        "--merge", metavar="FILE", type=Path, action="append", default=[], help="add another's ceilings"
    )


def answer(project: Project, options: argparse.Namespace) -> int:
    """0 where it could be told.

    :raises InputError: where a file cannot be read, understood or written.
    """
    path = ceilings_path(project.logs)
    memories = read_memories(newest_launches(project.launches))
    ceilings = read_ceilings(path)
    further = learn_ceilings(memories) if options.learn else Ceilings()
    for other in options.merge:
        if not other.is_file():
            raise InputError("nothing to merge", f"{other}: no such file", "name another machine's ceilings.yaml")
        further = merged(further, read_ceilings(other))
    if options.learn or options.merge:
        refuse_where_read_only(project, "learn of device memory")
        try:
            ceilings = add_to_ceilings(path, further)
        except OSError as error:
            raise InputError("ceilings not written", f"{path}: {error.strerror}", "mend the permissions") from error
    cases = forecast_cases(memories)
    if options.json:
        print(documents.to_json(memory_document(path, ceilings, cases)))
    else:
        print(in_plain_words("\n".join(memory_lines(path, ceilings, cases))))
    return 0
