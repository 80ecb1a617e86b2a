"""What a shell can do, as one value that the composition root fills and hands down."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

from rwm_tui.core.launch.beginnings import Beginning
from rwm_tui.core.launch.follow import Follower
from rwm_tui.core.launch.history import HistoryEntry
from rwm_tui.core.plan.launch_plan import LaunchPlan
from rwm_tui.core.plan.preflight.finding import CheckResult, Preflight
from rwm_tui.core.plan.upstream.guard_fix import AppliedFix, GuardProposal
from rwm_tui.core.ports import DeviceMemory, NotAvailable
from rwm_tui.core.profile import ScaleProfile
from rwm_tui.core.settings import Project
from rwm_tui.core.verdict.checklist import Checklist
from rwm_tui.core.verdict.observation_readings import GroupComparison


@dataclass(frozen=True)
class Services:
    """Every call but ``follow`` and ``changes`` may block on files: keep it off the event loop.

    ``plan(profile, parent, because)``; ``check(run_directory, launch_directory)``, and ``compare_groups`` likewise;
    ``accept_eula()`` records the user's consent to Isaac Sim's licence, for the plans that are made afterwards;
    ``preflight(profile)`` looks at what would spoil a launch, for None at this machine as a whole;
    ``propose_guard(profile)`` makes the runner's fix without writing, ``apply_guard`` writes what was agreed to;
    ``warnings_of(launch)`` are those that a launch went ahead in spite of; ``leftovers`` are trainers of ours that
    nobody supervises. Each raises InputError with a message for the user.
    """

    project: Project
    load_profiles: Callable[[], tuple[ScaleProfile, ...]]
    plan: Callable[[ScaleProfile, str | None, str | None], LaunchPlan]
    accept_eula: Callable[[], None]
    preflight: Callable[[ScaleProfile | None], Preflight]
    propose_guard: Callable[[ScaleProfile | None], GuardProposal]
    apply_guard: Callable[[GuardProposal], AppliedFix]
    launch: Callable[[LaunchPlan], Path]
    warnings_of: Callable[[Path], tuple[CheckResult, ...]]
    leftovers: Callable[[], tuple[Beginning, ...]]
    end_leftovers: Callable[[tuple[Beginning, ...]], tuple[str, ...]]
    request_stop: Callable[[Path], str]
    follow: Callable[[Path], Follower]
    changes: Callable[[Path], AsyncIterator[None]]
    check: Callable[[Path, Path | None], Checklist]
    compare_groups: Callable[[Path, Path | None], GroupComparison]
    history: Callable[[], tuple[HistoryEntry, ...]]
    read_device: Callable[[], DeviceMemory | NotAvailable]
