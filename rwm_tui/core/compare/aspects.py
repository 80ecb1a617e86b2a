"""The respects in which two runs or launches are compared, each a pure function of both sides."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from rwm_tui.core.compare.cells import NOT_THERE, Cell, Row, cell_of, leaves, row, rows_of
from rwm_tui.core.compare.curves import parting_step
from rwm_tui.core.compare.side import NO_LAUNCH, NO_RUN, Side
from rwm_tui.core.ports import DeviceMemory, NotAvailable
from rwm_tui.core.profile import settings_of
from rwm_tui.core.run_dir.code_state import CodeState
from rwm_tui.core.run_dir.unreadable import Absent, Unreadable
from rwm_tui.core.verdict.checklist import STATUS_WORDS
from rwm_tui.core.verdict.claims import ClaimStatus
from rwm_tui.core.verdict.facts import Params
from rwm_tui.core.verdict.groups import active_groups

Rows = Callable[[Side, Side], tuple[Row, ...]]

_FROM_STRONG_TO_WEAK = tuple(ClaimStatus)
# Paths and times of each run's own: they always differ and say nothing.
_OWN_KEYS = frozenset({"created_at", "log_dir", "load_run"})


def outcome(left: Side, right: Side) -> tuple[Row, ...]:
    return _of_both(left, right, _outcome)


def _outcome(side: Side) -> Mapping[str, Cell]:
    last = side.facts.layout.checkpoints[-1] if side.facts and side.facts.layout.checkpoints else None
    ended = side.state.outcome if side.state else None
    return {
        "outcome": ended.outcome.value if ended else Absent("not over" if side.state else NO_LAUNCH),
        "reason": ended.reason if ended else NOT_THERE,
        "task": _task(side),
        "backend": (side.checklist.backend or NOT_THERE) if side.checklist else _planned_backend(side),
        "scale": side.checklist.scale.class_ if side.checklist else Absent(NO_RUN),
        "last checkpoint": last.path.name if last else NOT_THERE,
    }


def _task(side: Side) -> Cell:
    recorded = side.checklist.task if side.checklist else None
    return recorded or (side.state.plan.profile.task if side.state else NOT_THERE)


def _planned_backend(side: Side) -> Cell:
    return side.state.plan.backend if side.state else NOT_THERE


def settings_asked(left: Side, right: Side) -> tuple[Row, ...]:
    """What the launch asked for; a setting that one of them left alone stands at the trainer's default there."""
    return _of_both(left, right, _asked, missing="left at the default")


def _asked(side: Side) -> Mapping[str, Cell] | Absent:
    if side.state is None:
        return Absent(NO_LAUNCH)
    profile = side.state.plan.profile
    asked = {key: cell_of(value) for key, value in settings_of(profile).items()}
    return {"profile": profile.name, "time limit": cell_of(profile.time_limit_s), **asked}


def settings_resolved(left: Side, right: Side) -> tuple[Row, ...]:
    return (
        *_of_both(left, right, lambda side: _params(side, "agent.yaml", lambda facts: facts.agent)),
        *_of_both(left, right, lambda side: _params(side, "env.yaml", lambda facts: facts.env)),
    )


def _params(side: Side, name: str, of: Callable[..., Params]) -> Mapping[str, Cell] | Absent:
    if side.facts is None:
        return Absent(NO_RUN)
    params = of(side.facts)
    if isinstance(params, Absent):
        return params
    if isinstance(params, Unreadable):
        return Absent(f"{name} can't be read: {params.reason}")
    kept = {key: value for key, value in params.items() if key not in _OWN_KEYS and key != "observations"}
    return {f"{name} › {key}": cell for key, cell in leaves(kept)}


def observation_terms(left: Side, right: Side) -> tuple[Row, ...]:
    return _of_both(left, right, _terms)


def _terms(side: Side) -> Mapping[str, Cell] | Absent:
    if side.facts is None:
        return Absent(NO_RUN)
    groups = active_groups(side.facts.env)
    if isinstance(groups, Absent):
        return groups
    terms = {group: cell_of(", ".join(names)) for group, names in groups.items()}
    details = {
        f"{group}.{name}.{key}": cell
        for group, named in groups.items()
        for name, term in named.items()
        for key, cell in leaves(term)
    }
    return {**terms, **details}


def code_state(left: Side, right: Side) -> tuple[Row, ...]:
    return _of_both(left, right, _code_state)


def _code_state(side: Side) -> Mapping[str, Cell] | Absent:
    if side.facts is None:
        return Absent(NO_RUN)
    if not side.facts.code_states:
        return Absent("the run stored no git state")
    cells: dict[str, Cell] = {}
    for state in side.facts.code_states:
        if isinstance(state, CodeState):
            cells[f"{state.repository} commit"] = state.commit
            cells[f"{state.repository} dirty"] = state.is_dirty
            cells[f"{state.repository} stored state"] = f"sha256 {state.sha256[:16]}"
    return cells


def environment(left: Side, right: Side) -> tuple[Row, ...]:
    readings = (_manifest, _recorded_at_launch, _plan_environment)
    return tuple(found for reading in readings for found in _of_both(left, right, reading))


def _manifest(side: Side) -> Mapping[str, Cell] | Absent:
    if side.facts is None:
        return Absent(NO_RUN)
    manifest = side.facts.run_json
    if isinstance(manifest, Absent | Unreadable):
        return Absent(manifest.reason)
    return {f"run.json › {key}": cell for key, cell in leaves(manifest) if key not in _OWN_KEYS}


