"""The command line: argument parsing, and one function per command that prints what the core found."""

import argparse
import io
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn, TextIO

from rwm_tui import wiring
from rwm_tui.commands.diagnose import diagnose
from rwm_tui.commands.doctor import doctor
from rwm_tui.commands.forecast import forecast, mebibytes
from rwm_tui.commands.terminal import has_terminal, in_plain_words, speaks_unicode, width
from rwm_tui.commands.upstream import upstream
from rwm_tui.core.agent_config import parse_override
from rwm_tui.core.diagnosis.diagnose import diagnose_launch
from rwm_tui.core.diagnosis.document import diagnosis_document, diagnosis_text
from rwm_tui.core.errors import InputError
from rwm_tui.core.launch import documents
from rwm_tui.core.launch.follow import Follower
from rwm_tui.core.launch.history import find_launch, list_launches, list_runs
from rwm_tui.core.launch.outcome import EXIT_CODES
from rwm_tui.core.launch.progress import ProgressLines
from rwm_tui.core.launch.record import RunState
from rwm_tui.core.launch.stop import request_stop
from rwm_tui.core.plan.preflight.report import warning_lines
from rwm_tui.core.profile import BACKENDS, DEFAULT_PROFILE, ladder, load_profile_named, with_settings
from rwm_tui.core.settings import SETTINGS_FILE, Project, locate_project
from rwm_tui.core.trainer_output.terminal_text import clean_line
from rwm_tui.core.verdict.checklist import Checklist, check_document, render_text

HEADLESS_POLL_S = 0.5
USAGE_EXIT = 2
INTERRUPTED_EXIT = 130


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
        return _run(_parser().parse_args(arguments, _Options()))
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


def _run(options: argparse.Namespace) -> int:
    project = locate_project(Path.cwd(), os.environ, options.project_root, options.logs)
    if not project.found and options.command in (None, "run"):
        print(f"no project found from {project.root} upwards: logs go to {project.logs}", file=sys.stderr)
    match options.command:
        case "run":
            return _run_profile(project, options)
        case "attach":
            return _attach(project, options)
        case "stop":
            return _stop(project, options)
        case "launches":
            return _list(options, "launches", documents.history_document("launches", list_launches(project)))
        case "runs":
            return _list(options, "runs", documents.history_document("runs", list_runs(project)))
        case "profiles":
            return _profiles(project, options)
        case "check":
            return _check(project, options)
        case "doctor":
            return doctor(project, options)
        case "upstream":
            return upstream(project, options)
        case "forecast":
            return forecast(project, options)
        case "diagnose":
            return diagnose(options)
        case _:
            return _open(project, options)


def _open(project: Project, options: argparse.Namespace) -> int:
    """No command: the app; without a terminal the default profile's whole job, headless."""
    if has_terminal():
        from rwm_tui.messages import StartAtProfiles

        return _show(project, StartAtProfiles())
    options.profile, options.set, options.no_ui, options.accept_eula = DEFAULT_PROFILE, [], True, False
    options.no_preflight = False
    return _run_profile(project, options)


def _run_profile(project: Project, options: argparse.Namespace) -> int:
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
        return _watch(project, directory)
    return _follow_headless(project, directory, json=options.json)


def _attach(project: Project, options: argparse.Namespace) -> int:
    directory = find_launch(project, options.launch)
    if has_terminal() and not (options.no_ui or options.json):
        return _watch(project, directory)
    return _follow_headless(project, directory, json=options.json)


def _stop(project: Project, options: argparse.Namespace) -> int:
    directory = find_launch(project, options.launch)
    state = Follower(directory).read()
    sentence = request_stop(state, directory, kill=options.kill)
    if options.json:
        print(documents.to_json(documents.run_document(state, directory, None) | {"message": sentence}))
    else:
        print(sentence)
    return 0


def _list(options: argparse.Namespace, name: str, document: dict[str, Any]) -> int:
    if options.json:
        print(documents.to_json(document))
    else:
        for line in documents.history_lines(document[name]) or [f"no {name}"]:
            print(line)
    return 0


def _profiles(project: Project, options: argparse.Namespace) -> int:
    profiles = wiring.real_services(project).load_profiles()
    rungs = [rung for backend in BACKENDS for rung in ladder(profiles, backend)]
    if options.json:
        print(documents.to_json(documents.profiles_document(rungs)))
    else:
        for rung in rungs:
            print(f"{rung.backend:<9} {rung.name:<17} {rung.num_envs:>5} envs  {' '.join(rung.purpose.split())}")
    return 0


def _check(project: Project, options: argparse.Namespace) -> int:
    console = Path(options.console) if options.console else None
    checklist = wiring.check_run(project, Path(options.run_dir), console=console)
    if options.json:
        print(documents.to_json(check_document(checklist)))
    else:
        print(render_text(checklist, width(), ascii=not speaks_unicode()))
    return 1 if checklist.has_contradiction else 0


def _follow_headless(project: Project, directory: Path, *, json: bool) -> int:
    """Progress lines while the launch is live, then the checklist; the launch goes on if we are ended."""
    stream = sys.stderr if json else sys.stdout
    follower = Follower(directory)
    progress = ProgressLines()
    clock = wiring.real_clock()
    try:
        while True:
            state = follower.read()
            for line in progress.new_lines(state):
                print(line, file=stream, flush=True)
            if state.is_over:
                break
            clock.sleep(HEADLESS_POLL_S)
    except (KeyboardInterrupt, BrokenPipeError):
        print(_goes_on(directory), file=sys.stderr)
        raise
    checklist = _checklist_of(project, state, directory)
    diagnosis = diagnose_launch(state, directory)
    if json:
        document = documents.run_document(state, directory, checklist)
        print(documents.to_json(document | {"diagnosis": diagnosis_document(diagnosis) if diagnosis else None}))
    else:
        if diagnosis:
            print(diagnosis_text(diagnosis, width()))
        print(_closing_text(state, directory, checklist))
    return _exit_code(state)


