"""``rwm-tui run``: launch a profile and watch it to its end."""

import argparse
import sys

from rwm_tui import wiring
from rwm_tui.commands.following import follow_headless
from rwm_tui.commands.show import watch
from rwm_tui.commands.terminal import has_terminal, in_plain_words, width
from rwm_tui.core.agent_config import parse_override
from rwm_tui.core.plan.preflight.report import warning_lines
from rwm_tui.core.profile import DEFAULT_PROFILE, load_profile_named, with_settings
from rwm_tui.core.settings import SETTINGS_FILE, Project


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("profile", metavar="PROFILE", nargs="?", default=DEFAULT_PROFILE)
    parser.add_argument(
        "--set", metavar="KEY=VALUE", action="append", default=[], help="change a setting of the profile"
    )
    parser.add_argument("--no-ui", action="store_true", help="progress lines instead of the app")
    parser.add_argument(
        "--accept-eula", action="store_true", help=f"I accept NVIDIA's Omniverse licence; noted in {SETTINGS_FILE}"
    )
    parser.add_argument(
        "--no-preflight", action="store_true", help="launch without looking for what would spoil it (see doctor)"
    )


def answer(project: Project, options: argparse.Namespace) -> int:
    services = wiring.real_services(project)
    chosen = load_profile_named(project.profiles, options.profile)
    profile = with_settings(chosen, dict(parse_override(text) for text in options.set))
    if options.accept_eula:
        services.accept_eula()
    plan = services.plan(profile, None, None)
    directory = wiring.launch(plan, project, wiring.real_clock(), with_preflight=not options.no_preflight)
    for line in warning_lines(services.warnings_of(directory), width()):
        print(in_plain_words(line), file=sys.stderr)
    if has_terminal() and not (options.no_ui or options.json):
        return watch(project, directory)
    return follow_headless(project, directory, json=options.json)
