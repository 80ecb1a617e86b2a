"""The composition root: the only place where the core meets the real clock, NVML, file watching and hosts."""

import dataclasses
import datetime
import os
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from rwm_tui.core.atomic_file import write_atomically
from rwm_tui.core.compare.comparison import compare
from rwm_tui.core.compare.side import SidePaths, read_side_at
from rwm_tui.core.diagnosis.diagnose import diagnose_launch, diagnose_run_files
from rwm_tui.core.diagnosis.diagnosed_run import (
    DiagnosedRun,
    Situation,
    is_worth_telling,
    possible_actions,
    where_it_ended,
)
from rwm_tui.core.diagnosis.follow_up import FollowUp
from rwm_tui.core.diagnosis.judgement import Diagnosis
from rwm_tui.core.diagnosis.kept_diagnosis import kept_or_made
from rwm_tui.core.errors import InputError
from rwm_tui.core.launch.beginnings import Beginning, read_beginnings
from rwm_tui.core.launch.environment_record import write_environment
from rwm_tui.core.launch.follow import Follower, read_state
from rwm_tui.core.launch.leftovers import end_leftovers, leftovers_among
from rwm_tui.core.launch.lineage import failure_of, tries_of_lineage
from rwm_tui.core.launch.outcome import Outcome
from rwm_tui.core.launch.paths import LaunchPaths, open_launch
from rwm_tui.core.launch.preflight_record import preflight_warnings, write_preflight
from rwm_tui.core.launch.record import RunState
from rwm_tui.core.launch.replay import Recording
from rwm_tui.core.launch.stage_times import earlier_launch, read_stage_times
from rwm_tui.core.launch.stop import end_launch, request_stop
from rwm_tui.core.memory.budget import Budget
from rwm_tui.core.memory.forecast_record import write_forecast
from rwm_tui.core.memory.free_memory import wait_for_memory
from rwm_tui.core.memory.holders import holders_of
from rwm_tui.core.memory.report import forecast_record
from rwm_tui.core.memory.rerun import Proposal, RerunOffer, plan_rerun, why_it_follows
from rwm_tui.core.memory.size_search import UNKNOWN_DEVICE, SizeSearch, resumed, save_search, search_after
from rwm_tui.core.memory.step_up import WhatFits, plan_step_up
from rwm_tui.core.plan.environment import plan_under_settings, require_startable
from rwm_tui.core.plan.launch_plan import LaunchPlan
from rwm_tui.core.plan.preflight.checks import examine_machine, examine_profile, examine_start, refuse_failed
from rwm_tui.core.plan.preflight.finding import Preflight
from rwm_tui.core.plan.preflight.recorded_environment import environment_to_record
from rwm_tui.core.plan.preflight.surroundings import NO_READINGS, Readings, Surroundings, locate_runner, look_around
from rwm_tui.core.plan.upstream.guard_fix import AppliedFix, GuardProposal, apply_proposal, propose_guard
from rwm_tui.core.ports import Clock, DeviceMemory, NotAvailable, SupervisedDevice, TenantProbe
from rwm_tui.core.profile import ScaleProfile, agent_config_of, has_world_model, ladder, load_profiles, usable_profiles
from rwm_tui.core.review.find import find_entry, last_success_before
from rwm_tui.core.review.history import launch_of_run, list_history
from rwm_tui.core.run_dir.layout import is_run_directory
from rwm_tui.core.services import Services
from rwm_tui.core.settings import (
    Project,
    Settings,
    load_settings,
    record_eula_consent,
    record_theme,
    refuse_where_read_only,
)
from rwm_tui.core.verdict.place import find_place
from rwm_tui.device_wiring import device_and_what_is_known, forecast_of, real_device_probe
from rwm_tui.hosts.local import start_supervisor
from rwm_tui.judging_wiring import (
    check_run,
    compare_run_groups,
    evaluate_in,
    ledger_text,
    write_comparison,
    write_ledger,
)
from rwm_tui.probes.clock import SystemClock
from rwm_tui.probes.watch import FileWatcher

COPIED_FILE = "copied.txt"


def real_clock() -> Clock:
    return SystemClock()


