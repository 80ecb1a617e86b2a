"""What reading a run costs, as ratios measured in one run: `make bench-readers` or `bench_readers.py RUN_DIR`.

RUN_DIR holds a checkpoint, params/env.yaml and an event file; without one a checkpoint, a configuration and scalars of
the real sizes are written first. EventAccumulator is compared with where TensorBoard is installed.
"""

from __future__ import annotations

import importlib.util
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import yaml

from rwm_tui.core.run_dir.digest import read_with_digest, sha256_of
from rwm_tui.core.run_dir.params import load_params
from rwm_tui.core.trainer_output.scalars import ScalarReader

REPEATS = 15


def quickest_ms(work: Callable[[], object]) -> float:
    times = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return 1000 * min(times)


def row(what: str, ours: float, base: float, goal: float) -> None:
    print(f"{what:44} {ours:9.2f} ms {base:9.2f} ms {ours / base:6.2f}x  goal {goal}x")


def bench_checkpoint(path: Path) -> None:
    ours, base = quickest_ms(lambda: read_with_digest(path)), quickest_ms(lambda: sha256_of(path))
    row(f"{path.name}: structure + sha256 / sha256", ours, base, 1.15)


def bench_configuration(path: Path) -> None:
    if not hasattr(yaml, "CSafeLoader"):
        print("PyYAML has no C loader here")
        return

    class Plain(yaml.CSafeLoader):  # type: ignore[misc]
        """The bare C loader; the two tags of a real dump become lists, as cheaply as may be."""

    Plain.add_multi_constructor("tag:yaml.org,2002:python/", lambda loader, _, node: loader.construct_sequence(node))
    content = path.read_bytes()
    row(f"{path.name}: read inert / bare C loader", quickest_ms(lambda: load_params(path)),
        quickest_ms(lambda: yaml.load(content, Loader=Plain)), 1.2)  # noqa: S506  the safe loader in C  # fmt: skip


def bench_events(path: Path) -> None:
    ours, count = quickest_ms(lambda: ScalarReader(path).read_new()), len(ScalarReader(path).read_new())
    if importlib.util.find_spec("tensorboard") is None:
        print(f"{count} scalars: {ours:.2f} ms; TensorBoard is not installed, so there is nothing to compare with")
        return
    from tensorboard.backend.event_processing.event_accumulator import (  # type: ignore[import-not-found]
        EventAccumulator,
    )

    accumulated = quickest_ms(lambda: EventAccumulator(str(path), size_guidance={"scalars": 0}).Reload())
    row(f"{count} scalars: read / EventAccumulator", ours, accumulated, 0.1)


def written_run(folder: Path) -> Path:
    """A checkpoint of 18 MB, a configuration of 1,000 lines and 6,000 scalars."""
    from tests.core.run_dir.torch_file import saved_state, write_torch_file
    from tests.core.trainer_output.test_scalars import scalar_record

    (folder / "params").mkdir()
    write_torch_file(folder / "model_0.pt", saved_state(iteration=0, dynamics_steps=1.0))
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
        if not checkpoints or not (run_dir / "params" / "env.yaml").is_file():
            sys.exit(f"{run_dir} holds no checkpoint or no params/env.yaml; give a run directory")
        bench_checkpoint(checkpoints[-1])
        bench_configuration(run_dir / "params" / "env.yaml")
        for events in sorted(run_dir.glob("events.out.tfevents.*"))[:1]:
            bench_events(events)


if __name__ == "__main__":
    main()
