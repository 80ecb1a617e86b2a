"""What may stand on the command line: the common options, and the commands, each a module of its own."""

import argparse
from collections.abc import Sequence
from importlib import import_module
from typing import Any, NoReturn, cast

from rwm_tui.commands.command import Command
from rwm_tui.core.errors import InputError
from rwm_tui.core.settings import Given

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
    "config": "every setting, its value and where it comes from",
    "memory": "what fitted here and what failed, and how good the forecasts were",
    "serve": "the app in a browser on this machine",
    "completion": "a shell's completion of commands, options and names",
    "man": "the manual page",
}


class Options(argparse.Namespace):
    """What holds where an option is not given; the common ones may stand before or after the command."""

    project_root: str | None = None
    logs: str | None = None
    json: bool = False
    ascii: bool = False
    read_only: bool = False
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

    def add_its_arguments(self) -> None:
        if self._command:
            command_module(self._command).add_arguments(self)
            self._command = None

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        self.add_its_arguments()
        return super().parse_known_args(args, namespace)


def build_parser(arguments: Sequence[str]) -> argparse.ArgumentParser:
    """:param arguments: what will be parsed; where a command comes first, the others need not be known."""
    return _parser_with(arguments[:1] if arguments and arguments[0] in COMMANDS else tuple(COMMANDS))[0]


def command_parsers() -> dict[str, argparse.ArgumentParser]:
    """Each command's own parser, with its arguments."""
    parsers = _parser_with(tuple(COMMANDS))[1]
    for parser in parsers.values():
        parser.add_its_arguments()
    return dict(parsers)


def _parser_with(known: Sequence[str]) -> tuple[argparse.ArgumentParser, dict[str, _CommandParser]]:
    common = _CommandParser(add_help=False, argument_default=argparse.SUPPRESS)
    common.add_argument("--project-root", metavar="DIR", help="where the project is (or RWM_TUI_PROJECT_ROOT)")
    common.add_argument("--logs", metavar="DIR", help="where launches and run directories live (or RWM_TUI_LOGS)")
    common.add_argument("--read-only", action="store_true", help="start, stop, end and change nothing")
    common.add_argument("--ascii", action="store_true", help="draw and print with ASCII alone")
    common.add_argument("--json", action="store_true", help="print exactly one JSON document on stdout")
    parser = _Parser(
        prog="rwm-tui",
        parents=[common],
        description="Launch, watch, judge and review world-model pretraining runs. Without a command: the app.",
    )
    commands = parser.add_subparsers(
        dest="command",
        metavar="COMMAND",
        parser_class=_CommandParser,
        prog=parser.prog,  # else argparse lays out a usage for it, and imports what that takes
    )
    parsers = {}
    for command in known:
        summary = COMMANDS[command]
        parsers[command] = commands.add_parser(
            command, parents=[common], help=summary, description=summary, command=command
        )
    return parser, parsers


def given(options: argparse.Namespace) -> Given:
    """The common options that stand in a setting's place."""
    return Given(
        root=options.project_root,
        logs=options.logs,
        ascii=options.ascii or None,
        read_only=options.read_only or None,
    )


def command_module(command: str) -> Command:
    return cast(Command, import_module(f"rwm_tui.commands.{command}"))
