"""MBPOOnPolicyRunner instantiates and runs end to end."""

from __future__ import annotations

from collections.abc import Iterator

from rwm_tui.core.run_dir.event_file_name import parse_event_file_name
from rwm_tui.core.run_dir.unreadable import Absent
from rwm_tui.core.verdict.ending import PlannedEnd, planned_end
from rwm_tui.core.verdict.facts import ConsoleFacts, ConsoleLine, LaunchFacts, RunFacts
from rwm_tui.core.verdict.finding import Finding, against, disagrees, missing, supports, told
from rwm_tui.core.verdict.lookup import AGENT, text_at
from rwm_tui.core.verdict.reference import RUNNER_CLASS
from rwm_tui.core.verdict.rules.final_checkpoint import judge_final_checkpoint
from rwm_tui.core.verdict.run_length import STATE_LOSS

_TIMES = ("Perf/collection time", "Perf/learning_time")
_LONGEST_HELD_BACK_S = 60.0

_OWN_FAULT = frozenset({"FAILED", "OUT_OF_MEMORY"})


def runner_end_to_end(facts: RunFacts) -> Iterator[Finding]:
    """The final checkpoint is there, readable and of the last iteration, and nothing shows another end."""
    runner = text_at(facts.agent, AGENT, "class_name")
    if isinstance(runner, Absent):
        yield missing(AGENT, "class_name", "not there", RUNNER_CLASS, f"the runner is unknown: {runner.reason}")
    elif runner == RUNNER_CLASS:
        yield supports(AGENT, "class_name", runner, RUNNER_CLASS)
    else:
        yield against(AGENT, "class_name", runner, RUNNER_CLASS, f"the runner was {runner[:60]}")
    end = planned_end(facts)
    if isinstance(end, Absent):
        yield missing(
            AGENT, "max_iterations", "not known", "", f"where training was to end can't be known: {end.reason}"
        )
        is_complete = False
    else:
        final = list(judge_final_checkpoint(facts, end))
        yield from final
        is_complete = any(finding.evidence and finding.evidence.agrees for finding in final)
        yield from _beyond_the_end(facts, end)
        yield from _long_before_the_end(facts, end)
    yield from _writers(facts)
    yield from _console(facts, end, is_complete=is_complete)
    if facts.launch:
        yield from _launch(facts.launch, is_complete=is_complete)
    if unreadable := facts.unreadable_launch:
        yield told("launch record", unreadable.file, f"not readable: {unreadable.why}", "readable")
    if not facts.layout.git_diffs:
        yield told(
            "git/", "folder", "no stored code state", "one .diff per repository, stored after the first iteration"
        )


def _beyond_the_end(facts: RunFacts, end: PlannedEnd) -> Iterator[Finding]:
    later = [file.file.path.name for file in facts.checkpoints if (file.file.number or 0) > end.max_iterations]
    if later:
        reason = f"{later[0]} lies beyond the {end.max_iterations} iterations that {AGENT} names"
        yield disagrees("run directory", later[0], "there", "not there", reason)
    series = facts.events.series.get(STATE_LOSS)
    if series and series.last_step > end.last_iteration:
        reason = f"the event file goes beyond the {end.max_iterations} iterations that {AGENT} names"
        yield disagrees(
            series.source, f"tag {STATE_LOSS}", f"step {series.last_step}", f"step {end.last_iteration}", reason
        )


def _long_before_the_end(facts: RunFacts, end: PlannedEnd) -> Iterator[Finding]:
    """A killed trainer loses what its writer held back, some ten seconds; a damaged event file loses more, and says so.

    An event file that is whole and stops much earlier shows that training did.
    """
    series = facts.events.series.get(STATE_LOSS)
    times = [facts.events.series.get(tag) for tag in _TIMES]
    if series is None or series.source in facts.events.unreadable or series.source in facts.events.unfinished:
        return
    iteration_s = sum(time.last_value for time in times if time)
    lost = end.last_iteration - series.last_step
    if all(times) and lost > 0 and lost * iteration_s > _LONGEST_HELD_BACK_S:
        reason = f"the event file ends at iteration {series.last_step}, long before the last one, {end.last_iteration}"
        observed = f"step {series.last_step}, at {iteration_s:.3g} s an iteration"
        yield disagrees(series.source, f"tag {STATE_LOSS}", observed, f"step {end.last_iteration}", reason)


