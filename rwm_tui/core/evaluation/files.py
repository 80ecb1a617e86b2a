"""An evaluation beside its run: `evaluation/<checkpoint>_<source>.json`, with its table as CSV and its plot as PNG."""

import csv
import io
import os
import re
from collections.abc import Iterator
from pathlib import Path

import msgspec

from rwm_tui.core.atomic_file import write_atomically
from rwm_tui.core.errors import InputError
from rwm_tui.core.evaluation.measurement import (
    Dataset,
    Evaluation,
    Measurement,
    OpenLoop,
    digest_of,
)
from rwm_tui.core.evaluation.picture import draw_errors

FOLDER = "evaluation"
MAX_FILES = 3 * 64
_ENDINGS = (".json", ".csv", ".png")
CSV_COLUMNS = ("trajectories", "noise", "group", "step", "model", "persistence", "constant_velocity")


def evaluation_files(run_dir: Path) -> list[Path]:
    """What evaluations left beside a run, by name; nothing where the folder is a link, and at most `MAX_FILES`."""
    folder = run_dir / FOLDER
    try:
        with os.scandir(folder) as entries:
            names = sorted(entry.name for entry in entries if entry.name.endswith(_ENDINGS))
    except OSError:
        return []
    return [] if folder.is_symlink() else [folder / name for name in names[:MAX_FILES]]


def prepare_folder(run_dir: Path) -> Path:
    """The folder of a run's evaluations, made where there is none.

    :raises InputError: where it cannot be written to; better known before the measuring than after.
    """
    folder = run_dir / FOLDER
    try:
        folder.mkdir(exist_ok=True)
        if folder.is_symlink():
            raise InputError("evaluation not writable", f"{folder} is a link", "remove it")
        write_atomically(folder / ".writable", b"")
        (folder / ".writable").unlink()
    except OSError as error:
        raise InputError(
            "evaluation not writable", f"{folder}: {error.strerror or error}", "evaluate a copy of the run directory"
        ) from error
    return folder


def write_evaluation(run_dir: Path, measurement: Measurement, created: str) -> tuple[Path, Evaluation]:
    """Write all three files; an earlier evaluation of the same checkpoint and source is replaced.

    :param created: when, in ISO 8601.
    :raises InputError: where the folder is not writable.
    """
    folder = prepare_folder(run_dir)
    evaluation = Evaluation(1, created, digest_of(measurement), measurement)
    path = folder / f"{evaluation_name(measurement)}.json"
    document = msgspec.json.format(msgspec.json.encode(evaluation), indent=1)
    try:
        write_atomically(path.with_suffix(".csv"), errors_table(measurement).encode())
        write_atomically(path.with_suffix(".png"), draw_errors(measurement))
        write_atomically(path, document + b"\n")
    except OSError as error:
        raise InputError(
            "evaluation not written", f"{path}: {error.strerror or error}", "free the disk and evaluate again"
        ) from error
    return path, evaluation


def evaluation_name(measurement: Measurement) -> str:
    """`model_36_simulator`; a dataset is named with the beginning of its digest, so that two of one name stay apart."""
    stem = Path(measurement.checkpoint.name).stem
    source = measurement.source
    if not isinstance(source, Dataset):
        return f"{stem}_simulator"
    plain = re.sub(r"[^A-Za-z0-9_-]+", "-", Path(source.file.name).stem)[:60]
    return f"{stem}_{plain}-{source.file.sha256[:8]}"


def errors_table(measurement: Measurement) -> str:
    """All errors by trajectories, noise, state group and step, as CSV."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(CSV_COLUMNS)
    for condition in measurement.conditions:
        writer.writerows(_rows(condition.name, 0.0, condition.open_loop))
    for level in measurement.noise:
        writer.writerows(_rows(measurement.main.name, level.scale, level.open_loop))
    if isinstance(measurement.long, OpenLoop):
        writer.writerows(_rows("long", 0.0, measurement.long))
    return text.getvalue()


def _rows(name: str, noise: float, measured: OpenLoop) -> Iterator[tuple[object, ...]]:
    for group, errors in measured.groups.items():
        by_step = zip(errors.model, errors.persistence, errors.constant_velocity, strict=True)
        for step, values in enumerate(by_step, start=1):
            yield (name, noise, group, step, *(f"{value:.9g}" for value in values))
