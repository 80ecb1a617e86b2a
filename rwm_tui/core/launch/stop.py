"""Stopping a trainer: SIGINT to its process group, SIGKILL after the grace."""

import signal
from collections.abc import Callable
from pathlib import Path

from rwm_tui.core.errors import InputError
from rwm_tui.core.launch import process
from rwm_tui.core.launch.container import signal_inside
from rwm_tui.core.launch.follow import Follower
from rwm_tui.core.launch.paths import LaunchPaths
from rwm_tui.core.launch.process import ProcessIdentity
from rwm_tui.core.launch.record import RunState
from rwm_tui.core.ports import Clock

END_LIMIT_S = 30.0
LOOK_EVERY_S = 0.2


class StopLadder:
    """Which signal is due when. Times are those of one monotonic clock, in seconds."""

    def __init__(self, grace_s: float) -> None:
        self._grace_s = grace_s
        self._began: float | None = None
        self._killed = False

    @property
    def has_begun(self) -> bool:
        return self._began is not None

    def due(self, now: float, *, stop: bool, kill: bool = False) -> signal.Signals | None:
        """The signal to send now, each at most once.

        :param stop: whether a stop is asked for; the ladder never goes back.
        :param kill: skip the grace.
        """
        if self._killed or not (stop or kill or self.has_begun):
            return None
        if kill or (self._began is not None and now - self._began >= self._grace_s):
            self._began = now if self._began is None else self._began
            self._killed = True
            return signal.SIGKILL
        if self._began is None:
            self._began = now
            return signal.SIGINT
        return None


def request_stop(state: RunState, directory: Path, *, kill: bool = False) -> str:
    """Ask the supervisor to stop the trainer; where it is gone, signal the trainer's group ourselves.

    :returns: a sentence that says what was done.
    """
    if state.is_over:
        outcome = state.outcome.outcome if state.outcome else "over"
        return f"{state.launch_id} has ended already ({outcome})"
    if state.unsupervised and state.container_process and state.plan.container:
        number = signal.SIGKILL if kill else signal.SIGINT
        if signal_inside(state.plan.container, state.container_process, number):
            return f"the supervisor is gone; sent {number.name} to the trainer inside the container"
        return "the supervisor is gone, and the trainer inside the container does not answer; nothing was signalled"
    if state.unsupervised and state.trainer:
        return _signal_unsupervised(state.trainer, signal.SIGKILL if kill else signal.SIGINT)
    request = LaunchPaths(directory).stop_request
    if kill or not request.exists():  # a kill that was asked for is never taken back
        request.write_text("kill\n" if kill else "stop\n")
    if kill:
        return f"{state.launch_id}: SIGKILL requested"
    return f"{state.launch_id}: SIGINT requested, SIGKILL follows after {state.plan.grace_s:g} s"


def _signal_unsupervised(trainer: ProcessIdentity, number: signal.Signals) -> str:
    if process.signal_group(trainer, number):
        return f"the supervisor is gone; sent {number.name} to the trainer's process group {trainer.pid}"
    return f"process {trainer.pid} is no longer the trainer that was started; nothing was signalled"


def end_launch(directory: Path, clock: Clock, tell: Callable[[str], None]) -> RunState:
    """The state of a launch that is over; one that has failed but not ended is killed first.

    :raises InputError: where it does not end.
    """
    follower = Follower(directory)
    state = follower.read()
    if state.is_over:
        return state
    tell(request_stop(state, directory, kill=True))
    deadline = clock.monotonic() + END_LIMIT_S
    while not (state := follower.read()).is_over:
        if clock.monotonic() >= deadline:
            raise InputError(
                "the failed trainer does not end",
                f"{state.launch_id} still runs {END_LIMIT_S:.0f} s after SIGKILL",
                "see `rwm-tui doctor` for what holds it",
            )
        clock.sleep(LOOK_EVERY_S)
    return state
