"""The document of `forecast --json` as other programs read it, and what bad input gets."""

import json
from pathlib import Path
from typing import Any

import pytest

from rwm_tui.cli import main
from rwm_tui.core.ports import NotAvailable
from tests.conftest import ROOT

KEYS = {
    "schema",
    "peak_mib",
    "interval_mib",
    "torch_allocated_mib",
    "torch_reserved_mib",
    "breakdown",
    "phase",
    "verdict",
    "basis",
}
Answer = tuple[int, dict[str, Any]]


@pytest.fixture
def forecast(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    def answer(*words: str) -> Answer:
        status = main(["--project-root", str(ROOT), "forecast", *words, "--json", "--logs", str(tmp_path)])
        return status, json.loads(capsys.readouterr().out)

    return answer


@pytest.mark.parametrize("profile", ["default", "embedded-default"])
def test_it_holds_the_fixed_keys_and_adds_up(forecast: Any, profile: str) -> None:
    status, found = forecast(profile, "--vram-mib=24000", "--baseline-mib=3000")
    assert (status, set(found)) == (0, KEYS)
    assert sum(found["breakdown"].values()) == pytest.approx(found["peak_mib"], abs=1.0)
    context = found["breakdown"]["CUDA context"]
    assert found["peak_mib"] == pytest.approx(found["torch_reserved_mib"] + context, abs=0.2)
    low, high = found["interval_mib"]
    assert low <= found["peak_mib"] <= high
    assert found["torch_allocated_mib"] <= found["torch_reserved_mib"]
    assert found["phase"] == "dynamics"
    assert "baseline as given" in found["basis"]


@pytest.mark.parametrize(
    ("sizes", "verdict"),
    [
        (("--vram-mib=80000", "--baseline-mib=3000"), "fits"),
        (("--vram-mib=12500", "--baseline-mib=3000"), "tight"),
        (("--vram-mib=8188", "--baseline-mib=3000"), "will-not-fit"),
        (("--vram-mib=8188", "--baseline-mib=0"), "will-not-fit"),  # measured: not without any simulator, either
    ],
)
def test_the_verdict_compares_peak_and_baseline_with_the_total(
    forecast: Any, sizes: tuple[str, ...], verdict: str
) -> None:
    assert forecast("default", *sizes)[1]["verdict"] == verdict


def test_settings_are_taken_with_and_without_their_prefix(forecast: Any) -> None:
    plain = forecast("--set", "algorithm.system_dynamics_mini_batch_size=1000", "--set", "num_envs=64")[1]
    prefixed = forecast("--set", "agent.algorithm.system_dynamics_mini_batch_size=1000", "--set", "num_envs=64")[1]
    assert plain == prefixed
    assert plain["peak_mib"] < forecast("default")[1]["peak_mib"]


def test_without_a_size_of_the_device_it_is_unknown_and_says_why(
    forecast: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rwm_tui.device_wiring.NvmlProbe", _NoGpu)
    found = forecast("default")[1]
    assert found["verdict"] == "unknown"
    assert "no GPU in this test" in found["basis"]
    assert "published benchmarks" in found["basis"]


def test_a_task_without_a_known_world_model_is_unknown_and_says_why(forecast: Any) -> None:
    status, found = forecast("isaaclab3-velocity", "--vram-mib=80000")
    assert (status, found["verdict"]) == (0, "unknown")
    assert found["basis"].startswith("unknown: no world model is known of task")


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("nope",), "nope"),
        (("--set", "foo=1"), "foo"),
        (("--set", "num_envs"), "KEY=VALUE"),
        (("--set", "num_envs=0"), "num_envs"),
        (("--set", "system_dynamics.ensemble_size=1.5"), "ensemble_size"),
        (("--vram-mib", "much"), "'much' is no size in MiB"),
        (("--vram-mib", "nan"), "--vram-mib"),
        (("--baseline-mib=-1",), "--baseline-mib"),
    ],
)
def test_bad_input_is_the_error_document(forecast: Any, words: tuple[str, ...], named: str) -> None:
    status, found = forecast(*words)
    assert (status, set(found)) == (2, {"schema", "error"})
    assert set(found["error"]) == {"title", "message", "hint"}
    assert named in found["error"]["message"]


class _NoGpu:
    def __init__(self, environment: object) -> None:
        pass

    def read(self) -> NotAvailable:
        return NotAvailable("no GPU in this test")

    describe = read
