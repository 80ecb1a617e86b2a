"""Services for the app, whose modules are loaded when they are first called for: the first screen waits for none."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from rwm_tui.core.plan.environment import plan_under_settings
from rwm_tui.core.profile import ScaleProfile, usable_profiles
from rwm_tui.core.services import Services
from rwm_tui.core.settings import Project

if TYPE_CHECKING:
    from pathlib import Path

    from rwm_tui.core.launch.follow import Follower
    from rwm_tui.core.launch.stage_times import StageTimes
    from rwm_tui.core.memory.report import ProfileForecast


def late_services(project: Project) -> Services:
    """What `wiring.real_services` gives; what the first screens ask for comes without the rest."""

    @cache
    def real() -> Services:
        from rwm_tui.wiring import real_services

        return real_services(project)

    def later(name: str) -> Callable[..., Any]:
        return lambda *arguments: getattr(real(), name)(*arguments)

    first: dict[str, Any] = {
        "project": project,
        "load_profiles": partial(usable_profiles, project.profiles),
        "plan": partial(plan_under_settings, project),
        "forecast": lambda profile: _forecast(profile, project),
        "follow": _follow,
        "stage_times": lambda launch_directory: _stage_times(project, launch_directory),
        "changes": _changes,
    }
    return Services(**({name: later(name) for name in Services.__struct_fields__} | first))


def _follow(launch_directory: Path) -> Follower:
    from rwm_tui.core.launch.follow import Follower

    return Follower(launch_directory)


def _stage_times(project: Project, launch_directory: Path) -> StageTimes:
    from rwm_tui.core.launch.stage_times import read_stage_times

    return read_stage_times(project.launches, launch_directory)


def _changes(launch_directory: Path) -> AsyncIterator[None]:
    from rwm_tui.core.launch.paths import LaunchPaths
    from rwm_tui.probes.watch import FileWatcher

    paths = LaunchPaths(launch_directory)
    return FileWatcher().changes(paths.events, paths.samples)


def _forecast(profile: ScaleProfile, project: Project) -> ProfileForecast:
    from rwm_tui.device_wiring import forecast_of

    return forecast_of(profile, project)