def real_services(project: Project) -> Services:
    """Everything the shells can do in this project, on this machine."""
    clock = real_clock()
    device = real_device_probe()
    watcher = FileWatcher()
    return Services(
        project=project,
        load_profiles=lambda: usable_profiles(project.profiles),
        plan=partial(plan_under_settings, project),
        accept_eula=lambda: record_eula_consent(project, datetime.date.today()),
        preflight=lambda profile: preflight(profile, project),
        propose_guard=lambda profile: propose_guard(runner_in_use(project, profile)),
        apply_guard=lambda proposal: apply_guard(project, proposal, clock),
        launch=lambda plan: launch(plan, project, clock),
        warnings_of=lambda directory: preflight_warnings(LaunchPaths(directory)),
        leftovers=lambda: leftovers_among(read_beginnings(project.launches)),
        end_leftovers=lambda leftovers: tuple(end_trainers(project, leftovers, clock)),
        request_stop=lambda directory: stop(project, read_state(directory), directory),
        follow=Follower,
        stage_times=lambda directory: read_stage_times(project.launches, directory),
        replay=Recording,
        earlier_launch=lambda directory: earlier_launch(project.launches, directory),
        changes=lambda directory: watcher.changes(LaunchPaths(directory).events, LaunchPaths(directory).samples),
        check=lambda run_directory, launch_directory: check_run(project, run_directory, launch_directory),
        diagnose=lambda run_directory, launch_directory: diagnose_run(project, run_directory, launch_directory),
        compare_groups=lambda run_directory, launch_directory: compare_run_groups(
            project, run_directory, launch_directory
        ),
        find_place=lambda evidence, run_directory, launch_directory: find_place(
            evidence, run_directory, launch_directory or launch_of_run(project, run_directory)
        ),
        ledger=lambda run_directory: ledger_text(project, run_directory),
        evaluate=lambda request: evaluate_in(project, request),
        history=lambda: list_history(project),
        keep_theme=lambda theme: record_theme(project, theme),
        compare=lambda left, right: compare(read_side_at(left), read_side_at(right)),
        last_success=lambda directory: since_last_success(project, directory),
        write_comparison=lambda comparison: write_comparison(project, comparison),
        write_ledger=lambda run_directory: write_ledger(project, run_directory),
        write_copy=lambda text: write_copy(project, text),
        read_device=device.read,
        forecast=lambda profile: forecast_of(profile, project),
        rerun_offer=lambda directory: rerun_offer(project, directory, device),
        step_up_offer=lambda directory: step_up_offer(project, directory),
        launch_after=lambda directory, follows: launch_after(project, directory, follows, clock),
        rerun=lambda directory, offer, proposal, tell: rerun(project, directory, offer, proposal, tell, clock, device),
    )


def since_last_success(project: Project, directory: Path) -> tuple[SidePaths, SidePaths]:
    """The sides of "what changed since it last worked", of a launch or a run directory.

    :raises InputError: where nothing earlier of the same task completed.
    """
    history = list_history(project)
    entry = find_entry(history, str(directory.absolute()))
    success = last_success_before(history, entry)
    return (
        SidePaths(success.run_directory, success.launch_directory),
        SidePaths(entry.run_directory, entry.launch_directory),
    )


def preflight(profile: ScaleProfile | None, project: Project) -> Preflight:
    """Everything that can be told of a profile's launch; for None, of both trainers on this machine."""
    settings = load_settings(project)
    around = look_around(project, settings, os.environ, profile, _readings(project, profile))
    if profile is not None:
        return examine_profile(around, profile)
    profiles = load_profiles(project.profiles)
    return examine_machine(around, ladder(profiles, "embedded"), ladder(profiles, "isaaclab"))


def runner_in_use(project: Project, profile: ScaleProfile | None) -> Path:
    """The runner that an Isaac Lab launch would import: the one that the preflight looks at."""
    return locate_runner(project, load_settings(project), os.environ, profile)


def _surroundings_of_start(profile: ScaleProfile, project: Project) -> Surroundings:
    """Quick for the embedded trainer, which needs no settings and shares no simulator."""
    if profile.backend == "embedded":
        return look_around(project, Settings(), os.environ, profile, NO_READINGS)
    return look_around(project, load_settings(project), os.environ, profile, _readings(project, profile))


