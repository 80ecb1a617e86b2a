"""A launch record as the verdict sees it."""

from pathlib import Path

from rwm_tui.core.errors import InputError
from rwm_tui.core.launch.environment_record import read_environment
from rwm_tui.core.launch.events import RunDirectoryBound, RunDirectoryUnbound, decode_entry
from rwm_tui.core.launch.follow import read_state
from rwm_tui.core.launch.outcome import read_outcome
from rwm_tui.core.launch.paths import LaunchPaths
from rwm_tui.core.launch.record import RunState
from rwm_tui.core.launch.tail import Tail
from rwm_tui.core.plan.asked import asked_settings
from rwm_tui.core.verdict.facts import LaunchFacts, UnreadableLaunch


def read_launch_facts(directory: Path) -> LaunchFacts | UnreadableLaunch:
    """What the record in this directory says, or which of its files keeps it from being read."""
    paths = LaunchPaths(directory)
    try:
        return launch_facts(read_state(directory), paths)
    except InputError as error:
        file, _, why = error.message.removeprefix(f"{directory}/").partition(": ")
        return UnreadableLaunch(paths.launch_id, file, why, error.hint)


def launch_facts(state: RunState, paths: LaunchPaths) -> LaunchFacts:
    """What the launch says of its run: what was asked for, and how it ended."""
    profile = state.plan.profile
    return LaunchFacts(
        launch_id=state.launch_id,
        task=profile.task,
        backend=profile.backend,
        asked=asked_settings(state.plan.argv),
        outcome=state.outcome.outcome.value if state.outcome else None,
        exit_status=state.outcome.exit_status if state.outcome else None,
        stop_requested=state.stop_requested_by == "user",
        time_limit_reached=state.stop_requested_by == "time-limit",
        console=paths.console if paths.console.exists() else None,
        bound_by=state.run_directory_known_from,
        environment=read_environment(paths),
    )


def run_directory_named_in(directory: Path) -> str | None:
    """The run directory that a record names in those of its files which can still be read."""
    paths = LaunchPaths(directory)
    named = None
    for line in Tail(paths.events).read_lines():
        entry = decode_entry(line)
        if entry and isinstance(entry.event, RunDirectoryBound):
            named = entry.event.path
        elif entry and isinstance(entry.event, RunDirectoryUnbound):
            named = None
    try:
        outcome = read_outcome(paths.outcome)
    except InputError:
        return named
    return (outcome.run_directory if outcome else None) or named
