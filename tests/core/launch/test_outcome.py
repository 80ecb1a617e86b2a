"""Which ending means what."""

import signal

import pytest

from rwm_tui.core.launch.outcome import EXIT_CODES, EndingFacts, Outcome, judge_outcome, split_returncode


def ending(**changes: object) -> EndingFacts:
    facts: dict[str, object] = {
        "final_checkpoint": None,
        "expected_checkpoint": "model_1.pt",
        "out_of_memory_line": None,
        "stopped_by": None,
        "exit_status": 0,
        "signal": None,
    }
    return EndingFacts(**(facts | changes))  # type: ignore[arg-type]


FINAL = {"final_checkpoint": "model_1.pt"}


@pytest.mark.parametrize(
    ("facts", "outcome"),
    [
        (ending(**FINAL), Outcome.COMPLETED),
        (ending(**FINAL, exit_status=None, signal="SIGSEGV"), Outcome.COMPLETED),
        (ending(**FINAL, stopped_by="time-limit", exit_status=None, signal="SIGKILL"), Outcome.COMPLETED),
        (ending(**FINAL, stopped_by="user"), Outcome.COMPLETED),
        (ending(), Outcome.FAILED),
        (ending(exit_status=1), Outcome.FAILED),
        (ending(exit_status=0, out_of_memory_line=7), Outcome.OUT_OF_MEMORY),
        (ending(stopped_by="user", exit_status=0), Outcome.STOPPED),
        (ending(stopped_by="time-limit", exit_status=None, signal="SIGKILL"), Outcome.TIMED_OUT),
        (ending(exit_status=None, signal="SIGKILL"), Outcome.KILLED),
        (ending(exit_status=None, signal="SIGTERM"), Outcome.KILLED),
        (ending(exit_status=None, signal="SIGSEGV"), Outcome.FAILED),
        (ending(exit_status=None, signal="SIGABRT"), Outcome.FAILED),
    ],
)
def test_artifacts_decide(facts: EndingFacts, outcome: Outcome) -> None:
    found, reason = judge_outcome(facts)
    assert found is outcome
    assert ("was written" in reason) == (outcome is Outcome.COMPLETED)
    assert ("no model_1.pt" in reason) == (outcome is not Outcome.COMPLETED)


@pytest.mark.parametrize(
    ("returncode", "meaning"),
    [
        (0, (0, None)),
        (1, (1, None)),
        (-signal.SIGKILL, (None, "SIGKILL")),
        (130, (None, "SIGINT")),  # a launcher script that hands on its child's end
        (139, (None, "SIGSEGV")),
        (255, (255, None)),
    ],
)
def test_exit_status_or_signal(returncode: int, meaning: tuple[int | None, str | None]) -> None:
    assert split_returncode(returncode) == meaning


def test_every_outcome_has_its_exit_code() -> None:
    assert set(EXIT_CODES) == set(Outcome)
    assert [EXIT_CODES[o] for o in (Outcome.COMPLETED, Outcome.TIMED_OUT, Outcome.STOPPED)] == [0, 124, 130]
