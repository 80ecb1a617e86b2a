"""What fitted and what failed: learned, merged, written, read after hand edits, and used by the forecast's verdict."""

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rwm_tui.core.errors import InputError
from rwm_tui.core.launch.outcome import Outcome
from rwm_tui.core.memory.ceilings import Ceiling, Ceilings, DeviceCeilings, learn_ceilings, merged
from rwm_tui.core.memory.ceilings_file import add_to_ceilings, read_ceilings
from rwm_tui.core.memory.forecast import PUBLISHED_SIMULATOR
from rwm_tui.core.memory.launch_memory import LaunchMemory, memory_of
from rwm_tui.core.memory.report import ProfileForecast, forecast_document, forecast_profile
from rwm_tui.core.memory.scale_sizes import ScaleSizes
from rwm_tui.core.ports import DeviceMemory, NotAvailable
from rwm_tui.core.profile import ScaleProfile, with_settings
from rwm_tui.core.trainer_output.console_events import OutOfMemoryKind, OutOfMemorySeen
from tests.core.memory.past_launch import GPU, PROFILES, past

NO_FORECAST = NotAvailable("none was made")
DEFAULT = PROFILES["default"]
BATCH = "algorithm.system_dynamics_mini_batch_size"


def ended(profile: ScaleProfile, *, fitted: bool, kind: OutOfMemoryKind = "torch-cuda", text: str = "") -> LaunchMemory:
    seen = () if fitted else (OutOfMemorySeen(line=9, offset=0, kind=kind, text=text),)
    outcome = Outcome.COMPLETED if fitted else Outcome.OUT_OF_MEMORY
    memory = memory_of(past(profile, *seen, outcome=outcome), NO_FORECAST)
    assert memory is not None
    return memory


def asked(profile: ScaleProfile, known: Ceilings, used_mib: float = 500.0) -> ProfileForecast:
    device = DeviceMemory(GPU.name, GPU.uuid, used_mib, GPU.total_mib)
    return forecast_profile(profile, device, PUBLISHED_SIMULATOR, ceilings=known.of(GPU, profile))


def test_a_scale_that_failed_here_will_not_fit_and_the_verdict_says_when() -> None:
    smaller = with_settings(DEFAULT, {BATCH: 1000})
    assert asked(smaller, Ceilings()).verdict == "fits"
    known = learn_ceilings([ended(smaller, fitted=False)])
    for profile in (smaller, DEFAULT):  # and so everything larger
        answer = asked(profile, known)
        assert answer.verdict == "will-not-fit"
        assert "this scale failed here on 1970-01-01 (20260528_100000_default)" in forecast_document(answer)["basis"]
    assert asked(with_settings(DEFAULT, {BATCH: 900}), known).verdict == "fits"


def test_with_more_free_memory_than_it_had_a_failure_proves_nothing() -> None:
    smaller = with_settings(DEFAULT, {BATCH: 1000})
    known = learn_ceilings([ended(smaller, fitted=False)])
    assert asked(smaller, known, used_mib=400.0).verdict == "fits"
    assert asked(smaller, known, used_mib=600.0).verdict == "will-not-fit"


def test_a_scale_that_fitted_fits_again_while_as_much_is_free() -> None:
    known = learn_ceilings([ended(DEFAULT, fitted=True)])
    wide = learn_ceilings([ended(with_settings(DEFAULT, {BATCH: 12000}), fitted=True)])
    larger = with_settings(DEFAULT, {BATCH: 11000})
    assert asked(larger, Ceilings()).verdict == "tight"
    assert asked(larger, wide).verdict == "fits"
    assert asked(larger, wide, used_mib=501.0).verdict == "tight"
    assert "this scale fitted here" in forecast_document(asked(DEFAULT, known))["basis"]


def test_a_scale_that_fitted_once_and_failed_once_is_tight() -> None:
    known = learn_ceilings([ended(DEFAULT, fitted=True), ended(DEFAULT, fitted=False)])
    assert asked(DEFAULT, known).verdict == "tight"


@pytest.mark.parametrize("kind", ["other-process", "host", "graphics", "torch-cpu"])
def test_memory_that_no_size_would_have_freed_is_no_ceiling(kind: OutOfMemoryKind) -> None:
    assert (
        learn_ceilings([ended(DEFAULT, fitted=False, kind=kind)]).of(GPU, DEFAULT) is None
        or not learn_ceilings([ended(DEFAULT, fitted=False, kind=kind)]).ceilings[0].failed
    )


def test_other_settings_that_move_memory_are_not_compared() -> None:
    known = learn_ceilings([ended(with_settings(DEFAULT, {"policy.actor_hidden_dims": [1024]}), fitted=False)])
    assert asked(DEFAULT, known).verdict == "fits"


