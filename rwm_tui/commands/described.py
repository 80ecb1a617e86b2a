"""The command line as data: every command with its options and arguments, for completion and the manual."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass

from rwm_tui.commands.command_line import build_parser, command_parsers


@dataclass(frozen=True)
class Argument:
    """An option, or, without flags, an argument by its place.

    :param value: what stands for its value, e.g. ``DIR``; empty where it takes none.
    :param choices: all the values there are; empty where any will do.
    """

    flags: tuple[str, ...]
    value: str
    help: str
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Described:
    """A command, or with an empty name what holds for all.

    :param usage: in one line.
    """

    name: str
    summary: str
    usage: str
    options: tuple[Argument, ...]
    places: tuple[Argument, ...]


def common_options() -> Described:
    """What may stand before or after any command."""
    return _described("", build_parser(()), known=())


def described_commands() -> list[Described]:
    """Each command with what it alone takes."""
    common = {flag for option in common_options().options for flag in option.flags}
    return [_described(name, parser, known=tuple(common)) for name, parser in command_parsers().items()]


def _described(name: str, parser: argparse.ArgumentParser, known: Sequence[str]) -> Described:
    actions = [action for action in parser._actions if not isinstance(action, argparse._SubParsersAction)]
    own = [action for action in actions if not set(action.option_strings) & set(known)]
    arguments = [_argument(parser, action) for action in own if action.help != argparse.SUPPRESS]
    return Described(
        name,
        parser.description or "",
        " ".join([parser.prog, "[OPTIONS]", *(_place(action) for action in own if not action.option_strings)]),
        tuple(one for one in arguments if one.flags),
        tuple(one for one in arguments if not one.flags),
    )


def _place(action: argparse.Action) -> str:
    metavar = action.metavar if isinstance(action.metavar, str) else "|".join(action.choices or [action.dest])
    return f"[{metavar}]" if action.nargs in ("?", "*") else metavar


def _argument(parser: argparse.ArgumentParser, action: argparse.Action) -> Argument:
    formatter = argparse.HelpFormatter(parser.prog)
    metavar = action.metavar if isinstance(action.metavar, str) else action.dest
    choices = tuple(map(str, action.choices)) if action.choices else ()
    value = "" if action.nargs == 0 else metavar
    return Argument(tuple(action.option_strings), value, formatter._expand_help(action) if action.help else "", choices)
