"""``rwm-tui serve``: the same app in a browser on this machine."""

import argparse
import os
import secrets
import shlex
import sys

from rwm_tui.core.errors import InputError
from rwm_tui.core.settings import Project

OWN_ADDRESSES = ("localhost", "127.0.0.1", "::1")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", metavar="N", type=int, default=8000, help="(default: %(default)s)")
    parser.add_argument("--host", metavar="ADDRESS", default="localhost", help="(default: %(default)s)")
    parser.add_argument("--any-address", action="store_true", help="allow a --host that others can reach")


def answer(project: Project, options: argparse.Namespace) -> int:
    """Until it is interrupted.

    :raises InputError: for an address that others reach, a port that is taken, or where textual-serve is missing.
    """
    if options.json:
        raise InputError("usage", "a server has no JSON document", "leave out --json")
    require_own_address(options.host, any_address=options.any_address)
    try:
        from rwm_tui.commands.key_server import KeyServer
    except ModuleNotFoundError as error:
        raise InputError(
            "nothing to serve with", f"the package {error.name} is missing", "pip install 'rwm-tui[serve]'"
        ) from error
    os.environ["RWM_TUI_SERVED"] = "1"  # for the app's processes: a browser is their terminal
    server = KeyServer(app_command(project), options.host, options.port, secrets.token_urlsafe(24))
    print(
        f"open {server.address}\nwhoever has this address can do what you can; ctrl+c ends it, runs go on", flush=True
    )
    try:
        server.serve()
    except OSError as error:
        raise InputError(
            "not served", f"{options.host}:{options.port}: {error.strerror}", "choose another --port"
        ) from error
    return 0


def require_own_address(host: str, *, any_address: bool) -> None:
    """
    :raises InputError: for an address that others reach, unless they are meant to.
    """
    if host not in OWN_ADDRESSES and not any_address:
        raise InputError(
            "not served",
            f"{host} can be reached by others, and what they type would run as you, unencrypted on its way",
            "leave out --host and use `ssh -L 8000:localhost:8000 THIS_MACHINE`, or add --any-address",
        )


def app_command(project: Project) -> str:
    """The app for one browser window, as a shell's line."""
    words = [sys.executable, "-P", "-m", "rwm_tui", "--project-root", str(project.root), "--logs", str(project.logs)]
    words += ["--read-only"] * project.read_only + ["--ascii"] * bool(project.preferences.ascii)
    return shlex.join(words)
