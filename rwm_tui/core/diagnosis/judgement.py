"""The order of judgement: who ended it, the earliest native line, the end of the traceback, numbers, and no guess."""

from __future__ import annotations

from dataclasses import dataclass

from rwm_tui.core.diagnosis.action import Action
from rwm_tui.core.diagnosis.console_reading import ConsoleReading, QuotedLine, Sighting
from rwm_tui.core.diagnosis.refinement import (
    buffer_wanted,
    memory_holder,
    part_at_fault,
    raise_buffer,
    refined_failures,
)
from rwm_tui.core.diagnosis.run_files import RunFiles
from rwm_tui.core.diagnosis.signature import FailureSignature, Signatures
from rwm_tui.core.launch.outcome import split_returncode

NOT_RECOGNISED = "not-recognised"
_READ_ON = "Read the console from these lines upwards, and the Kit log that it names."
_TIMEOUT_STATUS = 124
_CRASHES = (132, 133, 134, 135, 136, 139)


@dataclass(frozen=True, slots=True)
class HarmlessCount:
    """Lines of one harmless class: how many, and the number of the first."""

    name: str
    count: int
    line: int


@dataclass(frozen=True, slots=True)
class Other:
    """A further failure that was seen, but is not the cause."""

    name: str
    quoted: QuotedLine
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """Why a run failed. `name` is None where nothing went wrong.

    Attributes:
        title: the class in plain words.
        fatal: it ended the run, or kept it from its final checkpoint, by its own fault.
        evidence: the lines that prove it; line 0 for what a file shows.
        knobs: settings that the actions are about.
    """

    name: str | None
    fatal: bool
    cause: str | None
    title: str = ""
    actions: tuple[Action, ...] = ()
    knobs: tuple[str, ...] = ()
    evidence: tuple[QuotedLine, ...] = ()
    harmless: tuple[HarmlessCount, ...] = ()
    other: tuple[Other, ...] = ()


@dataclass(frozen=True, slots=True)
class _Found:
    signature: FailureSignature
    evidence: tuple[QuotedLine, ...]
    sighting: Sighting | None = None
    is_root_of_an_error: bool = False


def judge_console(
    reading: ConsoleReading,
    signatures: Signatures,
    *,
    exit_status: int | None,
    files: RunFiles | None,
    completed: bool = False,
) -> Diagnosis:
    """The diagnosis of a run that is over.

    Args:
        exit_status: of the trainer; negative or above 128 for a signal; None where it is not known.
        files: what the run directory shows; None where it is not known.
        completed: it is known that the final checkpoint was written.
    """
    judgement = _Judgement(reading, signatures, exit_status, files or RunFiles(), completed)
    return judgement.diagnosis()


