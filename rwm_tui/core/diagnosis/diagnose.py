"""A run's console, exit status and files → its diagnosis."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import BinaryIO

from rwm_tui.core.diagnosis.console_reading import ConsoleReading
from rwm_tui.core.diagnosis.console_scan import scan_console
from rwm_tui.core.diagnosis.judgement import Diagnosis, judge_console
from rwm_tui.core.diagnosis.run_files import read_run_files
from rwm_tui.core.diagnosis.signature import load_signatures
from rwm_tui.core.errors import InputError
from rwm_tui.core.launch.outcome import Outcome, OutcomeRecord
from rwm_tui.core.launch.paths import LaunchPaths
from rwm_tui.core.launch.record import RunState
from rwm_tui.core.run_dir.layout import is_run_directory
from rwm_tui.core.run_dir.regular_file import open_regular
from rwm_tui.core.run_dir.unreadable import Absent, Unreadable

# What a shell's status says of our own stops.
_STATUS_OF_STOP = {"user": 130, "time-limit": 124}


def diagnose_file(
    console: Path, *, exit_status: int | None = None, run_dir: Path | None = None, completed: bool = False
) -> Diagnosis:
    """
    Args:
        completed: it is known that the final checkpoint was written.

    Raises:
        InputError: the console or the run directory can't be read.
    """
    opened = open_regular(console)
    if isinstance(opened, Absent | Unreadable):
        raise InputError(
            "no console log",
            f"{console}: {opened.reason}",
            "give the file that the run's output went to, or - for stdin",
        )
    with opened as stream:
        return diagnose_stream(stream, str(console), exit_status=exit_status, run_dir=run_dir, completed=completed)


def diagnose_stream(
    stream: BinaryIO,
    name: str,
    *,
    exit_status: int | None = None,
    run_dir: Path | None = None,
    completed: bool = False,
) -> Diagnosis:
    """
    Args:
        completed: it is known that the final checkpoint was written.

    Raises:
        InputError: the stream or the run directory can't be read.
    """
    files = read_run_files(run_dir) if run_dir else None
    try:
        reading = scan_console(stream)
    except OSError as error:
        raise InputError(
            "no console log", f"{name}: {error.strerror or error}", "give a file that can be read"
        ) from error
    return judge_console(reading, load_signatures(), exit_status=exit_status, files=files, completed=completed)


def diagnose_run_files(run_dir: Path) -> Diagnosis | None:
    """What the files of a run alone show, where no console is known; None where nothing went wrong by them.

    Raises:
        InputError: the run directory can't be read.
    """
    files = read_run_files(run_dir)
    diagnosis = judge_console(ConsoleReading(), load_signatures(), exit_status=None, files=files)
    return diagnosis if diagnosis.name else None


def diagnose_launch(state: RunState, directory: Path) -> Diagnosis | None:
    """Why an ended launch of ours failed; None while it is not over, and where nothing went wrong.

    Raises:
        InputError: its run directory can't be read.
    """
    console = LaunchPaths(directory).console
    if state.outcome is None or not console.is_file():
        return None
    run_dir = Path(state.run_directory) if state.run_directory else None
    if run_dir and not is_run_directory(run_dir):
        run_dir = None
    status = _status(state.outcome, state.stop_requested_by)
    completed = state.outcome.outcome is Outcome.COMPLETED
    diagnosis = diagnose_file(console, exit_status=status, run_dir=run_dir, completed=completed)
    return diagnosis if diagnosis.name else None


def _status(outcome: OutcomeRecord, stopped_by: str | None) -> int | None:
    """The exit status as a shell would give it; 0 for a run that completed, whatever happened afterwards."""
    if outcome.outcome is Outcome.COMPLETED:
        return 0
    if stopped_by in _STATUS_OF_STOP:
        return _STATUS_OF_STOP[stopped_by]
    return 128 + signal.Signals[outcome.signal] if outcome.signal else outcome.exit_status