def test_torchs_own_message_says_what_it_could_have() -> None:
    text = (
        "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 728.00 MiB. GPU 0 has a total capacity of 24.00 "
        "GiB of which 200.00 MiB is free. Including non-PyTorch memory, this process has 14.00 GiB memory in use."
    )
    assert ended(DEFAULT, fitted=False, text=text).available_mib == 14.0 * 1024 + 200.0


def test_a_failure_under_a_cap_is_known_under_no_larger_cap_only() -> None:
    capped = with_settings(PROFILES["embedded-default"], {"device_memory_cap_mib": 5000, BATCH: 500})
    known = learn_ceilings([ended(capped, fitted=False)])
    assert asked(capped, known).verdict == "will-not-fit"
    assert asked(with_settings(capped, {"device_memory_cap_mib": 5001}), known).verdict == "fits"
    assert asked(with_settings(PROFILES["embedded-default"], {BATCH: 500}), known).verdict == "fits"


def entries(draw_from: random.Random, count: int) -> tuple[Ceiling, ...]:
    return tuple(
        Ceiling(
            sizes=ScaleSizes(num_envs=draw_from.choice((64, 128)), mini_batch_size=draw_from.choice((100, 200, 300))),
            available_mib=draw_from.choice((4000.0, 6000.0)),
            launch=f"2026_{draw_from.randrange(6)}",
            on="2026-05-28",
        )
        for _ in range(count)
    )


def group(seed: int) -> Ceilings:
    draw_from = random.Random(seed)
    own = DeviceCeilings(
        gpu=draw_from.choice("AB"),
        driver="1",
        task="T",
        backend="isaaclab",
        fitted=entries(draw_from, 4),
        failed=entries(draw_from, 4),
    )
    return merged(Ceilings(), Ceilings(ceilings=(own,)))


@given(st.integers(0, 10_000), st.integers(0, 10_000), st.integers(0, 10_000))
@settings(deadline=None, max_examples=60)
def test_merging_takes_any_order_and_grouping_and_changes_nothing_the_second_time(a: int, b: int, c: int) -> None:
    first, second, third = group(a), group(b), group(c)
    both = merged(first, second)
    assert merged(second, first) == both
    assert merged(both, second) == both
    assert merged(both, third) == merged(first, merged(second, third))


def test_two_machines_share_one_file(tmp_path: Path) -> None:
    shared, here = tmp_path / "lab" / "ceilings.yaml", tmp_path / "ceilings.yaml"
    shared.parent.mkdir()
    here.symlink_to(shared)
    add_to_ceilings(here, learn_ceilings([ended(DEFAULT, fitted=False)]))
    add_to_ceilings(shared, learn_ceilings([ended(PROFILES["reduced"], fitted=True)]))
    assert here.is_symlink()
    found = read_ceilings(here).of(GPU, DEFAULT)
    assert found is not None
    assert len(found.failed) == len(found.fitted) == 1


def test_the_file_reads_as_it_was_written_and_people_can_read_it(tmp_path: Path) -> None:
    path = tmp_path / "ceilings.yaml"
    known = learn_ceilings([ended(with_settings(DEFAULT, {BATCH: 1000}), fitted=True), ended(DEFAULT, fitted=False)])
    add_to_ceilings(path, known)
    assert read_ceilings(path) == known
    text = path.read_text()
    assert "mini_batch_size: 1000" in text
    assert "gpu: NVIDIA Test 24GB" in text
    before = path.stat().st_mtime_ns
    add_to_ceilings(path, known)
    assert path.stat().st_mtime_ns == before  # nothing new, nothing written


@pytest.mark.parametrize(
    ("edit", "told"),
    [
        (("mini_batch_size: 1000", "mini_batchsize: 1000"), "did you mean 'mini_batch_size'"),
        (("mini_batch_size: 1000", "mini_batch_size: many"), "mini_batch_size"),
        (("schema: 1", "schema: ["), "not valid YAML"),
        (("driver: ", "driver_: "), "driver"),
    ],
)
def test_a_slip_of_the_hand_is_told_with_file_and_key_and_the_file_is_left(
    tmp_path: Path, edit: tuple[str, str], told: str
) -> None:
    path = tmp_path / "ceilings.yaml"
    known = learn_ceilings([ended(with_settings(DEFAULT, {BATCH: 1000}), fitted=True)])
    add_to_ceilings(path, known)
    slipped = path.read_text().replace(*edit)
    path.write_text(slipped)
    with pytest.raises(InputError) as error:
        add_to_ceilings(path, known)
    assert str(path) in error.value.message
    assert told in f"{error.value.message} {error.value.hint}"
    assert path.read_text() == slipped


def test_removed_lines_stay_removed_and_comments_do_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "ceilings.yaml"
    add_to_ceilings(path, learn_ceilings([ended(DEFAULT, fitted=False)]))
    path.write_text("# ours\nschema: 1\nceilings: []\n")
    add_to_ceilings(path, learn_ceilings([ended(PROFILES["reduced"], fitted=True)]))
    found = read_ceilings(path).of(GPU, DEFAULT)
    assert found is not None
    assert not found.failed
