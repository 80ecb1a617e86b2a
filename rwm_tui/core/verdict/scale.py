"""How large the run was, by its resolved configuration."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from rwm_tui.core.run_dir.unreadable import Absent
from rwm_tui.core.verdict.ending import is_resumed
from rwm_tui.core.verdict.facts import ConsoleFacts, RunFacts
from rwm_tui.core.verdict.finding import Evidence
from rwm_tui.core.verdict.lookup import AGENT, ENV, whole_number_at
from rwm_tui.core.verdict.reference import REFERENCE_SIZES
from rwm_tui.core.verdict.size_witnesses import SIZE_KEYS, SizeWitness, size_witnesses

ScaleClass = Literal["reference", "reduced", "unknown"]


@dataclass(frozen=True, slots=True)
class Scale:
    """The sizes by name (`num_envs`, `max_iterations`, …), each a number or why it is unknown.

    Attributes:
        witnesses: for each size that counts, what bears it out or does not; where nothing does, that is said.
    """

    sizes: Mapping[str, int | Absent]
    witnesses: tuple[Evidence, ...] = ()

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
    sizes: dict[str, int | Absent] = {
        name: whole_number_at(facts.env if source == ENV else facts.agent, source, key)
        for name, (source, key) in SIZE_KEYS.items()
    }
    if isinstance(sizes["num_envs"], Absent) and isinstance(facts.console, ConsoleFacts) and facts.console.num_envs:
        sizes["num_envs"] = facts.console.num_envs[1]
    witnesses = list(size_witnesses(facts))
    for witness in witnesses:
        if not witness.agrees:
            found = witness.evidence
            sizes[witness.size] = Absent(
                f"{SIZE_KEYS[witness.size][0]} says so, and {found.source} disagrees: "
                f"{found.locator}: {found.observed} instead of {found.expected}"
            )
    if others := list(other_num_envs(facts)):
        sizes["num_envs"] = Absent(f"{ENV} and the console disagree: {others[0].observed} there")
    return Scale(sizes, tuple(_told_of_each(sizes, witnesses)))


def _told_of_each(sizes: Mapping[str, int | Absent], witnesses: Sequence[SizeWitness]) -> Iterator[Evidence]:
    for name in REFERENCE_SIZES:
        own = [witness.evidence for witness in witnesses if witness.size == name]
        yield from [evidence for evidence in own if not evidence.agrees] or own[-1:]
        if not own:
            source, key = SIZE_KEYS[name]
            size = sizes[name]
            observed = "unknown" if isinstance(size, Absent) else f"{size}; no other file shows it"
            yield Evidence(source, key, observed, f"at least {REFERENCE_SIZES[name]}", None)


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
