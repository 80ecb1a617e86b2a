"""All weights and optimizer moments are finite numbers."""

from __future__ import annotations

from collections.abc import Iterator

from rwm_tui.core.run_dir.checkpoint import Checkpoint
from rwm_tui.core.verdict.facts import CheckpointFacts, RunFacts
from rwm_tui.core.verdict.finding import Bearing, Finding, against, missing, proves
from rwm_tui.core.verdict.zero_weights import doubt_zero_weights

_SHOWN = 3


def weights_finite(facts: RunFacts) -> Iterator[Finding]:
    """In every checkpoint: policy, world model, and what both optimizers remember."""
    if not facts.checkpoints:
        yield Finding(Bearing.MISSING, None, "there is no checkpoint")
    for checkpoint in facts.checkpoints:
        yield from _judge(checkpoint)


def _judge(checkpoint: CheckpointFacts) -> Iterator[Finding]:
    name, content = checkpoint.name, checkpoint.content
    if not isinstance(content, Checkpoint):
        yield missing(name, "whole file", content.reason, "readable", f"{name} can't be looked at: {content.reason}")
        return
    for bad in checkpoint.non_finite[:_SHOWN]:
        reason = f"{name} holds NaN or infinite numbers in {bad.key} › {bad.name[:80]}"
        observed = f"{bad.count} of {bad.numbers} are NaN or infinite"
        yield against(name, f"{bad.key} › {bad.name}", observed, "finite", reason)
    yield from doubt_zero_weights(checkpoint, content.state_dicts)
    tensors = sum(len(state) for state in content.state_dicts.values())
    if not tensors:
        yield missing(name, "whole file", "no weights", "weights", f"{name} holds no weights that are known here")
    elif not checkpoint.non_finite:
        moments = sum(len(optimizer.entries) for optimizer in content.optimizers.values())
        observed = f"all numbers of {tensors} tensors and of the optimizers' moments for {moments} are finite"
        yield proves(name, "whole file", observed, "finite")
