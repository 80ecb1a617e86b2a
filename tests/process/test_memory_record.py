"""What a launch leaves of its memory: samples, warnings before the crash, facts, ceilings, on a stand-in GPU."""

import json
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from rwm_tui import device_wiring
from rwm_tui.cli import main
from rwm_tui.core.launch.documents import run_document
from rwm_tui.core.launch.follow import Follower
from rwm_tui.core.launch.outcome import Outcome
from rwm_tui.core.launch.paths import LaunchPaths, open_launch
from rwm_tui.core.launch.record import RunState
from rwm_tui.core.memory.ceilings_file import ceilings_path, read_ceilings
from rwm_tui.core.memory.forecast_record import write_forecast
from rwm_tui.core.memory.launch_memory import LaunchMemory, read_memory
from rwm_tui.core.memory.live import live_memory
from rwm_tui.core.memory.report import forecast_record
from rwm_tui.core.ports import DeviceActivity, NotAvailable
from rwm_tui.core.profile import ScaleProfile, load_profile_named, with_settings
from rwm_tui.core.settings import Project
from rwm_tui.hosts.local import start_supervisor
from rwm_tui.probes.clock import SystemClock
from tests.conftest import ROOT
from tests.process.test_supervisor import end_of, plan_for
from tests.standin.gpus import Gpus, gpu, install
from tests.waiting import until

DEFAULT = with_settings(load_profile_named(ROOT / "profiles", "default"), {"max_iterations": 3})


@pytest.fixture
def gpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Gpus:
    return install(tmp_path, monkeypatch)


def project_in(folder: Path) -> Project:
    return Project(root=folder, profiles=ROOT / "profiles", logs=folder / "logs", found=True)


