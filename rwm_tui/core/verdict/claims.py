"""What a run can establish: the nine claims of the reference check and some more, and how findings become a status."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from rwm_tui.core.verdict.backend import BackendVerdict
from rwm_tui.core.verdict.facts import RunFacts
from rwm_tui.core.verdict.finding import Bearing, Evidence, Finding, printable
from rwm_tui.core.verdict.rules.checkpoints_well_formed import checkpoints_well_formed
from rwm_tui.core.verdict.rules.configuration_as_asked import configuration_as_asked
from rwm_tui.core.verdict.rules.dynamics_update import dynamics_update
from rwm_tui.core.verdict.rules.generalization import generalization
from rwm_tui.core.verdict.rules.observation_groups import observation_groups
from rwm_tui.core.verdict.rules.predictive_accuracy import predictive_accuracy
from rwm_tui.core.verdict.rules.quality import needs_own_evidence
from rwm_tui.core.verdict.rules.runner_end_to_end import runner_end_to_end
from rwm_tui.core.verdict.rules.sources_agree import sources_agree
from rwm_tui.core.verdict.rules.task_resolves import task_resolves
from rwm_tui.core.verdict.scale import Scale

MAX_REASONS = 3


class ClaimStatus(StrEnum):
    VALIDATED = "validated"
    VALIDATED_AT_REDUCED_SCALE = "validated-at-reduced-scale"
    NOT_VERIFIED = "not-verified"
    CONTRADICTED = "contradicted"


@dataclass(frozen=True, slots=True)
class Claim:
    """Something a run could establish.

    Attributes:
        advance: what would have to be run or shown for it to move up from *not verified*.
        is_of_execution: whether this run's own files can prove it.
    """

    id: str
    text: str
    rule: Callable[[RunFacts], Iterable[Finding]]
    advance: str
    is_of_execution: bool = True


@dataclass(frozen=True, slots=True)
class ClaimResult:
    """A claim's status. `reason` is empty only where it is validated without restriction."""

    id: str
    claim: str
    status: ClaimStatus
    reason: str
    required_to_advance: str
    evidence: tuple[Evidence, ...]


CLAIMS: tuple[Claim, ...] = (
    Claim(
        "task-resolves",
        "The task resolves and creates the expected environment",
        task_resolves,
        "Run the pretraining task in Isaac Lab until params/agent.yaml and params/env.yaml are written.",
    ),
    Claim(
        "observation-groups",
        "The four world-model observation groups are active with the expected shapes",
        observation_groups,
        "Give params/env.yaml with a readable checkpoint, or with the console log that holds the observation tables.",
    ),
    Claim(
        "runner-end-to-end",
        "MBPOOnPolicyRunner instantiates and runs end to end",
        runner_end_to_end,
        "Let a run of its own, not resumed, go on until model_<max_iterations>.pt is written.",
    ),
    Claim(
        "dynamics-update",
        "The replay buffer is populated and the dynamics update completes without error",
        dynamics_update,
        "Keep params/agent.yaml and a readable checkpoint whose step counters fit the iterations.",
    ),
    Claim(
        "checkpoints-well-formed",
        "Checkpoints are written in the expected format",
        checkpoints_well_formed,
        "Let a run go on until model_<max_iterations>.pt is written, and keep every checkpoint readable.",
    ),
    Claim(
        "predictive-accuracy",
        "The trained dynamics model predicts usefully",
        predictive_accuracy,
        "Evaluate the final checkpoint on trajectories that were not trained on: rwm-tui evaluate RUN_DIR; "
        "a model of Isaac Lab on rows of Isaac Lab, with --dataset CSV --held-out.",
        is_of_execution=False,
    ),
    Claim(
        "generalization",
        "The model generalises beyond the replay buffer it saw",
        generalization,
        "Evaluate the final checkpoint under conditions that training never drew: rwm-tui evaluate RUN_DIR; "
        "a model of Isaac Lab in Isaac Lab itself.",
        is_of_execution=False,
    ),
    Claim(
        "matches-paper",
        "Full-scale pretraining matches the published results",
        needs_own_evidence("the published results rest on a full-scale training, which this check is not"),
        "Train at the paper's scale and compare prediction error and tracking reward with the published ones.",
        is_of_execution=False,
    ),
    Claim(
        "finetune-runs",
        "The Finetune-v0 stage runs",
        needs_own_evidence("the finetuning stage was not part of this run; it starts from a pretrained checkpoint"),
        "Run Finetune-v0 from this run's final checkpoint.",
        is_of_execution=False,
    ),
    Claim(
        "configuration-as-asked",
        "The resolved configuration holds every setting that the launch asked for",
        configuration_as_asked,
        "Launch it from here, which records what is asked for, until both files under params/ are written.",
    ),
)


