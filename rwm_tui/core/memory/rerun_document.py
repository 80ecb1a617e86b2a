"""A rerun's offer as a JSON document and as text."""

from collections.abc import Iterator
from typing import Any

import msgspec

from rwm_tui.core.memory.budget import Budget
from rwm_tui.core.memory.rerun import NotOffered, Proposal, RerunOffer
from rwm_tui.core.plan.launch_plan import hydra_value
from rwm_tui.core.ports import NotAvailable

SCHEMA = 1


def rerun_document(offer: RerunOffer) -> dict[str, Any]:
    """``rung`` and ``fit`` are null where they are not offered; ``not_offered`` then says why."""
    both = {"rung": offer.rung, "fit": offer.fit}
    return {
        "schema": SCHEMA,
        "cause": offer.cause,
        "profile": offer.before.name,
        "budget": _budget(offer.budget),
        "rung": _proposal(offer.rung),
        "fit": _proposal(offer.fit),
        "not_offered": {
            kind: msgspec.to_builtins(found) for kind, found in both.items() if isinstance(found, NotOffered)
        },
    }


def rerun_lines(offer: RerunOffer) -> list[str]:
    """Both proposals for people, one after the other."""
    budget = offer.budget
    if isinstance(budget, Budget):
        available = f"{budget.torch_mib:.0f} MiB ({budget.basis})"
    else:
        available = f"unknown: {budget.reason}"
    return [
        f"{offer.before.name}: {offer.cause}",
        f"device memory for torch: {available}",
        *_proposal_lines("rung: ", offer.rung),
        *_proposal_lines("fit:  ", offer.fit),
    ]


def _proposal_lines(label: str, proposal: Proposal | NotOffered) -> Iterator[str]:
    if isinstance(proposal, NotOffered):
        yield f"{label}not offered: {proposal.reason}"
        yield f"      {proposal.remedy}"
        return
    low, high = proposal.learner.interval_mib
    yield f"{label}{proposal.profile.name}, needs {proposal.needed_mib:.0f} MiB for torch"
    yield f"      device peak {proposal.learner.peak_mib:.0f} MiB ({low:.0f} to {high:.0f})"
    for change in proposal.changes:
        yield f"      {change.key} {hydra_value(change.reference)} -> {hydra_value(change.value)}"
    for measure in proposal.measures:
        share = f"{measure.proposed / measure.reference:.0%}"
        yield f"      {measure.name:<22} {measure.proposed:>8}  {share:>5} of the reference"


def _budget(budget: Budget | NotAvailable) -> dict[str, Any]:
    if isinstance(budget, NotAvailable):
        return {"torch_mib": None, "basis": budget.reason}
    return {"torch_mib": round(budget.torch_mib, 1), "basis": budget.basis}


def _proposal(proposal: Proposal | NotOffered) -> dict[str, Any] | None:
    if isinstance(proposal, NotOffered):
        return None
    learner = proposal.learner
    return {
        "profile": msgspec.to_builtins(proposal.profile),
        "changes": [{"key": change.key, "from": change.reference, "to": change.value} for change in proposal.changes],
        "needed_torch_mib": round(proposal.needed_mib, 1),
        "peak_mib": round(learner.peak_mib, 1),
        "interval_mib": [round(bound, 1) for bound in learner.interval_mib],
        "measures": msgspec.to_builtins(proposal.measures),
    }