def _checklist_of(project: Project, state: RunState, directory: Path) -> Checklist | None:
    if state.run_directory is None:
        return None
    return wiring.check_run(project, Path(state.run_directory), directory)


def _closing_text(state: RunState, directory: Path, checklist: Checklist | None) -> str:
    if checklist is None:
        return f"No run directory was left, so there is nothing to judge. Console: {directory / 'console.log'}"
    return render_text(checklist, width(), ascii=not speaks_unicode())


def _exit_code(state: RunState) -> int:
    assert state.outcome is not None, "a launch that is over has an outcome"
    return EXIT_CODES[state.outcome.outcome]


def _watch(project: Project, directory: Path) -> int:
    from rwm_tui.messages import AttachTo

    _show(project, AttachTo(directory))
    state = Follower(directory).read()
    return _exit_code(state) if state.is_over else 0


def _show(project: Project, start: Any) -> int:
    from rwm_tui.app import RwmTuiApp

    still_running = RwmTuiApp(wiring.real_services(project), start, ascii_only=not speaks_unicode()).run()
    if still_running is not None:
        print(_goes_on(still_running))
    return 0


def _goes_on(directory: Path) -> str:
    return f"the run goes on; attach again with: rwm-tui attach {directory.name}"


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


def _parser() -> argparse.ArgumentParser:
    common = _Parser(add_help=False, argument_default=argparse.SUPPRESS)
    common.add_argument("--project-root", metavar="DIR", help="where the project is (or RWM_TUI_PROJECT_ROOT)")
    common.add_argument("--logs", metavar="DIR", help="where launches and run directories live (or RWM_TUI_LOGS)")
    common.add_argument("--json", action="store_true", help="print exactly one JSON document on stdout")
    parser = _Parser(
        prog="rwm-tui",
        parents=[common],
        description="Launch, watch, judge and review world-model pretraining runs. Without a command: the app.",
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")

    run = commands.add_parser("run", parents=[common], help="launch a profile and watch it to its end")
    run.add_argument("profile", metavar="PROFILE", nargs="?", default=DEFAULT_PROFILE)
    run.add_argument("--set", metavar="KEY=VALUE", action="append", default=[], help="change a setting of the profile")
    run.add_argument("--no-ui", action="store_true", help="progress lines instead of the app")
    run.add_argument(
        "--accept-eula", action="store_true", help=f"I accept NVIDIA's Omniverse licence; noted in {SETTINGS_FILE}"
    )

    run.add_argument(
        "--no-preflight", action="store_true", help="launch without looking for what would spoil it (see doctor)"
    )

    attach = commands.add_parser("attach", parents=[common], help="watch a launch again (default: the newest)")
    attach.add_argument("launch", metavar="LAUNCH", nargs="?")
    attach.add_argument("--no-ui", action="store_true", help="progress lines instead of the app")

    stop = commands.add_parser(
        "stop", parents=[common], help="SIGINT, then SIGKILL after the grace (default: the newest)"
    )
    stop.add_argument("launch", metavar="LAUNCH", nargs="?")
    stop.add_argument("--kill", action="store_true", help="SIGKILL at once")

    commands.add_parser("launches", parents=[common], help="every launch, newest first")
    commands.add_parser("runs", parents=[common], help="every run directory, newest first, whoever started it")
    commands.add_parser("profiles", parents=[common], help="the scale profiles, by ladder")

    check = commands.add_parser("check", parents=[common], help="judge a run directory")
    check.add_argument("run_dir", metavar="RUN_DIR")
    check.add_argument("--console", metavar="FILE", help="the run's console log, as a further witness")

    preflight = commands.add_parser("doctor", parents=[common], help="what would spoil a launch, and its remedy")
    preflight.add_argument("profile", metavar="PROFILE", nargs="?", help="for this profile (default: this machine)")
    preflight.add_argument(
        "--end-leftovers", action="store_true", help="end trainers of our own that nobody supervises any more"
    )

    checkouts = commands.add_parser("upstream", parents=[common], help="the checkouts that Isaac Lab launches rest on")
    checkouts.add_argument("action", choices=("clone", "status", "fix"))
    checkouts.add_argument("--yes", action="store_true", help="fix: apply the runner's two-line guard without asking")

    diagnosis = commands.add_parser("diagnose", parents=[common], help="say why a run failed, from its console log")
    diagnosis.add_argument("console", metavar="CONSOLE_LOG", help="the console log, or - for stdin")
    diagnosis.add_argument("--run-dir", metavar="DIR", help="the run directory, for what only files show")
    diagnosis.add_argument("--exit-status", metavar="N", type=int, help="the trainer's; negative or 128+n for a signal")
    prediction = commands.add_parser("forecast", parents=[common], help="peak device memory of a profile, before a run")
    prediction.add_argument("profile", metavar="PROFILE", nargs="?", default="default")
    prediction.add_argument("--set", metavar="KEY=VALUE", action="append", default=[], help="change a setting of it")
    prediction.add_argument("--vram-mib", metavar="N", type=mebibytes, help="the device's total (default: NVML's)")
    prediction.add_argument("--baseline-mib", metavar="N", type=mebibytes, help="memory that is not the learner's")
    return parser


if __name__ == "__main__":
    sys.exit(main())
