"""The live scan: a console in pieces of any size gives the warnings of the whole; healthy ones give none."""

import json
import math
from pathlib import Path

import msgspec
import pytest

from rwm_tui.core.diagnosis.early_warning import EarlyWarning, early_warnings
from rwm_tui.core.diagnosis.live_console import LiveConsole
from rwm_tui.core.trainer_output.console import parse_console
from rwm_tui.core.trainer_output.console_events import IterationReported
from rwm_tui.core.trainer_output.scalars import Scalar
from tests.widgets.states import live_state

HEALTHY = ["B_fixed_reduced_ok", "C_fixed_60it", "G6_gpu_reduced_3it", "H_4envs_no_finished_episode"]


def warnings_of(text: str, path: Path, pieces: int) -> tuple[EarlyWarning, ...]:
    """As they stand when the console has grown in so many pieces."""
    console = LiveConsole(path)
    data = text.encode()
    size = max(len(data) // pieces, 1)
    with path.open("wb") as file:
        for start in range(0, len(data), size):
            file.write(data[start : start + size])
            file.flush()
            while console.advance():
                pass
    return early_warnings(console.reading, live_state())


@pytest.mark.parametrize("pieces", [1, 7, 200])
def test_the_pieces_make_no_difference(shared_fixtures: Path, tmp_path: Path, pieces: int) -> None:
    overflow = json.loads((shared_fixtures / "failures" / "089.json").read_text())["text"]
    text = "healthy\n" * 50 + overflow + "\n" + "healthy\n" * 50
    assert warnings_of(text, tmp_path / "a", pieces) == warnings_of(text, tmp_path / "b", 1)
    [warning] = warnings_of(text, tmp_path / "c", pieces)
    assert warning.text.startswith("PhysX buffer full, contacts dropped, ")
    assert "; set sim.physx.gpu_" in warning.text
    assert warning.line > 50


@pytest.mark.parametrize("run", HEALTHY)
def test_a_healthy_console_warns_of_nothing(shared_fixtures: Path, tmp_path: Path, run: str) -> None:
    text = (shared_fixtures / "upstream-runs" / run / "console.log").read_text()
    assert warnings_of(text, tmp_path / "console.log", 20) == ()


def test_one_look_is_bounded_and_the_last_line_is_not_lost(tmp_path: Path) -> None:
    path = tmp_path / "console.log"
    console = LiveConsole(path)
    assert not console.advance()
    path.write_text("x" * 99 + "\n" + "RuntimeError: No CUDA GPUs are available\n")
    looks = 0
    while console.advance(limit=10):
        looks += 1
    assert looks == math.ceil(path.stat().st_size / 10)
    assert [seen.first.line for seen in console.reading.failures.values()] == [2]
    path.write_text("anew\n")
    console.advance()
    console.advance()
    assert (console.reading.lines, console.reading.failures) == (1, {})


def test_a_line_without_end_takes_bounded_memory(tmp_path: Path) -> None:
    path = tmp_path / "console.log"
    path.write_bytes(b"y" * 3_000_000)
    console = LiveConsole(path)
    while console.advance():
        assert len(console._unfinished) <= 64 * 1024


def test_loss_is_nan_since_its_iteration(shared_fixtures: Path, tmp_path: Path) -> None:
    text = (shared_fixtures / "upstream-runs" / "C_fixed_60it" / "console.log").read_text()
    head, block, rest = text.partition("Learning iteration 3/60")
    path = tmp_path / "console.log"
    path.write_text(head + block + rest.replace("Mean value_function loss:", "Mean value_function loss: nan #"))
    text = path.read_text()
    path.write_text(text.replace("nan #", "nan\n#"))
    reports = tuple(event for event in parse_console(path) if isinstance(event, IterationReported))
    console = LiveConsole(path)
    while console.advance():
        pass
    [warning] = early_warnings(console.reading, msgspec.structs.replace(live_state(), iterations=reports))
    assert warning.text == "Mean value_function loss is nan since iteration 3"


def test_the_event_file_warns_of_what_no_console_shows(tmp_path: Path) -> None:
    tags = {
        "System Dynamics/state_loss": math.nan,
        "System Dynamics/autoregressive_error": math.inf,  # harmless while the buffer is short
        "System Dynamics/contact_loss": 0.5,
        "Loss/value_function": 1e23,
    }
    scalars = {tag: Scalar(tag, 1, value, 1.0) for tag, value in tags.items()}
    state = msgspec.structs.replace(live_state(), scalars=scalars)
    found = early_warnings(LiveConsole(tmp_path / "none").reading, state)
    assert [warning.text for warning in found] == [
        "the world model's state loss is nan (event file)",
        "value function is 1e+23 (event file)",
    ]
