"""What users may type wrong: one or two clear lines, a status, no traceback."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from rwm_tui.core.errors import InputError
from rwm_tui.core.profile import EMBEDDED_TASK
from rwm_tui.trainer.command_line import agent_config, main, parse


def run_without_torch(program: str, *arguments: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    lines = (
        "import runpy, sys",
        "sys.modules['torch'] = None",
        f"sys.argv = ['x', *{list(arguments)!r}]",
        f"runpy.run_module({program!r}, run_name='__main__')",
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    return subprocess.run(
        [sys.executable, "-c", "\n".join(lines)],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_options_and_overrides_become_the_configuration() -> None:
    options = [
        "--task",
        EMBEDDED_TASK,
        "--headless",
        "--num_envs=64",
        "--max_iterations=3",
        "--seed",
        "7",
        "--run_name=check",
    ]
    overrides = ["agent.algorithm.system_dynamics_mini_batch_size=128", "agent.algorithm.gamma=0.9"]
    parsed = parse([*options, *overrides])
    config, device = agent_config(parsed)
    assert parsed.num_envs == 64
    assert (config.max_iterations, config.seed, config.run_name) == (3, 7, "check")
    assert config.algorithm.system_dynamics_mini_batch_size == 128
    assert config.algorithm.gamma == 0.9
    assert device is None


def test_overrides_may_stand_between_options() -> None:
    config, device = agent_config(parse(["agent.seed=3", "--device", "cpu", "agent.save_interval=2", "--headless"]))
    assert (config.seed, config.save_interval, device) == (3, 2, "cpu")


def test_a_misspelt_override_names_the_nearest_key() -> None:
    with pytest.raises(InputError) as raised:
        agent_config(parse(["agent.algorithm.system_dynamics_mini_batchsize=128"]))
    assert "agent.algorithm.system_dynamics_mini_batchsize" in raised.value.message
    assert "agent.algorithm.system_dynamics_mini_batch_size" in raised.value.hint


def test_an_unknown_task_names_the_known_one() -> None:
    with pytest.raises(InputError) as raised:
        agent_config(parse(["--task", "Template-Isaac-Velocity-Flat-Anymal-D-Pretrain-v0"]))
    assert EMBEDDED_TASK in raised.value.hint


def test_a_misspelt_option_is_refused_and_not_guessed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as raised:
        parse(["--num_env", "64"])
    assert raised.value.code == 2
    assert "--num_env" in capsys.readouterr().err


def test_a_missing_package_is_one_clear_sentence(tmp_path: Path) -> None:
    done = run_without_torch("rwm_tui.trainer", "--headless", folder=tmp_path)
    assert done.returncode == 1
    assert "'torch'" in done.stderr
    assert "pip install 'rwm-tui[embedded]'" in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--task", "Isaac-Ant-v0"], ["Isaac-Ant-v0", EMBEDDED_TASK]),
        (["--num_envs", "0"], ["--num_envs 0"]),
        (["agent.algorithm.gamma=2"], ["agent.algorithm.gamma"]),
        (["agent.imagination.num_envs=8"], ["agent.imagination.num_envs"]),
        (["agent.resume=true"], ["agent.resume"]),
        (["agent.policy.noise_std_type=log"], ["agent.policy.noise_std_type"]),
        (["agent.system_dynamics.architecture_config.type=mlp"], ["agent.system_dynamics.architecture_config.type"]),
        (["--device", "cuda:93"], ["cuda:93"]),
        (["--device", "nonsense"], ["nonsense"]),
        (["--experiment_name", "../up"], ["../up"]),
        (["--num_envs", "1", "agent.num_steps_per_env=1"], ["agent.algorithm.num_mini_batches"]),
        (["nonsense"], ["nonsense"]),
    ],
)
def test_what_cannot_be_done_is_refused(
    arguments: list[str],
    words: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    pytest.importorskip("torch")
    pytest.importorskip("mujoco")
    monkeypatch.chdir(tmp_path)
    assert main(["--num_envs", "2", *arguments]) == 1
    errors = capsys.readouterr().err
    assert all(word in errors for word in words), errors
    assert len(errors.strip().splitlines()) <= 2
    assert list(tmp_path.iterdir()) == []


def test_logs_that_cannot_be_written_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("torch")
    pytest.importorskip("mujoco")
    blocked = tmp_path / "a file"
    blocked.write_text("")
    assert main(["--num_envs", "2", "--logs", str(blocked / "logs")]) == 1
    assert str(blocked) in capsys.readouterr().err


def test_a_full_disk_is_named(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    from rwm_tui.trainer.run_directory import write_text

    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full")
    with pytest.raises(InputError, match="/dev/full"):
        write_text(Path("/dev/full"), "anything")


@pytest.mark.parametrize(("limit_bytes", "name"), [(2_000, "env.yaml"), (1_000_000, "model_0.pt")])
def test_a_disk_that_fills_up_is_one_clear_line(limit_bytes: int, name: str, tmp_path: Path) -> None:
    """A file size limit makes every write beyond it fail, as a full disk does."""
    pytest.importorskip("torch")
    pytest.importorskip("mujoco")
    sizes = ["num_mini_batches=1", "mini_batch_size=2", "num_eval_trajectories=1", "len_eval_trajectory=40"]
    lines = (
        "import resource, sys",
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({limit_bytes}, {limit_bytes}))",
        "from rwm_tui.trainer.command_line import main",
        f"sys.exit(main({['--num_envs', '2', *(f'agent.algorithm.system_dynamics_{size}' for size in sizes)]!r}))",
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2]), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(lines)],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert name in done.stderr.splitlines()[0]
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.glob("logs/rsl_rl/*/*/model_*"))


def test_memory_that_cannot_be_capped_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("mujoco")
    status = main(["--device=cpu", "--num_envs=4", "--device-memory-cap-mib=5120", f"--logs={tmp_path}"])
    error = capsys.readouterr().err
    assert status == 1
    assert "device memory not capped" in error
    assert "leave the cap out" in error
    assert not (tmp_path / "rsl_rl").exists()


@pytest.mark.parametrize("cap", ["0", "-3", "nan", "inf"])
def test_a_cap_is_a_size(cap: str) -> None:
    with pytest.raises(InputError, match="device-memory-cap-mib"):
        agent_config(parse([f"--device-memory-cap-mib={cap}"]))
