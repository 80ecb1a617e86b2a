"""The manifest of a run in the plain-text form of the workspace's `manifests/`: sections of KEY=VALUE lines."""

from __future__ import annotations

import time
from collections.abc import Iterator

from rwm_tui.core.compare.cells import cell_text, leaves
from rwm_tui.core.launch.environment_record import EnvironmentRecord
from rwm_tui.core.ledger.digests import FileDigest
from rwm_tui.core.ledger.ledger import Ledger
from rwm_tui.core.ports import NotAvailable
from rwm_tui.core.run_dir.code_state import CodeState
from rwm_tui.core.run_dir.layout import stamped_time
from rwm_tui.core.run_dir.unreadable import Absent, Unreadable
from rwm_tui.core.verdict.checklist import STATUS_WORDS, Checklist
from rwm_tui.core.verdict.facts import RunFacts
from rwm_tui.core.verdict.finding import printable, shown
from rwm_tui.core.verdict.lookup import RUN_JSON, mapping_at

BANNER = "=" * 60


def manifest_text(ledger: Ledger, checklist: Checklist, facts: RunFacts) -> str:
    """Versions, code state, digests, figures and claims; the time is the run's own, so that it never changes."""
    began = stamped_time(ledger.run)
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.localtime(began)) if began is not None else "not recorded"
    head = [BANNER, "RUN STATE FREEZE", BANNER, f"Timestamp: {stamp}", f"Run directory: {ledger.run}"]
    sections = {
        "RUN": _run(checklist),
        "ENV": _environment(facts),
        "CODE STATE": _code_state(facts),
        "GPU": _device(facts),
        "FILES": (_file(file) for file in ledger.files),
        "LAUNCH RECORD": _launch_record(ledger, facts),
        "HYDRA": _hydra(ledger, facts),
        "FIGURES": _figures(facts),
        "CLAIMS": (f"{item.id}={STATUS_WORDS[item.status]}" for item in checklist.items),
        "KNOWN CAVEATS": (f"- {item['id']}: {item['reason']}" for item in ledger.verdict["items"] if item["reason"]),
        "SUMMARY": (
            f"{status.upper().replace('-', '_')}={count}" for status, count in ledger.verdict["summary"].items()
        ),
    }
    lines = [*head]
    for name, content in sections.items():
        lines += ["", f"{'=' * 20} {name} {'=' * 20}", *content]
    return "\n".join(map(printable, lines)) + "\n"


def _run(checklist: Checklist) -> Iterator[str]:
    yield f"TASK={checklist.task or 'not recorded'}"
    yield f"BACKEND={checklist.backend_statement}"
    yield f"LAUNCH={checklist.launch_id or 'none'}"
    yield f"SCALE={checklist.scale.class_}"
    for name, size in checklist.scale.sizes.items():
        yield f"{name.upper()}={f'unknown ({size.reason})' if isinstance(size, Absent) else size}"


def _environment(facts: RunFacts) -> Iterator[str]:
    if isinstance(facts.run_json, Absent | Unreadable):
        yield f"not recorded in the run directory: {facts.run_json.reason}"
        return
    for key, cell in leaves(facts.run_json):
        yield f"{key}={cell_text(cell)}"


def _device(facts: RunFacts) -> Iterator[str]:
    """What the run names itself, and what the launch found before the start."""
    metadata = mapping_at(facts.run_json, RUN_JSON, "metadata")
    named = {} if isinstance(metadata, Absent) else metadata
    for key in ("device", "driver"):
        yield f"RUN_{key.upper()}={shown(named[key]) if key in named else 'not recorded'}"
    record = _at_launch(facts)
    device = record if isinstance(record, NotAvailable) else record.device
    if isinstance(device, NotAvailable):
        yield f"GPU=not recorded ({device.reason})"
    else:
        yield from (f"GPU={device.name}", f"DRIVER={device.driver}", f"VRAM_MIB={device.total_mib:.0f}")
        yield from (f"GPU_UUID={device.uuid}", f"CHOSEN_BECAUSE={device.chosen_because}")


def _at_launch(facts: RunFacts) -> EnvironmentRecord | NotAvailable:
    if facts.launch:
        return facts.launch.environment
    unreadable = facts.unreadable_launch
    return NotAvailable(unreadable.reason if unreadable else "no launch record is bound to this run")


def _launch_record(ledger: Ledger, facts: RunFacts) -> Iterator[str]:
    """Its files, and what it says of the environment: versions, commits and host."""
    if not ledger.launch_files:
        yield "none: nobody here launched this run"
    yield from (_file(file) for file in ledger.launch_files)
    record = _at_launch(facts)
    if isinstance(record, NotAvailable):
        return
    yield f"HOST={record.host.name} ({record.host.system}, {record.host.cpu_cores} cores)"
    yield f"PYTHON={_or_why(record.python)}"
    for name, version in sorted(record.packages.items()):
        yield f"{name}=={_or_why(version)}"
    for name, checkout in sorted(record.checkouts.items()):
        if isinstance(checkout, NotAvailable):
            yield f"REPOSITORY={name} ({checkout.reason})"
        else:
            yield f"REPOSITORY={name} COMMIT={checkout.commit} DIRTY={'yes' if checkout.is_dirty else 'no'}"


def _hydra(ledger: Ledger, facts: RunFacts) -> Iterator[str]:
    """The overrides word by word, and the files that hold them."""
    if isinstance(facts.hydra, Absent):
        yield f"not recorded: {facts.hydra.reason}"
        return
    overrides = facts.hydra.overrides
    yield from overrides if isinstance(overrides, tuple) else (f"not readable: {overrides.reason}",)
    yield from (_file(file) for file in ledger.hydra_files)


def _or_why(recorded: str | NotAvailable) -> str:
    return f"not recorded ({recorded.reason})" if isinstance(recorded, NotAvailable) else recorded


def _file(file: FileDigest) -> str:
    return f"{file.sha256 or 'not-readable'}  {file.bytes}  {file.path}"


def _code_state(facts: RunFacts) -> Iterator[str]:
    if not facts.code_states:
        yield "not recorded: the run stored no git state"
    for state in facts.code_states:
        if isinstance(state, CodeState):
            yield f"REPOSITORY={state.repository}"
            commit = state.commit
            yield f"COMMIT={f'not recorded ({commit.reason})' if isinstance(commit, Absent) else commit}"
            yield f"DIRTY={'yes' if state.is_dirty else 'no'}"
        else:
            yield f"a stored state can't be read: {state.reason}"


def _figures(facts: RunFacts) -> Iterator[str]:
    if not facts.events.series:
        yield "none recorded"
    for tag, series in sorted(facts.events.series.items()):
        yield f"{tag}={series.last_value:.6g} (step {series.last_step}, {series.count} values)"
