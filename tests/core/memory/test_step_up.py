"""Going up again: the next rung, the largest that fits, the binary search's next step, and when there is none."""

import msgspec

from rwm_tui.core.launch.outcome import Outcome
from rwm_tui.core.memory.budget import Budget, needed_mib
from rwm_tui.core.memory.ceilings import DeviceCeilings, learn_ceilings
from rwm_tui.core.memory.forecast import Baseline, forecast_of
from rwm_tui.core.memory.launch_memory import memory_of
from rwm_tui.core.memory.rerun import NotOffered, Proposal, RerunOffer, why_it_follows
from rwm_tui.core.memory.shrinking import BATCH, samples_per_iteration, value_of
from rwm_tui.core.memory.size_search import SizeSearch, Try
from rwm_tui.core.memory.step_up import WhatFits, plan_step_up
from rwm_tui.core.ports import DeviceMemory, NotAvailable
from rwm_tui.core.profile import ScaleProfile, with_settings
from rwm_tui.core.trainer_output.console_events import OutOfMemorySeen
from tests.core.memory.past_launch import GPU, PROFILES, past

SIMULATOR = Baseline(3000.0, 3500.0, "learned")
NO_GPU = NotAvailable("no GPU here")


def device(total_mib: float) -> DeviceMemory:
    return DeviceMemory(GPU.name, GPU.uuid, 500.0, total_mib)


def after(
    done: ScaleProfile,
    gpu: DeviceMemory | NotAvailable,
    search: SizeSearch | None = None,
    ceilings: DeviceCeilings | None = None,
) -> RerunOffer:
    return plan_step_up(done, PROFILES.values(), WhatFits(gpu, SIMULATOR, ceilings), search)


def proposed(found: Proposal | NotOffered) -> Proposal:
    assert isinstance(found, Proposal), found
    return found


def test_on_a_large_gpu_the_next_rung_and_the_whole_ladder_are_offered() -> None:
    offer = after(PROFILES["reduced"], device(81559.0))
    assert offer.goes_up
    assert proposed(offer.rung).profile.name == "small"
    assert proposed(offer.fit).profile == PROFILES["default"]
    assert why_it_follows(offer, proposed(offer.rung)).startswith(
        "reduced completed; next rung small: num_envs 64 -> 256"
    )


def test_on_a_small_gpu_the_largest_that_fits_lies_between_the_rungs() -> None:
    offer = after(PROFILES["small"], device(8188.0))
    fit = proposed(offer.fit).profile
    assert value_of(fit, BATCH) < value_of(PROFILES["default"], BATCH)
    assert samples_per_iteration(fit) >= samples_per_iteration(PROFILES["default"])
    assert isinstance(offer.budget, Budget)
    assert needed_mib(forecast_of(fit)) <= offer.budget.torch_mib
    assert fit.name == "default-fit"


def test_nothing_larger_is_offered_where_nothing_larger_fits() -> None:
    offer = after(PROFILES["medium"], device(5200.0))
    for refused in (offer.rung, offer.fit):
        assert isinstance(refused, NotOffered)
        assert "MiB are needed" in refused.reason


def test_the_top_of_the_ladder_has_nothing_above_it() -> None:
    offer = after(PROFILES["default"], device(81559.0))
    assert isinstance(offer.best, NotOffered)


def test_without_a_gpu_the_next_rung_is_offered_and_no_size_is_claimed_to_fit() -> None:
    offer = after(PROFILES["embedded-reduced"], NO_GPU)
    assert proposed(offer.rung).profile.name == "embedded"
    assert isinstance(offer.fit, NotOffered)
    assert "no GPU here" in offer.fit.reason


def test_what_failed_here_is_not_tried_again() -> None:
    seen = OutOfMemorySeen(line=9, offset=0, kind="torch-cuda", text="")
    memory = memory_of(past(PROFILES["small"], seen, outcome=Outcome.OUT_OF_MEMORY), NotAvailable("none was made"))
    assert memory is not None
    ceilings = learn_ceilings([memory]).of(GPU, PROFILES["small"])
    offer = after(PROFILES["reduced"], device(GPU.total_mib), ceilings=ceilings)
    assert isinstance(offer.rung, NotOffered)
    known = proposed(after(PROFILES["reduced"], device(GPU.total_mib)).rung)
    assert known.profile.name == "small"


def test_after_a_rerun_the_search_goes_on_towards_the_size_that_failed() -> None:
    failed = PROFILES["default"]
    done = with_settings(failed, {BATCH: 2000})
    search = SizeSearch(profile=failed, key=BATCH, device=GPU.uuid, tries=(Try(5000, False, "a"), Try(2000, True, "b")))
    first = proposed(after(done, device(12000.0), search).fit)
    value = value_of(first.profile, BATCH)
    assert 2000 < value < 5000
    found = search.with_try(Try(value, False, "c"))
    second = value_of(proposed(after(done, device(12000.0), found).fit).profile, BATCH)
    assert 2000 < second < value
    close = search.with_try(Try(2050, False, "c"))
    ended = after(done, device(12000.0), close).fit
    assert isinstance(ended, NotOffered)
    assert "mini_batch_size 2000 fitted, 2050 failed" in ended.reason


def test_the_same_launch_counts_once_in_a_search_that_is_taken_up_again() -> None:
    search = SizeSearch(profile=PROFILES["default"], key=BATCH, device="GPU-1", tries=(Try(5000, False, "a"),))
    both = search.with_tries([Try(5000, False, "a"), Try(2000, True, "b")])
    assert [done.launch_id for done in both.tries] == ["a", "b"]
    assert both.with_tries(both.tries) == both


def test_a_cap_is_carried_along() -> None:
    done = msgspec.structs.replace(PROFILES["embedded"], device_memory_cap_mib=3000.0)
    fit = proposed(after(done, device(81559.0)).fit).profile
    assert fit.device_memory_cap_mib == 3000.0
    assert needed_mib(forecast_of(fit)) <= 3000.0
