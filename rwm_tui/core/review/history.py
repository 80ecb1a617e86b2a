"""Everything that ever ran here: our launches and the run directories, whoever started them.

Listing looks at files' stamps and opens what has changed since the index was saved.
"""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal

import msgspec

from rwm_tui.core.errors import InputError
from rwm_tui.core.launch.outcome import Outcome
from rwm_tui.core.launch.status import Status
from rwm_tui.core.review.index import HistoryIndex
from rwm_tui.core.review.launch_summary import LaunchSummary
from rwm_tui.core.review.refresh import refreshed_index
from rwm_tui.core.review.run_summary import Backend, RunSummary, Sizes
from rwm_tui.core.review.verdict_summary import VerdictSummary, look_at_files
from rwm_tui.core.run_dir.layout import is_run_directory, stamped_time
from rwm_tui.core.settings import Project
from rwm_tui.core.verdict.reference import REFERENCE_SIZES

ScaleClass = Literal["reference", "reduced", "unknown"]


class HistoryEntry(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One line of the history: a launch, joined to its run directory, or a run directory without a launch.

    Folders are kept as text, since a list of thousands is made much faster without a Path for each.

    :param when: seconds since the epoch at which it began, as far as its files tell.
    :param task: as the run directory records it; else as it was asked for.
    :param sizes: as the run directory names them; where none was left, as they were asked for.
    :param checkpoints: how many there are; the highest number is ``last_checkpoint``.
    :param peak_device_mib: highest memory in use on the GPU while it ran, by all processes together.
    :param verdict: of the last judging, where no file has changed since; None: not judged.
    :param kit_log: Isaac Sim's own log, where the console named it.
    :param problem: why the launch record cannot be read; its other fields are then unknown.
    """

    when: float
    name: str
    launch_path: str | None = None
    run_path: str | None = None
    experiment: str | None = None
    profile: str | None = None
    backend: Backend | None = None
    task: str | None = None
    sizes: Sizes = Sizes()
    checkpoints: int = 0
    last_checkpoint: int | None = None
    status: Status | None = None
    outcome: Outcome | None = None
    peak_device_mib: float | None = None
    peak_rss_mib: float | None = None
    verdict: VerdictSummary | None = None
    parent: str | None = None
    follows_because: str | None = None
    kit_log: str | None = None
    problem: str | None = None

    @property
    def launch_directory(self) -> Path | None:
        return Path(self.launch_path) if self.launch_path else None

    @property
    def run_directory(self) -> Path | None:
        return Path(self.run_path) if self.run_path else None

    @property
    def launch_id(self) -> str | None:
        return os.path.basename(self.launch_path) if self.launch_path else None

    @property
    def scale(self) -> ScaleClass:
        """By the same five sizes as the verdict's (`core.verdict.scale`), as far as a glance tells."""
        sizes = [(getattr(self.sizes, name), reference) for name, reference in REFERENCE_SIZES.items()]
        if any(size is not None and size < reference for size, reference in sizes):
            return "reduced"
        return "unknown" if any(size is None for size, _ in sizes) else "reference"


def list_history(project: Project) -> tuple[HistoryEntry, ...]:
    """Launches and run directories, newest first; a launch and its run directory are one entry."""
    index = refreshed_index(project)
    launches = _launches(index)
    claimed = {entry.run_path for entry in launches}
    others = (_run_entry(path, index) for path in index.runs if path not in claimed)
    return _newest_first((*launches, *others))


def list_launches(project: Project) -> tuple[HistoryEntry, ...]:
    """Every launch, newest first, also those that left no run directory or a damaged record."""
    return _newest_first(_launches(refreshed_index(project)))


def list_runs(project: Project) -> tuple[HistoryEntry, ...]:
    """Every run directory, newest first, with what its launch says, if it has one.

    Those under the project's log roots, and those that a launch is bound to elsewhere: the settings that sent it there
    may have changed since.
    """
    index = refreshed_index(project)
    launched = {entry.run_path: entry for entry in sorted(_launches(index), key=_age)}  # of two, the newer
    runs = (_run_entry(path, index) for path in index.runs)
    elsewhere = (
        msgspec.structs.replace(entry, name=os.path.basename(path))
        for path, entry in launched.items()
        if path and path not in index.runs and is_run_directory(Path(path))
    )
    return _newest_first([*(_with_launch(run, launched.get(run.run_path)) for run in runs), *elsewhere])


def find_launch(project: Project, launch_id: str | None) -> Path:
    """The directory of the launch with this id (or a unique beginning of it); of the newest for None.

    :raises InputError: where there is none, or more than one.
    """
    ids = [Path(entry.launch_path) for entry in list_launches(project) if entry.launch_path]
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
    """The newest launch whose record is bound to this run directory, if it was one of ours."""
    wanted = os.path.realpath(run_directory)
    found = (entry for entry in list_launches(project) if entry.run_path and _real(entry.run_path) == wanted)
    return next((entry.launch_directory for entry in found), None)


def unreadable_launch_of_run(project: Project, run_directory: Path) -> Path | None:
    """The newest launch whose record can't be read as a whole, but still names this run directory."""
    from rwm_tui.core.launch.launch_facts import run_directory_named_in

    wanted = os.path.realpath(run_directory)
    for entry in list_launches(project):
        if entry.problem and (directory := entry.launch_directory):
            named = run_directory_named_in(directory)
            if named and _real(named) == wanted:
                return directory
    return None


def _with_launch(run: HistoryEntry, launch: HistoryEntry | None) -> HistoryEntry:
    return msgspec.structs.replace(launch, name=run.name, when=run.when) if launch else run


def _launches(index: HistoryIndex) -> list[HistoryEntry]:
    """The recorded run directories under the path at which they are listed, where they are."""
    listed = _ListedRuns(index.runs)
    return [_launch_entry(directory, launch, listed, index) for directory, launch in index.launches.items()]


class _ListedRuns:
    """Finds the listed run directory that a record means; it may name it by another path."""

    def __init__(self, runs: Mapping[str, RunSummary]) -> None:
        self._runs = runs
        self._by_real_path: dict[str, str] | None = None

    def path_of(self, recorded: str) -> str:
        if recorded in self._runs:
            return recorded
        if self._by_real_path is None:
            self._by_real_path = {os.path.realpath(path): path for path in self._runs}
        return self._by_real_path.get(_real(recorded), recorded)


def _real(path: str | Path) -> str:
    try:
        return os.path.realpath(path)
    except (OSError, ValueError):  # a record may name no path at all
        return os.fspath(path)


def _launch_entry(directory: str, launch: LaunchSummary, listed: _ListedRuns, index: HistoryIndex) -> HistoryEntry:
    path = listed.path_of(launch.run_directory) if launch.run_directory else None
    run = index.runs.get(path) if path else None
    verdict = _verdict(path, directory, index) if path else None
    return HistoryEntry(
        when=launch.when,
        name=os.path.basename(directory),
        launch_path=directory,
        run_path=path,
        experiment=os.path.basename(os.path.dirname(path)) if path else None,
        profile=launch.profile,
        backend=launch.backend or (run.backend if run else None),
        task=(run and run.task) or launch.task,
        sizes=run.sizes if run else launch.asked,
        checkpoints=run.checkpoints if run else 0,
        last_checkpoint=run.last_checkpoint if run else None,
        status=launch.status,
        outcome=launch.outcome,
        peak_device_mib=launch.peak_device_mib,
        peak_rss_mib=launch.peak_rss_mib,
        verdict=verdict,
        parent=launch.parent,
        follows_because=launch.follows_because,
        kit_log=launch.kit_log,
        problem=launch.problem,
    )


def _run_entry(path: str, index: HistoryIndex) -> HistoryEntry:
    run, verdict = index.runs[path], _verdict(path, None, index)
    folder, _, name = path.rpartition("/")
    stamped = stamped_time(name)
    return HistoryEntry(
        when=run.changed if stamped is None else stamped,
        name=name,
        run_path=path,
        experiment=folder.rpartition("/")[2],
        backend=run.backend,
        task=run.task or (verdict.task if verdict else None),
        sizes=run.sizes,
        checkpoints=run.checkpoints,
        last_checkpoint=run.last_checkpoint,
        verdict=verdict,
    )


def _verdict(path: str, launch_directory: str | None, index: HistoryIndex) -> VerdictSummary | None:
    """The remembered one, where it was made with the same launch record and no file has changed since."""
    verdict = index.verdicts.get(path)
    if verdict is None or verdict.launch_directory != launch_directory:
        return None
    return verdict if look_at_files(path, launch_directory).stamp == verdict.stamp else None


def _newest_first(entries: Iterable[HistoryEntry]) -> tuple[HistoryEntry, ...]:
    return tuple(sorted(entries, key=_age, reverse=True))


def _age(entry: HistoryEntry) -> tuple[float, str]:
    return entry.when, entry.name
