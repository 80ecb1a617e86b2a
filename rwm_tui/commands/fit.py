"""``rwm-tui fit``: the largest size of a profile that fits this GPU, found by real launches of one iteration each."""

import argparse
import sys
from typing import Any

import msgspec

from rwm_tui import device_wiring, wiring
from rwm_tui.core.agent_config import parse_override
from rwm_tui.core.errors import InputError
from rwm_tui.core.launch import documents
from rwm_tui.core.launch.follow import Follower, read_state
from rwm_tui.core.launch.lineage import tries_of_lineage
from rwm_tui.core.launch.outcome import EXIT_CODES, Outcome
from rwm_tui.core.launch.record import RunState
from rwm_tui.core.memory.budget import Budget, available_budget
from rwm_tui.core.memory.free_memory import wait_for_memory
from rwm_tui.core.memory.shrinking import resized
from rwm_tui.core.memory.size_search import (
    UNKNOWN_DEVICE,
    SizeSearch,
    Try,
    forecast_value,
    knob_named,
    resumed,
    save_search,
    search_after,
    search_path,
    short_name,
)
from rwm_tui.core.plan.environment import plan_under_settings
from rwm_tui.core.ports import DeviceMemory
from rwm_tui.core.profile import ScaleProfile, differences_between, load_profile_named, with_settings
from rwm_tui.core.review.history import find_launch
from rwm_tui.core.settings import Project, refuse_where_read_only
from rwm_tui.core.trainer_output.out_of_memory import MessageFigures

POLL_S = 0.3
STILL_FREE = 0.98  # of what was free at the start; a desktop moves a little


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("profile", metavar="PROFILE", nargs="?")
    parser.add_argument("--after", metavar="LAUNCH", help="go up again from this smaller rerun that completed")
    parser.add_argument("--set", metavar="KEY=VALUE", action="append", default=[], help="change a setting of it")
    parser.add_argument("--knob", metavar="NAME", default="mini_batch_size", help="the size to search (%(default)s)")
    parser.add_argument("--no-preflight", action="store_true", help="launch whatever the checks say")
    parser.add_argument("--anew", action="store_true", help="forget what an earlier search of the same found")


def answer(project: Project, options: argparse.Namespace) -> int:
    """0 where something fits, 3 where even the floor does not.

    :raises InputError: where there is nothing to fit against, or a launch ended otherwise.
    """
    refuse_where_read_only(project, "launch a run")
    asked, budget = _search_after(project, options) if options.after else _search_of_profile(project, options)
    search = asked if options.anew else resumed(project.logs, asked).with_tries(asked.tries)
    guess = forecast_value(search.profile, search.knob, budget)
    _tell(f"{budget.torch_mib:.0f} MiB for torch ({budget.basis}); state: {search_path(project.logs, search)}")
    while (value := search.next_value(guess)) is not None:
        done = _try(project, search, value, budget, with_preflight=not options.no_preflight)
        search = search.with_try(done)
        save_search(project.logs, search)
    return _report(project, search, json=options.json)


def _search_of_profile(project: Project, options: argparse.Namespace) -> tuple[SizeSearch, Budget]:
    if options.profile is None:
        raise InputError("usage", "fit needs a PROFILE or --after LAUNCH", "see `rwm-tui fit --help`")
    chosen = load_profile_named(project.profiles, options.profile)
    profile = with_settings(chosen, dict(parse_override(text) for text in options.set))
    budget, device = _budget(project, profile)
    return SizeSearch(profile=profile, key=knob_named(options.knob).key, device=device), budget


def _search_after(project: Project, options: argparse.Namespace) -> tuple[SizeSearch, Budget]:
    launches = tries_of_lineage(project.launches, read_state(find_launch(project, options.after)))
    budget, device = _budget(project, launches[0][1])
    return search_after(launches, device), budget


def _budget(project: Project, profile: ScaleProfile) -> tuple[Budget, str]:
    reading, simulator, _ = device_wiring.device_and_what_is_known(profile, project)
    budget = available_budget(profile, MessageFigures(), reading, simulator)
    if not isinstance(budget, Budget):
        raise InputError(
            "no device memory to fit against",
            budget.reason,
            "run it on a machine with a GPU, or give the embedded trainer a cap: --set device_memory_cap_mib=N",
        )
    where = reading.uuid if isinstance(reading, DeviceMemory) else UNKNOWN_DEVICE
    return budget, where


def _try(project: Project, search: SizeSearch, value: int, budget: Budget, *, with_preflight: bool) -> Try:
    """One launch of one iteration; it is killed if we are interrupted, and then does not count."""
    clock = wiring.real_clock()
    needed_mib = STILL_FREE * (budget.torch_mib + budget.beside_mib)
    wait_for_memory(needed_mib, device_wiring.real_device_probe(search.profile), clock, _tell)
    profile = with_settings(resized(search.profile, search.key, value), {"max_iterations": 1})
    name = short_name(search.key)
    because = f"fit of {search.profile.name}: {name} {value}"
    plan = plan_under_settings(project, profile, None, because)
    directory = wiring.launch(plan, project, clock, with_preflight=with_preflight)
    _tell(f"try {len(search.tries) + 1}: {name} {value} ({directory.name})")
    follower = Follower(directory)
    try:
        while not (state := follower.read()).is_over:
            clock.sleep(POLL_S)
    except KeyboardInterrupt:
        wiring.real_services(project).request_stop(directory)
        _tell("stopped; the same command goes on from here")
        raise
    return Try(value, _has_fitted(state), directory.name)


def _has_fitted(state: RunState) -> bool:
    assert state.outcome is not None, "a launch that is over has an outcome"
    _tell(f"       {state.outcome.outcome}: {state.outcome.reason}")
    if state.outcome.outcome not in (Outcome.COMPLETED, Outcome.OUT_OF_MEMORY):
        raise InputError(
            "fit stopped",
            f"{state.launch_id} ended {state.outcome.outcome}: {state.outcome.reason}",
            "mend that, then the same command goes on from here",
        )
    return state.outcome.outcome is Outcome.COMPLETED


def _report(project: Project, search: SizeSearch, *, json: bool) -> int:
    fitting = search.largest_fitting
    settings: dict[str, Any] = {}
    if fitting is not None:
        found = resized(search.profile, search.key, fitting)
        settings = {change.key: change.value for change in differences_between(search.profile, found)}
    if json:
        document = {
            "schema": documents.DOCUMENT_SCHEMA,
            "profile": search.profile.name,
            "knob": search.key,
            "asked": search.asked,
            "largest_fitting": fitting,
            "smallest_failing": search.smallest_failing,
            "settings": settings,
            "tries": msgspec.to_builtins(search.tries),
            "state_file": str(search_path(project.logs, search)),
        }
        print(documents.to_json(document))
    elif fitting is None:
        print(f"nothing fits, down to {short_name(search.key)} {search.smallest_failing}")
    else:
        print(f"largest that fits: {short_name(search.key)} {fitting} (asked {search.asked})")
        print(" ".join([f"rwm-tui run {search.profile.name}", *(f"--set {k}={v}" for k, v in settings.items())]))
    return 0 if fitting is not None else EXIT_CODES[Outcome.OUT_OF_MEMORY]


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
