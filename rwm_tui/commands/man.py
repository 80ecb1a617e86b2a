"""``rwm-tui man``: the manual page, made from the command line itself."""

import argparse
from collections.abc import Iterator

from rwm_tui.commands.described import Argument, Described, common_options, described_commands
from rwm_tui.core.errors import InputError
from rwm_tui.core.settings import Project

EXIT_STATUS = (
    ("0", "done; of a run: COMPLETED"),
    ("1", "FAILED or KILLED; of check: a claim is contradicted; of doctor: a check failed"),
    ("2", "the input is not usable, or FAILED_TO_START"),
    ("3", "OUT_OF_MEMORY"),
    ("4", "LOST: how the run ended is not known"),
    ("124", "TIMED_OUT"),
    ("130", "STOPPED, or interrupted"),
)
FILES = (
    ("rwm-tui.yaml", "the project's settings; rwm-tui config tells them"),
    ("profiles/", "scale profiles"),
    ("logs/launches/", "one directory for each launch"),
    ("logs/rsl_rl/", "the trainer's run directories"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = "Read it with `rwm-tui man | man -l -`."


def answer(project: Project, options: argparse.Namespace) -> int:
    if options.json:
        raise InputError("usage", "the manual is no JSON document", "leave out --json")
    print("\n".join(manual_page()))
    return 0


def manual_page() -> Iterator[str]:
    """In roff's man macros."""
    everywhere = common_options()
    yield '.TH RWM-TUI 1 "" "rwm-tui" "User commands"'
    yield ".SH NAME"
    yield r"rwm-tui \- launch, watch, judge and review world-model pretraining runs"
    yield ".SH SYNOPSIS"
    yield r".B rwm-tui"
    yield r"[\fIOPTIONS\fR] [\fICOMMAND\fR [\fIARGUMENTS\fR]]"
    yield ".SH DESCRIPTION"
    yield _text(everywhere.summary)
    yield _text("A run is detached: it outlives the terminal. Leaving the app never stops it.")
    yield ".SH OPTIONS"
    yield _text("These may stand before or after a command.")
    for option in everywhere.options:
        yield from _argument(option)
    yield ".SH COMMANDS"
    for command in described_commands():
        yield from _command(command)
    for heading, rows in (("EXIT STATUS", EXIT_STATUS), ("FILES", FILES)):
        yield f".SH {heading}"
        for name, meaning in rows:
            yield from (".TP", rf".B {_text(name)}", _text(meaning))


def _command(command: Described) -> Iterator[str]:
    yield f".SS {_text(command.name)}"
    yield _text(command.summary) + "."
    yield ".PP"
    yield rf".I {_text(command.usage)}"
    for argument in (*command.places, *command.options):
        if argument.help and argument.flags != ("-h", "--help"):
            yield from _argument(argument)


def _argument(argument: Argument) -> Iterator[str]:
    flags = ", ".join(rf"\fB{_text(flag)}\fR" for flag in argument.flags)
    value = rf"\fI{_text(argument.value)}\fR" if argument.value else ""
    yield from (".TP", " ".join(filter(None, (flags, value))), _text(argument.help))


def _text(text: str) -> str:
    """With what roff would take for its own made plain."""
    plain = text.replace("\\", r"\e").replace("-", r"\-")
    return rf"\&{plain}" if plain.startswith((".", "'")) else plain
