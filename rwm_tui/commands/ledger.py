"""``rwm-tui ledger``: what a run establishes, ready to paste, or as the manifest of its state."""

import argparse
import sys
from pathlib import Path

from rwm_tui import judging_wiring
from rwm_tui.core.atomic_file import write_atomically
from rwm_tui.core.errors import InputError
from rwm_tui.core.launch.documents import to_json
from rwm_tui.core.ledger.ledger import ledger_markdown
from rwm_tui.core.settings import Project


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run_dir", metavar="RUN_DIR")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--markdown", action="store_true", help="the table, to paste (default)")
    form.add_argument("--manifest", action="store_true", help="the plain-text manifest")
    parser.add_argument("-o", "--output", metavar="FILE", help="write it there instead of printing it")


def answer(project: Project, options: argparse.Namespace) -> int:
    judged = judging_wiring.judge_for_ledger(project, Path(options.run_dir))
    if options.manifest:
        from rwm_tui.core.ledger.manifest import manifest_text

        text = manifest_text(judged.ledger, judged.checklist, judged.facts)
    elif options.json:
        import msgspec

        text = to_json(msgspec.to_builtins(judged.ledger)) + "\n"
    else:
        text = ledger_markdown(judged.ledger, judged.checklist)
    if options.output is None:
        sys.stdout.write(text)
        return 0
    path = Path(options.output)
    try:
        write_atomically(path, text.encode("utf-8", "backslashreplace"))
    except OSError as error:
        raise InputError("ledger not written", f"{path}: {error.strerror}", "choose another -o FILE") from error
    print(f"written to {path}", file=sys.stderr)
    return 0