def _readings(project: Project, profile: ScaleProfile | None) -> Readings:
    device = real_device_probe(profile)
    return Readings(device.read(), device.read_tenants(), read_beginnings(project.launches), device.describe())


def stop(project: Project, state: RunState, directory: Path, *, kill: bool = False) -> str:
    """Ask for the end of a launch; what happens now, in a sentence."""
    refuse_where_read_only(project, "stop a run")
    return request_stop(state, directory, kill=kill)


def end_trainers(project: Project, leftovers: tuple[Beginning, ...], clock: Clock) -> Iterator[str]:
    """End trainers of ours that nobody supervises; what was done, in sentences."""
    refuse_where_read_only(project, "end a trainer")
    return end_leftovers(leftovers, clock)


def apply_guard(project: Project, proposal: GuardProposal, clock: Clock) -> AppliedFix:
    refuse_where_read_only(project, "change the runner")
    return apply_proposal(proposal, clock.now())


def write_copy(project: Project, text: str) -> Path:
    """
    :raises InputError: where the logs folder can't be written.
    """
    path = project.logs / COPIED_FILE
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, text.encode() + b"\n")
    except OSError as error:
        raise InputError(
            "not copied to a file", f"{path}: {error.strerror}", "make the logs folder writable"
        ) from error
    return path


def launch(plan: LaunchPlan, project: Project, clock: Clock, *, with_preflight: bool = True) -> Path:
    """Look ahead, write the plan and what it is started in, then start it detached.

    :raises InputError: where it cannot be started, with the remedy.
    """
    refuse_where_read_only(project, "launch a run")
    require_startable(plan)
    around = _surroundings_of_start(plan.profile, project)
    looked_ahead = examine_start(around, plan.profile) if with_preflight else None
    if looked_ahead:
        refuse_failed(looked_ahead)
    paths: LaunchPaths = open_launch(plan, project.logs, clock.now())
    if looked_ahead and plan.backend == "isaaclab":
        write_preflight(paths, looked_ahead)
    write_environment(paths, environment_to_record(around, plan.profile, real_device_probe(plan.profile).describe()))
    if has_world_model(plan.profile) and agent_config_of(plan.profile).device != "cpu":
        write_forecast(paths, forecast_record(forecast_of(plan.profile, project)))
    start_supervisor(paths, clock, project.preferences.notify.command)
    return paths.directory


def rerun_offer(project: Project, directory: Path, device: SupervisedDevice) -> RerunOffer:
    """What to propose after the launch's out-of-memory.

    :raises InputError: where it did not run out of memory.
    """
    state = read_state(directory)
    failure = failure_of(project.launches, state)
    if failure.seen.kind == "other-process":
        holders = holders_of(failure.figures, device.read_tenants())
        failure = dataclasses.replace(failure, holders=holders)
    profile = state.plan.profile
    reading, simulator, ceilings = device_and_what_is_known(profile, project, device)
    if not state.is_over:
        reading = NotAvailable("the failed trainer has not ended")
    return plan_rerun(failure, profile, usable_profiles(project.profiles).profiles, reading, simulator, ceilings)


def step_up_offer(project: Project, directory: Path) -> RerunOffer:
    """What to propose after the launch completed; the search's state is kept for the next step, and for `fit --after`.

    :raises InputError: where it did not complete.
    """
    state = read_state(directory)
    if state.outcome is None or state.outcome.outcome is not Outcome.COMPLETED:
        raise InputError("nothing to go up from", f"{state.launch_id} did not complete", "name a run that completed")
    device, simulator, ceilings = device_and_what_is_known(state.plan.profile, project)
    search = _search_upwards(project, state, device)
    what_fits = WhatFits(device, simulator, ceilings)
    return plan_step_up(state.plan.profile, usable_profiles(project.profiles).profiles, what_fits, search)


def _search_upwards(project: Project, state: RunState, device: DeviceMemory | NotAvailable) -> SizeSearch | None:
    """Towards the size that failed before this launch; None where none did."""
    where = UNKNOWN_DEVICE if isinstance(device, NotAvailable) else device.uuid
    try:
        search = search_after(tries_of_lineage(project.launches, state), where)
    except InputError:
        return None
    search = resumed(project.logs, search).with_tries(search.tries)
    if not project.read_only:
        save_search(project.logs, search)
    return search