def judge_claim(claim: Claim, facts: RunFacts, scale: Scale, backend: BackendVerdict) -> ClaimResult:
    """The claim's status: a fact against it contradicts, a gap leaves it open, and scale limits what is proven."""
    findings = list(claim.rule(facts))
    if claim.is_of_execution:
        findings += sources_agree(facts, backend)
    observed = [finding.evidence for finding in findings if finding.evidence]

    def result(status: ClaimStatus, reason: str, advance: str) -> ClaimResult:
        of_scale = _of_scale(scale, status) if claim.is_of_execution else ()
        evidence = tuple(dict.fromkeys([*observed, *of_scale]))
        return ClaimResult(claim.id, claim.text, status, reason, advance, evidence)

    if reasons := _reasons(findings, Bearing.AGAINST):
        return result(ClaimStatus.CONTRADICTED, reasons, f"Find what caused it and run again: {reasons}")
    if reasons := _reasons(findings, Bearing.MISSING):
        return result(ClaimStatus.NOT_VERIFIED, reasons, claim.advance)
    if not any(finding.bearing is Bearing.PROVES for finding in findings):
        return result(ClaimStatus.NOT_VERIFIED, "no source proves it", claim.advance)
    limits = _reasons(findings, Bearing.LIMITS)
    if restriction := "; ".join(part for part in (limits, _restriction(scale, backend)) if part):
        return result(ClaimStatus.VALIDATED_AT_REDUCED_SCALE, restriction, _to_reference_scale(backend))
    return result(ClaimStatus.VALIDATED, "", "")


def _of_scale(scale: Scale, status: ClaimStatus) -> Iterable[Evidence]:
    """What a claim's scale rests on, where it decides: every witness of full scale, and those who deny a size.

    These limit the scale. The claim itself does not rest on the size, so that nothing speaks against it.
    """
    if status is ClaimStatus.VALIDATED:
        return scale.witnesses
    if status is ClaimStatus.VALIDATED_AT_REDUCED_SCALE:
        return [replace(evidence, agrees=None) for evidence in scale.witnesses if evidence.agrees is False]
    return ()


def _reasons(findings: Iterable[Finding], bearing: Bearing) -> str:
    reasons = list(dict.fromkeys(printable(finding.reason) for finding in findings if finding.bearing is bearing))
    more = f"; and {len(reasons) - MAX_REASONS} more" if len(reasons) > MAX_REASONS else ""
    return "; ".join(reasons[:MAX_REASONS]) + more


def _restriction(scale: Scale, backend: BackendVerdict) -> str:
    """Why an execution claim holds at reduced scale only; empty where it holds without restriction."""
    parts: list[str] = []
    if backend.backend == "embedded":
        parts.append("embedded trainer, not Isaac Lab")
    elif backend.backend is None:
        parts.append("it is unknown whether Isaac Lab wrote the run")
    if below := list(scale.below_reference()):
        parts.append(f"below the reference scale: {', '.join(below)}")
    parts.extend(scale.unknown())
    return "; ".join(parts)


def _to_reference_scale(backend: BackendVerdict) -> str:
    where = "" if backend.backend == "isaaclab" else " in Isaac Lab"
    return (
        f"Run the default profile{where}: at least 4096 environments, 20 mini-batches of 5000, buffer 1000, horizon 8."
    )
