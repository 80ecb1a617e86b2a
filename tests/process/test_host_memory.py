"""A trainer that the kernel's out-of-memory killer ends, in a control group made for it, where we may make one."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from rwm_tui.core.launch.oom_kills import MOUNT, OWN_GROUPS
from rwm_tui.core.launch.outcome import Outcome
from rwm_tui.core.launch.paths import open_launch
from rwm_tui.core.memory.rerun import NotOffered
from rwm_tui.core.settings import Project
from rwm_tui.probes.clock import SystemClock
from rwm_tui.wiring import rerun_offer
from tests.conftest import ROOT
from tests.process.test_supervisor import end_of, plan_for
from tests.screens.world import NO_GPU
from tests.waiting import until

LIMIT_BYTES = 200 * 2**20


@pytest.fixture
def group() -> Iterator[Path]:
    """A control group below our own that holds 200 MiB."""
    groups = dict(line.split(":", 2)[1:] for line in OWN_GROUPS.read_text().splitlines())
    own = MOUNT / groups[""].strip("/") if "memory" not in groups else MOUNT / "memory" / groups["memory"].strip("/")
    folder = own / "rwm-tui-test"
    try:
        folder.mkdir()
    except OSError as error:
        pytest.skip(f"no control group can be made: {error}")
    try:
        for name in ("memory.max", "memory.limit_in_bytes"):
            if (folder / name).exists():
                (folder / name).write_text(str(LIMIT_BYTES))
                break
        else:
            pytest.skip("memory is not limited in control groups here")
        yield folder
    finally:
        until(lambda: not (folder / "cgroup.procs").read_text())
        folder.rmdir()


def test_the_kernels_kill_is_told_from_anybody_elses(group: Path, tmp_path: Path) -> None:
    paths = open_launch(plan_for("eats-memory", tmp_path), tmp_path / "logs", SystemClock().now())
    program = f'echo $$ > "{group}/cgroup.procs"; exec "{sys.executable}" -m rwm_tui.supervise "{paths.directory}"'
    subprocess.run(["sh", "-c", program], check=True, timeout=20, start_new_session=True)
    state = end_of(paths)
    assert state.outcome is not None
    assert state.outcome.outcome is Outcome.OUT_OF_MEMORY
    assert state.outcome.reason.startswith("the host ran out of memory (oom_kill 0 -> 1 in ")
    assert str(group) in state.outcome.reason
    assert state.out_of_memory is not None
    assert state.out_of_memory.kind == "host"
    project = Project(root=tmp_path, profiles=ROOT / "profiles", logs=tmp_path / "logs", found=True)
    offer = rerun_offer(project, paths.directory, NO_GPU)
    assert offer.cause == "the host ran out of memory"
    assert isinstance(offer.fit, NotOffered)  # the forecast speaks of the GPU's memory
