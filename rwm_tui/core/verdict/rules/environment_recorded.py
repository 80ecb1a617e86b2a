"""What the run ran in is on record: the versions of what computed it, and the device."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rwm_tui.core.launch.environment_record import EnvironmentRecord
from rwm_tui.core.ports import NotAvailable
from rwm_tui.core.run_dir.unreadable import Absent
from rwm_tui.core.verdict.backend import resolve_backend
from rwm_tui.core.verdict.facts import RunFacts
from rwm_tui.core.verdict.finding import Finding, disagrees, missing, proves, supports
from rwm_tui.core.verdict.lookup import AGENT, RUN_JSON, mapping_at, text_at

LAUNCH = "launch record"
_OF_EMBEDDED = ("python", "torch", "mujoco", "device")
_OF_ISAAC_LAB = ("python", "torch", "isaaclab", "rsl-rl-lib", "device")


def environment_recorded(facts: RunFacts) -> Iterator[Finding]:
    """The manifest `run.json` names them, or what the launch wrote down before the start; together they must agree.

    Isaac Lab up to 2.3 writes no manifest, and 3.0 no versions into it.
    """
    in_run = mapping_at(facts.run_json, RUN_JSON, "metadata")
    of_run = {} if isinstance(in_run, Absent) else _texts(in_run)
    at_launch = _at_launch(facts)
    of_launch = {} if isinstance(at_launch, NotAvailable) else _texts(_described(at_launch))
    needed = _OF_EMBEDDED if resolve_backend(facts).backend == "embedded" else _OF_ISAAC_LAB
    if _is_on_gpu(facts, of_run):
        needed = (*needed, "driver")
    else:
        of_launch.pop("device", None)  # the GPU that it left alone
    for key in needed:
        yield from _told_by_both(key, of_run.get(key), of_launch.get(key))
    found = {**of_launch, **of_run}
    if "device" not in found and text_at(facts.agent, AGENT, "device") == "cpu":
        found["device"] = "cpu"
        yield supports(AGENT, "device", "cpu")
    lacking = ", ".join(key for key in needed if key not in found)
    if not lacking:
        source, locator = (RUN_JSON, "metadata") if of_run.keys() >= set(needed) else (LAUNCH, "environment.json")
        yield proves(source, locator, ", ".join(f"{key} {found[key]}" for key in needed))
        return
    in_words = [in_run.reason if isinstance(in_run, Absent) else f"{RUN_JSON} does not name it"]
    in_words += [at_launch.reason if isinstance(at_launch, NotAvailable) else "nor does the launch's environment.json"]
    known = ", ".join(key for key in needed if key in found) or "nothing of it"
    yield missing(RUN_JSON, "metadata", known, ", ".join(needed), f"{lacking} not recorded: {'; '.join(in_words)}")


def _told_by_both(key: str, in_run: str | None, at_launch: str | None) -> Iterator[Finding]:
    if in_run is not None:
        yield supports(RUN_JSON, f"metadata › {key}", in_run)
    if at_launch is None:
        return
    place = f"environment.json › {key}"
    if in_run is None or _same(key, in_run, at_launch):
        yield supports(LAUNCH, place, at_launch, in_run or "")
    else:
        reason = f"{RUN_JSON} names {key} {in_run}, and the launch was started in {at_launch}"
        yield disagrees(LAUNCH, place, at_launch, in_run, reason)


def _same(key: str, in_run: str, at_launch: str) -> bool:
    """A package's own version has a local part (`2.7.0+cu126`) that its distribution's may lack."""
    if key == "device":
        return at_launch in in_run
    if key == "python":
        return f"{in_run}.".startswith(f"{at_launch}.")
    (public, _, local), (other_public, _, other_local) = in_run.partition("+"), at_launch.partition("+")
    return public == other_public and (local == other_local or not local or not other_local)


def _at_launch(facts: RunFacts) -> EnvironmentRecord | NotAvailable:
    if facts.launch:
        return facts.launch.environment
    unreadable = facts.unreadable_launch
    return NotAvailable(unreadable.reason if unreadable else "no launch record is bound to it")


def _described(record: EnvironmentRecord) -> Mapping[str, object]:
    device = record.device
    known = {} if isinstance(device, NotAvailable) else {"device": device.name, "driver": device.driver}
    return {**record.packages, "python": record.python, **known}


def _texts(recorded: Mapping[str, object]) -> dict[str, str]:
    return {key: value for key, value in recorded.items() if isinstance(value, str) and value.strip()}


def _is_on_gpu(facts: RunFacts, of_run: Mapping[str, str]) -> bool:
    device = text_at(facts.agent, AGENT, "device")
    return of_run.get("device", "cpu" if isinstance(device, Absent) else device) != "cpu"
