"""A small world for the screens: real profiles, plans, launch records and judging; only starting is pretended."""

import asyncio
import datetime
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path

from msgspec.structs import replace
from textual.app import App
from textual.pilot import Pilot
from textual.screen import Screen

from rwm_tui.core.compare.comparison import compare
from rwm_tui.core.compare.side import read_side_at
from rwm_tui.core.diagnosis.follow_up import FollowUp
from rwm_tui.core.launch.events import JournalEntry, JournalWriter, LaunchEvent
from rwm_tui.core.launch.follow import Follower
from rwm_tui.core.launch.outcome import Outcome, OutcomeRecord, write_outcome
from rwm_tui.core.launch.paths import LaunchPaths, open_launch
from rwm_tui.core.launch.preflight_record import preflight_warnings
from rwm_tui.core.launch.replay import Recording
from rwm_tui.core.launch.stage_times import earlier_launch, read_stage_times
from rwm_tui.core.memory.forecast import PUBLISHED_SIMULATOR
from rwm_tui.core.memory.report import forecast_profile
from rwm_tui.core.memory.rerun import Proposal, RerunOffer, why_it_follows
from rwm_tui.core.plan.environment import plan_launch
from rwm_tui.core.plan.launch_plan import LaunchPlan
from rwm_tui.core.plan.upstream.guard_fix import apply_proposal, propose_guard
from rwm_tui.core.ports import MemorySample, NotAvailable
from rwm_tui.core.profile import load_profile_named, usable_profiles
from rwm_tui.core.review.history import list_history
from rwm_tui.core.services import Services
from rwm_tui.core.settings import Project, load_settings, record_eula_consent, record_theme
from rwm_tui.core.verdict.checklist import judge
from rwm_tui.core.verdict.evidence import collect_evidence
from rwm_tui.core.verdict.observation_readings import compare_groups
from rwm_tui.core.verdict.place import find_place
from rwm_tui.judging_wiring import evaluate, ledger_text, write_comparison, write_ledger
from rwm_tui.wiring import (
    diagnose_run,
    preflight,
    rerun_offer,
    runner_in_use,
    since_last_success,
    step_up_offer,
    write_copy,
)

START = 1_780_000_000.0


class NoGpu:
    """A probe on a machine without a GPU."""

    def read(self) -> NotAvailable:
        return NotAvailable("no GPU in this world")

    read_tenants = describe = read_activity = read


NO_GPU = NoGpu()


