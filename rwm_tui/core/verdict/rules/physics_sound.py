"""The simulator reported nothing that makes a run's data wrong."""

from __future__ import annotations

from collections.abc import Iterator

from rwm_tui.core.run_dir.unreadable import Absent
from rwm_tui.core.verdict.ending import planned_end
from rwm_tui.core.verdict.facts import ConsoleFacts, RunFacts
from rwm_tui.core.verdict.finding import Finding, against, disagrees, limits, missing, proves


def physics_sound(facts: RunFacts) -> Iterator[Finding]:
    """PhysX goes on after an overflow, with contacts dropped; only the console tells, if it holds such lines at all."""
    if not isinstance(facts.console, ConsoleFacts):
        reason = f"only the console shows the simulator's complaints: {facts.console.reason}"
        yield missing("console log", "whole file", "not there", "no complaint", reason)
        return
    console, source = facts.console, facts.console.path.name
    for line in console.physics.poison:
        reason = f"the simulator reported that its results are wrong: {line.text[:120]}"
        yield against(source, f"line {line.line}", line.text, "no such line", reason)
    for line in console.physics.doubts:
        reason = f"the simulator reported a body in an impossible state: {line.text[:120]}"
        yield disagrees(source, f"line {line.line}", line.text, "no such line", reason)
    is_launch_console = facts.launch is not None and facts.launch.console == console.path
    if not console.names_this_run and not is_launch_console:
        reason = "nothing in the console names this run directory, so its silence says nothing"
        yield missing(source, "run stamp", ", ".join(console.stamps[:3]) or "none", facts.layout.stamp or "", reason)
    if not console.physics.would_show and not is_launch_console:
        reason = "the console holds neither stderr nor native lines, so complaints of the simulator may be missing"
        yield missing(source, "whole file", "no warnings of any kind", "stderr as well", reason)
    yield from _reaches_the_end(facts, console)


def _reaches_the_end(facts: RunFacts, console: ConsoleFacts) -> Iterator[Finding]:
    end, source = planned_end(facts), console.path.name
    if console.last_iteration is None:
        reason = "the console shows no iteration, so nothing was simulated as far as it tells"
        yield missing(source, "whole file", "no iteration", "the last one", reason)
        return
    line, iteration, total = console.last_iteration
    observed = f"iteration {iteration}/{total}"
    if isinstance(end, Absent):
        reason = f"whether the console reaches the end is unknown: {end.reason}"
        yield missing(source, f"line {line}", observed, "", reason)
    elif iteration != end.last_iteration:
        reason = f"the console ends at iteration {iteration} of {end.last_iteration}"
        yield missing(source, f"line {line}", observed, f"iteration {end.last_iteration}", reason)
    else:
        yield proves(source, f"lines up to {line}", f"no complaint of the simulator up to {observed}", "no complaint")
        reason = "it rests on the console's silence: a simulator may drop contacts without a word"
        yield limits(source, "whole file", "no complaint", reason)
