"""Trainers of our own earlier launches that nobody supervises any more: by pid, start time and boot, never by name."""

import signal
from collections.abc import Iterable, Iterator

from rwm_tui.core.launch import process
from rwm_tui.core.launch.beginnings import Beginning
from rwm_tui.core.launch.container import announced_process, is_alive_inside, signal_inside
from rwm_tui.core.launch.paths import LaunchPaths
from rwm_tui.core.launch.process import ProcessIdentity
from rwm_tui.core.launch.stop import StopLadder
from rwm_tui.core.ports import Clock

GRACE_S = 20.0
POLL_S = 0.1


def leftovers_among(beginnings: Iterable[Beginning]) -> tuple[Beginning, ...]:
    return tuple(one for one in beginnings if not one.is_supervised and _lives(one))


def running_among(beginnings: Iterable[Beginning]) -> tuple[Beginning, ...]:
    return tuple(one for one in beginnings if one.trainer_lives and one.is_supervised)


def _lives(one: Beginning) -> bool:
    """Whether the trainer runs, here or inside its container, where it goes on after the engine's client died."""
    return one.trainer_lives or _lives_inside(one)


def _lives_inside(one: Beginning) -> bool:
    """Asks the engine, but not about a launch that is over: that one's supervisor has seen to it."""
    paths = LaunchPaths(one.directory)
    if one.container is None or paths.outcome.exists():
        return False
    inside = announced_process(paths.console)
    return inside is not None and is_alive_inside(one.container, inside)


def end_leftovers(leftovers: Iterable[Beginning], clock: Clock, grace_s: float = GRACE_S) -> Iterator[str]:
    """SIGINT to each trainer's process group, SIGKILL after the grace; one sentence for each."""
    for leftover in leftovers:
        yield _end(leftover, clock, grace_s)


def _end(leftover: Beginning, clock: Clock, grace_s: float) -> str:
    trainer = leftover.trainer
    if trainer is None or leftover.is_supervised or not _lives(leftover):
        return f"{leftover.launch_id}: nothing of it runs unsupervised any more"
    ladder = StopLadder(grace_s)
    last = signal.SIGINT
    deadline = clock.monotonic() + 2 * grace_s + 5.0
    while _lives(leftover) and clock.monotonic() < deadline:
        due = ladder.due(clock.monotonic(), stop=True)
        if due is not None:
            _signal(leftover, trainer, due)
            last = due
        clock.sleep(POLL_S)
    if _lives(leftover):
        return f"{leftover.launch_id}: process {trainer.pid} did not end, even after {last.name}"
    return f"{leftover.launch_id}: process group {trainer.pid} ended after {last.name}"


def _signal(leftover: Beginning, trainer: ProcessIdentity, number: signal.Signals) -> None:
    """A container's trainer is signalled inside; its client here then ends by itself."""
    inside = announced_process(LaunchPaths(leftover.directory).console) if leftover.container else None
    if leftover.container and inside and signal_inside(leftover.container, inside, number):
        return
    process.signal_group(trainer, number)
