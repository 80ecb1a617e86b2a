"""The container's side of a launch: who the trainer is there, and where its paths lie outside."""

from pathlib import Path

import pytest

from rwm_tui.core.launch.container import ContainerProcess, announced_process, outside_path
from rwm_tui.core.launch.run_binding import RunDirectoryBinding
from rwm_tui.core.plan.launch_plan import ContainerAccess
from rwm_tui.core.trainer_output.console_events import LogRootNamed, RunStampNamed

ACCESS = ContainerAccess(
    enter=("docker", "exec", "lab"),
    path_map={"/workspace": "/home/user/lab", "/workspace/data": "/data"},
)


@pytest.mark.parametrize(
    ("console", "process"),
    [
        (b"[INFO] rwm-tui container process: 4711 123456\n[INFO] more\n", ContainerProcess(4711, 123456)),
        (b"[INFO] rwm-tui container process: 4711 1234", None),
        (b"[INFO] rwm-tui container process: -1 5\n", None),
        (b"first\n[INFO] rwm-tui container process: 4711 123456\n", None),
        (b"", None),
    ],
)
def test_only_a_whole_first_line_names_the_process(
    tmp_path: Path, console: bytes, process: ContainerProcess | None
) -> None:
    path = tmp_path / "console.log"
    path.write_bytes(console)
    assert announced_process(path) == process


@pytest.mark.parametrize(
    ("inside", "outside"),
    [
        ("/workspace/rwm/logs", "/home/user/lab/rwm/logs"),
        ("/workspace/data/logs", "/data/logs"),
        ("/workspace", "/home/user/lab"),
        ("/workspaces/rwm", "/workspaces/rwm"),
        ("/isaac-sim", "/isaac-sim"),
    ],
)
def test_the_longest_mapped_folder_counts(inside: str, outside: str) -> None:
    assert outside_path(inside, ACCESS) == outside
    assert outside_path(inside, None) == inside


def test_the_run_directory_is_sought_outside(tmp_path: Path) -> None:
    access = ContainerAccess(enter=ACCESS.enter, path_map={"/w": str(tmp_path)})
    binding = RunDirectoryBinding("pretrain", access)
    binding.see(LogRootNamed(path="/w/logs", line=1, offset=0))
    assert (binding.expected, binding.look()) == (None, None)
    binding.see(RunStampNamed(stamp="2026-01-02_03-04-05", line=2, offset=40))
    expected = tmp_path / "logs" / "2026-01-02_03-04-05_pretrain"
    assert (binding.expected, binding.look()) == (expected, None)
    expected.mkdir(parents=True)
    assert binding.look() == expected


def test_an_unknown_run_name_is_found_by_the_stamp_alone(tmp_path: Path) -> None:
    binding = RunDirectoryBinding(None)
    binding.see(LogRootNamed(path=str(tmp_path), line=1, offset=0))
    binding.see(RunStampNamed(stamp="2026-01-02_03-04-05", line=2, offset=40))
    (tmp_path / "2026-01-02_03-04-06").mkdir()
    assert binding.look() is None
    for name in ("2026-01-02_03-04-05_a", "2026-01-02_03-04-05_b"):
        (tmp_path / name).mkdir()
    assert binding.look() is None, "two fit, so nothing is guessed"
    (tmp_path / "2026-01-02_03-04-05_b").rmdir()
    assert binding.look() == tmp_path / "2026-01-02_03-04-05_a"
