"""Libraries loaded without the optional ones beside them that nobody here asks for: they cost every start.

What is left out here is there all the same for whoever imports it itself.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


def load_msgspec() -> None:
    """With what Python's own `typing` gives it: beside `typing_extensions` come `inspect` and `ast`, 10 to 20 ms."""
    with _as_if_missing("typing_extensions"):
        import msgspec  # noqa: F401


def load_asyncio() -> None:
    """As where Python was built without TLS: its library takes 4 MiB and a fortieth of the app's start."""
    if "asyncio" in sys.modules:
        return
    with _as_if_missing("ssl"):
        import asyncio  # noqa: F401


@contextmanager
def _as_if_missing(name: str) -> Iterator[None]:
    if name in sys.modules:
        yield
        return
    modules: dict[str, Any] = sys.modules  # None says that there is no such module
    modules[name] = None
    try:
        yield
    finally:
        del modules[name]
