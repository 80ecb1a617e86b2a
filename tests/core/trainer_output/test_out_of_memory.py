"""Whose memory ran out, what the message says of it, and which part of training asked for it."""

import json
from pathlib import Path

import pytest

from rwm_tui.core.diagnosis.diagnose import diagnose_file
from rwm_tui.core.trainer_output.console import OutOfMemorySeen, parse_console
from rwm_tui.core.trainer_output.out_of_memory import out_of_memory_kind, part_of_traceback, read_figures

KIT = "2026-06-15T07:17:16Z [15,630ms] [Error] "
# Of the labelled classes, the kinds that a console line can prove; a class may also be proven by other means.
KINDS = {
    "torch-cuda-oom": {"torch-cuda"},
    "gpu-held-by-other-process": {"other-process"},
    "physx-gpu-oom": {"physx"},
    "kit-graphics-oom": {"graphics"},
    "oom-killed-host": {"host"},
    "host-memory-error": {"host"},
}


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        (KIT + "[omni.physx.plugin] CUDA error: out of memory: CudaCommon.h: 74", "physx"),
        (KIT + "[omni.physx.plugin] Unable to allocate memory of size 10737418240 for mGpuContactPairsDev", "physx"),
        (KIT + "[omni.physx.plugin] PhysX failed to allocate GPU memory - aborting simulation.", "physx"),
        ("Not enough GPU memory available to create a PhysicsScene", "physx"),
        (KIT + "[carb.graphics-vulkan.plugin] VkResult: ERROR_OUT_OF_DEVICE_MEMORY", "graphics"),
        (KIT + "[rtx.resourcemanager.plugin] Out of GPU memory allocating resource 'texture' [4.5 GiB]", "graphics"),
        (KIT + "[omni.physx.plugin] Unable to create PxCudaContextManager!", "other-process"),
        ("MemoryError", "host"),
        ("terminate called after throwing an instance of 'std::bad_alloc'", "host"),
        ("Memory cgroup out of memory: Killed process 29796 (python)", "host"),
        ("torch.OutOfMemoryError: Allocation on device 0 would exceed allowed memory. (out of memory)", "torch-cuda"),
    ],
)
def test_whose_memory_a_line_proves(line: str, kind: str) -> None:
    assert out_of_memory_kind(line, is_training=False) == kind


def test_labelled_excerpts_of_memory_failures(shared_fixtures: Path, tmp_path: Path) -> None:
    """Wherever the console itself proves an out-of-memory, it is of the labelled class; other failures prove none."""
    proven = 0
    for path in sorted((shared_fixtures / "failures").glob("*.json")):
        excerpt = json.loads(path.read_text())
        console = tmp_path / "console.log"
        console.write_text(excerpt["text"])
        seen = [event for event in parse_console(console) if isinstance(event, OutOfMemorySeen)]
        if excerpt["class"] in KINDS:
            assert seen, f"{path.name}: {excerpt['class']} not seen"
            assert seen[0].kind in KINDS[excerpt["class"]], path.name
            proven += 1
        else:
            assert not seen, f"{path.name}: {excerpt['class']} taken for {seen}"
    assert proven >= 5


@pytest.mark.parametrize(
    ("name", "allowed_mib", "beside_torch_mib"),
    [("G2_gpu_oom_fraction_5GiB", 5120.0, 688.0), ("G3_gpu_oom_same_process_hog", None, 76_022.0)],
)
def test_the_message_tells_a_cap_from_a_full_device(
    shared_fixtures: Path, name: str, allowed_mib: float | None, beside_torch_mib: float
) -> None:
    console = shared_fixtures / "upstream-runs" / name / "console.log"
    [seen] = [event for event in parse_console(console) if isinstance(event, OutOfMemorySeen)]
    assert (seen.kind, seen.part) == ("torch-cuda", "dynamics")
    figures = read_figures(seen.text)
    assert figures.allowed_mib == allowed_mib
    assert figures.tried_mib == 728.0
    assert figures.total_mib == pytest.approx(79.18 * 1024)
    assert figures.reserved_mib == pytest.approx(4.29 * 1024 + 58.48)
    assert figures.beside_torch_mib == pytest.approx(beside_torch_mib, abs=12.0)  # the message rounds to 0.01 GiB
    assert not figures.holders
    diagnosis = diagnose_file(console, exit_status=1)
    assert diagnosis.name == "torch-cuda-oom"
    assert "mini_batch_size" in diagnosis.actions[0].sentence


