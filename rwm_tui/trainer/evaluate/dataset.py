"""A dataset of the reference: raw rows without a header, 45 state, 12 action, 8 contact, 1 termination column.

Row t holds the state and the action that led to it, as in the replay buffer. A row whose termination is set is the last
of its episode; other ends (time-outs) leave no trace in these columns.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO

import numpy as np
import torch
from numpy.typing import NDArray

from rwm_tui.core.errors import InputError
from rwm_tui.core.evaluation.measurement import FileDigest
from rwm_tui.core.run_dir.file_digest import digest_file
from rwm_tui.core.run_dir.regular_file import open_regular
from rwm_tui.core.run_dir.unreadable import Absent, Unreadable
from rwm_tui.trainer.evaluate.configuration import RunConfiguration
from rwm_tui.trainer.evaluate.trajectory import Trajectory
from rwm_tui.trainer.normalizer import Normalizer
from rwm_tui.trainer.runner import system_widths

MOST_BYTES = 4 * 1024**3
_MOST_ROWS = 200_000  # 4,000 s of one robot, 53 MB; what comes behind is not read
_LONGEST_LINE = 16_384
_FORMAT_HINT = "give rows of 45 state, 12 action, 8 contact and 1 termination numbers, as state_action_data_0.csv has"

Rows = NDArray[np.float32]


@dataclass(frozen=True)
class LoadedDataset:
    """The episodes of a file, the digest of it, and what makes its rows look like something else than raw rows."""

    trajectories: list[Trajectory]
    digest: FileDigest
    rows: int
    doubts: tuple[str, ...]


def read_dataset(path: Path, configuration: RunConfiguration) -> LoadedDataset:
    """
    :raises InputError: naming the line that cannot be used.
    """
    digest = digest_file(path, MOST_BYTES)
    opened = open_regular(path)
    if isinstance(digest, Absent | Unreadable):
        raise _not_usable(path, digest.reason)
    if isinstance(opened, Absent | Unreadable):
        raise _not_usable(path, opened.reason)
    with opened:
        rows = _numbers(path, opened)
    name = FileDigest(str(path.absolute()), digest.bytes, digest.sha256)
    return LoadedDataset(_episodes(path, rows, configuration), name, len(rows), tuple(_doubts(rows, configuration)))


def _numbers(path: Path, file: BinaryIO) -> Rows:
    try:
        rows: Rows = np.loadtxt(
            _lines(path, file), delimiter=",", dtype=np.float32, ndmin=2, comments=None, max_rows=_MOST_ROWS
        )
    except ValueError as error:
        raise _not_usable(path, str(error).splitlines()[0]) from error
    width = sum(vars(system_widths()).values())
    if rows.shape[1] != width:
        raise _not_usable(path, f"its rows have {rows.shape[1]} columns instead of {width}")
    if (bad := np.flatnonzero(~np.isfinite(rows).all(axis=1))).size:
        raise _not_usable(path, f"row {bad[0] + 1} holds NaN or an infinite number")
    return rows


def _lines(path: Path, file: BinaryIO) -> Iterator[str]:
    """Its lines but for the empty ones and a first line of names; each of a bounded length."""
    number = 0
    while line := file.readline(_LONGEST_LINE + 1):
        number += 1
        if len(line) > _LONGEST_LINE:
            raise _not_usable(path, f"line {number} is longer than {_LONGEST_LINE} bytes")
        text = line.decode("utf-8", "replace").strip()
        if text and not (number == 1 and _is_header(text)):
            yield text
    if number == 0:
        raise _not_usable(path, "the file is empty")


def _is_header(line: str) -> bool:
    try:
        float(line.partition(",")[0])
    except ValueError:
        return True
    return False


def _episodes(path: Path, rows: Rows, configuration: RunConfiguration) -> list[Trajectory]:
    widths, device = system_widths(), torch.device("cpu")
    sizes = [widths.state, widths.action, widths.contact, widths.termination]
    states, actions, contacts, terminations = torch.split(torch.from_numpy(rows), sizes, dim=1)
    for name, values in (("contact", contacts), ("termination", terminations)):
        if not bool(((values == 0.0) | (values == 1.0)).all()):
            raise _not_usable(path, f"its {name} columns hold other numbers than 0 and 1")
    states = Normalizer(configuration.state_normalizer, device)(states)
    actions = Normalizer(configuration.action_normalizer, device)(actions)
    ends = [int(row) + 1 for row in torch.nonzero(terminations[:, 0]).flatten()]
    bounds = [0, *(end for end in ends if end < len(rows)), len(rows)]
    return [
        Trajectory(states[first:end], actions[first:end], contacts[first:end], terminations[first:end])
        for first, end in pairwise(bounds)
    ]


def _doubts(rows: Rows, configuration: RunConfiguration) -> Iterator[str]:
    """Gravity seen from the base has length 1 in raw rows, whatever the robot does; normalized rows have not."""
    length = float(np.median(np.linalg.norm(rows[:, 6:9], axis=1)))
    if not 0.95 <= length <= 1.05:
        yield f"columns 7 to 9 have length {length:.3g} where raw rows have the direction of gravity, of length 1"


def _not_usable(path: Path, reason: str) -> InputError:
    return InputError("dataset not usable", f"{path}: {reason}", _FORMAT_HINT)
