"""Launches on this machine: a detached supervisor that outlives the terminal."""

import subprocess
import sys
from collections.abc import Sequence

from rwm_tui.core.errors import InputError
from rwm_tui.core.launch.events import SupervisorStarted, decode_entry
from rwm_tui.core.launch.outcome import Outcome, OutcomeRecord, write_outcome
from rwm_tui.core.launch.paths import LaunchPaths
from rwm_tui.core.ports import Clock

START_LIMIT_S = 30.0
POLL_S = 0.02


def start_supervisor(paths: LaunchPaths, clock: Clock, notify: Sequence[str] = ()) -> None:
    """Start the supervisor in a session of its own and wait until it has taken the launch over.

    :param notify: the command that it starts with news of the launch.
    :raises InputError: where it did not; the launch then has the outcome FAILED_TO_START.
    """
    with paths.supervisor_log.open("ab") as log:
        # -P: a file named like a module in the current folder is never imported.
        command = [sys.executable, "-P", "-m", "rwm_tui.supervise", str(paths.directory), *notify]
        detached = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, check=False
        )
    deadline = clock.monotonic() + START_LIMIT_S
    while not _has_taken_over(paths):
        if detached.returncode != 0 or clock.monotonic() > deadline:
            raise _not_started(paths, clock)
        clock.sleep(POLL_S)


def _has_taken_over(paths: LaunchPaths) -> bool:
    try:
        first_line = paths.events.read_bytes().partition(b"\n")[0]
    except OSError:
        return False
    entry = decode_entry(first_line)
    return entry is not None and isinstance(entry.event, SupervisorStarted)


def _not_started(paths: LaunchPaths, clock: Clock) -> InputError:
    lines = paths.supervisor_log.read_text(errors="replace").strip().splitlines()
    reason = lines[-1] if lines else f"no sign of life within {START_LIMIT_S:g} s"
    record = OutcomeRecord(
        outcome=Outcome.FAILED_TO_START,
        reason=f"the supervisor did not start: {reason}",
        exit_status=None,
        signal=None,
        ended_at=clock.now(),
        run_directory=None,
    )
    write_outcome(paths.outcome, record)
    return InputError("supervisor not started", reason, f"see {paths.supervisor_log}")