def test_the_message_names_the_other_process() -> None:
    figures = read_figures(
        "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 728.00 MiB. GPU 0 has a total capacity of 79.18 "
        "GiB of which 590.19 MiB is free. Process 573 has 74.17 GiB memory in use. Process 9 has 310.00 MiB memory in "
        "use. Including non-PyTorch memory, this process has 4.40 GiB memory in use. Of the allocated memory 3.6 GiB "
        "is allocated by PyTorch, and 58.48 MiB is reserved by PyTorch but unallocated."
    )
    assert [(holder.pid, holder.held_mib) for holder in figures.holders] == [(573, 74.17 * 1024), (9, 310.0)]


def test_figures_of_the_old_message() -> None:
    figures = read_figures(
        "RuntimeError: CUDA out of memory. Tried to allocate 20.00 MiB (GPU 0; 7.79 GiB total capacity; 5.10 GiB "
        "already allocated; 10.00 MiB free; 5.30 GiB reserved in total by PyTorch)"
    )
    assert figures.total_mib == pytest.approx(7.79 * 1024)
    assert figures.free_mib == 10.0
    assert figures.reserved_mib == pytest.approx(5.3 * 1024)
    assert figures.beside_torch_mib is None


def frames(*places: tuple[str, str]) -> list[str]:
    return [f'  File "/home/user/{file}.py", line 7, in {function}' for file, function in places]


@pytest.mark.parametrize(
    ("places", "part"),
    [
        ([("rsl_rl/runners/mbpo_on_policy_runner", "learn"), ("mbpo_ppo", "update_system_dynamics")], "dynamics"),
        ([("mbpo_ppo", "update_system_dynamics"), ("storage/replay_buffer", "mini_batch_generator")], "dynamics"),
        ([("mbpo_ppo", "process_env_step"), ("storage/replay_buffer", "insert")], "replay-buffer"),
        ([("ppo", "__init__"), ("storage/rollout_storage", "__init__")], "rollout-storage"),
        ([("mbpo_ppo", "update"), ("modules/actor_critic", "act")], "ppo"),
        ([("mbpo_on_policy_runner", "evaluate_system_dynamics"), ("modules/system_dynamics", "forward")], "evaluation"),
        ([("rwm_tui/trainer/runner", "_update_system_dynamics"), ("trainer/replay_buffer", "sample")], "dynamics"),
        ([("rwm_tui/trainer/runner", "_evaluate"), ("trainer/evaluation", "autoregressive_errors")], "evaluation"),
        ([("rwm_tui/trainer/runner", "__init__"), ("trainer/replay_buffer", "__init__")], "replay-buffer"),
        ([("tqdm/std", "update"), ("somewhere/else", "learn")], None),
    ],
)
def test_the_frames_tell_the_part(places: list[tuple[str, str]], part: str | None) -> None:
    assert part_of_traceback(frames(*places)) == part


@pytest.mark.parametrize(("free", "kind"), [("60.00 GiB", "torch-cuda"), ("100.00 MiB", "other-process")])
def test_a_cap_is_not_the_fault_of_others_while_the_device_has_room(free: str, kind: str) -> None:
    line = (
        "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 728.00 MiB. GPU 0 has a total capacity of 79.18 "
        f"GiB of which {free} is free. Process 1210 has 9.74 GiB memory in use. Including non-PyTorch memory, this "
        "process has 4.62 GiB memory in use. 3.91 GiB allowed; Of the allocated memory 3.50 GiB is allocated by "
        "PyTorch, and 58.48 MiB is reserved by PyTorch but unallocated."
    )
    assert out_of_memory_kind(line, is_training=False) == kind
