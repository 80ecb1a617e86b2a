"""From a piece of evidence to the place in the file that it was read at."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from rwm_tui.core.launch.paths import LaunchPaths
from rwm_tui.core.run_dir.hydra_outputs import OUTPUTS, HydraOutputs, read_hydra_outputs
from rwm_tui.core.run_dir.layout import is_checkpoint_name, is_event_file_name
from rwm_tui.core.run_dir.params import MAX_BYTES
from rwm_tui.core.run_dir.regular_file import link_out_of, open_regular, read_regular
from rwm_tui.core.run_dir.unreadable import Absent, Unreadable
from rwm_tui.core.run_dir.yaml_place import line_of_key
from rwm_tui.core.verdict.finding import Evidence

LAUNCH_RECORD = "launch record"
RUN_DIRECTORY = "run directory"

_LINE = re.compile(r"lines?(?: up to)? (\d{1,15})\b", re.ASCII)
_LAUNCH_PLACES = {
    "backend": ("plan.json", "profile.backend"),
    "task": ("plan.json", "profile.task"),
    "outcome": ("outcome.json", "outcome"),
    "exit status": ("outcome.json", "exit_status"),
    "bound to the run directory by": ("outcome.json", "run_directory"),
}


@dataclass(frozen=True, slots=True)
class TextPlace:
    """A line of a text file, from 1."""

    path: Path
    line: int


@dataclass(frozen=True, slots=True)
class TensorPlace:
    """A checkpoint, and the state or tensor that is meant; empty where it is the whole file."""

    path: Path
    name: str


@dataclass(frozen=True, slots=True)
class SeriesPlace:
    """A tag of an event file; empty where it is the whole file."""

    path: Path
    tag: str


Place = TextPlace | TensorPlace | SeriesPlace


def find_place(evidence: Evidence, run_directory: Path, launch_directory: Path | None) -> Place | Absent:
    """Where a fact about a run was read; absent where no regular file of the run or its launch is meant."""
    launch = LaunchPaths(launch_directory) if launch_directory else None
    key = evidence.locator.replace(" › ", ".")
    if evidence.source == LAUNCH_RECORD:
        if launch is None:
            return Absent("nobody here launched the run")
        name, key = _LAUNCH_PLACES.get(evidence.locator, ("plan.json", key))
        return _text_place(launch.directory / name, key)
    if evidence.source == RUN_DIRECTORY:
        return Absent(f"it speaks of the folder itself: {evidence.locator}")
    if launch and evidence.source == launch.console.name and _LINE.match(evidence.locator):
        return _text_place(launch.console, evidence.locator)
    if "\0" in evidence.source:
        return Absent("its source is no name of a file")
    folder, path = run_directory, run_directory / evidence.source
    if evidence.source.startswith(f"{OUTPUTS}/") and isinstance(
        hydra := read_hydra_outputs(run_directory), HydraOutputs
    ):
        folder, path = hydra.folder, hydra.root / evidence.source
    if problem := link_out_of(folder, path):
        return Absent(problem.reason)
    if is_checkpoint_name(path.name):
        return _if_regular(TensorPlace(path, "" if evidence.locator == "whole file" else evidence.locator))
    if is_event_file_name(path.name):
        found = evidence.locator.removeprefix("tag ")
        return _if_regular(SeriesPlace(path, "" if found == evidence.locator else found))
    return _text_place(path, key)


def _if_regular(place: Place) -> Place | Absent:
    opened = open_regular(place.path)
    if isinstance(opened, Absent | Unreadable):
        return Absent(opened.reason)
    opened.close()
    return place


def _text_place(path: Path, key: str) -> Place | Absent:
    """The line that is named, or that the key stands on; else the first."""
    if named := _LINE.match(key):
        return _if_regular(TextPlace(path, int(named[1])))
    content = read_regular(path, MAX_BYTES)
    if isinstance(content, Absent):
        return content
    line = 1
    if isinstance(content, bytes):
        line = _line_of_section(content, key) if path.suffix == ".diff" else line_of_key(content, key) or 1
    return _if_regular(TextPlace(path, line))


def _line_of_section(content: bytes, name: str) -> int:
    """Of a stored git state: the line of its head."""
    head = f"--- {name} ---".encode()
    return next((number for number, line in enumerate(content.splitlines(), 1) if line == head), 1)