def _writers(facts: RunFacts) -> Iterator[Finding]:
    """A runner begins one event file; those of two processes show two runs of the same second in one folder.

    One without records is of a process that logged nothing.
    """
    named: dict[tuple[str, int], str] = {}
    silent: dict[str, tuple[str, int]] = {}
    for path in facts.layout.event_files:
        if event := parse_event_file_name(path.name):
            if path.name in facts.events.without_records:
                silent[path.name] = (event.host, event.pid)
            else:
                named[event.host, event.pid] = path.name
    for name, (host, pid) in silent.items():
        if (host, pid) not in named:
            yield told(name, "file", f"nothing logged by process {pid} on {host}", "one event file")
    if len(named) > 1:
        who = ", ".join(f"{pid} on {host}" for host, pid in named)
        reason = "the event files are those of more than one process, so the folder mixes runs"
        yield disagrees("run directory", "event files", f"processes {who}", "one process", reason)


def _console(facts: RunFacts, end: PlannedEnd | Absent, *, is_complete: bool) -> Iterator[Finding]:
    if not isinstance(facts.console, ConsoleFacts):
        return
    console, source = facts.console, facts.console.path.name
    if console.last_iteration:
        line, iteration, total = console.last_iteration
        if isinstance(end, PlannedEnd) and total != end.max_iterations:
            reason = f"the console counts {total} iterations, {AGENT} {end.max_iterations}"
            yield disagrees(source, f"line {line}", f"iteration {iteration}/{total}", f"…/{end.max_iterations}", reason)
        else:
            yield told(source, f"line {line}", f"iteration {iteration}/{total}", f"{total - 1}/{total}")
    if console.completed:
        yield supports(source, f"line {console.completed.line}", console.completed.text)
    if console.ending:
        is_at_end = console.last_iteration is None or console.last_iteration[1] + 1 == console.last_iteration[2]
        yield _error(source, console.ending, is_complete=is_complete, is_at_end=is_at_end)


def _error(source: str, ending: ConsoleLine, *, is_complete: bool, is_at_end: bool) -> Finding:
    locator, text = f"line {ending.line}", ending.text[:160]
    if text.startswith("KeyboardInterrupt"):
        if is_complete and is_at_end:  # the final checkpoint is written last, so that only the shutdown was interrupted
            return told(source, locator, text)
        return disagrees(source, locator, text, "no interruption", "the console shows that the run was interrupted")
    if is_complete:
        reason = f"the console ends in an error ({text}), though the final checkpoint is there"
        return disagrees(source, locator, text, "no error", reason)
    return against(source, locator, text, "no error", f"the run ended in an error: {text}")


def _launch(launch: LaunchFacts, *, is_complete: bool) -> Iterator[Finding]:
    source, outcome = "launch record", launch.outcome
    if launch.bound_by:
        yield told(source, "bound to the run directory by", launch.bound_by)
    if launch.exit_status is not None:
        yield told(source, "exit status", launch.exit_status)
    if outcome is None:
        if not is_complete:
            yield missing(source, "outcome", "still running", "COMPLETED", "the run has not ended yet")
    elif outcome == "COMPLETED":
        yield supports(source, "outcome", outcome, "COMPLETED")
    elif is_complete:
        reason = f"the launch record says {outcome}, though the final checkpoint is there"
        yield disagrees(source, "outcome", outcome, "COMPLETED", reason)
    elif outcome in _OWN_FAULT:
        yield against(source, "outcome", outcome, "COMPLETED", f"the launch ended as {outcome}")
    else:
        how = " by its time limit" if launch.time_limit_reached else " on request" if launch.stop_requested else ""
        yield disagrees(source, "outcome", outcome, "COMPLETED", f"the launch ended as {outcome}{how}")