@dataclass
class World:
    """A project in a temporary folder, and what the screens asked of it."""

    project: Project
    launched: list[LaunchPlan] = field(default_factory=list)
    stopped: list[Path] = field(default_factory=list)
    opened: int = 0

    def services(self, **changes: Callable[..., object]) -> Services:
        project = self.project
        services = Services(
            project=project,
            load_profiles=lambda: usable_profiles(project.profiles),
            plan=lambda profile, parent, because: plan_launch(
                profile, project, load_settings(project), parent=parent, follows_because=because
            ),
            accept_eula=lambda: record_eula_consent(project, datetime.date(2026, 5, 28)),
            preflight=lambda profile: preflight(profile, project),
            propose_guard=lambda profile: propose_guard(runner_in_use(project, profile)),
            apply_guard=lambda proposal: apply_proposal(proposal, START),
            launch=self.launch,
            warnings_of=lambda directory: preflight_warnings(LaunchPaths(directory)),
            leftovers=lambda: (),
            end_leftovers=lambda leftovers: (),
            request_stop=self.request_stop,
            follow=Follower,
            stage_times=lambda directory: read_stage_times(project.launches, directory),
            replay=Recording,
            earlier_launch=lambda directory: earlier_launch(project.launches, directory),
            changes=every_moment,
            check=lambda run_directory, launch_directory: judge(collect_evidence(run_directory)),
            diagnose=lambda run_directory, launch_directory: diagnose_run(project, run_directory, launch_directory),
            find_place=find_place,
            ledger=lambda run_directory: ledger_text(project, run_directory),
            evaluate=evaluate,
            compare_groups=lambda run_directory, launch_directory: compare_groups(collect_evidence(run_directory)),
            history=lambda: list_history(project),
            keep_theme=lambda theme: record_theme(project, theme),
            compare=lambda left, right: compare(read_side_at(left), read_side_at(right)),
            last_success=lambda directory: since_last_success(project, directory),
            write_comparison=lambda comparison: write_comparison(project, comparison),
            write_ledger=lambda run_directory: write_ledger(project, run_directory),
            write_copy=lambda text: write_copy(project, text),
            read_device=lambda: NotAvailable("no GPU in this world"),
            forecast=lambda profile: forecast_profile(profile, NO_GPU.read(), PUBLISHED_SIMULATOR),
            rerun_offer=lambda directory: rerun_offer(project, directory, NO_GPU),
            step_up_offer=lambda directory: step_up_offer(project, directory),
            launch_after=self.launch_after,
            rerun=self.rerun,
        )
        return replace(services, **changes)  # type: ignore[arg-type]

    def launch(self, plan: LaunchPlan) -> Path:
        self.launched.append(plan)
        return self._open(plan).directory

    def rerun(self, directory: Path, offer: RerunOffer, proposal: Proposal, tell: Callable[[str], None]) -> Path:
        because = why_it_follows(offer, proposal)
        return self.launch(
            plan_launch(
                proposal.profile,
                self.project,
                load_settings(self.project),
                parent=directory.name,
                follows_because=because,
            )
        )

    def launch_after(self, directory: Path, follows: FollowUp) -> Path:
        return self.launch(
            plan_launch(
                follows.profile,
                self.project,
                load_settings(self.project),
                parent=directory.name,
                follows_because=follows.because,
            )
        )

    def request_stop(self, directory: Path) -> str:
        self.stopped.append(directory)
        return "SIGINT requested"

    def open_launch(self, profile: str, parent: str | None = None) -> "LaunchFiles":
        """A launch as if its supervisor had just opened it."""
        chosen = load_profile_named(self.project.profiles, profile)
        plan = plan_launch(chosen, self.project, parent=parent)
        return LaunchFiles(self._open(plan))

    def _open(self, plan: LaunchPlan) -> LaunchPaths:
        self.opened += 1
        return open_launch(plan, self.project.logs, START + self.opened)


class LaunchFiles:
    """Writes what a supervisor and a trainer would write."""

    def __init__(self, paths: LaunchPaths) -> None:
        self.paths = paths

    def record(self, *events: LaunchEvent, t: float = START) -> None:
        JournalWriter(self.paths.events).write(*(JournalEntry(t, event) for event in events))

    def sample(self, t: float, rss_mib: float) -> None:
        JournalWriter(self.paths.samples).write(MemorySample(t, NotAvailable("NVML library not found"), rss_mib))

    def print(self, text: str) -> None:
        with self.paths.console.open("a") as console:
            console.write(text)

    def end(self, outcome: Outcome, reason: str, run_directory: Path | None = None) -> None:
        record = OutcomeRecord(
            outcome=outcome,
            reason=reason,
            exit_status=0 if outcome is Outcome.COMPLETED else 1,
            signal=None,
            ended_at=START + 60.0,
            run_directory=str(run_directory) if run_directory else None,
        )
        write_outcome(self.paths.outcome, record)


async def every_moment(folder: Path) -> AsyncIterator[None]:
    while True:
        yield None
        await asyncio.sleep(0.05)


def screen_text(app: App[Path]) -> str:
    """What stands on the terminal, row by row."""
    size = app.size
    return "\n".join(strip.text.rstrip() for strip in app.screen._compositor.render_strips(size))


def on_top(app: App[Path]) -> type[Screen[object]]:
    """The kind of screen that is shown."""
    return type(app.screen)


async def shows(pilot: Pilot[Path], *texts: str, limit_s: float = 10.0) -> str:
    """The terminal's text as soon as it holds all of these; fails at the deadline."""
    deadline = time.monotonic() + limit_s
    while True:
        text = screen_text(pilot.app)
        missing = [wanted for wanted in texts if wanted not in text]
        if not missing:
            return text
        assert time.monotonic() < deadline, f"never shown: {missing}\n{text}"
        await pilot.pause(0.02)
