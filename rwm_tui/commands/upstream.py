"""``rwm-tui upstream clone|status|fix``: the checkouts that an Isaac Lab launch rests on."""

import argparse
import sys

from rwm_tui import wiring
from rwm_tui.commands.terminal import agreed, in_plain_words
from rwm_tui.core.errors import InputError
from rwm_tui.core.launch import documents
from rwm_tui.core.plan.upstream.clone import clone_all
from rwm_tui.core.plan.upstream.guard_fix import propose_guard, read_source
from rwm_tui.core.plan.upstream.pins import load_pins
from rwm_tui.core.plan.upstream.runner_guard import GuardState, examine_guard
from rwm_tui.core.plan.upstream_status import read_upstream_status, status_document, status_lines
from rwm_tui.core.settings import Project, load_settings, refuse_where_read_only

NOT_FIXED_EXIT = 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", choices=("clone", "status", "fix"))
    parser.add_argument("--yes", action="store_true", help="fix: apply the runner's two-line guard without asking")


def answer(project: Project, options: argparse.Namespace) -> int:
    match options.action:
        case "clone":
            return _clone(project, options)
        case "fix":
            return _fix(project, options)
        case _:
            return _status(project, options)


def _clone(project: Project, options: argparse.Namespace) -> int:
    refuse_where_read_only(project, "clone checkouts")
    done = []
    for sentence in clone_all(load_pins(project), project.root / "upstream"):
        print(sentence, file=sys.stderr if options.json else sys.stdout, flush=True)
        done.append(sentence)
    if options.json:
        print(documents.to_json({"schema": documents.DOCUMENT_SCHEMA, "done": done}))
    return 0


def _status(project: Project, options: argparse.Namespace) -> int:
    status = read_upstream_status(project, load_settings(project).isaac_lab)
    if options.json:
        print(documents.to_json(status_document(status)))
    else:
        for line in status_lines(status):
            print(in_plain_words(line))
    return 0


def _fix(project: Project, options: argparse.Namespace) -> int:
    """Show the diff, ask, apply; 1 where it is needed and nobody agreed."""
    runner = wiring.runner_in_use(project, None)
    found = examine_guard(read_source(runner))
    if found.state in (GuardState.GUARDED, GuardState.NOT_NEEDED):
        return _tell(options, f"{runner}: {found.fact}; nothing to do", state=found.state, backup=None)
    if found.state is GuardState.UNKNOWN:
        raise InputError("runner not fixed", f"{runner}: {found.fact}", "check out a pair of upstream/pins.yaml")
    proposal = propose_guard(runner)
    refuse_where_read_only(project, "change the runner")
    print(proposal.diff, file=sys.stderr if options.json else sys.stdout, flush=True)
    if not (options.yes or (not options.json and agreed(f"Apply this to {runner}?"))):
        _tell(options, "nothing was changed; `rwm-tui upstream fix --yes` applies it", state=found.state, backup=None)
        return NOT_FIXED_EXIT
    applied = wiring.apply_guard(project, proposal, wiring.real_clock())
    return _tell(
        options,
        f"{runner} is guarded; as it was: {applied.backup}",
        state=GuardState.GUARDED,
        backup=str(applied.backup),
    )


def _tell(options: argparse.Namespace, sentence: str, *, state: GuardState, backup: str | None) -> int:
    if options.json:
        guard = {"guard": state.value, "backup": backup, "message": sentence}
        print(documents.to_json({"schema": documents.DOCUMENT_SCHEMA, **guard}))
    else:
        print(in_plain_words(sentence))
    return 0
