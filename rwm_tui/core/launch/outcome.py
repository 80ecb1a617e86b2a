"""How a launch ended. Artifacts decide; the exit status is one witness among several."""

from enum import StrEnum
from pathlib import Path

import msgspec

from rwm_tui.core.atomic_file import write_atomically
from rwm_tui.core.errors import InputError
from rwm_tui.core.launch.record_schema import require_schema
from rwm_tui.core.run_dir.regular_file import read_record
from rwm_tui.core.typed_reading import decode_json

OUTCOME_SCHEMA = 1


class Outcome(StrEnum):
    COMPLETED = "COMPLETED"
    OUT_OF_MEMORY = "OUT_OF_MEMORY"
    FAILED = "FAILED"
    STOPPED = "STOPPED"
    TIMED_OUT = "TIMED_OUT"
    KILLED = "KILLED"
    FAILED_TO_START = "FAILED_TO_START"
    LOST = "LOST"


# The contract of `run` and `attach`; 124 and 130 are what timeout(1) and a shell after Ctrl-C give.
EXIT_CODES = {
    Outcome.COMPLETED: 0,
    Outcome.FAILED: 1,
    Outcome.KILLED: 1,
    Outcome.FAILED_TO_START: 2,
    Outcome.OUT_OF_MEMORY: 3,
    Outcome.LOST: 4,
    Outcome.TIMED_OUT: 124,
    Outcome.STOPPED: 130,
}

# Signals that a process gets for its own fault; any other was sent by somebody.
_OWN_FAULT = {"SIGSEGV", "SIGABRT", "SIGBUS", "SIGFPE", "SIGILL", "SIGSYS", "SIGTRAP"}


class OutcomeRecord(msgspec.Struct, frozen=True, kw_only=True):
    """``outcome.json``, written last and atomically: its presence means that the launch is over.

    :param reason: one sentence that names the facts the outcome rests on.
    :param exit_status: of the trainer; None where a signal ended it or it never ran.
    """

    schema: int = OUTCOME_SCHEMA
    outcome: Outcome
    reason: str
    exit_status: int | None
    signal: str | None
    ended_at: float
    run_directory: str | None


class EndingFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What is known when the trainer is gone.

    :param final_checkpoint: name of the readable final checkpoint, None where there is none.
    :param expected_checkpoint: the name it has or would have, e.g. ``model_1.pt``.
    :param out_of_memory_of: whose memory that console line speaks of.
    :param host_memory_kill: proof that the kernel's out-of-memory killer struck while the trainer ran.
    :param was_booting: the simulator was not up yet.
    :param signals_sent: by us, in their order.
    :param stopped_by: who asked for the stop: ``user``, ``time-limit``, ``hang-after-completion``, or None.
    """

    final_checkpoint: str | None
    expected_checkpoint: str
    out_of_memory_line: int | None
    out_of_memory_of: str = "torch"
    host_memory_kill: str | None = None
    stopped_by: str | None
    exit_status: int | None
    signal: str | None
    last_error: str | None = None
    signals_sent: tuple[str, ...] = ()
    was_booting: bool = False


def judge_outcome(facts: EndingFacts) -> tuple[Outcome, str]:
    """The outcome and the sentence that says why."""
    ending = ending_in_words(facts.exit_status, facts.signal)
    if facts.final_checkpoint:
        if facts.stopped_by == "hang-after-completion":
            with_what = f" with {', then '.join(facts.signals_sent)}" if facts.signals_sent else ""
            hung = f"closing hung and had to be ended{with_what}: {ending}"
            return Outcome.COMPLETED, f"{facts.final_checkpoint} was written; {hung}"
        afterwards = "" if facts.exit_status == 0 and not facts.stopped_by else f"; afterwards: {ending}"
        if facts.stopped_by:
            afterwards += f" ({facts.stopped_by.replace('-', ' ')})"
        return Outcome.COMPLETED, f"{facts.final_checkpoint} was written{afterwards}"
    missing = f"no {facts.expected_checkpoint}"
    if was_killed_for_host_memory(facts):
        return Outcome.OUT_OF_MEMORY, f"the host ran out of memory ({facts.host_memory_kill}); {ending}; {missing}"
    if facts.out_of_memory_line is not None:
        where = f"console line {facts.out_of_memory_line}"
        return Outcome.OUT_OF_MEMORY, f"{facts.out_of_memory_of} ran out of memory ({where}); {missing}"
    if facts.stopped_by == "user":
        return Outcome.STOPPED, f"stopped on request; {ending}; {missing}"
    if facts.stopped_by == "time-limit":
        booting = "; the simulator was not up yet: a first start may take ten minutes" if facts.was_booting else ""
        return Outcome.TIMED_OUT, f"stopped at the time limit; {ending}; {missing}{booting}"
    if facts.signal and facts.signal not in _OWN_FAULT:
        return Outcome.KILLED, f"{ending}, sent by somebody else; {missing}"
    cause = f": {facts.last_error}" if facts.last_error else ""
    return Outcome.FAILED, f"{ending}, {missing}{cause}"


def was_killed_for_host_memory(facts: EndingFacts) -> bool:
    """The counter is the whole group's: only a SIGKILL that nobody here sent makes it the trainer's end."""
    return facts.host_memory_kill is not None and facts.signal == "SIGKILL" and facts.stopped_by is None


def ending_in_words(exit_status: int | None, signal_name: str | None) -> str:
    return f"ended by {signal_name}" if signal_name else f"exit status {exit_status}"


def split_returncode(returncode: int) -> tuple[int | None, str | None]:
    """Popen's return code as (exit status, signal name).

    128 + n from a launcher script that reports its child's signal counts as that signal.
    """
    number = -returncode if returncode < 0 else returncode - 128
    if returncode < 0 or returncode > 128:
        import signal  # lists tell outcomes, and end nothing

        try:
            return None, signal.Signals(number).name
        except ValueError:
            pass
    return returncode, None


def write_outcome(path: Path, record: OutcomeRecord) -> None:
    write_atomically(path, msgspec.json.format(msgspec.json.encode(record), indent=2))


def read_outcome(path: Path) -> OutcomeRecord | None:
    """None while the launch is not over.

    :raises InputError: where the file is there and cannot be understood, or is of another schema.
    """
    try:
        content = read_record(path)
        require_schema(path, content, OUTCOME_SCHEMA)
        return decode_json(content, OutcomeRecord)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise InputError(
            "launch not readable", f"{path}: {why}", "mend or restore it, or judge the run directory"
        ) from error
