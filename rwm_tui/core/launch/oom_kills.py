"""How often the kernel's out-of-memory killer struck in our control group: the only proof that it was the killer.

Control groups v2 count in ``memory.events`` (kernel's cgroup-v2.rst), v1 in ``memory.oom_control`` (memcg_test and
memory.rst, since 4.13). The trainer runs in the group of its supervisor, unless it is in a container of its own.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from rwm_tui.core.ports import NotAvailable

MOUNT = Path("/sys/fs/cgroup")
OWN_GROUPS = Path("/proc/self/cgroup")
_MAX_BYTES = 64 * 1024
_COUNT = re.compile(r"^oom_kill (\d{1,18})$", re.MULTILINE)


@dataclass(frozen=True)
class OomKills:
    """Kills so far, and the file that counts them."""

    count: int
    counter: Path


def read_oom_kills(own_groups: Path = OWN_GROUPS, mount: Path = MOUNT) -> OomKills | NotAvailable:
    """The count of our own group; of the mounted root where a container shows it under another path."""
    try:
        groups = own_groups.read_text(errors="replace")[:_MAX_BYTES]
    except OSError as error:
        return NotAvailable(f"{own_groups}: {error.strerror}")
    for counter in _candidates(groups, mount):
        try:
            found = _COUNT.search(counter.read_text(errors="replace")[:_MAX_BYTES])
        except OSError:
            continue
        if found:
            return OomKills(int(found[1]), counter)
    return NotAvailable(f"no counter of the kernel's out-of-memory killer below {mount}")


def _candidates(groups: str, mount: Path) -> list[Path]:
    """Version 2 first, then 1; in each our own group, then the mounted root."""
    paths: dict[str, str] = {}
    for line in groups.splitlines():
        number, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if number == "0" and not controllers:
            paths["2"] = path
        elif "memory" in controllers.split(","):
            paths["1"] = path
    second, first = (paths.get(version, "/").strip("/") for version in ("2", "1"))
    return [
        mount / second / "memory.events",
        mount / "memory.events",
        mount / "memory" / first / "memory.oom_control",
        mount / "memory" / "memory.oom_control",
    ]


def struck_between(before: OomKills | NotAvailable, after: OomKills | NotAvailable) -> str | None:
    """What the counters prove, in words; None where they prove nothing."""
    if isinstance(before, NotAvailable) or isinstance(after, NotAvailable):
        return None
    if before.counter != after.counter or after.count <= before.count:
        return None
    return f"oom_kill {before.count} -> {after.count} in {after.counter}"
