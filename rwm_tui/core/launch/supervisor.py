"""The supervisor: owns one trainer, writes what happens to files, and outlives every terminal."""

import os
import shutil
import subprocess
from pathlib import Path

from rwm_tui.core.launch import events, process
from rwm_tui.core.launch.console_reader import ConsoleReader, last_line
from rwm_tui.core.launch.container import announced_process
from rwm_tui.core.launch.events import JournalEntry, JournalWriter, LaunchEvent
from rwm_tui.core.launch.expected_checkpoint import ExpectedCheckpoint
from rwm_tui.core.launch.follow import read_plan
from rwm_tui.core.launch.forward_clock import ForwardClock
from rwm_tui.core.launch.kit_log_tracking import KitLogTracking
from rwm_tui.core.launch.memory_sampler import MemorySampler
from rwm_tui.core.launch.news import News, Tell, tell_nobody
from rwm_tui.core.launch.oom_kills import read_oom_kills, struck_between
from rwm_tui.core.launch.outcome import (
    EndingFacts,
    Outcome,
    OutcomeRecord,
    ending_in_words,
    judge_outcome,
    split_returncode,
    was_killed_for_host_memory,
    write_outcome,
)
from rwm_tui.core.launch.paths import LaunchPaths
from rwm_tui.core.launch.run_binding import is_whole_checkpoint
from rwm_tui.core.launch.run_tracking import RunDirectoryTracking
from rwm_tui.core.launch.stop import StopLadder
from rwm_tui.core.launch.trainer import TICK_S, ContainedTrainer, Trainer, until
from rwm_tui.core.memory.forecast_record import read_forecast
from rwm_tui.core.memory.watch import MemoryWatch
from rwm_tui.core.ports import Clock, DeviceDescription, SupervisedDevice
from rwm_tui.core.trainer_output.console_events import (
    ErrorPrinted,
    OutOfMemorySeen,
    StageReached,
    TracebackSeen,
)
from rwm_tui.core.trainer_output.stages import Stage

NOT_STARTED_STATUSES = (126, 127)  # of a shell: not executable, not found
FULL_DISK_BYTES = 1024 * 1024
WRITE_AGAIN_FOR_S = 600.0  # how long a full disk may keep the last lines from being written


def supervise(directory: Path, clock: Clock, device: SupervisedDevice, tell: Tell = tell_nobody) -> Outcome:
    """Run the launch in ``directory`` from start to outcome. The calling process must be the detached supervisor.

    :param tell: takes news at once and does not wait for anything.
    """
    return _Supervision(LaunchPaths(directory), clock, device, tell).run()


