"""What reading a run costs, as ratios measured in one run: `make bench-readers` or `bench_readers.py RUN_DIR`.

RUN_DIR holds a checkpoint, params/env.yaml and an event file; without one a checkpoint, a configuration and scalars of
the real sizes are written first. Ours and the yardstick take turns; the ratio is the median over the pairs, of wall and
of CPU time of this process, the latter being less disturbed by other programs. EventAccumulator is compared with where
TensorBoard is installed. The files stay in the page cache.
"""

from __future__ import annotations

import hashlib
import importlib.util
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import yaml

from rwm_tui.core.run_dir.checkpoint import Checkpoint, read_checkpoint
from rwm_tui.core.run_dir.digest import read_with_digest
from rwm_tui.core.run_dir.number_scan import scan_numbers
from rwm_tui.core.run_dir.params import load_params
from rwm_tui.core.trainer_output.scalars import ScalarReader

PAIRS = 45
MOST_BYTES = 1 << 30


def times_ms(work: Callable[[], object]) -> tuple[float, float]:
    """Wall and CPU time."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return 1000 * (time.perf_counter() - wall), 1000 * (time.process_time() - cpu)


def compare(what: str, ours: Callable[[], object], yardstick: Callable[[], object], goal: float | None) -> None:
    pairs = [(times_ms(ours), times_ms(yardstick)) for _ in range(PAIRS + 1)][1:]  # the first warms up
    wall, cpu = (statistics.median(mine[clock] / other[clock] for mine, other in pairs) for clock in (0, 1))
    mine, other = (statistics.median(pair[side][0] for pair in pairs) for side in (0, 1))
    wanted = f"{goal:6.2f}" if goal else "     -"
    print(f"{what:52} {mine:9.2f} {other:9.2f} {wall:7.3f} {cpu:7.3f} {wanted}")


def bench_checkpoint(path: Path) -> None:
    def sha256_alone() -> str:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    checkpoint = read_checkpoint(path)
    assert isinstance(checkpoint, Checkpoint), checkpoint
    compare(
        f"{path.name}: structure and sha256 / sha256", lambda: read_with_digest(path, MOST_BYTES), sha256_alone, 1.15
    )
    compare(f"{path.name}: scan for NaN and zeros / sha256", lambda: scan_numbers(checkpoint), sha256_alone, None)


def bench_configuration(path: Path) -> None:
    if not hasattr(yaml, "CSafeLoader"):
        print("PyYAML has no C loader here")
        return

    class Plain(yaml.CSafeLoader):  # type: ignore[misc]
        """The bare C loader; the two tags of a real dump become lists, as cheaply as may be."""

    Plain.add_multi_constructor("tag:yaml.org,2002:python/", lambda loader, _, node: loader.construct_sequence(node))

    def bare() -> object:
        return yaml.load(path.read_bytes(), Loader=Plain)  # noqa: S506  the safe loader in C

    compare(f"{path.name}: read inert / bare C loader", lambda: load_params(path), bare, 1.2)


def bench_events(path: Path) -> None:
    count = len(ScalarReader(path).read_new())
    if importlib.util.find_spec("tensorboard") is None:
        print(f"{count} scalars: TensorBoard is not installed, so there is nothing to compare with")
        return
    from tensorboard.backend.event_processing.event_accumulator import (  # type: ignore[import-not-found]
        EventAccumulator,
    )

    def accumulate() -> None:
        EventAccumulator(str(path), size_guidance={"scalars": 0}).Reload()

    compare(f"{count} scalars / EventAccumulator", lambda: ScalarReader(path).read_new(), accumulate, 0.1)


def written_run(folder: Path) -> Path:
    """A checkpoint of 18 MB as torch writes it, a configuration of 1,000 lines and 6,000 scalars."""
    import torch

    from tests.core.run_dir.torch_file import Tensor, saved_state
    from tests.core.trainer_output.test_scalars import scalar_record

    def with_torch(value: object) -> object:
        if isinstance(value, Tensor):
            return torch.frombuffer(bytearray(value.stored()), dtype=torch.float32).reshape(value.shape)
        if isinstance(value, dict):
            return {key: with_torch(item) for key, item in value.items()}
        return value

    (folder / "params").mkdir()
    torch.save(with_torch(saved_state(iteration=0, dynamics_steps=1.0)), folder / "model_0.pt")
    term = "    func: isaaclab.envs.mdp.observations:base_lin_vel\n    scale: !!python/tuple\n    - 1.0\n    - 2.0\n"
    groups = "".join(f"  term_{number}:\n{term}" for number in range(200))
    (folder / "params" / "env.yaml").write_text(f"observations:\n{groups}")
    records = (scalar_record(f"System Dynamics/loss_{n % 40}", n // 40, 1.0 / (n + 1)) for n in range(6000))
    (folder / "events.out.tfevents.1.host.1.0").write_bytes(b"".join(records))
    return folder


def main() -> None:
    with tempfile.TemporaryDirectory() as temporary:
        run_dir = Path(sys.argv[1]) if len(sys.argv) > 1 else written_run(Path(temporary))
        checkpoints = sorted(run_dir.glob("model_*.pt"))
        if not checkpoints and not (run_dir / "params" / "env.yaml").is_file():
            sys.exit(f"{run_dir} holds neither a checkpoint nor params/env.yaml; give a run directory")
        title = f"median of {PAIRS} pairs"
        print(f"{title:52} {'ours ms':>9} {'other ms':>9} {'wall':>7} {'CPU':>7} {'goal':>6}")
        for checkpoint in checkpoints[-1:]:
            bench_checkpoint(checkpoint)
        if (run_dir / "params" / "env.yaml").is_file():
            bench_configuration(run_dir / "params" / "env.yaml")
        for events in sorted(run_dir.glob("events.out.tfevents.*"))[:1]:
            bench_events(events)


if __name__ == "__main__":
    main()
