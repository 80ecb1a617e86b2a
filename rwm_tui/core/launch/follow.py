"""Following a launch, early or late: its files → batches → the state."""

from pathlib import Path

import msgspec

from rwm_tui.core.errors import InputError
from rwm_tui.core.launch import process
from rwm_tui.core.launch.events import EVENTS_SCHEMA, SupervisorStarted, decode_entry, decode_sample
from rwm_tui.core.launch.outcome import OUTCOME_SCHEMA, Outcome, OutcomeRecord, read_outcome
from rwm_tui.core.launch.paths import LaunchPaths
from rwm_tui.core.launch.record import Batch, RunState, apply
from rwm_tui.core.launch.record_schema import require_known, require_schema
from rwm_tui.core.launch.run_binding import TWO_LINES, run_named_on
from rwm_tui.core.launch.status import Status
from rwm_tui.core.launch.tail import Tail
from rwm_tui.core.plan.launch_plan import PLAN_SCHEMA, LaunchPlan
from rwm_tui.core.run_dir.regular_file import read_record
from rwm_tui.core.trainer_output.scalars import Scalar, ScalarReader
from rwm_tui.core.typed_reading import decode_json


def read_plan(paths: LaunchPaths) -> LaunchPlan:
    """
    :raises InputError: where the folder is no launch directory, its plan is damaged or of another schema.
    """
    try:
        content = read_record(paths.plan)
        require_schema(paths.plan, content, PLAN_SCHEMA)
        return decode_json(content, LaunchPlan)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise InputError(
            "no launch",
            f"{paths.plan}: {why}",
            "mend or restore it; `rwm-tui launches` lists the launches that can be read",
        ) from error


class Follower:
    """Reads what a launch's files gained since the last look and keeps the state.

    :param with_scalars: whether the run's event files are read too, by far the largest part.
    :raises InputError: where the folder is no launch directory.
    """

    def __init__(self, directory: Path, *, with_scalars: bool = True) -> None:
        self.paths = LaunchPaths(directory)
        self.state = RunState(launch_id=self.paths.launch_id, plan=read_plan(self.paths))
        self._events = Tail(self.paths.events)
        self._samples = Tail(self.paths.samples)
        self._with_scalars = with_scalars
        self._scalars_are_behind = with_scalars
        self._scalars: dict[Path, ScalarReader] = {}

    def read(self) -> RunState:
        """The newest state. Blocking, but cheap: only new bytes are read, and some MB of each file in one look."""
        # The outcome is looked at first: when it is there, everything that precedes it is there too.
        outcome = read_outcome(self.paths.outcome)
        entries = tuple(entry for line in self._events.read_lines() if (entry := decode_entry(line)))
        for entry in entries:
            if isinstance(entry.event, SupervisorStarted):
                require_known(self.paths.events, entry.event.schema, EVENTS_SCHEMA)
        samples = tuple(sample for line in self._samples.read_lines() if (sample := decode_sample(line)))
        run_directory, scalars = self.state.run_directory, tuple(self._new_scalars())
        batch = Batch(entries=entries, samples=samples, scalars=scalars)
        if not batch.is_empty or outcome not in (None, self.state.outcome):
            self.state = apply(self.state, msgspec.structs.replace(batch, outcome=outcome))
        if outcome is None and not self._record_is_behind:
            self.state = self._with_liveness()
        if not self.state.is_over:
            self.state = self._with_output_time()
        self._scalars_are_behind = bool(scalars) or self.state.run_directory != run_directory
        return self.state

    def read_all(self) -> RunState:
        """The state after all that is there, however much it is."""
        state = self.read()
        while self._is_behind:
            state = self.read()
        return state

    @property
    def _is_behind(self) -> bool:
        """No event file is looked into before the run directory is known."""
        return self._record_is_behind or (self._with_scalars and self._scalars_are_behind)

    @property
    def _record_is_behind(self) -> bool:
        return self._events.is_behind or self._samples.is_behind

    def _with_output_time(self) -> RunState:
        try:
            grown = self.paths.console.stat()
        except OSError:
            return self.state
        if not grown.st_size or grown.st_mtime == self.state.last_output_at:
            return self.state
        return msgspec.structs.replace(self.state, last_output_at=grown.st_mtime)

    def _new_scalars(self) -> list[Scalar]:
        if self.state.run_directory is None or not self._with_scalars:
            return []
        for path in sorted(Path(self.state.run_directory).glob("events.out.tfevents.*")):
            self._scalars.setdefault(path, ScalarReader(path))
        return [scalar for reader in self._scalars.values() for scalar in reader.read_new()]

    def _with_liveness(self) -> RunState:
        """Tell a live launch from one whose supervisor is gone without having written the outcome."""
        state = self.state
        if state.is_over or state.supervisor is None or process.is_alive(state.supervisor):
            return state
        if state.trainer is not None and process.is_alive(state.trainer):
            return msgspec.structs.replace(self._with_named_run(state), unsupervised=True)
        if self.paths.outcome.exists():  # written since this look began; the next one takes it up
            return state
        state = self._with_named_run(state)
        return msgspec.structs.replace(state, outcome=_lost(state), status=Status.ENDED, unsupervised=False)

    def _with_named_run(self, state: RunState) -> RunState:
        """What the supervisor did not live to bind, by the console alone."""
        if state.run_directory is not None:
            return state
        named = run_named_on(self.paths.console, state.plan)
        if named is None:
            return state
        return msgspec.structs.replace(state, run_directory=str(named), run_directory_known_from=TWO_LINES)


def _lost(state: RunState) -> OutcomeRecord:
    return OutcomeRecord(
        schema=OUTCOME_SCHEMA,
        outcome=Outcome.LOST,
        reason="the supervisor is gone and wrote no outcome (killed, or a reboot); judge the run directory",
        exit_status=None,
        signal=None,
        ended_at=state.samples[-1].t if state.samples else (state.started_at or 0.0),
        run_directory=state.run_directory,
    )


def read_state(directory: Path) -> RunState:
    """All that the record of a launch says by now; the run's event files are left alone.

    :raises InputError: where the folder is no launch directory.
    """
    return Follower(directory, with_scalars=False).read_all()


def bound_run_directory(launch_directory: Path) -> Path:
    """The run directory of a launch.

    :raises InputError: where the record cannot be read, or the launch left no run directory.
    """
    state = read_state(launch_directory)
    if state.run_directory is None:
        how = state.outcome.reason if state.outcome else "it has not written one yet"
        raise InputError(
            "no run directory",
            f"the launch {launch_directory.name} is bound to none: {how}",
            f"`rwm-tui diagnose {launch_directory / 'console.log'}` says why a launch failed",
        )
    return Path(state.run_directory)
