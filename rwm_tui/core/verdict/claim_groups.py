"""The claims of a checklist under headings, in the order in which they are read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rwm_tui.core.verdict.claims import ClaimResult

OTHERS = "Further claims"

CLAIM_GROUPS: Mapping[str, tuple[str, ...]] = {
    "Reference check: that it runs": (
        "task-resolves",
        "observation-groups",
        "runner-end-to-end",
        "dynamics-update",
        "checkpoints-well-formed",
    ),
    "Reference check: that it is good": (
        "predictive-accuracy",
        "generalization",
        "matches-paper",
        "finetune-runs",
    ),
    "The configuration": ("configuration-as-asked", "imagination-off"),
    "The training": (
        "final-checkpoint",
        "weights-finite",
        "losses-finite",
        "policy-updated",
        "dynamics-changed",
        "history-filled",
        "replay-buffer-filled",
        "physics-sound",
    ),
    "Repeating it elsewhere": ("code-state-reconstructible", "environment-recorded"),
}


@dataclass(frozen=True, slots=True)
class ClaimGroup:
    """A heading and the claims below it; never empty."""

    title: str
    items: tuple[ClaimResult, ...]


def grouped(items: Iterable[ClaimResult]) -> tuple[ClaimGroup, ...]:
    """The nine of the reference check first; a claim that no heading knows comes last, so that none is left out."""
    by_id = {item.id: item for item in items}
    known = {claim for claims in CLAIM_GROUPS.values() for claim in claims}
    named = {title: [by_id[claim] for claim in claims if claim in by_id] for title, claims in CLAIM_GROUPS.items()}
    named[OTHERS] = [item for item in by_id.values() if item.id not in known]
    return tuple(ClaimGroup(title, tuple(group)) for title, group in named.items() if group)
