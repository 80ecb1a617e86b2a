"""The trainer as its supervisor holds it: signals, memory, and what it leaves behind."""

import os
import signal
import socket
from collections.abc import Callable
from pathlib import Path

from rwm_tui.core.launch import process
from rwm_tui.core.launch.container import ContainerProcess, host_of_member, is_alive_inside, signal_inside
from rwm_tui.core.launch.process import ProcessIdentity
from rwm_tui.core.plan.launch_plan import ContainerAccess
from rwm_tui.core.ports import Clock, NotAvailable
from rwm_tui.core.run_dir.event_file_name import EventFileName

TICK_S = 0.2
LEFTOVER_GRACE_S = 2.0
CLIENT_GRACE_S = 5.0  # how long the engine's client may take to see that the process inside is gone


class Trainer:
    """A child of ours that leads a session of its own. It is left unreaped, so that its number stays ours.

    :param members: pids seen in that session so far.
    :param folders: working directories seen of them.
    """

    def __init__(self, identity: ProcessIdentity, clock: Clock) -> None:
        self.identity = identity
        self.members: set[int] = set()
        self.folders: set[Path] = set()
        self._clock = clock

    def look_at_members(self) -> tuple[int, ...]:
        """Who runs in the session now. They are remembered: afterwards a pid says nothing."""
        present = process.session_members(self.identity)
        self.members.update(present)
        self.folders.update(folder for pid in present if (folder := process.working_folder(pid)))
        return present

    def owns(self, event_file: EventFileName) -> bool:
        """Whether a process of this session began the event file."""
        return event_file.host == socket.gethostname() and event_file.pid in self.members

    @property
    def has_exited(self) -> bool:
        return os.waitid(os.P_PID, self.identity.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

    def send(self, number: signal.Signals) -> bool:
        return process.signal_group(self.identity, number)

    def pids(self) -> frozenset[int] | NotAvailable:
        """Of every process in the trainer's session."""
        return frozenset(process.session_members(self.identity))

    def rss_mib(self) -> float | NotAvailable:
        rss = process.session_rss_mib(self.identity)
        return rss if rss > 0 else NotAvailable("the trainer has ended")

    def end_leftovers(self) -> None:
        """End what the trainer left in its own session, after a short grace."""
        until(lambda: not process.session_members(self.identity), self._clock, LEFTOVER_GRACE_S)
        if process.session_members(self.identity):
            process.signal_group(self.identity, signal.SIGKILL)


class ContainedTrainer(Trainer):
    """A trainer inside a container; the child of ours is the engine's client."""

    def __init__(self, identity: ProcessIdentity, clock: Clock, access: ContainerAccess, grace_s: float) -> None:
        super().__init__(identity, clock)
        self._access = access
        self._grace_s = grace_s
        self.inside: ContainerProcess | None = None
        self._owned: set[EventFileName] = set()

    def look_at_members(self) -> tuple[int, ...]:
        """Nobody: what runs in our session is the engine's client."""
        return ()

    def owns(self, event_file: EventFileName) -> bool:
        """Asked inside, while the process lives there."""
        if event_file in self._owned:
            return True
        if self.inside and host_of_member(self._access, self.inside, event_file.pid) == event_file.host:
            self._owned.add(event_file)
            return True
        return False

    def send(self, number: signal.Signals) -> bool:
        if self.inside is None:
            return super().send(number)
        reached = signal_inside(self._access, self.inside, number)
        if number is signal.SIGKILL:
            until(lambda: self.has_exited, self._clock, CLIENT_GRACE_S)
            super().send(number)
        return reached

    def pids(self) -> frozenset[int] | NotAvailable:
        return NotAvailable("the trainer runs in a container, whose processes have other numbers there")

    def rss_mib(self) -> float | NotAvailable:
        return NotAvailable("the trainer runs in a container, whose processes are not ours to read")

    def end_leftovers(self) -> None:
        """Where only the client ended, the trainer goes on unseen: it is stopped, for nobody reads its output."""
        if self.inside is not None and signal_inside(self._access, self.inside, signal.SIGINT):
            inside = self.inside
            until(lambda: not is_alive_inside(self._access, inside), self._clock, self._grace_s)
            signal_inside(self._access, self.inside, signal.SIGKILL)
        super().end_leftovers()


def until(condition: Callable[[], bool], clock: Clock, limit_s: float) -> None:
    deadline = clock.monotonic() + limit_s
    while not condition() and clock.monotonic() < deadline:
        clock.sleep(TICK_S)