class _Judgement:
    def __init__(
        self,
        reading: ConsoleReading,
        signatures: Signatures,
        exit_status: int | None,
        files: RunFiles,
        completed: bool,
    ) -> None:
        self._reading = reading
        self._signatures = signatures
        self._status = _shell_status(exit_status)
        self._files = files
        self._known_to_be_complete = completed
        self._seen = refined_failures(reading)
        self._harmless = {name: (seen.count, seen.first.line) for name, seen in reading.harmless.items()}

    def diagnosis(self) -> Diagnosis:
        completed = self._completed()
        found = (
            (None if completed else self._cause() or self._symptom() or self._ended_by_somebody() or self._hinted())
            or self._warning()
            or self._numbers()
            or (None if completed else self._interrupted())
        )
        if found:
            return self._told(found)
        if not completed and (lines := self._unrecognised()):
            return self._not_recognised(lines)
        return Diagnosis(name=None, fatal=False, cause=None, harmless=self._harmless_counts(), other=self._others(None))

    def _completed(self) -> bool:
        """Whether the run came to its end all the same: proven by its final checkpoint, or by status 0 at the end."""
        if self._known_to_be_complete or self._files.final_checkpoint:
            return True
        return self._status == 0 and self._reading.finished

    def _cause(self) -> _Found | None:
        """The earliest native line, or the end of the last traceback that no native line precedes."""
        roots = self._all("root")
        errors = self._all("error")
        root = min(roots, key=lambda seen: seen.first.line, default=None)
        error = max(errors, key=lambda seen: seen.last.line, default=None)
        chosen = root if root and (error is None or root.first.line < error.last.line) else error
        if chosen is None:
            return None
        for warning in self._all("warning"):
            signature = self._signatures.failure(warning.name)
            if chosen.name in signature.explains and warning.first.line < chosen.first.line:
                return _Found(signature, _lines_of(warning), warning, is_root_of_an_error=True)
        return self._found(chosen)

    def _symptom(self) -> _Found | None:
        """That the process died of itself, unless it did so while it shut down."""
        over = self._reading.shutting_down or self._reading.completed
        for seen in sorted(self._all("symptom"), key=lambda seen: seen.first.line):
            if over and seen.first.line > over:
                count, line = self._harmless.get("harmless-shutdown-noise", (0, seen.first.line))
                self._harmless["harmless-shutdown-noise"] = (count + seen.count, line)
                continue
            return self._found(seen)
        return None

    def _ended_by_somebody(self) -> _Found | None:
        """A stop, a time limit or a signal: by the console, or by the exit status alone."""
        at_end = self._last_line()
        over = self._has_shut_down() or self._reading.teardown > self._last_iteration_line()
        if self._status in (_TIMEOUT_STATUS, 137) and over:
            return _Found(self._signatures.failure("shutdown-hang"), at_end)
        if self._status == _TIMEOUT_STATUS:
            name = "time-limit-reached" if self._reading.trained else "hang-no-progress"
            return _Found(self._signatures.failure(name), at_end)
        if stops := self._all("stop"):
            return self._found(min(stops, key=self._rank_of_stop))
        if self._is_stuck() and self._reading.stuck:
            return _Found(self._signatures.failure("hang-no-progress"), (self._reading.stuck,))
        for signature in self._signatures.failures:
            if self._status in signature.statuses:
                shut_down = self._reading.shutting_down or self._reading.completed
                return None if shut_down and signature.proves == "symptom" else _Found(signature, at_end)
        return None

    def _hinted(self) -> _Found | None:
        """The class of a line that says little by itself, where the run got no further than that line."""
        reached = max(self._last_iteration_line(), *(quoted.line for quoted in self._reading.tracebacks), 0)
        hints = [seen for seen in self._reading.hints.values() if seen.last.line >= reached]
        return self._found(min(hints, key=lambda seen: seen.first.line)) if hints else None

    def _warning(self) -> _Found | None:
        warnings = self._all("warning")
        return self._found(min(warnings, key=lambda seen: seen.first.line)) if warnings else None

    def _numbers(self) -> _Found | None:
        if self._files.dynamics_astray:
            return _Found(self._signatures.failure("silent-nan-dynamics"), self._files.dynamics_astray[:5])
        astray = (*self._reading.astray, *self._files.learning_astray)
        return _Found(self._signatures.failure("silent-divergence"), astray[:5]) if astray else None

    def _interrupted(self) -> _Found | None:
        """Isaac Lab ends with status 0 when it is interrupted: the final checkpoint is missing, and nothing else."""
        missing = self._files.missing_checkpoint
        if self._status != 0 or not missing or self._reading.finished or self._reading.tracebacks:
            return None
        proof = QuotedLine(0, f"status 0, but no {missing}")
        return _Found(self._signatures.failure("stopped-by-user"), (*self._last_line(), proof))

    def _unrecognised(self) -> tuple[QuotedLine, ...]:
        """The lines that tell most of a failure of no known class; none where nothing says that there was one."""
        tracebacks = [quoted for quoted in self._reading.tracebacks if quoted.line > self._last_iteration_line()]
        failed = self._status not in (None, 0) or (tracebacks and not self._reading.completed)
        crashed_at_the_end = self._status in _CRASHES and self._has_shut_down()
        if not failed or crashed_at_the_end or (self._status not in (None, 0) and self._reading.completed):
            return ()
        return (*tracebacks[-1:], *self._reading.telling[:2]) or self._last_line() or (QuotedLine(0, ""),)

    def _told(self, found: _Found) -> Diagnosis:
        signature, seen = found.signature, found.sighting
        cause, knobs = signature.cause, signature.knobs
        actions = tuple(Action(action) if isinstance(action, str) else action for action in signature.actions)
        if seen and (holder := memory_holder(seen.first.text)) and signature.name == "gpu-held-by-other-process":
            cause = f"{holder} of the GPU's memory: {cause}"
        if seen and (wanted := buffer_wanted(seen)) and signature.name == "physx-gpu-buffer-overflow":
            knobs, actions = (wanted.setting,), (raise_buffer(wanted, seen.largest),)
        part = part_at_fault(seen) if seen else None
        if advised := next((advised for advised in signature.for_part if advised.part == part), None):
            actions, knobs = (Action(advised.action), *actions), advised.knobs or knobs
        return Diagnosis(
            name=signature.name,
            fatal=(signature.fatal or found.is_root_of_an_error) and not self._is_of_a_side_feature(seen),
            cause=cause,
            title=signature.title,
            actions=actions,
            knobs=knobs,
            evidence=found.evidence,
            harmless=self._harmless_counts(),
            other=self._others(signature.name),
        )

    def _is_of_a_side_feature(self, seen: Sighting | None) -> bool:
        """Whether a livestream alone complains, and nothing says that the run ended for it."""
        livestream = seen is not None and any(word in seen.last.text for word in ("livestream", "NVST_"))
        return livestream and self._status in (None, 0) and not self._reading.tracebacks

    def _not_recognised(self, lines: tuple[QuotedLine, ...]) -> Diagnosis:
        return Diagnosis(
            name=NOT_RECOGNISED,
            fatal=True,
            cause="not recognised: no known message stands in the console; the lines below tell most",
            title="not recognised",
            actions=(Action(_READ_ON, "open-kit-log"),),
            evidence=lines,
            harmless=self._harmless_counts(),
            other=self._others(None),
        )

    def _all(self, proves: str) -> list[Sighting]:
        """The classes of that kind that count: not explained by another one, and no consequence of a stop."""
        stops = [seen.first.line for seen in self._seen.values() if self._proves(seen) == "stop"]
        return [
            seen
            for seen in self._seen.values()
            if self._proves(seen) == proves
            and not any(name in self._seen for name in self._signatures.failure(seen.name).yields_to)
            and (proves in ("stop", "warning") or not stops or seen.first.line <= min(stops))
        ]

    def _proves(self, seen: Sighting) -> str:
        return self._signatures.failure(seen.name).proves

    def _found(self, seen: Sighting) -> _Found:
        return _Found(self._signatures.failure(seen.name), _lines_of(seen), seen)

    def _rank_of_stop(self, seen: Sighting) -> tuple[bool, bool, int]:
        """The stop that the exit status tells of, then a kill: it follows a stop that did not do; then the earliest."""
        told_by_status = self._status in self._signatures.failure(seen.name).statuses
        return not told_by_status, seen.name != "killed", seen.first.line

    def _is_stuck(self) -> bool:
        stuck = self._reading.stuck
        return stuck is not None and stuck.line > max(self._last_iteration_line(), self._reading.lines - 20)

    def _has_shut_down(self) -> bool:
        """Whether the simulator began to shut down after the last iteration."""
        return self._reading.shutting_down > self._last_iteration_line() or self._reading.completed > 0

    def _last_iteration_line(self) -> int:
        return self._reading.iteration[0] if self._reading.iteration else 0

    def _last_line(self) -> tuple[QuotedLine, ...]:
        return (self._reading.last,) if self._reading.last else ()

    def _harmless_counts(self) -> tuple[HarmlessCount, ...]:
        return tuple(HarmlessCount(name, count, line) for name, (count, line) in sorted(self._harmless.items()))

    def _others(self, chosen: str | None) -> tuple[Other, ...]:
        return tuple(Other(seen.name, seen.first, seen.count) for seen in self._seen.values() if seen.name != chosen)


def _lines_of(seen: Sighting) -> tuple[QuotedLine, ...]:
    return (seen.first,) if seen.first.line == seen.last.line else (seen.first, seen.last)


def _shell_status(exit_status: int | None) -> int | None:
    """The status as a shell gives it: 128 + n for a signal."""
    if exit_status is None or exit_status >= 0:
        return exit_status
    _, name = split_returncode(exit_status)
    return 128 - exit_status if name else exit_status
