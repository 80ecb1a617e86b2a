"""What a shell can do, as one value that the composition root fills and hands down."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:  # whoever is handed a service pays for what is behind it when it is called
    from rwm_tui.core.compare.comparison import Comparison
    from rwm_tui.core.compare.side import SidePaths
    from rwm_tui.core.diagnosis.diagnosed_run import DiagnosedRun
    from rwm_tui.core.diagnosis.follow_up import FollowUp
    from rwm_tui.core.evaluation.request import EvaluationRequest, EvaluationWritten
    from rwm_tui.core.launch.beginnings import Beginning
    from rwm_tui.core.launch.follow import Follower
    from rwm_tui.core.launch.replay import Recording
    from rwm_tui.core.launch.stage_times import StageTimes
    from rwm_tui.core.memory.report import ProfileForecast
    from rwm_tui.core.memory.rerun import Proposal, RerunOffer
    from rwm_tui.core.plan.launch_plan import LaunchPlan
    from rwm_tui.core.plan.preflight.finding import CheckResult, Preflight
    from rwm_tui.core.plan.upstream.guard_fix import AppliedFix, GuardProposal
    from rwm_tui.core.ports import DeviceMemory, NotAvailable
    from rwm_tui.core.profile import ProfileFolder, ScaleProfile
    from rwm_tui.core.review.history import HistoryEntry
    from rwm_tui.core.run_dir.unreadable import Absent
    from rwm_tui.core.settings import Project
    from rwm_tui.core.verdict.checklist import Checklist
    from rwm_tui.core.verdict.finding import Evidence
    from rwm_tui.core.verdict.observation_readings import GroupComparison
    from rwm_tui.core.verdict.place import Place


class Services(msgspec.Struct, frozen=True):
    """Every call but ``follow``, ``changes`` and ``evaluate`` may block on files: keep it off the event loop.

    Each raises InputError with a message for the user.
    """

    project: Project
    load_profiles: Callable[[], ProfileFolder]
    plan: Callable[[ScaleProfile, str | None, str | None], LaunchPlan]
    """Of a profile; the launch that it follows, if any, and why."""
    accept_eula: Callable[[], None]
    """Record the user's consent to Isaac Sim's licence, for the plans that are made afterwards."""
    preflight: Callable[[ScaleProfile | None], Preflight]
    """What would spoil a launch of a profile; for None, of anything on this machine."""
    propose_guard: Callable[[ScaleProfile | None], GuardProposal]
    """The runner's fix, made without writing."""
    apply_guard: Callable[[GuardProposal], AppliedFix]
    """Write what was agreed to."""
    launch: Callable[[LaunchPlan], Path]
    warnings_of: Callable[[Path], tuple[CheckResult, ...]]
    """What a launch went ahead in spite of."""
    leftovers: Callable[[], tuple[Beginning, ...]]
    """Trainers of ours that nobody supervises."""
    end_leftovers: Callable[[tuple[Beginning, ...]], tuple[str, ...]]
    request_stop: Callable[[Path], str]
    follow: Callable[[Path], Follower]
    stage_times: Callable[[Path], StageTimes]
    """What earlier launches like this one took."""
    replay: Callable[[Path], Recording]
    earlier_launch: Callable[[Path], Path | None]
    """The launch before this one to hold it against."""
    changes: Callable[[Path], AsyncIterator[None]]
    check: Callable[[Path, Path | None], Checklist]
    """Of a run directory and the launch that is bound to it, if any."""
    diagnose: Callable[[Path | None, Path | None], DiagnosedRun | None]
    """Why a run directory's run failed, or a launch did; None where nothing went wrong, and while it goes on."""
    compare_groups: Callable[[Path, Path | None], GroupComparison]
    """Of a run directory and the launch that is bound to it, if any."""
    find_place: Callable[[Evidence, Path, Path | None], Place | Absent]
    """Where a fact about a run directory was read; with the launch that is bound to it, if any."""
    write_ledger: Callable[[Path], tuple[Path, Path]]
    """Of a run directory, as Markdown and as JSON."""
    ledger: Callable[[Path], str]
    """Of a run directory, in Markdown."""
    evaluate: Callable[[EvaluationRequest], AsyncIterator[str | EvaluationWritten]]
    """Says what it is doing, and at last what it wrote."""
    history: Callable[[], tuple[HistoryEntry, ...]]
    keep_theme: Callable[[str], None]
    """Show in this theme from now on."""
    compare: Callable[[SidePaths, SidePaths], Comparison]
    last_success: Callable[[Path], tuple[SidePaths, SidePaths]]
    """The newest earlier run of the same task that completed, and the launch or run directory itself."""
    write_comparison: Callable[[Comparison], tuple[Path, Path]]
    """As Markdown and as JSON."""
    write_copy: Callable[[str], Path]
    """Keep what was copied in a file, and say which."""
    read_device: Callable[[], DeviceMemory | NotAvailable]
    forecast: Callable[[ScaleProfile], ProfileForecast]
    """Of a profile's device memory, against the GPU as it is now."""
    rerun_offer: Callable[[Path], RerunOffer]
    """What to propose after a launch's out-of-memory."""
    step_up_offer: Callable[[Path], RerunOffer]
    """What larger run to propose after a launch that completed."""
    launch_after: Callable[[Path, FollowUp], Path]
    """What follows a launch that is over."""
    rerun: Callable[[Path, RerunOffer, Proposal, Callable[[str], None]], Path]
    """Wait for the device's memory, telling what it waits for, then launch what was proposed after a launch."""