def _recorded_at_launch(side: Side) -> Mapping[str, Cell] | Absent:
    record = side.environment
    if isinstance(record, NotAvailable):
        return Absent(record.reason)
    gpu = record.device
    cells: dict[str, Cell] = {
        "host": cell_of(record.host.name),
        "system": cell_of(record.host.system),
        "CPU cores": record.host.cpu_cores,
        "Python": _recorded(record.python),
        "GPU": _recorded(gpu if isinstance(gpu, NotAvailable) else gpu.name),
        "driver": _recorded(gpu if isinstance(gpu, NotAvailable) else gpu.driver),
    }
    cells |= {f"package {name}": _recorded(version) for name, version in record.packages.items()}
    for name, checkout in record.checkouts.items():
        if isinstance(checkout, NotAvailable):
            cells[f"checkout {name} commit"] = Absent(checkout.reason)
        else:
            cells[f"checkout {name} commit"] = cell_of(checkout.commit)
            cells[f"checkout {name} dirty"] = checkout.is_dirty
    return {f"at launch › {cell_key(key)}": cell for key, cell in cells.items()}


def _recorded(value: str | NotAvailable) -> Cell:
    return Absent(value.reason) if isinstance(value, NotAvailable) else cell_of(value)


def _plan_environment(side: Side) -> Mapping[str, Cell] | Absent:
    if side.state is None:
        return Absent(NO_LAUNCH)
    plan = side.state.plan
    variables: dict[str, Cell] = {f"${name}": cell_of(value) for name, value in sorted(plan.environment.items())}
    return {"started from": plan.environment_kind, "folder": cell_of(plan.cwd), **variables}


def claims(left: Side, right: Side) -> tuple[Row, ...]:
    """The status of every claim; the note gives the reasons where it differs."""
    if left.checklist is None or right.checklist is None:
        return _of_both(left, right, _statuses)
    reasons = [{item.id: item.reason for item in side.items} for side in (left.checklist, right.checklist)]
    return tuple(
        row(found.key, found.left, found.right, _reasons(*(side.get(found.key, "") for side in reasons)))
        if found.differs
        else found
        for found in _of_both(left, right, _statuses)
    )


def _statuses(side: Side) -> Mapping[str, Cell] | Absent:
    if side.checklist is None:
        return Absent(NO_RUN)
    return {item.id: STATUS_WORDS[item.status] for item in side.checklist.items}


def claims_remark(left: Side, right: Side) -> str:
    """How many claims stand higher or lower on the right, among those that both sides judge."""
    if left.checklist is None or right.checklist is None:
        return ""
    before = {item.id: _FROM_STRONG_TO_WEAK.index(item.status) for item in left.checklist.items}
    after = {item.id: _FROM_STRONG_TO_WEAK.index(item.status) for item in right.checklist.items}
    stronger = sum(after[id_] < before[id_] for id_ in before.keys() & after.keys())
    weaker = sum(after[id_] > before[id_] for id_ in before.keys() & after.keys())
    counts = [f"{count} {word}" for count, word in ((stronger, "stronger"), (weaker, "weaker")) if count]
    return f"{', '.join(counts)} on the right" if counts else ""


def _reasons(left: str, right: str) -> str:
    return "; ".join(f"{place}: {reason}" for place, reason in (("left", left), ("right", right)) if reason)


def curves(left: Side, right: Side) -> tuple[Row, ...]:
    """Final values; a row differs where the two part by more than a tenth somewhere, or one side lacks the curve."""
    rows: list[Row] = []
    for tag in sorted({*left.curves, *right.curves}):
        one, other = left.curves.get(tag), right.curves.get(tag)
        final = (one.last_value if one else NOT_THERE, other.last_value if other else NOT_THERE)
        if one is None or other is None:
            rows.append(row(cell_key(tag), *final))
            continue
        step = parting_step(one, other)
        last = f"last steps {one.last_step} and {other.last_step}"
        alike = last if one.last_step == other.last_step else f"as far as both go; {last}"
        note = alike if step is None else f"more than 10 % apart from step {step} on; {last}"
        rows.append(Row(cell_key(tag), *final, step is not None, note))
    return tuple(rows)


def cell_key(tag: str) -> str:
    return str(cell_of(tag))


def memory(left: Side, right: Side) -> tuple[Row, ...]:
    return _of_both(left, right, _memory)


def _memory(side: Side) -> Mapping[str, Cell] | Absent:
    if side.state is None:
        return Absent(NO_LAUNCH)
    state = side.state
    device = next((sample.device for sample in state.samples if isinstance(sample.device, DeviceMemory)), None)
    no_gpu = Absent("no GPU reading was taken")
    return {
        "device": device.name if device else no_gpu,
        "device total MiB": device.total_mib if device else no_gpu,
        "peak device MiB, all processes": no_gpu if state.peak_device_mib is None else state.peak_device_mib,
        "peak resident MiB": NOT_THERE if state.peak_rss_mib is None else state.peak_rss_mib,
    }


def _of_both(
    left: Side, right: Side, read: Callable[[Side], Mapping[str, Cell] | Absent], missing: str = NOT_THERE.reason
) -> tuple[Row, ...]:
    """One row a key; a side of which nothing can be said says why in every row."""
    found = (read(left), read(right))
    if isinstance(found[0], Absent) and isinstance(found[1], Absent):
        return ()
    cells = [{} if isinstance(side, Absent) else side for side in found]
    absent = [side if isinstance(side, Absent) else Absent(missing) for side in found]
    return rows_of(cells[0], cells[1], (absent[0], absent[1]))


ASPECTS: Mapping[str, Rows] = {
    "outcome": outcome,
    "settings asked": settings_asked,
    "settings resolved": settings_resolved,
    "observation terms": observation_terms,
    "code state": code_state,
    "environment": environment,
    "claims": claims,
    "curves": curves,
    "memory": memory,
}
REMARKS: Mapping[str, Callable[[Side, Side], str]] = {"claims": claims_remark}
