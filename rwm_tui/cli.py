"""The command line: parsed, answered by the module of the command that was asked for, its mistakes told."""

import io
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from rwm_tui.commands.terminal import has_terminal, is_served, speak_ascii, speaks_unicode
from rwm_tui.core.errors import InputError
from rwm_tui.core.settings import Given, Project, project_for
from rwm_tui.core.trainer_output.terminal_text import clean_line

if TYPE_CHECKING:
    import argparse

USAGE_EXIT = 2
INTERRUPTED_EXIT = 130
UNREAD_EXIT = 141
"""As of a program that SIGPIPE ends."""


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
        return UNREAD_EXIT
    except OSError as error:  # a full disk behind stdout, a folder that vanished under us
        print(f"cannot write or read {error.filename or 'stdout'}: {error.strerror}", file=sys.stderr)
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return USAGE_EXIT


def _answer(arguments: Sequence[str]) -> int:
    try:
        if not arguments and _shows_the_app():  # no parser is made for nothing
            shown = _project(Given(), None)
            return _with_files_named(lambda: _show(shown))
        from rwm_tui.commands.command_line import Options, build_parser, given

        options = build_parser(arguments).parse_args(arguments, Options())
        project = _project(given(options), options.command)
        return _with_files_named(lambda: _carry_out(project, options))
    except InputError as error:
        if "--json" in arguments:
            from rwm_tui.core.launch import documents

            print(documents.to_json(documents.error_document(error)))
        arrow = "→" if speaks_unicode() else "->"
        for line in f"{error.title}: {error.message}\n  {arrow} {error.hint}".splitlines():
            print(clean_line(line), file=sys.stderr)  # the message may quote a file's words
        return USAGE_EXIT


def _with_files_named(answer: Callable[[], int]) -> int:
    try:
        return answer()
    except OSError as error:
        if error.filename is None:  # stdout itself
            raise
        message = f"{str(error.filename)[:200]}: {error.strerror}"
        raise InputError("not readable or writable", message, "check the path, its permissions and the disk") from error


def _print_whatever_comes(*streams: TextIO) -> None:
    """A character that the locale's encoding lacks is written as its escape, never a failure."""
    for stream in streams:
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _project(given: Given, command: str | None) -> Project:
    project = project_for(Path.cwd(), os.environ, given)
    if project.preferences.ascii:
        speak_ascii()
    if not project.found and command in (None, "run"):
        print(f"no project found from {project.root} upwards: logs go to {project.logs}", file=sys.stderr)
    return project


def _shows_the_app() -> bool:
    return has_terminal() or is_served()


def _show(project: Project) -> int:
    from rwm_tui.commands.show import show_app

    return show_app(project)


def _carry_out(project: Project, options: "argparse.Namespace") -> int:
    """No command: the app; without a terminal the default profile's whole job, headless."""
    from rwm_tui.commands.command_line import build_parser, command_module

    if options.command is None and _shows_the_app():
        return _show(project)
    if options.command is None:
        options = build_parser(["run"]).parse_args(["run", "--no-ui"], options)
    return command_module(options.command).answer(project, options)


if __name__ == "__main__":
    sys.exit(main())
