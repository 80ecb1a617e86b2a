"""Everything the rules judge by, as one frozen value: reading has ended when it exists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from rwm_tui.core.evaluation.measurement import Measurement
from rwm_tui.core.launch.environment_record import EnvironmentRecord
from rwm_tui.core.ports import NotAvailable
from rwm_tui.core.run_dir.checkpoint import Checkpoint
from rwm_tui.core.run_dir.code_state import CodeState
from rwm_tui.core.run_dir.hydra_outputs import HydraOutputs
from rwm_tui.core.run_dir.layout import CheckpointFile, RunDirLayout
from rwm_tui.core.run_dir.number_scan import NonFinite, NumberScan
from rwm_tui.core.run_dir.unreadable import Absent, Unreadable
from rwm_tui.core.trainer_output.console_events import ObservationGroup

NO_ENVIRONMENT = NotAvailable("the launch keeps no environment.json")

Params = Mapping[str, object] | Absent | Unreadable

_NO_HYDRA = Absent("Hydra's outputs were not looked for")
_NOT_READ = Absent("the checkpoint was not read")


@dataclass(frozen=True, slots=True, kw_only=True)
class LaunchFacts:
    """What the launch record says of the run; filled by the launch side.

    Attributes:
        backend: `embedded` or `isaaclab`.
        asked: settings the launch asked for, by dotted agent.yaml key, `env.` with dotted env.yaml key, `num_envs`,
            `max_iterations`, `seed`.
        outcome: one of COMPLETED, OUT_OF_MEMORY, FAILED, STOPPED, TIMED_OUT, KILLED, FAILED_TO_START, LOST; None while
            it runs.
        exit_status: of the trainer; None where a signal ended it, or while it runs.
        console: the console file, if it is there.
        bound_by: from what it is known that this run directory is the launch's.
        environment: what it was started in.
    """

    launch_id: str
    task: str | None
    backend: str | None
    asked: Mapping[str, object] = field(default_factory=dict)
    outcome: str | None = None
    exit_status: int | None = None
    stop_requested: bool = False
    time_limit_reached: bool = False
    console: Path | None = None
    bound_by: str | None = None
    environment: EnvironmentRecord | NotAvailable = NO_ENVIRONMENT


@dataclass(frozen=True, slots=True)
class UnreadableLaunch:
    """A launch record that names this run directory, and of which a file can't be read: file, why, and the remedy."""

    launch_id: str
    file: str
    why: str
    remedy: str

    @property
    def reason(self) -> str:
        return f"the record of launch {self.launch_id} can't be read: {self.file}: {self.why}; {self.remedy}"


@dataclass(frozen=True, slots=True)
class CheckpointFacts:
    """One `model_*.pt`: what it says, what its numbers (weights, optimizer moments) are like, and the policy's noise.

    Attributes:
        noise_std: mean over the action's components.
    """

    file: CheckpointFile
    content: Checkpoint | Absent | Unreadable
    numbers: NumberScan
    noise_std: float | Absent = _NOT_READ

    @property
    def non_finite(self) -> tuple[NonFinite, ...]:
        return self.numbers.non_finite

    @property
    def name(self) -> str:
        return self.file.path.name


@dataclass(frozen=True, slots=True)
class Series:
    """One TensorBoard tag over the run. `first_non_finite` is (step, value) of the first NaN or infinity.

    `first_value` and `last_value` are in the order of writing; `lowest` is None where no value is finite.
    """

    tag: str
    count: int
    first_step: int
    last_step: int
    first_value: float
    last_value: float
    lowest: float | None
    first_non_finite: tuple[int, float] | None
    source: str

    @property
    def all_finite_in_words(self) -> str:
        return "1 value, finite" if self.count == 1 else f"{self.count} values, all finite"


@dataclass(frozen=True, slots=True)
class EventFacts:
    """The event files: series by tag, and by file what could not be read.

    Attributes:
        unfinished: files whose last record is cut off.
        without_records: files that hold nothing, or TensorBoard's header alone.
    """

    series: Mapping[str, Series]
    unreadable: Mapping[str, Unreadable]
    unfinished: frozenset[str] = frozenset()
    without_records: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class ConsoleLine:
    """A line of the console, by number."""

    line: int
    text: str


@dataclass(frozen=True, slots=True)
class PhysicsReport:
    """Complaints of the simulator on a console.

    Attributes:
        poison: the first line of each kind after which the simulated data are wrong.
        doubts: the first line of each kind that may or may not have spoilt data.
        would_show: whether the console holds lines of the kind that complaints come as (native ones, or stderr).
    """

    poison: tuple[ConsoleLine, ...]
    doubts: tuple[ConsoleLine, ...]
    would_show: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsoleFacts:
    """What the console says of this run.

    Attributes:
        stamps: time stamps of the runs it names.
        is_of_another_run: it names runs, but not this one; nothing else is then taken from it.
        names_this_run: the stamp of this run directory is among them.
        bad_losses: (line, label, value) of each loss that a block shows as NaN or infinite.
        physics: what the simulator complained about in this run's part.
        announced: the embedded trainer's first line.
        configurations: entry points of the configurations that the task resolved to.
        num_envs: (line, count) as the scene manager reported it.
        groups: the observation manager's tables, and their line.
        environment_ready: the line that says so.
        last_iteration: (line, iteration, total) of the last block.
        total_timesteps: (line, iterations so far, environment steps so far) of the last block that has them.
        ending: the traceback or out-of-memory line after which nothing went on.
        completed: the line that says that training is over.
    """

    path: Path
    stamps: tuple[str, ...]
    is_of_another_run: bool
    names_this_run: bool
    announced: ConsoleLine | None
    configurations: tuple[ConsoleLine, ...]
    num_envs: tuple[int, int] | None
    groups: tuple[int, tuple[ObservationGroup, ...]] | None
    environment_ready: ConsoleLine | None
    last_iteration: tuple[int, int, int] | None
    total_timesteps: tuple[int, int, int] | None
    ending: ConsoleLine | None
    completed: ConsoleLine | None
    bad_losses: tuple[tuple[int, str, str], ...]
    physics: PhysicsReport


@dataclass(frozen=True, slots=True)
class EvaluationFacts:
    """A file that `evaluate` wrote beside the run: what was measured, or why it says nothing of the run as it is."""

    name: str
    content: Measurement | Unreadable


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFacts:
    """A run directory, the console and the launch record that go with it, as they were read.

    Attributes:
        unreadable_launch: `launch` is None then.
    """

    layout: RunDirLayout
    agent: Params
    env: Params
    run_json: Params
    checkpoints: tuple[CheckpointFacts, ...]
    events: EventFacts
    code_states: tuple[CodeState | Unreadable, ...]
    console: ConsoleFacts | Absent
    launch: LaunchFacts | None
    evaluations: tuple[EvaluationFacts, ...] = ()
    hydra: HydraOutputs | Absent = _NO_HYDRA
    unreadable_launch: UnreadableLaunch | None = None

    @property
    def run_dir(self) -> Path:
        return self.layout.path

    def readable_checkpoints(self) -> list[tuple[str, Checkpoint]]:
        """Name and content, in the order of their numbers."""
        return [(facts.name, facts.content) for facts in self.checkpoints if isinstance(facts.content, Checkpoint)]
