"""What was learned of device memory as a JSON document and as text."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from rwm_tui.core.memory.ceilings import Ceiling, Ceilings, DeviceCeilings
from rwm_tui.core.memory.hit_rate import ForecastTested, hit_rate, hit_rate_text

SCHEMA = 1


def memory_document(path: Path, ceilings: Ceilings, cases: Sequence[ForecastTested]) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "file": str(path),
        "ceilings": msgspec.to_builtins(ceilings.ceilings),
        "hit_rate": msgspec.to_builtins(hit_rate(cases)),
        "forecasts": [{**msgspec.to_builtins(case), "met": case.met} for case in cases],
    }


def memory_lines(path: Path, ceilings: Ceilings, cases: Sequence[ForecastTested]) -> list[str]:
    lines = [line for group in ceilings.ceilings for line in _group_lines(group)]
    return [
        *(lines or ["nothing learned yet: no launch has ended on a GPU"]),
        f"file: {path}",
        f"forecasts: {hit_rate_text(hit_rate(cases))}",
    ]


def _group_lines(group: DeviceCeilings) -> Iterator[str]:
    yield f"{group.gpu}, driver {group.driver}: {group.task} ({group.backend})"
    for label, entries in (("fitted", group.fitted), ("failed", group.failed)):
        for entry in entries:
            yield f"  {label}  {_sizes(entry)}  {_had(entry)}  {entry.on} {entry.launch}"
    for share in group.simulator:
        launches = "1 launch" if share.launches == 1 else f"{share.launches} launches"
        held = f"{share.low_mib:.0f} to {share.high_mib:.0f} MiB"
        yield f"  simulator  {held} at {share.num_envs} environments ({launches})"


def _sizes(entry: Ceiling) -> str:
    sizes = {"num_envs": entry.sizes.num_envs, "mini_batch_size": entry.sizes.mini_batch_size}
    sizes |= msgspec.to_builtins(entry.sizes)
    return " ".join(f"{name}={value}" for name, value in (sizes | entry.beside).items())


def _had(entry: Ceiling) -> str:
    if entry.cap_mib is not None:
        return f"(capped at {entry.cap_mib:.0f} MiB)"
    return f"(with {entry.available_mib:.0f} MiB)"
