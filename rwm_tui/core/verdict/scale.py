"""How large the run was, by its resolved configuration."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from rwm_tui.core.run_dir.checkpoint import DYNAMICS_OPTIMIZER
from rwm_tui.core.run_dir.unreadable import Absent
from rwm_tui.core.verdict.ending import is_resumed, is_warm_started
from rwm_tui.core.verdict.facts import ConsoleFacts, RunFacts
from rwm_tui.core.verdict.lookup import AGENT, ENV, whole_number_at
from rwm_tui.core.verdict.reference import REFERENCE_SIZES

ScaleClass = Literal["reference", "reduced", "unknown"]

_AGENT_KEYS: Mapping[str, str] = {
    "max_iterations": "max_iterations",
    "mini_batch_size": "algorithm.system_dynamics_mini_batch_size",
    "num_mini_batches": "algorithm.system_dynamics_num_mini_batches",
    "replay_buffer_size": "algorithm.system_dynamics_replay_buffer_size",
    "forecast_horizon": "algorithm.system_dynamics_forecast_horizon",
}


@dataclass(frozen=True, slots=True)
class Scale:
    """The sizes by name (`num_envs`, `max_iterations`, …), each a number or why it is unknown."""

    sizes: Mapping[str, int | Absent]

    @property
    def class_(self) -> ScaleClass:
        """Iterations do not count: execution at reference size is the same in every iteration."""
        if any(True for _ in self.below_reference()):
            return "reduced"
        if any(isinstance(self.sizes[name], Absent) for name in REFERENCE_SIZES):
            return "unknown"
        return "reference"

    def below_reference(self) -> Iterator[str]:
        """Each size that is smaller than the reference's, in words."""
        for name, reference in REFERENCE_SIZES.items():
            size = self.sizes[name]
            if isinstance(size, int) and size < reference:
                yield f"{name} {size} of {reference}"

    def unknown(self) -> Iterator[str]:
        """Each size that counts and is unknown, with the reason."""
        for name in REFERENCE_SIZES:
            size = self.sizes[name]
            if isinstance(size, Absent):
                yield f"{name} is unknown ({size.reason})"


def resolve_scale(facts: RunFacts) -> Scale:
    """The sizes that the trainer resolved, where nothing it left disagrees; what was only asked for is no size."""
    sizes: dict[str, int | Absent] = {"num_envs": whole_number_at(facts.env, ENV, "scene.num_envs")}
    sizes |= {name: whole_number_at(facts.agent, AGENT, key) for name, key in _AGENT_KEYS.items()}
    if isinstance(sizes["num_envs"], Absent) and isinstance(facts.console, ConsoleFacts) and facts.console.num_envs:
        sizes["num_envs"] = facts.console.num_envs[1]
    if others := list(other_num_envs(facts)):
        sizes["num_envs"] = Absent(f"{ENV} and the console disagree: {others[0].observed} there")
    if other := _other_mini_batches(facts, sizes["num_mini_batches"]):
        sizes["num_mini_batches"] = other
    return Scale(sizes)


@dataclass(frozen=True, slots=True)
class OtherCount:
    """A line of the console that does not fit `scene.num_envs`."""

    line: int
    observed: str
    expected: str


def other_num_envs(facts: RunFacts) -> Iterator[OtherCount]:
    """Where the console shows another number of environments than the resolved configuration."""
    num_envs = whole_number_at(facts.env, ENV, "scene.num_envs")
    if isinstance(num_envs, Absent) or not isinstance(facts.console, ConsoleFacts):
        return
    console = facts.console
    if console.num_envs and console.num_envs[1] != num_envs:
        yield OtherCount(console.num_envs[0], f"{console.num_envs[1]} environments", f"{num_envs} environments")
    steps = whole_number_at(facts.agent, AGENT, "num_steps_per_env")
    if not console.total_timesteps or isinstance(steps, Absent) or is_resumed(facts):
        return
    line, iterations, timesteps = console.total_timesteps
    expected = num_envs * steps * iterations
    if timesteps == 0 or timesteps % expected:  # several GPUs make a multiple of it
        in_words = f"{expected} = {num_envs} environments × {steps} steps × {iterations} iterations"
        yield OtherCount(line, f"{timesteps} time steps", in_words)


def _other_mini_batches(facts: RunFacts, mini_batches: int | Absent) -> Absent | None:
    """The optimizer's counters show how many mini-batches an iteration really had."""
    if isinstance(mini_batches, Absent) or is_warm_started(facts):
        return None
    for name, checkpoint in facts.readable_checkpoints():
        optimizer = checkpoint.optimizers.get(DYNAMICS_OPTIMIZER)
        if optimizer is None or isinstance(checkpoint.iteration, Absent):
            continue
        if optimizer.steps != {float((checkpoint.iteration + 1) * mini_batches)}:
            return Absent(f"{AGENT} says {mini_batches}, which the optimizer's counters in {name} do not fit")
    return None
