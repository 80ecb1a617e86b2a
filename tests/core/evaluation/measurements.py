"""Measurements with figures of a test's choice."""

from pathlib import Path

from rwm_tui.core.evaluation.code_digest import code_digest
from rwm_tui.core.evaluation.measurement import (
    ALL,
    STATE_GROUPS,
    Code,
    Condition,
    Dataset,
    FileDigest,
    GroupErrors,
    Measurement,
    NoiseLevel,
    OpenLoop,
    Ratio,
    Simulator,
)
from rwm_tui.core.ports import NotAvailable
from rwm_tui.core.run_dir import file_digest

HELD_OUT = ("no-exploration", "commands", "payload", "pushes")


def open_loop(ratio: float, *, windows: int = 900, blocks: int = 60, spread: float = 0.02, **groups: float) -> OpenLoop:
    def errors(value: float) -> GroupErrors:
        model, naive = (0.5 * value, 0.8 * value), (0.5, 0.8)
        return GroupErrors(model, naive, (1.0, 3.0), Ratio(value, value - spread, value + spread))

    names = (ALL, *STATE_GROUPS)
    return OpenLoop(windows, blocks, {name: errors(groups.get(name, ratio)) for name in names})


def condition(name: str, measured: OpenLoop) -> Condition:
    return Condition(name, f"what {name} means", True, 50, 9000, None if name == "fresh" else 0.1, measured, {})


def digest_of_file(path: Path, name: str) -> FileDigest:
    digest = file_digest.digest_file(path, 10**9)
    assert isinstance(digest, file_digest.FileDigest)
    return FileDigest(name, digest.bytes, digest.sha256)


def measurement(
    run_dir: Path,
    fresh: OpenLoop,
    others: dict[str, OpenLoop] | None = None,
    *,
    checkpoint: str = "model_1.pt",
    seeds: tuple[int, ...] = (1000, 1001, 1002, 1003, 1004),
    dataset: Path | None = None,
    held_out: bool = False,
) -> Measurement:
    measured = {name: open_loop(0.5) for name in HELD_OUT} | (others or {})
    conditions = (condition("fresh", fresh), *(condition(name, found) for name, found in measured.items()))
    source: Simulator | Dataset = Simulator(seeds, 42, 50)
    if dataset:
        source = Dataset(digest_of_file(dataset, str(dataset)), 100, held_out, ())
        conditions = (condition("dataset", fresh),)
    nothing = NotAvailable("not measured here")
    return Measurement(
        checkpoint=digest_of_file(run_dir / checkpoint, checkpoint),
        agent=digest_of_file(run_dir / "params" / "agent.yaml", "params/agent.yaml"),
        iteration=0,
        parameters=1,
        history_horizon=32,
        forecast_horizon=2,
        source=source,
        conditions=conditions,
        noise=(NoiseLevel(0.1, fresh),),
        long=nothing,
        uncertainty=nothing,
        upstream=nothing,
        code=Code("0", code_digest(), "3", "2", "2", "3"),
    )
