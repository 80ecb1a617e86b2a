"""The state of the upstream checkouts: commits, changes, whether they fit together, the runner's guard."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rwm_tui.core.errors import InputError
from rwm_tui.core.plan.preflight.checkout_checks import pair_verdict
from rwm_tui.core.plan.preflight.finding import Finding, not_applicable
from rwm_tui.core.plan.upstream.checkout import Checkout, read_checkout
from rwm_tui.core.plan.upstream.guard_fix import read_source
from rwm_tui.core.plan.upstream.pins import Pins, load_pins
from rwm_tui.core.plan.upstream.runner_guard import RUNNER, GuardFinding, GuardState, examine_guard
from rwm_tui.core.ports import NotAvailable
from rwm_tui.core.settings import IsaacLabSettings, Project, resolved
from rwm_tui.core.trainer_output.terminal_text import clean_line

DOCUMENT_SCHEMA = 1


@dataclass(frozen=True)
class UpstreamStatus:
    """
    :param checkouts: by repository name: where it is and what git says.
    :param pinned: the commit of pins.yaml, by repository name.
    """

    checkouts: Mapping[str, tuple[Path, Checkout | NotAvailable]]
    pinned: Mapping[str, str]
    pair: Finding
    guard: GuardFinding


def read_upstream_status(project: Project, settings: IsaacLabSettings) -> UpstreamStatus:
    """
    :raises InputError: where pins.yaml cannot be used.
    """
    pins = load_pins(project)
    folders = {
        "IsaacLab": resolved(project, settings.root) if settings.root else project.root / "upstream" / "IsaacLab",
        "robotic_world_model": resolved(project, settings.workdir),
        "rsl_rl_rwm": resolved(project, settings.rsl_rl),
    }
    checkouts = {name: (folder, read_checkout(folder)) for name, folder in folders.items()}
    return UpstreamStatus(
        checkouts=checkouts,
        pinned={name: pin.commit for name, pin in pins.repositories.items()},
        pair=_pair(pins, checkouts["robotic_world_model"][1], checkouts["rsl_rl_rwm"][1]),
        guard=_guard(folders["rsl_rl_rwm"] / RUNNER),
    )


def _pair(pins: Pins, model: Checkout | NotAvailable, runner: Checkout | NotAvailable) -> Finding:
    if isinstance(model, NotAvailable) or isinstance(runner, NotAvailable):
        return not_applicable("not both commits are known")
    return pair_verdict(pins, model.commit, runner.commit)


def _guard(runner: Path) -> GuardFinding:
    try:
        return examine_guard(read_source(runner))
    except InputError as error:
        return GuardFinding(GuardState.UNKNOWN, error.message)


def status_document(status: UpstreamStatus) -> dict[str, Any]:
    return {
        "schema": DOCUMENT_SCHEMA,
        "repositories": {
            name: {"path": str(path), "pinned": status.pinned.get(name), **_checkout_document(checkout)}
            for name, (path, checkout) in status.checkouts.items()
        },
        "pair": {"status": status.pair.status.value, "fact": status.pair.fact, "remedy": status.pair.remedy},
        "guard": {"state": status.guard.state.value, "fact": status.guard.fact},
    }


def _checkout_document(checkout: Checkout | NotAvailable) -> dict[str, Any]:
    if isinstance(checkout, NotAvailable):
        return {"commit": None, "changed": None, "reason": checkout.reason}
    return {"commit": checkout.commit, "changed": list(checkout.changed), "reason": None}


def status_lines(status: UpstreamStatus) -> list[str]:
    lines = [
        _checkout_line(name, checkout, status.pinned.get(name)) for name, (_, checkout) in status.checkouts.items()
    ]
    remedy = f" → {status.pair.remedy}" if status.pair.remedy else ""
    return [*map(clean_line, lines), f"pair   {status.pair.fact}{remedy}", f"guard  {status.guard.fact}"]


def _checkout_line(name: str, checkout: Checkout | NotAvailable, pinned: str | None) -> str:
    if isinstance(checkout, NotAvailable):
        return f"{name:<20} not available, because {checkout.reason}"
    where = "as pinned" if checkout.commit == pinned else f"pinned: {pinned[:7]}" if pinned else "not pinned"
    changed = f"{len(checkout.changed)} changed: {', '.join(checkout.changed[:3])}" if checkout.is_dirty else "clean"
    return f"{name:<20} {checkout.short_commit} ({where}), {changed}"
