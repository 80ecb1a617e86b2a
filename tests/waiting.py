"""The one place where tests wait."""

import time
from collections.abc import Callable
from typing import TypeVar

Value = TypeVar("Value")


def until(look: Callable[[], Value | None], limit_s: float = 20.0, every_s: float = 0.02) -> Value:
    """The first truthy value that ``look`` gives; fails at the deadline."""
    deadline = time.monotonic() + limit_s
    while not (value := look()):
        assert time.monotonic() < deadline, f"nothing within {limit_s} s"
        time.sleep(every_s)
    return value
