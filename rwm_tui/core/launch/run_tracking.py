"""Which run directory is this launch's: the one that the console names, else the one that its processes wrote."""

from collections.abc import Iterator
from pathlib import Path

from rwm_tui.core.launch.container import outside_path
from rwm_tui.core.launch.events import LaunchEvent, RunDirectoryBound, RunDirectoryUnbound
from rwm_tui.core.launch.paths import LaunchPaths
from rwm_tui.core.launch.run_binding import TWO_LINES, binding_of
from rwm_tui.core.launch.run_search import SERVER_SLACK_S, FoundRun, NoRun, experiments_in, find_run, shared_with
from rwm_tui.core.launch.trainer import Trainer
from rwm_tui.core.plan.launch_plan import LaunchPlan
from rwm_tui.core.ports import Clock
from rwm_tui.core.run_dir.event_file_name import EventFileName
from rwm_tui.core.run_dir.layout import is_checkpoint_name, is_event_file_name
from rwm_tui.core.trainer_output.console_events import ConsoleEvent

SEARCH_EVERY_S = 1.0
SEARCH_SHARE = 0.05  # of the supervisor's time at most: a folder of many runs on a file server is slow to look through
AT_FIRST_S = 10.0  # in which every tick looks at the processes, for a trainer may end within a second
CLOCK_STEP_S = 5.0  # by which the wall clock was set, if it departs that far from the monotonic one


class RunDirectoryTracking:
    """Follows a launch from its start.

    :param path: the run directory, once it is bound.
    :param doubt: why none is, where something speaks for one; told at the end.
    :param shared_with: another process that wrote there meanwhile, known at the end.
    """

    def __init__(self, plan: LaunchPlan, paths: LaunchPaths, clock: Clock) -> None:
        self.path: Path | None = None
        self.doubt = ""
        self.shared_with: EventFileName | None = None
        self._plan = plan
        self._lines = binding_of(plan)
        self._logs = paths.directory.parent.parent
        self._clock = clock
        self._began = clock.now()
        self._began_monotonic = self._next_search = clock.monotonic()
        self._by_lines = False
        self._given_up = False

    @property
    def expected(self) -> Path | None:
        """Where the console says that it is or will be."""
        return self._lines.expected

    def see(self, event: ConsoleEvent) -> None:
        self._lines.see(event)

    def look(self, trainer: Trainer) -> LaunchEvent | None:
        """What changed since the last look, for the journal."""
        if self._given_up or self._by_lines:
            return None
        if named := self._lines.look():
            trainer.look_at_members()
            return self._bind_named(named)
        if self.path is not None or self.expected is not None:
            return None
        now = self._clock.monotonic()
        is_due = now >= self._next_search
        if is_due or now - self._began_monotonic < AT_FIRST_S:
            trainer.look_at_members()
        if not is_due:
            return None
        change = self._take(self._search(trainer))
        took = self._clock.monotonic() - now
        self._next_search = now + max(SEARCH_EVERY_S, took / SEARCH_SHARE)
        return change

    def conclude(self, trainer: Trainer) -> LaunchEvent | None:
        """The last look, when the trainer is gone."""
        change = self._last_change(trainer)
        if self.path is not None:
            self.shared_with = shared_with(self.path, trainer, self._began, self._clock.now() + 1)
        return change

    def _last_change(self, trainer: Trainer) -> LaunchEvent | None:
        if self._given_up or self._by_lines:
            return None
        if named := self._lines.look():
            return self._bind_named(named)
        if self.expected is not None:
            return self._give_up(f"the trainer named a run directory that is not there: {self.expected}")
        return self._take(self._search(trainer))

    def _bind_named(self, named: Path) -> LaunchEvent:
        if self.path is not None and not self.path.samefile(named):
            return self._give_up(f"its processes wrote {self.path}, and the console names {named}")
        if older := self._older_file(named):
            return self._give_up(f"the console names {named}, whose {older} is older than this launch")
        self._by_lines = True
        return self._bind(named, TWO_LINES)

    def _take(self, found: FoundRun | NoRun) -> LaunchEvent | None:
        if isinstance(found, FoundRun):
            self.doubt = ""
            return None if found.path == self.path else self._bind(found.path, found.known_from)
        self.doubt = found.reason
        return None if self.path is None else self._give_up(found.reason)

    def _bind(self, path: Path, known_from: str) -> RunDirectoryBound:
        self.path = path
        return RunDirectoryBound(str(path), known_from)

    def _give_up(self, reason: str) -> LaunchEvent:
        self.path, self.doubt, self._given_up = None, reason, True
        return RunDirectoryUnbound(reason)

    def _search(self, trainer: Trainer) -> FoundRun | NoRun:
        return find_run(self._parents(trainer), trainer, self._began, self._clock.now() + 1)

    def _parents(self, trainer: Trainer) -> Iterator[Path]:
        """A root that the console names is the only one, also where the stamp is missing."""
        if self._lines.root is not None:
            yield Path(self._lines.root)
            return
        access = self._plan.container
        inside = outside_path(access.workdir, access) if access and access.workdir else self._plan.cwd
        workdirs = (*sorted(trainer.folders), Path(inside))
        yield from experiments_in((self._logs, *(workdir / "logs" for workdir in workdirs)))

    def _older_file(self, run: Path) -> str | None:
        """A file of an earlier run: the console then names a directory that this launch did not make.

        Times are those of the last change of the inode, which no copy can carry over.
        """
        passed = self._clock.monotonic() - self._began_monotonic
        if abs(self._clock.now() - self._began - passed) > CLOCK_STEP_S:
            return None  # the clock was set meanwhile, and says nothing of earlier and later
        for path in _trainer_files(run):
            try:
                if path.stat().st_ctime < self._began - SERVER_SLACK_S:
                    return path.name
            except OSError:
                continue
        return None


def _trainer_files(run: Path) -> Iterator[Path]:
    yield run / "params" / "agent.yaml"
    try:
        yield from (path for path in run.iterdir() if is_checkpoint_name(path.name) or is_event_file_name(path.name))
    except OSError:
        return
