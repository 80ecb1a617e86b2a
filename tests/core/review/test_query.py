from __future__ import annotations

import pytest

from rwm_tui.core.errors import InputError
from rwm_tui.core.launch.outcome import Outcome
from rwm_tui.core.review.history import HistoryEntry
from rwm_tui.core.review.query import chosen, parse_condition, parse_conditions, sorted_by
from rwm_tui.core.review.run_summary import Sizes

ENTRIES = (
    HistoryEntry(
        when=1_780_000_000.0, name="a", task="Flat-Pretrain-v0", outcome=Outcome.COMPLETED, peak_device_mib=6000.0
    ),
    HistoryEntry(
        when=1_770_000_000.0, name="b", task="Rough-Pretrain-v0", outcome=Outcome.FAILED, peak_device_mib=900.0
    ),
    HistoryEntry(when=1_760_000_000.0, name="c", run_path="/r", sizes=Sizes(num_envs=64)),
)


@pytest.mark.parametrize(
    ("condition", "names"),
    [
        ("outcome=COMPLETED", "a"),
        ("outcome=completed", "a"),
        ("outcome!=COMPLETED", "bc"),
        ("outcome=none", "c"),
        ("outcome!=none", "ab"),
        ("task=*pretrain*", "ab"),
        ("task=Pretrain", ""),
        ("peak_vram>900", "a"),
        ("peak_vram>=900", "ab"),
        ("peak_vram=900", "b"),
        ("peak_vram=none", "c"),
        ("num_envs<=64", "c"),
        ("scale=reduced", "c"),
        ("verdict=none", "abc"),
        ("date>=2026-02", "ab"),
        ("date<2026", "c"),
        ("date=2026", "ab"),
        ("rough", "b"),
        ("FAILED", "b"),
    ],
)
def test_a_condition_chooses(condition: str, names: str) -> None:
    assert "".join(entry.name for entry in chosen(ENTRIES, [parse_condition(condition)])) == names


def test_conditions_stand_beside_each_other() -> None:
    assert [entry.name for entry in chosen(ENTRIES, parse_conditions(" task=*v0   peak_vram<1000 "))] == ["b"]
    assert chosen(ENTRIES, parse_conditions("")) == ENTRIES


@pytest.mark.parametrize(
    ("condition", "hint"),
    [
        ("outcom=FAILED", "did you mean outcome?"),
        ("=x", "keys: date"),
        ("peak_vram=much", "peak_vram>=64"),
        ("num_envs>", "num_envs>=64"),
        ("outcome>FAILED", "write outcome=VALUE"),
        ("peak_vram>none", "write peak_vram=VALUE"),
    ],
)
def test_what_is_no_condition_is_explained(condition: str, hint: str) -> None:
    with pytest.raises(InputError) as error:
        parse_condition(condition)
    assert hint in error.value.hint


@pytest.mark.parametrize(
    ("key", "reverse", "names"),
    [
        ("date", False, "abc"),
        ("date", True, "cba"),
        ("name", False, "abc"),
        ("name", True, "cba"),
        ("peak_vram", False, "abc"),
        ("peak_vram", True, "bac"),
        ("num_envs", True, "cab"),
        ("outcome", True, "bac"),
    ],
)
def test_what_is_not_known_comes_last(key: str, reverse: bool, names: str) -> None:
    assert "".join(entry.name for entry in sorted_by(ENTRIES, key, reverse=reverse)) == names


def test_an_unknown_sort_key_is_explained() -> None:
    with pytest.raises(InputError, match="no 'vram'"):
        sorted_by(ENTRIES, "vram")
