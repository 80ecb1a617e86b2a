"""A launch record as the verdict sees it."""

from rwm_tui.core.launch.environment_record import read_environment
from rwm_tui.core.launch.paths import LaunchPaths
from rwm_tui.core.launch.record import RunState
from rwm_tui.core.plan.asked import asked_settings
from rwm_tui.core.verdict.facts import LaunchFacts


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
