"""An out-of-memory by real consoles under the real supervisor: whatever the exit status says, the cause and the offer.

The two consoles are those of real runs; the third has the sentence that torch adds where another process holds the
device, and the last ones are a simulator's.
"""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from rwm_tui import wiring
from rwm_tui.core.diagnosis.diagnose import diagnose_file
from rwm_tui.core.launch.follow import Follower
from rwm_tui.core.launch.outcome import Outcome
from rwm_tui.core.launch.paths import LaunchPaths
from rwm_tui.core.launch.stop import end_launch
from rwm_tui.core.memory.rerun import NotOffered, Proposal
from rwm_tui.core.profile import load_profile_named
from rwm_tui.core.settings import Project
from rwm_tui.probes.clock import SystemClock
from tests.conftest import ROOT
from tests.process.test_supervisor import end_of, start
from tests.screens.world import NO_GPU
from tests.waiting import until

DEFAULT = load_profile_named(ROOT / "profiles", "default")
OTHERS = "this process has 3.98 GiB memory in use"
PHYSX = (
    "2026-03-26T01:16:04Z [41,073ms] [Error] [omni.physx.plugin] PhysX error: PxgCudaDeviceMemoryAllocator fail to "
    "allocate memory 536870912 bytes!! Result = 2, FILE /buildAgent/PxgCudaMemoryAllocator.cpp, LINE 45\n"
    "2026-03-26T01:16:05Z [42,073ms] [Error] [omni.physx.plugin] PhysX failed to allocate GPU memory - aborting "
    "simulation.\nTraceback (most recent call last):\n"
    "Exception: Failed to get DOF velocities from backend\n"
)
GRAPHICS = (
    "2026-03-26T01:16:04Z [41,073ms] [Error] [carb.graphics-vulkan.plugin] VkResult: ERROR_OUT_OF_DEVICE_MEMORY\n"
    "2026-03-26T01:16:04Z [41,073ms] [Error] [carb.graphics-vulkan.plugin] vkAllocateMemory failed for flags: 0.\n"
)


@pytest.fixture
def consoles(shared_fixtures: Path) -> dict[str, str]:
    runs = shared_fixtures / "upstream-runs"
    capped = (runs / "G2_gpu_oom_fraction_5GiB" / "console.log").read_text()
    own = (runs / "G3_gpu_oom_same_process_hog" / "console.log").read_text()
    held = "Including non-PyTorch memory, this process has 78.59 GiB memory in use"
    assert held in own
    other = own.replace(held, f"Process 573 has 74.17 GiB memory in use. Including non-PyTorch memory, {OTHERS}")
    return {"capped": capped, "own": own, "other": other, "physx": PHYSX, "graphics": GRAPHICS}


@pytest.fixture
def launched(consoles: dict[str, str], tmp_path: Path) -> Iterator[dict[str, LaunchPaths]]:
    """Prints a console, then exits 0, 1, or never; nothing of it is left running."""
    endings = {"capped": "exit 0", "own": "exec sleep 3600", "other": "exit 1", "physx": "exit 0"}
    endings["graphics"] = "exec sleep 3600"
    started = {}
    for name, ending in endings.items():
        folder = tmp_path / name
        folder.mkdir()
        (folder / "console").write_text(consoles[name])
        argv = ("sh", "-c", f"cat '{folder / 'console'}' >&2; {ending}")
        started[name] = start("", folder, argv=argv, profile=DEFAULT)
    yield started
    for paths in started.values():
        end_launch(paths.directory, SystemClock(), lambda text: None)


def test_each_gets_its_cause_and_its_offer_whatever_the_exit(launched: dict[str, LaunchPaths]) -> None:
    causes = {
        "capped": ("torch ran out of device memory in the world-model update", "capped at 5.00 GiB", "torch-cuda-oom"),
        "own": ("torch ran out of device memory in the world-model update", "", "torch-cuda-oom"),
        "other": ("another process holds the GPU's memory", "process 573", "gpu-held-by-other-process"),
        "physx": ("PhysX", "", "physx-gpu-oom"),
        "graphics": ("renderer", "", "kit-graphics-oom"),
    }
    offers = {
        "capped": (Proposal, Proposal),
        "own": (Proposal, Proposal),
        "other": (NotOffered, NotOffered),
        "physx": (Proposal, NotOffered),
        "graphics": (NotOffered, NotOffered),
    }
    for name, paths in launched.items():
        until(lambda paths=paths: Follower(paths.directory).read().out_of_memory)
        project = Project(root=ROOT, profiles=ROOT / "profiles", logs=paths.directory.parents[1], found=True)
        if name not in ("own", "graphics"):
            ended = end_of(paths)
            assert ended.outcome is not None
            assert ended.outcome.outcome is Outcome.OUT_OF_MEMORY, name
        offer = wiring.rerun_offer(project, paths.directory, NO_GPU)
        whose, detail, failure_class = causes[name]
        assert whose in offer.cause, name
        assert detail in offer.cause, name
        assert (type(offer.rung), type(offer.fit)) == offers[name], name
        assert diagnose_file(paths.console).name == failure_class


def test_one_that_never_exits_is_ended_before_the_rerun_and_has_run_out_of_memory(
    launched: dict[str, LaunchPaths],
) -> None:
    paths = launched["own"]
    running = until(lambda: state if (state := Follower(paths.directory).read()).out_of_memory else None)
    assert not running.is_over
    assert running.trainer is not None
    told: list[str] = []
    ended = end_launch(paths.directory, SystemClock(), told.append)
    assert ended.outcome is not None
    assert ended.outcome.outcome is Outcome.OUT_OF_MEMORY
    assert told
    assert subprocess.run(["kill", "-0", str(running.trainer.pid)], check=False, capture_output=True).returncode != 0