def run(folder: Path, profile: ScaleProfile, simulator_mib: float, jump_mib: float) -> tuple[RunState, LaunchMemory]:
    """A launch to its end, forecast as the app would, and what it left."""
    script = str(Path(__file__).with_name("memory_trainer.py"))
    paths = open_launch(plan_for("", folder, profile=profile), folder / "logs", SystemClock().now())
    argv = (sys.executable, script, str(simulator_mib), str(jump_mib), str(paths.directory))
    environment = {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    plan = plan_for("", folder, profile=profile, argv=argv, environment=environment)
    paths.plan.write_bytes(msgspec.json.encode(plan))
    write_forecast(paths, forecast_record(device_wiring.forecast_of(profile, project_in(folder))))
    start_supervisor(paths, SystemClock())
    state = end_of(paths)
    until(lambda: paths.memory.exists())
    until(lambda: ceilings_path(paths.logs).exists())
    memory = read_memory(paths)
    assert memory is not None
    return state, memory


def test_the_crash_is_foretold_before_it_comes_and_learned_from(gpus: Gpus, tmp_path: Path) -> None:
    gpus.set(gpu(used=900.0, total=12000.0, processes=[[1, 400.0]]))
    state, memory = run(tmp_path, DEFAULT, simulator_mib=3500.0, jump_mib=9000.0)
    assert state.outcome is not None
    assert state.outcome.outcome is Outcome.OUT_OF_MEMORY
    assert [warned.kind for warned in state.memory_warnings] == ["ahead"]
    assert state.memory_warnings[0].text.startswith("will run out of device memory in the dynamics phase")
    [told] = run_document(state, tmp_path, None)["memory_warnings"]
    assert told["kind"] == "ahead"
    assert told["text"] == state.memory_warnings[0].text
    assert told["needed_mib"] > told["limit_mib"] == 12000.0
    training = next(mark.t for mark in state.stages if mark.stage == "training")
    assert state.device is not None
    assert state.device.driver == "580.65.06"
    assert any(sample.ours_mib == 4100.0 for sample in state.samples)
    assert isinstance(state.samples[0].activity, DeviceActivity)
    assert state.samples[0].activity.temperature_c == 41
    assert memory.before_training_mib == 4100.0
    assert memory.others_mib == 900.0
    assert memory.fitted is False
    assert any(sample.t < training for sample in state.samples)
    learned = read_ceilings(ceilings_path(tmp_path / "logs")).ceilings[0]
    assert (learned.gpu, learned.driver) == ("NVIDIA Test 8GB", "580.65.06")
    assert learned.failed[0].launch == state.launch_id
    again = device_wiring.forecast_of(DEFAULT, project_in(tmp_path))
    assert again.verdict == "will-not-fit"
    assert "this scale failed here on" in again.known.text
    assert "learned from 1 launch of this task on NVIDIA Test 8GB" in again.baseline.basis


def test_what_fits_is_not_warned_of_and_the_chart_has_its_data(gpus: Gpus, tmp_path: Path) -> None:
    gpus.set(gpu(used=900.0, total=24000.0, processes=[[1, 400.0]]))
    state, memory = run(tmp_path, DEFAULT, simulator_mib=3500.0, jump_mib=9000.0)
    assert state.outcome is not None
    assert state.outcome.outcome is Outcome.COMPLETED
    assert state.memory_warnings == ()
    assert memory.fitted is True
    assert memory.peak_mib == 13100.0
    live = live_memory(state, memory.forecast)
    assert live.shares_from == "by process"
    assert live.limit_mib == 24000.0
    peak = max(live.points, key=lambda point: point.ours_mib or 0.0)
    assert (peak.used_mib, peak.others_mib, peak.ours_mib) == (14000.0, 900.0, 13100.0)
    assert isinstance(live.foretold_mib, tuple)
    assert live.foretold_mib[0] < 14000.0 < live.foretold_mib[1]


def test_where_no_process_is_shown_the_share_is_what_the_use_grew_by(gpus: Gpus, tmp_path: Path) -> None:
    gpus.set(gpu(used=900.0, total=24000.0, errors={"processes": 4}))
    state, memory = run(tmp_path, DEFAULT, simulator_mib=3500.0, jump_mib=9000.0)
    assert memory.before_training_mib == 4100.0
    assert live_memory(state, memory.forecast).shares_from.startswith("ours is what")


def test_a_gpu_that_vanishes_midway_is_told_and_the_run_goes_on(gpus: Gpus, tmp_path: Path) -> None:
    gpus.set(gpu(used=900.0, total=24000.0))
    clock = SystemClock()
    paths = open_launch(plan_for("begins-when-told", tmp_path), tmp_path / "logs", clock.now())
    write_forecast(paths, forecast_record(device_wiring.forecast_of(DEFAULT, project_in(tmp_path))))
    start_supervisor(paths, clock)
    follower = Follower(paths.directory)
    until(lambda: any(not isinstance(sample.device, NotAvailable) for sample in follower.read().samples))
    gpus.set(error=15)
    [warned] = until(lambda: follower.read().memory_warnings)
    assert warned.kind == "device-vanished"
    assert "the GPU is lost" in warned.text
    (tmp_path / "go").touch()
    ended = end_of(paths)
    assert ended.outcome is not None
    assert ended.outcome.outcome is Outcome.COMPLETED


def test_the_record_of_a_launch_whose_facts_were_lost_is_read_from_its_journal(gpus: Gpus, tmp_path: Path) -> None:
    gpus.set(gpu(used=900.0, total=24000.0))
    state, memory = run(tmp_path, DEFAULT, simulator_mib=3500.0, jump_mib=9000.0)
    paths = LaunchPaths(tmp_path / "logs" / "launches" / state.launch_id)
    paths.memory.unlink()
    assert read_memory(paths) == memory
    assert Follower(paths.directory).read().outcome is not None


def test_the_command_tells_learns_and_merges(gpus: Gpus, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    gpus.set(gpu(used=900.0, total=24000.0))
    state, _ = run(tmp_path, DEFAULT, simulator_mib=3500.0, jump_mib=9000.0)

    def command(*words: str) -> dict[str, Any]:
        assert main(["memory", "--json", "--logs", str(tmp_path / "logs"), *words]) == 0
        document: dict[str, Any] = json.loads(capsys.readouterr().out)
        return document

    told = command()
    assert [entry["launch"] for entry in told["ceilings"][0]["fitted"]] == [state.launch_id]
    assert told["hit_rate"]["made"] == told["hit_rate"]["measured"] == told["hit_rate"]["met"] == 1
    path = ceilings_path(tmp_path / "logs")
    other = path.rename(tmp_path / "other.yaml")
    assert command()["ceilings"] == []
    assert command("--merge", str(other))["ceilings"] == told["ceilings"]
    path.unlink()
    assert command("--learn")["ceilings"] == told["ceilings"]
    assert path.read_text() == other.read_text()
    path.write_text("ceilings: [{gpu: x}]")
    assert main(["memory", "--logs", str(tmp_path / "logs")]) == 2
    assert str(path) in capsys.readouterr().err
