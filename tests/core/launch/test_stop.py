"""The stop ladder with a made-up clock."""

import signal

from rwm_tui.core.launch.stop import StopLadder


def test_interrupt_then_kill_after_the_grace_each_once() -> None:
    ladder = StopLadder(grace_s=20.0)
    assert ladder.due(0.0, stop=False) is None
    assert ladder.due(1.0, stop=True) is signal.SIGINT
    assert ladder.due(2.0, stop=True) is None
    assert ladder.due(20.9, stop=False) is None
    assert ladder.due(21.0, stop=False) is signal.SIGKILL
    assert ladder.due(99.0, stop=True) is None


def test_a_kill_skips_the_grace() -> None:
    ladder = StopLadder(grace_s=20.0)
    assert ladder.due(0.0, stop=True, kill=True) is signal.SIGKILL
    assert ladder.due(30.0, stop=True, kill=True) is None


def test_a_kill_after_an_interrupt() -> None:
    ladder = StopLadder(grace_s=20.0)
    assert ladder.due(0.0, stop=True) is signal.SIGINT
    assert ladder.due(1.0, stop=True, kill=True) is signal.SIGKILL