def rerun(
    project: Project,
    directory: Path,
    offer: RerunOffer,
    proposal: Proposal,
    tell: Callable[[str], None],
    clock: Clock,
    device: TenantProbe,
) -> Path:
    """End the failed trainer if it still runs, wait until the memory is free, launch.

    :raises InputError: where the memory does not become free, or the plan cannot be started.
    """
    refuse_where_read_only(project, "launch a run")
    state = end_launch(directory, clock, tell)
    beside_mib = offer.budget.beside_mib if isinstance(offer.budget, Budget) else 0.0
    wait_for_memory(proposal.needed_mib + beside_mib, device, clock, tell)
    if not _had_preflight(state, directory):
        tell("no preflight, as for the launch that this one follows")
    follows = FollowUp(proposal.profile, proposal.changes, why_it_follows(offer, proposal))
    return launch_after(project, directory, follows, clock)


def launch_after(project: Project, directory: Path, follows: FollowUp, clock: Clock) -> Path:
    """Launch what follows a launch that is over; without a preflight where that one had none.

    :raises InputError: where it cannot be started, with the remedy.
    """
    state = read_state(directory)
    planned = plan_under_settings(project, follows.profile, state.launch_id, follows.because)
    return launch(planned, project, clock, with_preflight=_had_preflight(state, directory))


def _had_preflight(state: RunState, directory: Path) -> bool:
    return state.plan.backend == "embedded" or LaunchPaths(directory).preflight.exists()


def diagnose_run(
    project: Project, run_directory: Path | None, launch_directory: Path | None = None
) -> DiagnosedRun | None:
    """Why a run failed, by its launch record or by its files alone; None where nothing went wrong and while it goes on.

    :raises InputError: where neither can be read.
    """
    if launch_directory is None and run_directory is not None:
        launch_directory = launch_of_run(project, run_directory)
    state = read_state(launch_directory) if launch_directory else None
    diagnosis = _kept_diagnosis(project, run_directory, launch_directory, state)
    if diagnosis is None or not is_worth_telling(diagnosis, state):
        return None
    return DiagnosedRun(
        diagnosis=diagnosis,
        launch_directory=launch_directory,
        run_directory=Path(state.run_directory) if state and state.run_directory else run_directory,
        ended_in=where_it_ended(state) if state else "",
        kit_log=Path(state.kit_log) if state and state.kit_log else None,
        possible=possible_actions(diagnosis, state, _situation(project, diagnosis, state)),
    )


def _kept_diagnosis(
    project: Project, run_directory: Path | None, launch_directory: Path | None, state: RunState | None
) -> Diagnosis | None:
    if launch_directory is not None and state is not None:
        if not state.is_over:
            return None
        folders = (launch_directory, *([Path(state.run_directory)] if state.run_directory else []))
        return kept_or_made(
            project.logs, folders, lambda: diagnose_launch(state, launch_directory), may_keep=not project.read_only
        )
    if run_directory is None or not is_run_directory(run_directory):
        return None
    return kept_or_made(
        project.logs, (run_directory,), lambda: diagnose_run_files(run_directory), may_keep=not project.read_only
    )


def _situation(project: Project, diagnosis: Diagnosis, state: RunState | None) -> Situation:
    """Only what this diagnosis' actions ask for is looked at."""
    asked = {action.kind for action in diagnosis.actions}
    if state is None:
        return Situation()
    return Situation(
        read_only=project.read_only,
        guard_is_missing="guard-runner" in asked and _guard_is_missing(project, state.plan.profile),
        consent_is_missing="accept-eula" in asked
        and plan_under_settings(project, state.plan.profile).needs_eula_consent,
        has_leftovers="end-leftovers" in asked and bool(leftovers_among(read_beginnings(project.launches))),
    )


def _guard_is_missing(project: Project, profile: ScaleProfile) -> bool:
    try:
        return bool(propose_guard(runner_in_use(project, profile)).diff)
    except InputError:  # it needs none, or none that is known fits
        return False
