"""When predictions count as useful."""

import pytest

from rwm_tui.core.evaluation.judgement import Usefulness, judge_open_loop
from tests.core.evaluation.measurements import open_loop


@pytest.mark.parametrize(
    ("measured", "usefulness", "is_certain"),
    [
        (open_loop(0.5), Usefulness.PREDICTIVE, True),
        (open_loop(0.5, v=0.89), Usefulness.PARTLY, True),  # its interval reaches 0.91
        (open_loop(0.99), Usefulness.PARTLY, True),
        (open_loop(1.01, spread=0.02), Usefulness.NOT_PREDICTIVE, False),
        (open_loop(1.05, spread=0.02), Usefulness.NOT_PREDICTIVE, True),
        (open_loop(0.5, windows=499), Usefulness.UNDECIDED, False),
        (open_loop(0.5, blocks=19), Usefulness.UNDECIDED, False),
    ],
)
def test_usefulness(measured: object, usefulness: Usefulness, is_certain: bool) -> None:
    judgement = judge_open_loop(measured)  # type: ignore[arg-type]
    assert (judgement.usefulness, judgement.is_certain) == (usefulness, is_certain)
    assert judgement.reason


def test_a_weak_group_is_named() -> None:
    assert "tau (0.97" in judge_open_loop(open_loop(0.5, tau=0.95)).reason
