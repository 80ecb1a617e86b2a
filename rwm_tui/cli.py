"""The command line: the common options, and the command that was asked for. Each command is a module of its own."""

import argparse
import io
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn, TextIO, cast

from rwm_tui.commands.command import Command
from rwm_tui.commands.terminal import has_terminal, speaks_unicode
from rwm_tui.core.errors import InputError
from rwm_tui.core.launch import documents
from rwm_tui.core.settings import Project, locate_project
from rwm_tui.core.trainer_output.terminal_text import clean_line

USAGE_EXIT = 2
INTERRUPTED_EXIT = 130

COMMANDS = {
    "run": "launch a profile and watch it to its end",
    "attach": "watch a launch again (default: the newest)",
    "replay": "a launch that is over, gone through again at any speed (default: the newest)",
    "rerun": "after an out-of-memory: launch again, smaller (default: the newest)",
    "fit": "the largest size of a profile that fits this GPU, by real launches",
    "stop": "SIGINT, then SIGKILL after the grace (default: the newest)",
    "launches": "every launch, newest first",
    "runs": "every run directory, newest first, whoever started it",
    "profiles": "the scale profiles, by ladder",
    "check": "judge a run directory",
    "ledger": "what a run establishes, ready to paste, or as a manifest",
    "verify": "whether a ledger still holds",
    "compare": "two runs or launches side by side, or one with the last that worked",
    "groups": "a run's observation groups by console, env.yaml and checkpoints",
    "evaluate": "measure a run's world model on what it was not trained on",
    "doctor": "what would spoil a launch, and its remedy",
    "upstream": "the checkouts that Isaac Lab launches rest on",
    "diagnose": "say why a run failed, from its console log",
    "forecast": "peak device memory of a profile, before a run",
    "memory": "what fitted here and what failed, and how good the forecasts were",
}


def main(argv: Sequence[str] | None = None) -> int:
    arguments = list(sys.argv[1:] if argv is None else argv)
    _print_whatever_comes(sys.stdout, sys.stderr)
    try:
        status = _answer(arguments)
        sys.stdout.flush()
        return status
    except KeyboardInterrupt:
        return INTERRUPTED_EXIT
    except BrokenPipeError:  # whoever read us has left: `| head`
        for stream in (sys.stdout, sys.stderr):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        return INTERRUPTED_EXIT
    except OSError as error:  # a full disk behind stdout, a folder that vanished under us
        print(f"cannot write or read {error.filename or 'stdout'}: {error.strerror}", file=sys.stderr)
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return USAGE_EXIT


def _answer(arguments: Sequence[str]) -> int:
    try:
        options = _parser().parse_args(arguments, _Options())
        return _carry_out(_project(options), options)
    except InputError as error:
        if "--json" in arguments:
            print(documents.to_json(documents.error_document(error)))
        arrow = "→" if speaks_unicode() else "->"
        for line in f"{error.title}: {error.message}\n  {arrow} {error.hint}".splitlines():
            print(clean_line(line), file=sys.stderr)  # the message may quote a file's words
        return USAGE_EXIT


def _print_whatever_comes(*streams: TextIO) -> None:
    """A character that the locale's encoding lacks is written as its escape, never a failure."""
    for stream in streams:
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _project(options: argparse.Namespace) -> Project:
    project = locate_project(Path.cwd(), os.environ, options.project_root, options.logs)
    if not project.found and options.command in (None, "run"):
        print(f"no project found from {project.root} upwards: logs go to {project.logs}", file=sys.stderr)
    return project


def _carry_out(project: Project, options: argparse.Namespace) -> int:
    """No command: the app; without a terminal the default profile's whole job, headless."""
    if options.command is None and has_terminal():
        from rwm_tui.commands.following import show_app
        from rwm_tui.messages import StartAtProfiles

        show_app(project, StartAtProfiles())
        return 0
    if options.command is None:
        options = _parser().parse_args(["run", "--no-ui"], options)
    return _module(options.command).answer(project, options)


def _module(command: str) -> Command:
    return cast(Command, import_module(f"rwm_tui.commands.{command}"))


class _Options(argparse.Namespace):
    """What holds where an option is not given; the common ones may stand before or after the command."""

    project_root: str | None = None
    logs: str | None = None
    json: bool = False
    command: str | None = None


class _Parser(argparse.ArgumentParser):
    """Reports a usage error as InputError, so that ``--json`` gets its document."""

    def error(self, message: str) -> NoReturn:
        raise InputError("usage", message, f"see `{self.prog} --help`")


class _CommandParser(_Parser):
    """Imports its command's module when it is the one that is parsed, so that every other costs nothing."""

    def __init__(self, *args: Any, command: str | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._command = command

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        if self._command:
            _module(self._command).add_arguments(self)
            self._command = None
        return super().parse_known_args(args, namespace)


def _parser() -> argparse.ArgumentParser:
    common = _CommandParser(add_help=False, argument_default=argparse.SUPPRESS)
    common.add_argument("--project-root", metavar="DIR", help="where the project is (or RWM_TUI_PROJECT_ROOT)")
    common.add_argument("--logs", metavar="DIR", help="where launches and run directories live (or RWM_TUI_LOGS)")
    common.add_argument("--json", action="store_true", help="print exactly one JSON document on stdout")
    parser = _Parser(
        prog="rwm-tui",
        parents=[common],
        description="Launch, watch, judge and review world-model pretraining runs. Without a command: the app.",
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", parser_class=_CommandParser)
    for command, summary in COMMANDS.items():
        commands.add_parser(command, parents=[common], help=summary, description=summary, command=command)
    return parser


if __name__ == "__main__":
    sys.exit(main())
