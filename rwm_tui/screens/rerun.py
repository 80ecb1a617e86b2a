"""After an out-of-memory, or to go up again: both proposals side by side, and which one to launch."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from rwm_tui.core.memory.budget import Budget
from rwm_tui.core.memory.rerun import NotOffered, Proposal, ProposalKind, RerunOffer
from rwm_tui.widgets.dialogue import Dialogue
from rwm_tui.widgets.key_line import KeyLine
from rwm_tui.widgets.rung_detail import settings_table

TITLES: dict[ProposalKind, str] = {"rung": "1 next rung", "fit": "2 largest fit"}


def side_by_side(offer: RerunOffer, chosen: ProposalKind) -> list[str]:
    """What each proposal keeps, beside the run before and the reference; `>` marks the chosen one."""
    both = {kind: offer.proposal(kind) for kind in TITLES}
    heads = [f"{'>' if kind == chosen else ' '}{title}" for kind, title in TITLES.items()]
    rows = [("", _before(offer), *heads, "reference")]
    made = {kind: found for kind, found in both.items() if isinstance(found, Proposal)}
    for index, measure in enumerate(next(iter(made.values())).measures):
        cells = (str(made[kind].measures[index].proposed) if kind in made else "-" for kind in TITLES)
        rows.append((measure.name, str(measure.before), *cells, str(measure.reference)))
    needs = (f"{made[kind].needed_mib:.0f}" if kind in made else "-" for kind in TITLES)
    rows.append(("MiB that torch needs", "", *needs, ""))
    peaks = (f"{made[kind].learner.peak_mib:.0f}" if kind in made else "-" for kind in TITLES)
    rows.append(("device peak, MiB", "", *peaks, ""))
    return [f"{name:<21} {a:>8} {b:>14} {c:>14} {d:>9}" for name, a, b, c, d in rows]


def _before(offer: RerunOffer) -> str:
    return "done" if offer.goes_up else "failed"


class RerunScreen(Dialogue[Proposal | None]):
    """Opened only where at least one of the two is offered."""

    CSS_PATH = "rerun.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("1", "choose('rung')", "Next rung"),
        Binding("2", "choose('fit')", "Largest fit"),
        Binding("y", "launch", "Launch"),
        Binding("n,escape", "cancel", "Cancel"),
    ]

    def __init__(self, offer: RerunOffer) -> None:
        super().__init__()
        self._offer = offer
        self._chosen: ProposalKind = "fit" if isinstance(offer.fit, Proposal) else "rung"

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="rerun"):
            yield Static("", id="rerun-text", markup=False)
        yield KeyLine()

    def on_mount(self) -> None:
        self._show()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "choose":
            return any(isinstance(self._offer.proposal(kind), Proposal) for kind in TITLES if kind in parameters)
        return True

    def action_choose(self, kind: ProposalKind) -> None:
        self._chosen = kind
        self._show()

    def action_launch(self) -> None:
        chosen = self._offer.proposal(self._chosen)
        self.dismiss(chosen if isinstance(chosen, Proposal) else None)

    def action_cancel(self) -> None:
        self.dismiss(None)

    def _show(self) -> None:
        offer = self._offer
        budget = offer.budget
        available = f"{budget.torch_mib:.0f} MiB" if isinstance(budget, Budget) else "unknown"
        why = f"for torch: {available}, by {budget.basis}" if isinstance(budget, Budget) else budget.reason
        refusals = [
            f"{TITLES[kind]} is not offered: {found.reason}\n"
            for kind in TITLES
            if isinstance(found := offer.proposal(kind), NotOffered)
        ]
        chosen = offer.proposal(self._chosen)
        changes = chosen.changes if isinstance(chosen, Proposal) else ()
        diff = settings_table(changes, "new", _before(offer)) if changes else ["  nothing changes"]
        name = chosen.profile.name if isinstance(chosen, Proposal) else ""
        what = "Go up from" if offer.goes_up else "Rerun"
        self.query_one("#rerun-text", Static).update(
            Content.assemble(
                (f"{what} {offer.before.name} as {name}?  y: yes  n: no\n", "bold"),
                f"{offer.cause}\n{why}\n",
                "\n".join(side_by_side(offer, self._chosen)),
                "\n",
                *refusals,
                "\n".join(diff),
            )
        )
