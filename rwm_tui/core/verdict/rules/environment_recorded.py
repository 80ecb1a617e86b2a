"""What the run ran in is on record: the versions of what computed it, and the device."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rwm_tui.core.run_dir.unreadable import Absent
from rwm_tui.core.verdict.backend import resolve_backend
from rwm_tui.core.verdict.facts import RunFacts
from rwm_tui.core.verdict.finding import Finding, missing, proves, supports
from rwm_tui.core.verdict.lookup import AGENT, RUN_JSON, mapping_at, text_at

_OF_EMBEDDED = ("python", "torch", "mujoco", "device")
_OF_ISAAC_LAB = ("python", "torch", "isaaclab", "rsl-rl-lib", "device")


def environment_recorded(facts: RunFacts) -> Iterator[Finding]:
    """The manifest `run.json` names them; Isaac Lab up to 2.3 writes none, and 3.0 no versions into it."""
    metadata = mapping_at(facts.run_json, RUN_JSON, "metadata")
    recorded: Mapping[str, object] = {} if isinstance(metadata, Absent) else metadata
    needed = _OF_EMBEDDED if resolve_backend(facts).backend == "embedded" else _OF_ISAAC_LAB
    found = {key: value for key in needed if isinstance(value := recorded.get(key), str) and value.strip()}
    if _is_on_gpu(facts, found):
        needed = (*needed, "driver")
        found |= {key: value for key in ("driver",) if isinstance(value := recorded.get(key), str) and value.strip()}
    for key, value in found.items():
        yield supports(RUN_JSON, f"metadata › {key}", value)
    lacking = [key for key in needed if key not in found]
    if not lacking:
        yield proves(RUN_JSON, "metadata", ", ".join(f"{key} {found[key]}" for key in needed))
    elif isinstance(metadata, Absent):
        reason = f"no file of the run records {', '.join(lacking)}: {metadata.reason}"
        yield missing(RUN_JSON, "metadata", "not there", ", ".join(needed), reason)
    else:
        reason = f"{RUN_JSON} does not record {', '.join(lacking)}"
        yield missing(RUN_JSON, "metadata", ", ".join(found) or "no versions", ", ".join(needed), reason)


def _is_on_gpu(facts: RunFacts, found: Mapping[str, str]) -> bool:
    device = text_at(facts.agent, AGENT, "device")
    named = found.get("device", "cpu" if isinstance(device, Absent) else device)
    return named != "cpu"
