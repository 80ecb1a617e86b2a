"""The ledger of one run as a value, as JSON and as Markdown: the same bytes from the same files, on any day."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from rwm_tui.core.ledger.digests import FileDigest, digest_hydra, digest_launch, digest_run
from rwm_tui.core.markdown_cell import markdown_cell
from rwm_tui.core.run_dir.hydra_outputs import read_hydra_outputs
from rwm_tui.core.run_dir.layout import read_layout
from rwm_tui.core.verdict.checklist import STATUS_WORDS, Checklist, check_document, evidence_line
from rwm_tui.core.verdict.claims import ClaimResult

LEDGER_SCHEMA = 1
EVIDENCE_SHOWN = 3


class Ledger(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    :param run: name of the run directory.
    :param verdict: the document of `check`, without absolute paths.
    :param files: of the run directory, with the evaluations beside it.
    :param launch_files: of the launch record that the verdict rests on.
    :param hydra_files: that Hydra kept of the start, below the folder that the trainer was started in.
    """

    schema: int = LEDGER_SCHEMA
    run: str
    verdict: dict[str, Any]
    files: tuple[FileDigest, ...]
    launch_files: tuple[FileDigest, ...] = ()
    hydra_files: tuple[FileDigest, ...] = ()


def make_ledger(checklist: Checklist, places: Mapping[str, str], launch_directory: Path | None = None) -> Ledger:
    """The ledger of a judged run.

    :param places: absolute folder → what it is called instead.
    :param launch_directory: of the launch whose record was a source of the verdict.

    :raises InputError: where the run directory has gone.
    """
    run_directory = Path(checklist.run_dir)
    name = run_directory.resolve().name
    places = {str(run_directory.resolve()): name, str(run_directory): name, **places}
    verdict = _with_names(check_document(checklist), places)
    return Ledger(
        run=name,
        verdict=verdict | {"run_dir": name},
        files=digest_run(read_layout(run_directory)),
        launch_files=digest_launch(launch_directory),
        hydra_files=digest_hydra(read_hydra_outputs(run_directory)),
    )


def _with_names(value: Any, places: Mapping[str, str]) -> Any:
    """Absolute folders under the names that hold on every machine; the longest first."""
    if isinstance(value, str):
        for folder in sorted(places, key=len, reverse=True):
            if len(folder) > 1:
                value = value.replace(folder, places[folder])
        return value
    if isinstance(value, dict):
        return {key: _with_names(item, places) for key, item in value.items()}
    return [_with_names(item, places) for item in value] if isinstance(value, list | tuple) else value


def all_files(ledger: Ledger) -> list[FileDigest]:
    """Those beside the run under names that none of its own has."""
    of_launch = (msgspec.structs.replace(file, path=f"launch record: {file.path}") for file in ledger.launch_files)
    of_hydra = (msgspec.structs.replace(file, path=f"Hydra: {file.path}") for file in ledger.hydra_files)
    return [*ledger.files, *of_launch, *of_hydra]


def ledger_markdown(ledger: Ledger, checklist: Checklist) -> str:
    """The table Claim · Status · Evidence · Required to advance, and the digests below it."""
    verdict = ledger.verdict
    lines = [
        f"## {markdown_cell(ledger.run)}",
        "",
        f"Task: {markdown_cell(checklist.task or 'not recorded')} · {checklist.backend_statement} · "
        f"scale: {checklist.scale.class_}",
        "",
        "| Claim | Status | Evidence | Required to advance |",
        "| --- | --- | --- | --- |",
    ]
    lines += [
        f"| {markdown_cell(item.claim)} (`{item.id}`) | {STATUS_WORDS[item.status]} | {_evidence(item, found)} "
        f"| {markdown_cell(found['required_to_advance']) or '—'} |"
        for item, found in zip(checklist.items, verdict["items"], strict=True)
    ]
    lines += ["", "| File | Bytes | SHA-256 |", "| --- | ---: | --- |"]
    files = all_files(ledger)
    lines += [f"| {markdown_cell(file.path)} | {file.bytes} | {file.sha256 or 'not readable'} |" for file in files]
    return "\n".join(lines) + "\n"


def _evidence(item: ClaimResult, found: Mapping[str, Any]) -> str:
    facts = sorted(item.evidence, key=lambda fact: fact.agrees is not False)
    shown = [markdown_cell(evidence_line(fact)) for fact in facts[:EVIDENCE_SHOWN]]
    if len(facts) > EVIDENCE_SHOWN:
        shown.append(f"and {len(facts) - EVIDENCE_SHOWN} more")
    if found["reason"]:
        shown.insert(0, f"because {markdown_cell(found['reason'])}")
    return "<br>".join(shown) or "none"
