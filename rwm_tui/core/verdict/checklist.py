"""The checklist: every claim with its status, as a value, as the JSON document of `check`, and as text."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass

from rwm_tui.core.run_dir.unreadable import Absent
from rwm_tui.core.verdict.backend import Backend, resolve_backend
from rwm_tui.core.verdict.claims import CLAIMS, ClaimResult, ClaimStatus, judge_claim
from rwm_tui.core.verdict.facts import RunFacts
from rwm_tui.core.verdict.finding import Evidence, printable
from rwm_tui.core.verdict.further_claims import FURTHER_CLAIMS
from rwm_tui.core.verdict.scale import Scale, resolve_scale
from rwm_tui.core.verdict.task import agreed_task

CHECK_SCHEMA = 1

STATUS_WORDS = {
    ClaimStatus.VALIDATED: "Validated",
    ClaimStatus.VALIDATED_AT_REDUCED_SCALE: "Validated at reduced scale",
    ClaimStatus.NOT_VERIFIED: "Not verified",
    ClaimStatus.CONTRADICTED: "Contradicted",
}
STATUS_SYMBOLS = {
    ClaimStatus.VALIDATED: "✔",
    ClaimStatus.VALIDATED_AT_REDUCED_SCALE: "◐",
    ClaimStatus.NOT_VERIFIED: "○",
    ClaimStatus.CONTRADICTED: "✘",
}
STATUS_SYMBOLS_ASCII = {
    ClaimStatus.VALIDATED: "[x]",
    ClaimStatus.VALIDATED_AT_REDUCED_SCALE: "[~]",
    ClaimStatus.NOT_VERIFIED: "[ ]",
    ClaimStatus.CONTRADICTED: "[!]",
}
_GROUP_TITLES = {
    ClaimStatus.VALIDATED: "This run validated",
    ClaimStatus.VALIDATED_AT_REDUCED_SCALE: "This run validated at reduced scale",
    ClaimStatus.NOT_VERIFIED: "Not verified",
    ClaimStatus.CONTRADICTED: "Contradicted",
}
_BACKEND_STATEMENTS: dict[Backend | None, str] = {
    "embedded": "embedded trainer: not Isaac Lab",
    "isaaclab": "Isaac Lab",
    None: "unknown: no file names what wrote the run",
}
MIN_WIDTH = 40
_EVIDENCE_SHOWN = 6


@dataclass(frozen=True, slots=True)
class Checklist:
    """The verdict on one run: the nine claims of the reference check, then the further ones.

    Attributes:
        task: the recorded task id; None where none is recorded or the sources disagree.
        backend: what wrote the run; None where nothing says so.
        bound_by: from what it is known that the run is this launch's.
    """

    run_dir: str
    launch_id: str | None
    task: str | None
    backend: Backend | None
    scale: Scale
    items: tuple[ClaimResult, ...]
    bound_by: str | None = None

    @property
    def summary(self) -> dict[ClaimStatus, int]:
        """How many claims have each status."""
        return {status: sum(item.status is status for item in self.items) for status in ClaimStatus}

    @property
    def has_contradiction(self) -> bool:
        return any(item.status is ClaimStatus.CONTRADICTED for item in self.items)

    @property
    def launch_statement(self) -> str | None:
        """The launch, and what binds the run to it, in words; None where nobody here launched the run."""
        if self.launch_id is None:
            return None
        return f"{self.launch_id}, bound by {self.bound_by}" if self.bound_by else self.launch_id

    @property
    def backend_statement(self) -> str:
        """What wrote the run, in words."""
        return _BACKEND_STATEMENTS[self.backend]


def judge(facts: RunFacts) -> Checklist:
    """The verdict on a run by what was read of it; pure."""
    scale, backend = resolve_scale(facts), resolve_backend(facts)
    return Checklist(
        run_dir=str(facts.run_dir),
        launch_id=facts.launch.launch_id if facts.launch else None,
        task=agreed_task(facts),
        backend=backend.backend,
        scale=scale,
        items=tuple(judge_claim(claim, facts, scale, backend) for claim in (*CLAIMS, *FURTHER_CLAIMS)),
        bound_by=facts.launch.bound_by if facts.launch else None,
    )


def check_document(checklist: Checklist) -> dict[str, object]:
    """The JSON document of `rwm-tui check` (DESIGN §8)."""
    return {
        "schema": CHECK_SCHEMA,
        "run_dir": checklist.run_dir,
        "launch": checklist.launch_id,
        "task": checklist.task,
        "backend": checklist.backend,
        "scale": _scale_document(checklist.scale),
        "summary": {str(status): count for status, count in checklist.summary.items()},
        "items": [
            {
                "id": item.id,
                "claim": item.claim,
                "status": str(item.status),
                "reason": item.reason,
                "required_to_advance": item.required_to_advance,
                "evidence": [_evidence_document(evidence) for evidence in item.evidence],
            }
            for item in checklist.items
        ],
    }


def _scale_document(scale: Scale) -> dict[str, object]:
    known = {name: None if isinstance(size, Absent) else size for name, size in scale.sizes.items()}
    unknown = {name: size.reason for name, size in scale.sizes.items() if isinstance(size, Absent)}
    return {**known, "class": scale.class_, "unknown": unknown}


def _evidence_document(evidence: Evidence) -> dict[str, object]:
    return {
        "source": evidence.source,
        "locator": evidence.locator,
        "observed": evidence.observed,
        "expected": evidence.expected,
        "agrees": evidence.agrees,
    }


def render_text(checklist: Checklist, width: int = 80, *, ascii: bool = False) -> str:
    """The checklist for a terminal without screens: printable lines of at most `width` columns, no colours."""
    page = _Page(max(width, MIN_WIDTH), ascii)
    return "\n".join(line for paragraph in _paragraphs(checklist, page) for line in paragraph) + "\n"


@dataclass(frozen=True, slots=True)
class _Page:
    """What the lines are made for; `plain` is ASCII only."""

    width: int
    plain: bool

    def wrap(self, text: str, indent: str = "", hanging: str = "  ") -> list[str]:
        return textwrap.wrap(
            in_ascii(printable(text)) if self.plain else printable(text),
            self.width,
            initial_indent=indent,
            subsequent_indent=indent + hanging,
            break_on_hyphens=False,
        )


def in_ascii(text: str) -> str:
    """The text without any other character; it may become longer."""
    for character, replacement in {"›": ">", "…": "...", "×": "x", "≥": ">="}.items():
        text = text.replace(character, replacement)
    return text.encode("ascii", "backslashreplace").decode("ascii")


def _paragraphs(checklist: Checklist, page: _Page) -> Iterator[list[str]]:
    yield page.wrap(f"Backend: {checklist.backend_statement}")
    yield page.wrap(f"Run directory: {checklist.run_dir}")
    if checklist.launch_statement:
        yield page.wrap(f"Launch: {checklist.launch_statement}")
    yield page.wrap(f"Task: {checklist.task or 'not recorded'}")
    yield page.wrap(f"Scale: {scale_statement(checklist.scale)}")
    for status, title in _GROUP_TITLES.items():
        items = [item for item in checklist.items if item.status is status]
        if items:
            yield ["", f"{title} ({len(items)})"]
            yield from _group(items, page)


def scale_statement(scale: Scale) -> str:
    """The scale in one line, e.g. `reduced (num_envs 64, max_iterations 1, …)`."""
    sizes = ", ".join(f"{name} {'unknown' if isinstance(size, Absent) else size}" for name, size in scale.sizes.items())
    return f"{scale.class_} ({sizes})"


def _group(items: list[ClaimResult], page: _Page) -> Iterator[list[str]]:
    """The claims of one status; a reason that they share stands once, above them."""
    shared = {(item.reason, item.required_to_advance) for item in items}
    is_shared = len(items) > 1 and len(shared) == 1
    if is_shared:
        yield from _reason(items[0], page, indent="  ")
    for item in items:
        yield from _item(item, page)
        if not is_shared:
            yield from _reason(item, page, indent="      ")


def _reason(item: ClaimResult, page: _Page, indent: str) -> Iterator[list[str]]:
    if item.reason:
        yield page.wrap(f"because: {item.reason}", indent)
    if item.required_to_advance:
        yield page.wrap(f"to advance: {item.required_to_advance}", indent)


def _item(item: ClaimResult, page: _Page) -> Iterator[list[str]]:
    symbol = (STATUS_SYMBOLS_ASCII if page.plain else STATUS_SYMBOLS)[item.status]
    yield page.wrap(f"{symbol} {item.claim}  [{item.id}]", indent="  ", hanging=" " * (len(symbol) + 1))
    first = sorted(item.evidence, key=lambda evidence: evidence.agrees is not False)[:_EVIDENCE_SHOWN]
    for evidence in first:
        yield page.wrap(evidence_line(evidence), indent="      ", hanging="  ")
    if len(item.evidence) > len(first):
        yield page.wrap(f"… {len(item.evidence) - len(first)} more facts in the JSON document", indent="      ")


def claim_text(item: ClaimResult) -> str:
    """One claim in a few lines: claim, status, reason, evidence, required to advance; to be pasted."""
    lines = [f"{item.claim} ({item.id})", f"Status: {STATUS_WORDS[item.status]}"]
    if item.reason:
        lines.append(f"Because: {item.reason}")
    lines += [f"Evidence: {evidence_line(evidence)}" for evidence in item.evidence] or ["Evidence: none"]
    if item.required_to_advance:
        lines.append(f"Required to advance: {item.required_to_advance}")
    return "\n".join(map(printable, lines))


def evidence_line(evidence: Evidence) -> str:
    """One fact in one line: `params/agent.yaml › class_name: MBPOOnPolicyRunner (as expected)`."""
    comparison = ""
    if evidence.agrees is False or (evidence.agrees is None and evidence.expected):
        comparison = f" (expected: {evidence.expected})" if evidence.expected else " (disagrees)"
    elif evidence.agrees:
        comparison = " (as expected)"
    return f"{evidence.source} › {evidence.locator}: {evidence.observed}{comparison}"
