"""The time of a launch's record: the machine's, but where its clock is set back the record goes on."""

from rwm_tui.core.ports import Clock


class ForwardClock:
    """Goes on by the monotonic clock's pace where the machine's goes back; set forward it follows."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._ahead_s = 0.0
        self._last = clock.now()
        self._last_monotonic = clock.monotonic()

    def now(self) -> float:
        t, monotonic = self._clock.now() + self._ahead_s, self._clock.monotonic()
        if t < self._last:
            expected = self._last + monotonic - self._last_monotonic
            self._ahead_s += expected - t
            t = expected
        self._last, self._last_monotonic = t, monotonic
        return t

    def monotonic(self) -> float:
        return self._clock.monotonic()

    def sleep(self, seconds: float) -> None:
        self._clock.sleep(seconds)
