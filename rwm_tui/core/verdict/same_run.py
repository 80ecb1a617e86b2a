"""Whether a checkpoint is this run's own: what the run's other files say of the same iteration."""

from __future__ import annotations

import math
from collections.abc import Iterator

from rwm_tui.core.run_dir.checkpoint import ACTOR, CRITIC, DYNAMICS, POLICY, Checkpoint
from rwm_tui.core.run_dir.unreadable import Absent
from rwm_tui.core.verdict.facts import CheckpointFacts, RunFacts
from rwm_tui.core.verdict.finding import Finding, disagrees, supports

_NOISE = "Policy/mean_noise_std"
_AS_EXACT_AS_FLOAT32 = 1e-5
_NETWORKS = (POLICY, ACTOR, CRITIC, DYNAMICS)


def other_weights_of_its_iteration(facts: RunFacts, checkpoint: CheckpointFacts) -> Iterator[Finding]:
    """What is saved twice in one iteration is the same; where no tensor is, the two are of different runs.

    The final checkpoint of a run of one iteration holds what the first one does. Some tensors alone that differ are no
    matter of another run.
    """
    content = checkpoint.content
    if not isinstance(content, Checkpoint) or isinstance(content.iteration, Absent):
        return
    for other in facts.checkpoints:
        twin = other.content
        if other is checkpoint or not isinstance(twin, Checkpoint) or twin.iteration != content.iteration:
            continue
        own, its = _prints(content), _prints(twin)
        shared = own.keys() & its.keys()
        if shared and all(own[name] != its[name] for name in shared):
            observed = f"all {len(shared)} tensors differ from those of {other.name}"
            reason = f"{checkpoint.name} and {other.name} are of iteration {content.iteration}, and share no weights"
            yield disagrees(checkpoint.name, "weights", observed, f"the same as in {other.name}", reason)
            return


def _prints(content: Checkpoint) -> dict[tuple[str, str], object]:
    return {(key, name): print_ for key in _NETWORKS for name, print_ in content.fingerprint(key).items()}


def noise_as_logged(facts: RunFacts, checkpoint: CheckpointFacts) -> Iterator[Finding]:
    """The action noise that the event file has for the checkpoint's iteration is the checkpoint's, to seven digits."""
    content, series = checkpoint.content, facts.events.series.get(_NOISE)
    if not isinstance(content, Checkpoint) or series is None or series.last_step != content.iteration:
        return
    stored, logged, place = checkpoint.noise_std, series.last_value, f"tag {_NOISE}, step {series.last_step}"
    if isinstance(stored, Absent) or not math.isfinite(stored) or not math.isfinite(logged):
        return
    if math.isclose(stored, logged, rel_tol=_AS_EXACT_AS_FLOAT32):
        yield supports(series.source, place, f"{logged:.7g}", f"{stored:.7g} (mean of std in {checkpoint.name})")
    else:
        reason = f"{checkpoint.name} holds another action noise than the event file has for its iteration"
        expected = f"{stored:.7g} (mean of std in {checkpoint.name})"
        yield disagrees(series.source, place, f"{logged:.7g}", expected, reason)
