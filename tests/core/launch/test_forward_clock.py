from dataclasses import dataclass

import pytest

from rwm_tui.core.launch.forward_clock import ForwardClock


@dataclass
class SetClock:
    """A clock that tests set."""

    wall: float = 1000.0
    passed_s: float = 0.0

    def now(self) -> float:
        return self.wall + self.passed_s

    def monotonic(self) -> float:
        return self.passed_s

    def sleep(self, seconds: float) -> None:
        self.passed_s += seconds


def told(steps_s: list[float]) -> list[float]:
    """What is told a second after each of these steps of the machine's clock."""
    machine = SetClock()
    clock, times = ForwardClock(machine), []
    for step_s in steps_s:
        machine.wall += step_s
        clock.sleep(1.0)
        times.append(clock.now())
    return times


@pytest.mark.parametrize(
    ("steps_s", "times"),
    [
        ([0.0, 0.0, 0.0], [1001.0, 1002.0, 1003.0]),
        ([0.0, -3600.0, 0.0], [1001.0, 1002.0, 1003.0]),
        ([0.0, 3600.0, 0.0], [1001.0, 4602.0, 4603.0]),
        ([-3600.0, 0.0, -3600.0], [1001.0, 1002.0, 1003.0]),
        ([0.0, -0.5, 0.0], [1001.0, 1001.5, 1002.5]),
    ],
    ids=["untouched", "set back", "set forward", "set back twice", "slowed down"],
)
def test_the_time_of_a_record_never_goes_back(steps_s: list[float], times: list[float]) -> None:
    assert told(steps_s) == times
