"""``rwm-tui verify``: whether a ledger still holds; 0 all holds, 1 something differs, 2 no usable ledger."""

import argparse
from pathlib import Path

from rwm_tui import judging_wiring
from rwm_tui.core.errors import InputError
from rwm_tui.core.launch.documents import to_json
from rwm_tui.core.ledger.ledger import all_files
from rwm_tui.core.ledger.verify import differences, read_ledger, refuse_paths_outside
from rwm_tui.core.review.find import find_entry
from rwm_tui.core.review.history import list_history
from rwm_tui.core.settings import Project
from rwm_tui.core.trainer_output.terminal_text import clean_line


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("ledger", metavar="LEDGER.json")
    parser.add_argument("--run-dir", metavar="DIR", help="where the run lies (default: found by its name)")


def answer(project: Project, options: argparse.Namespace) -> int:
    ledger = read_ledger(Path(options.ledger))
    run_directory = Path(options.run_dir) if options.run_dir else _find(project, ledger.run)
    refuse_paths_outside(ledger, run_directory)
    found = list(differences(ledger, judging_wiring.judge_for_ledger(project, run_directory).ledger))
    if options.json:
        print(to_json({"schema": 1, "run_dir": str(run_directory), "holds": not found, "differences": found}))
    else:
        for line in found or [f"all holds: {len(all_files(ledger))} files, {len(ledger.verdict['items'])} claims"]:
            print(clean_line(line))
    return 1 if found else 0


def _find(project: Project, name: str) -> Path:
    entry = find_entry(list_history(project), name)
    if entry.run_directory is None:
        raise InputError("no run directory", f"{name} left none", "name it with --run-dir DIR")
    return entry.run_directory
