from pathlib import Path

import pytest

from rwm_tui.core.desktop_notification import Sequence, desktop_notification
from rwm_tui.core.launch.news import News
from rwm_tui.core.launch.outcome import Outcome

NEWS = News("ended", Path("/logs/launches/x\x1b[2J"), Outcome.FAILED, "KeyError: 'a;b'\x07\x9d\n\x1b]0;owned\x07")


@pytest.mark.parametrize("sequence", ["osc9", "osc777"])
def test_nothing_that_is_quoted_ends_or_begins_a_sequence(sequence: Sequence) -> None:
    escape = desktop_notification(NEWS, sequence)
    inner = escape.removeprefix("\x1b]").removesuffix("\x07")
    assert len(inner) == len(escape) - 3
    assert inner.isprintable()
    assert "FAILED" in inner
    assert "KeyError" in inner
    if sequence == "osc777":
        assert inner.count(";") == 3


def test_tmux_hands_it_on() -> None:
    wrapped = desktop_notification(NEWS, "osc9", in_tmux=True)
    assert wrapped.startswith("\x1bPtmux;\x1b\x1b]9;")
    assert wrapped.endswith("\x07\x1b\\")
