"""The real supervisor, detached as in life, with a small misbehaving trainer."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from rwm_tui.core.errors import InputError
from rwm_tui.core.launch import process
from rwm_tui.core.launch.events import FinalCheckpointSeen, JournalEntry, SignalSent, StopRequested, decode_entry
from rwm_tui.core.launch.follow import Follower
from rwm_tui.core.launch.outcome import Outcome
from rwm_tui.core.launch.paths import LaunchPaths, open_launch
from rwm_tui.core.launch.record import RunState
from rwm_tui.core.launch.run_binding import TWO_LINES
from rwm_tui.core.launch.status import Status
from rwm_tui.core.launch.stop import request_stop
from rwm_tui.core.plan.launch_plan import LaunchPlan
from rwm_tui.core.ports import HostLoad
from rwm_tui.core.profile import EMBEDDED_TASK, ScaleProfile
from rwm_tui.core.trainer_output.stages import Stage
from rwm_tui.hosts.local import start_supervisor
from rwm_tui.probes.clock import SystemClock
from tests.waiting import until

TRAINER = Path(__file__).with_name("misbehaving_trainer.py")


def plan_for(mode: str, folder: Path, **changes: object) -> LaunchPlan:
    profile = ScaleProfile(
        name="test", purpose="a test", backend="embedded", task=EMBEDDED_TASK, num_envs=4, max_iterations=3
    )
    plan = LaunchPlan(
        profile=profile,
        argv=(sys.executable, str(TRAINER), mode),
        cwd=str(folder),
        environment={"PYTHONUNBUFFERED": "1"},
        time_limit_s=60.0,
        grace_s=1.0,
    )
    return msgspec.structs.replace(plan, **changes)


def start(mode: str, folder: Path, **changes: object) -> LaunchPaths:
    clock = SystemClock()
    paths = open_launch(plan_for(mode, folder, **changes), folder / "logs", clock.now())
    start_supervisor(paths, clock)
    return paths


def end_of(paths: LaunchPaths, limit_s: float = 30.0) -> RunState:
    follower = Follower(paths.directory)
    return until(lambda: state if (state := follower.read()).is_over else None, limit_s)


def outcome_of(mode: str, folder: Path, **changes: object) -> tuple[Outcome, str]:
    record = end_of(start(mode, folder, **changes)).outcome
    assert record is not None
    return record.outcome, record.reason


def wait_until_ready(paths: LaunchPaths) -> RunState:
    follower = Follower(paths.directory)
    until(lambda: b"ready" in paths.console.read_bytes())
    return until(lambda: state if (state := follower.read()).run_directory else None)


@pytest.mark.parametrize(
    ("mode", "outcome", "words"),
    [
        ("succeeds", Outcome.COMPLETED, "model_3.pt was written"),
        ("dies-at-import", Outcome.FAILED, "No module named 'isaaclab'"),
        ("gives-up", Outcome.FAILED, "model_0.pt: No space left on device"),
        ("out-of-memory", Outcome.OUT_OF_MEMORY, "torch ran out of memory (console line 4)"),
        ("segfaults", Outcome.FAILED, "ended by SIGSEGV, no model_3.pt"),
        ("dies-saving-again", Outcome.KILLED, "ended by SIGKILL, sent by somebody else; no model_3.pt"),
        ("exits-0-without-final", Outcome.FAILED, "exit status 0, no model_3.pt"),
    ],
)
def test_the_outcome_rests_on_artifacts(tmp_path: Path, mode: str, outcome: Outcome, words: str) -> None:
    found, reason = outcome_of(mode, tmp_path)
    assert found is outcome
    assert words in reason


def test_a_program_that_is_not_there_fails_to_start(tmp_path: Path) -> None:
    found, reason = outcome_of("", tmp_path, argv=("/nowhere/isaaclab.sh",))
    assert found is Outcome.FAILED_TO_START
    assert "/nowhere/isaaclab.sh: No such file" in reason


def test_a_successful_launch_leaves_the_whole_record(tmp_path: Path) -> None:
    paths = start("succeeds", tmp_path)
    state = end_of(paths)
    assert state.status is Status.ENDED
    assert state.run_directory is not None
    assert state.run_directory.endswith("2026-01-02_03-04-05_pretrain")
    assert [mark.stage for mark in state.stages][-1] is Stage.TRAINING_COMPLETE
    assert state.exited is not None
    assert state.exited.exit_status == 0
    assert state.samples, "at least one memory sample was taken"
    assert state.samples[0].console_bytes == 0
    assert isinstance(state.samples[0].host, HostLoad)
    assert isinstance(state.samples[-1].running_s, float)
    links = list((tmp_path / "logs").glob("pretrain_check_*.log"))
    assert len(links) == 1
    assert links[0].read_bytes() == paths.console.read_bytes()


def test_a_flood_reaches_the_file_whole(tmp_path: Path) -> None:
    paths = start("floods", tmp_path)
    assert end_of(paths).outcome.outcome is Outcome.COMPLETED  # type: ignore[union-attr]
    lines = paths.console.read_bytes().splitlines()
    assert sum(line.startswith(b"line ") for line in lines) == 200_000


def test_a_stop_is_sigint_and_no_failure(tmp_path: Path) -> None:
    paths = start("hangs", tmp_path)
    state = wait_until_ready(paths)
    assert "SIGINT requested" in request_stop(state, paths.directory)
    ended = end_of(paths)
    assert ended.outcome is not None
    assert ended.outcome.outcome is Outcome.STOPPED
    assert "SIGKILL" not in paths.events.read_text()


def test_sigkill_follows_after_the_grace(tmp_path: Path) -> None:
    paths = start("ignores-sigint", tmp_path)
    request_stop(wait_until_ready(paths), paths.directory)
    ended = end_of(paths)
    assert ended.outcome is not None
    assert ended.outcome.outcome is Outcome.STOPPED
    assert ended.outcome.signal == "SIGKILL"
    signals = [line for line in paths.events.read_text().splitlines() if "signal_sent" in line]
    assert ["SIGINT" in signals[0], "SIGKILL" in signals[1]] == [True, True]


def test_the_time_limit_stops_the_run(tmp_path: Path) -> None:
    found, reason = outcome_of("hangs", tmp_path, time_limit_s=0.5)
    assert found is Outcome.TIMED_OUT
    assert "stopped at the time limit" in reason


@pytest.mark.parametrize(
    ("mode", "signals", "ending"),
    [
        ("hangs-after-completion", ["SIGINT"], "with SIGINT: ended by SIGINT"),
        ("hangs-after-completion-and-ignores-sigint", ["SIGINT", "SIGKILL"], "with SIGINT, then SIGKILL: ended by SIG"),
    ],
)
def test_a_hang_at_close_is_ended_after_its_grace_and_is_completed(
    tmp_path: Path, mode: str, signals: list[str], ending: str
) -> None:
    paths = start(mode, tmp_path, shutdown_grace_s=1.5)
    ended = end_of(paths)
    assert ended.outcome is not None
    assert ended.outcome.outcome is Outcome.COMPLETED
    assert f"model_3.pt was written; closing hung and had to be ended {ending}" in ended.outcome.reason
    at = {type(entry.event): entry.t for entry in journal(paths)}
    sent = [entry for entry in journal(paths) if isinstance(entry.event, SignalSent)]
    assert [entry.event.signal for entry in sent if isinstance(entry.event, SignalSent)] == signals
    assert at[StopRequested] - at[FinalCheckpointSeen] >= 1.5
    assert sent[-1].t - sent[0].t >= (1.0 if len(sent) == 2 else 0.0)
    assert ended.stage is Stage.TRAINING_COMPLETE


def journal(paths: LaunchPaths) -> list[JournalEntry]:
    return [entry for line in paths.events.read_bytes().splitlines() if (entry := decode_entry(line))]


def test_a_stop_after_the_final_checkpoint_is_completed(tmp_path: Path) -> None:
    paths = start("hangs-after-completion", tmp_path)
    wait_until_ready(paths)
    follower = Follower(paths.directory)
    state = until(lambda: s if (s := follower.read()).stage is Stage.TRAINING_COMPLETE else None)
    request_stop(state, paths.directory)
    ended = end_of(paths)
    assert ended.outcome is not None
    assert ended.outcome.outcome is Outcome.COMPLETED
    assert "afterwards" in ended.outcome.reason


def test_a_kill_by_somebody_else_is_killed(tmp_path: Path) -> None:
    paths = start("hangs", tmp_path)
    state = wait_until_ready(paths)
    assert state.trainer is not None
    os.kill(state.trainer.pid, signal.SIGKILL)
    ended = end_of(paths)
    assert ended.outcome is not None
    assert ended.outcome.outcome is Outcome.KILLED


def test_what_the_trainer_leaves_in_its_session_is_ended(tmp_path: Path) -> None:
    paths = start("leaves-a-child", tmp_path)
    end_of(paths)
    child = int(paths.console.read_text().split("child ")[1].split()[0])
    until(lambda: not Path(f"/proc/{child}").exists() or "Z" in Path(f"/proc/{child}/stat").read_text().split()[2])


def test_an_ignored_sigint_is_not_handed_on(tmp_path: Path) -> None:
    clock = SystemClock()
    paths = open_launch(plan_for("reports-signals", tmp_path), tmp_path / "logs", clock.now())
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        start_supervisor(paths, clock)
    finally:
        signal.signal(signal.SIGINT, before)
    end_of(paths)
    assert "SIGINT default" in paths.console.read_text()


def test_a_kit_log_that_the_console_does_not_name_is_found_open(tmp_path: Path) -> None:
    ended = end_of(start("holds-a-kit-log", tmp_path, environment_kind="conda"))
    assert ended.kit_log == str(
        tmp_path / "elsewhere" / "logs" / "Kit" / "Isaac-Sim" / "5.0" / "kit_20260102_030405.log"
    )
    assert "holds it open" in ended.kit_log_known_from
    assert ended.outcome is not None
    assert ended.outcome.outcome is Outcome.COMPLETED


def test_a_run_that_no_supervisor_lived_to_bind_is_named_by_the_console(tmp_path: Path) -> None:
    paths = start("begins-when-told", tmp_path)
    until(lambda: b"waiting" in paths.console.read_bytes())
    follower = Follower(paths.directory)
    supervisor = until(lambda: follower.read().supervisor)
    os.kill(supervisor.pid, signal.SIGKILL)
    until(lambda: follower.read().unsupervised)
    assert follower.state.run_directory is None
    (tmp_path / "go").touch()
    lost = until(lambda: s if (s := follower.read()).is_over else None)
    assert lost.outcome is not None
    assert (lost.outcome.outcome, lost.outcome.run_directory) == (Outcome.LOST, lost.run_directory)
    assert lost.run_directory == str(tmp_path / "logs" / "rsl_rl" / "anymal_d_flat" / "2026-01-02_03-04-05_pretrain")
    assert lost.run_directory_known_from == TWO_LINES


def test_a_launch_whose_supervisor_was_killed(tmp_path: Path) -> None:
    """The trainer goes on unsupervised and can still be stopped; afterwards the launch is lost, not running."""
    paths = start("hangs", tmp_path)
    state = wait_until_ready(paths)
    assert state.supervisor is not None
    assert state.trainer is not None
    os.kill(state.supervisor.pid, signal.SIGKILL)
    follower = Follower(paths.directory)
    alone = until(lambda: s if (s := follower.read()).unsupervised else None)
    assert alone.status is Status.RUNNING
    assert "the supervisor is gone; sent SIGINT" in request_stop(alone, paths.directory)
    lost = until(lambda: s if (s := follower.read()).is_over else None)
    assert lost.outcome is not None
    assert lost.outcome.outcome is Outcome.LOST


def test_a_reused_pid_is_never_signalled(tmp_path: Path) -> None:
    bystander = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(3600)"], start_new_session=True)
    try:
        identity = process.identify(bystander.pid)
        assert identity is not None
        impostor = msgspec.structs.replace(identity, start_ticks=identity.start_ticks - 1)
        assert not process.signal_group(impostor, signal.SIGKILL)
        assert process.session_members(impostor) == ()
        assert process.is_alive(identity)
    finally:
        bystander.kill()
        bystander.wait()


def test_an_unwritable_logs_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "logs").write_text("a file in the way")
    with pytest.raises(InputError, match="logs folder not writable") as error:
        open_launch(plan_for("succeeds", tmp_path), tmp_path / "logs", 0.0)
    assert str(tmp_path / "logs") in error.value.message
    assert "--logs" in error.value.hint


def test_two_launches_in_one_second_have_two_directories(tmp_path: Path) -> None:
    plan = plan_for("succeeds", tmp_path)
    other = msgspec.structs.replace(plan, profile=msgspec.structs.replace(plan.profile, name="other"))
    launches = [open_launch(each, tmp_path / "logs", 1000.0) for each in (plan, plan, other)]
    assert len({paths.directory for paths in launches}) == 3
    assert len(list((tmp_path / "logs").glob("pretrain_check_*.log"))) == 3
    assert Follower(launches[2].directory).read().plan == other


@pytest.mark.parametrize(
    ("mode", "told"),
    [
        ("succeeds", ["ended COMPLETED"]),
        ("out-of-memory", ["out-of-memory ", "ended OUT_OF_MEMORY"]),
        ("segfaults", ["ended FAILED"]),
    ],
)
def test_the_users_command_is_started_with_news(tmp_path: Path, mode: str, told: list[str]) -> None:
    script = (
        "import os; event, outcome, folder, reason = (os.environ['RWM_TUI_' + name] "
        "for name in ('EVENT', 'OUTCOME', 'LAUNCH_DIR', 'REASON')); "
        "open('told', 'a').write(f'{event} {outcome}|{folder}|{reason}\\n')"
    )
    clock = SystemClock()
    paths = open_launch(plan_for(mode, tmp_path), tmp_path / "logs", clock.now())
    start_supervisor(paths, clock, (sys.executable, "-c", script, "; touch x"))
    state = end_of(paths)
    found = paths.directory / "told"
    until(lambda: found.exists() and found.read_text().count("\n") == len(told))
    lines = found.read_text().splitlines()
    assert sorted(line.split("|")[0] for line in lines) == sorted(told)
    assert {line.split("|")[1] for line in lines} == {str(paths.directory)}
    assert state.outcome is not None
    assert any(line.split("|")[2] == state.outcome.reason for line in lines)


def test_a_command_that_cannot_be_started_harms_nothing(tmp_path: Path) -> None:
    clock = SystemClock()
    paths = open_launch(plan_for("succeeds", tmp_path), tmp_path / "logs", clock.now())
    start_supervisor(paths, clock, ("/nowhere/bell",))
    record = end_of(paths).outcome
    assert record is not None
    assert record.outcome is Outcome.COMPLETED
    until(lambda: "notify.command: /nowhere/bell: No such file" in paths.supervisor_log.read_text())
