"""Evaluations beside a run, read back: only what was measured on the run as it stands now counts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from rwm_tui.core.evaluation.code_digest import code_digest
from rwm_tui.core.evaluation.files import FOLDER, evaluation_files
from rwm_tui.core.evaluation.measurement import Dataset, Evaluation, FileDigest, Measurement, digest_of
from rwm_tui.core.run_dir.file_digest import digest_file
from rwm_tui.core.run_dir.regular_file import link_out_of, read_regular
from rwm_tui.core.run_dir.unreadable import Absent, Unreadable
from rwm_tui.core.typed_reading import decode_json
from rwm_tui.core.verdict.facts import EvaluationFacts

MAX_FILES = 64
MAX_BYTES = 8 * 1024 * 1024  # one with 368 steps has 200 kB


def read_evaluations(run_dir: Path) -> tuple[EvaluationFacts, ...]:
    """Every evaluation of the run, by name, each checked against the files that it was made from."""
    documents = [path for path in evaluation_files(run_dir) if path.suffix == ".json"]
    return tuple(EvaluationFacts(f"{FOLDER}/{path.name}", _read(run_dir, path)) for path in documents[:MAX_FILES])


def _read(run_dir: Path, path: Path) -> Measurement | Unreadable:
    content = link_out_of(run_dir, path) or read_regular(path, MAX_BYTES)
    if isinstance(content, Absent | Unreadable):
        return content if isinstance(content, Unreadable) else Unreadable("not-read", content.reason)
    try:
        evaluation = decode_json(content, Evaluation)
    except (ValueError, RecursionError) as error:
        return Unreadable("not-an-evaluation", f"it is no evaluation of this version: {error}"[:200])
    measurement = evaluation.measurement
    if digest_of(measurement) != evaluation.digest:
        return Unreadable("edited", "its figures were changed after it was written")
    stale = next(_changes(run_dir, measurement), None)
    return Unreadable("stale", f"it is out of date: {stale}") if stale else measurement


def _changes(run_dir: Path, measurement: Measurement) -> Iterator[str]:
    """What is no longer as it was measured."""
    for file in (measurement.checkpoint, measurement.agent):
        if Path(file.name).is_absolute() or ".." in Path(file.name).parts:
            yield f"it names {file.name[:80]} as a file of the run"
        elif change := _change(run_dir / file.name, file):
            yield change
    if isinstance(measurement.source, Dataset) and (
        change := _change(Path(measurement.source.file.name), measurement.source.file)
    ):
        yield change
    if measurement.code.sha256 != code_digest():
        yield "the evaluating code is another one today; evaluate again"


def _change(path: Path, recorded: FileDigest) -> str | None:
    found = digest_file(path, recorded.bytes)
    if isinstance(found, Absent | Unreadable):
        return f"{recorded.name[:200]} can't be compared: {found.reason}"
    if (found.bytes, found.sha256) != (recorded.bytes, recorded.sha256):
        return f"{recorded.name[:200]} is another file than the one that was evaluated"
    return None
