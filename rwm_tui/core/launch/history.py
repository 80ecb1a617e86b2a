"""Everything that ever ran here: our launches and the run directories, whoever started them."""

from collections.abc import Iterable
from pathlib import Path

import msgspec

from rwm_tui.core.errors import InputError
from rwm_tui.core.launch.follow import Follower
from rwm_tui.core.launch.outcome import Outcome
from rwm_tui.core.launch.record import Status
from rwm_tui.core.profile import Backend
from rwm_tui.core.run_dir.layout import began_at, find_run_directories
from rwm_tui.core.settings import Project


class HistoryEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the history: a launch, joined to its run directory, or a run directory without a launch.

    :param when: seconds since the epoch at which it began, as far as its files tell.
    :param problem: why the launch record cannot be read; its other fields are then unknown.
    """

    when: float
    name: str
    launch_directory: Path | None = None
    run_directory: Path | None = None
    profile: str | None = None
    backend: Backend | None = None
    task: str | None = None
    status: Status | None = None
    outcome: Outcome | None = None
    parent: str | None = None
    problem: str | None = None

    @property
    def launch_id(self) -> str | None:
        return self.launch_directory.name if self.launch_directory else None


def list_history(project: Project) -> tuple[HistoryEntry, ...]:
    """Launches and run directories, newest first; a launch and its run directory are one entry."""
    launches = list_launches(project)
    claimed = _by_run_directory(launches)
    others = (entry for entry in _runs(project) if _resolved(entry) not in claimed)
    return _newest_first((*launches, *others))


def list_launches(project: Project) -> tuple[HistoryEntry, ...]:
    """Every launch, newest first, also those that left no run directory or a damaged record."""
    folder = project.launches
    directories = [path for path in folder.iterdir() if path.is_dir()] if folder.is_dir() else []
    return _newest_first(_launch_entry(directory) for directory in directories)


def list_runs(project: Project) -> tuple[HistoryEntry, ...]:
    """Every run directory under the project's log roots, newest first, with what its launch says, if it has one."""
    launched = _by_run_directory(list_launches(project))
    return _newest_first(
        msgspec.structs.replace(launch, name=run.name, run_directory=run.run_directory)
        if (launch := launched.get(_resolved(run)))
        else run
        for run in _runs(project)
    )


def find_launch(project: Project, launch_id: str | None) -> Path:
    """The directory of the launch with this id (or a unique beginning of it); of the newest for None.

    :raises InputError: where there is none, or more than one.
    """
    ids = [entry.launch_directory for entry in list_launches(project) if entry.launch_directory]
    if launch_id is None:
        if not ids:
            raise InputError("no launch", f"{project.launches} holds none", "start one with `rwm-tui run PROFILE`")
        return ids[0]
    matches = [path for path in ids if path.name == launch_id] or [p for p in ids if p.name.startswith(launch_id)]
    if len(matches) != 1:
        what = f"{len(matches)} launches begin with" if matches else "no launch is called"
        raise InputError("no such launch", f"{what} '{launch_id}'", "`rwm-tui launches` lists them")
    return matches[0]


def launch_of_run(project: Project, run_directory: Path) -> Path | None:
    """The launch whose record is bound to this run directory, if it was one of ours."""
    entry = _by_run_directory(list_launches(project)).get(run_directory.resolve())
    return entry.launch_directory if entry else None


def _runs(project: Project) -> tuple[HistoryEntry, ...]:
    return tuple(
        HistoryEntry(when=began_at(directory), name=directory.name, run_directory=directory)
        for directory in find_run_directories(project.log_roots)
    )


def _by_run_directory(launches: Iterable[HistoryEntry]) -> dict[Path | None, HistoryEntry]:
    return {_resolved(entry): entry for entry in reversed([*launches]) if entry.run_directory}


def _resolved(entry: HistoryEntry) -> Path | None:
    try:
        return entry.run_directory.resolve() if entry.run_directory else None
    except (OSError, RuntimeError, ValueError):  # a record may name a link that goes round, or no path at all
        return entry.run_directory


def _launch_entry(directory: Path) -> HistoryEntry:
    began = directory.stat().st_mtime
    try:
        state = Follower(directory).read()
    except InputError as error:
        return HistoryEntry(when=began, name=directory.name, launch_directory=directory, problem=error.message)
    profile = state.plan.profile
    return HistoryEntry(
        when=state.started_at or began,
        name=directory.name,
        launch_directory=directory,
        run_directory=Path(state.run_directory) if state.run_directory else None,
        profile=profile.name,
        backend=profile.backend,
        task=profile.task,
        status=state.status,
        outcome=state.outcome.outcome if state.outcome else None,
        parent=state.plan.parent,
    )


def _newest_first(entries: Iterable[HistoryEntry]) -> tuple[HistoryEntry, ...]:
    return tuple(sorted(entries, key=lambda entry: (entry.when, entry.name), reverse=True))