class _Supervision:
    def __init__(self, paths: LaunchPaths, clock: Clock, device: SupervisedDevice, tell: Tell) -> None:
        self._paths = paths
        self._clock = clock
        self._record_clock = ForwardClock(clock)
        self._device = device
        self._tell = tell
        self._plan = read_plan(paths)
        self._final = ExpectedCheckpoint(self._plan.profile)
        self._journal = JournalWriter(paths.events)
        self._samples = JournalWriter(paths.samples)
        watch = MemoryWatch(read_forecast(paths))
        self._memory = MemorySampler(device, self._record_clock, self._samples, watch, paths.console)
        self._console = ConsoleReader(paths.console)
        self._run = RunDirectoryTracking(self._plan, paths, clock)
        self._kit_log = KitLogTracking(self._plan, Path.home(), clock)
        self._ladder = StopLadder(self._plan.grace_s)
        self._stopped_by: str | None = None
        self._signals_sent: list[str] = []
        self._out_of_memory: OutOfMemorySeen | None = None
        self._oom_kills = read_oom_kills()
        self._last_error: str | None = None
        self._final_since: float | None = None
        self._is_training = False

    def run(self) -> Outcome:
        identity = process.identify(os.getpid())
        assert identity is not None, "a running process has an entry in /proc"
        self._record(events.SupervisorStarted(identity))
        if isinstance(described := self._device.describe(), DeviceDescription):
            self._record(events.DeviceWatched(described))
        self._memory.before_start()
        try:
            child = self._spawn()
        except OSError as error:
            return self._end(Outcome.FAILED_TO_START, f"{self._plan.argv[0]}: {error.strerror}", None, None)
        started = process.identify(child.pid)
        assert started is not None, "an unreaped child has an entry in /proc"
        self._record(events.TrainerStarted(started))
        access = self._plan.container
        trainer = (
            ContainedTrainer(started, self._clock, access, self._plan.grace_s)
            if access
            else Trainer(started, self._clock)
        )
        self._watch(trainer, self._clock.monotonic())
        trainer.end_leftovers()
        exit_status, signal_name = split_returncode(child.wait())
        if isinstance(trainer, ContainedTrainer) and trainer.inside is None:
            reason = f"the container was not entered: {ending_in_words(exit_status, signal_name)}"
            last = last_line(self._paths.console)
            return self._end(Outcome.FAILED_TO_START, f"{reason}: {last}" if last else reason, exit_status, signal_name)
        return self._judge(trainer, exit_status, signal_name)

    def _spawn(self) -> subprocess.Popen[bytes]:
        with self._paths.console.open("ab") as console:
            return subprocess.Popen(
                self._plan.argv,
                cwd=self._plan.cwd,
                env=os.environ | self._plan.environment,
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def _watch(self, trainer: Trainer, started: float) -> None:
        """Tick until the trainer is gone."""
        while True:
            gone = trainer.has_exited
            self._read_console()
            self._look_into_container(trainer)
            self._note(self._run.look(trainer), self._kit_log.look(trainer))
            self._look_at_run_directory()
            for warning in self._memory.sample(trainer, self._clock.monotonic() - started):
                self._record(warning)
            if gone:
                return
            self._advance_stop(trainer, started)
            self._clock.sleep(TICK_S)

    def _read_console(self, *, to_the_end: bool = False) -> None:
        for event in self._console.read(to_the_end=to_the_end):
            self._record(event)
            self._run.see(event)
            self._kit_log.see(event)
            if isinstance(event, OutOfMemorySeen) and self._out_of_memory is None:
                self._out_of_memory = event
                self._tell(News("out-of-memory", self._paths.directory, None, event.text))
            elif isinstance(event, StageReached):
                self._is_training = event.stage.order >= Stage.TRAINING.order
                self._memory.reached(event.stage)
            elif isinstance(event, TracebackSeen):
                self._last_error = event.last_line
            elif isinstance(event, ErrorPrinted):
                self._last_error = event.text

    def _look_into_container(self, trainer: Trainer) -> None:
        if isinstance(trainer, ContainedTrainer) and trainer.inside is None:
            trainer.inside = announced_process(self._paths.console)
            if trainer.inside:
                self._record(events.ContainerProcessNamed(trainer.inside))

    def _look_at_run_directory(self) -> None:
        run = self._run.path
        if run is None:
            self._final_since = None
            return
        self._final.look(run)
        has_params = not self._is_training and (run / "params" / "agent.yaml").exists()
        is_final = self._final_since is None and is_whole_checkpoint(run / self._final.name)
        if has_params or is_final:
            self._read_console()  # what was printed before the file was written comes first
        if has_params and not self._is_training:
            self._is_training = True
            self._memory.reached(Stage.TRAINING)
            self._record(events.StageInferred(Stage.TRAINING, "params/agent.yaml was written"))
        if is_final:
            self._final_since = self._clock.monotonic()
            self._record(events.FinalCheckpointSeen(str(run / self._final.name)))

    def _advance_stop(self, trainer: Trainer, started: float) -> None:
        now = self._clock.monotonic()
        request = self._read_stop_request()
        if self._stopped_by is None:
            self._stopped_by = self._reason_to_stop(now, started, request)
            if self._stopped_by:
                self._record(events.StopRequested(self._stopped_by))
        number = self._ladder.due(now, stop=self._stopped_by is not None, kill=request == "kill")
        if number is not None and trainer.send(number):
            self._signals_sent.append(number.name)
            self._record(events.SignalSent(number.name))

    def _reason_to_stop(self, now: float, started: float, request: str | None) -> str | None:
        if request is not None:
            return "user"
        limit = self._plan.time_limit_s
        if limit is not None and now - started >= limit:
            return "time-limit"
        hangs = self._final_since is not None and now - self._final_since >= self._plan.shutdown_grace_s
        return "hang-after-completion" if hangs else None

    def _read_stop_request(self) -> str | None:
        try:
            return self._paths.stop_request.read_text().strip()
        except OSError:
            return None

    def _judge(self, trainer: Trainer, exit_status: int | None, signal_name: str | None) -> Outcome:
        self._read_console(to_the_end=True)
        self._note(self._run.conclude(trainer), self._kit_log.conclude(trainer))
        self._look_at_run_directory()
        is_in_doubt = self._run.shared_with is not None and exit_status != 0
        if self._last_error is None and exit_status in NOT_STARTED_STATUSES:
            self._last_error = last_line(self._paths.console) or None
        facts = EndingFacts(
            final_checkpoint=self._final.name if self._final_is_whole() and not is_in_doubt else None,
            expected_checkpoint=self._final.name,
            out_of_memory_line=self._out_of_memory.line if self._out_of_memory else None,
            out_of_memory_of=self._out_of_memory.whose if self._out_of_memory else "torch",
            host_memory_kill=struck_between(self._oom_kills, read_oom_kills()),
            stopped_by=self._stopped_by,
            exit_status=exit_status,
            signal=signal_name,
            last_error=self._last_error,
            signals_sent=tuple(self._signals_sent),
            was_booting=self._kit_log.is_booting,
        )
        if facts.host_memory_kill and was_killed_for_host_memory(facts):
            self._record(events.HostMemoryKilled(facts.host_memory_kill))
        self._record(events.TrainerExited(exit_status, signal_name))
        outcome, reason = judge_outcome(facts)
        if self._run.path is None and self._run.doubt:
            reason += f"; {self._run.doubt}"
            if self._plan.container and self._run.expected:
                reason += " (does isaac_lab.docker.path_map fit?)"
        if other := self._run.shared_with:
            reason += f"; process {other.pid} on {other.host} wrote into the same run directory"
        return self._end(outcome, reason, exit_status, signal_name)

    def _final_is_whole(self) -> bool:
        """Looked at anew: a plain runner saves it twice, and may have been ended while it wrote it again."""
        return self._run.path is not None and is_whole_checkpoint(self._run.path / self._final.name)

    def _end(self, outcome: Outcome, reason: str, exit_status: int | None, signal_name: str | None) -> Outcome:
        if outcome is not Outcome.COMPLETED and shutil.disk_usage(self._paths.directory).free < FULL_DISK_BYTES:
            reason += f"; the disk that holds {self._paths.directory} is full"
        self._paths.reserve.unlink(missing_ok=True)
        record = OutcomeRecord(
            outcome=outcome,
            reason=reason,
            exit_status=exit_status,
            signal=signal_name,
            ended_at=self._record_clock.now(),
            run_directory=str(self._run.path) if self._run.path else None,
        )

        def written() -> bool:
            if not (self._journal.write() and self._samples.write()):
                return False
            try:
                write_outcome(self._paths.outcome, record)
            except OSError:
                return False
            return True

        until(written, self._clock, WRITE_AGAIN_FOR_S)
        self._tell(News("ended", self._paths.directory, outcome, reason))
        return outcome

    def _note(self, *found: LaunchEvent | None) -> None:
        for event in found:
            if event is not None:
                self._record(event)

    def _record(self, event: LaunchEvent) -> None:
        self._journal.write(JournalEntry(self._record_clock.now(), event))
