import time
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rwm_tui.core.trainer_output.console import (
    CodeStateStored,
    ConsoleEvent,
    ConsoleParser,
    IterationReported,
    LogRootNamed,
    NumEnvsReported,
    ObservationGroupsResolved,
    OutOfMemorySeen,
    RunStampNamed,
    StageReached,
    TracebackSeen,
    TrainerAnnounced,
    parse_console,
)
from rwm_tui.core.trainer_output.stages import Stage

Event = TypeVar("Event")


def events_of(text: str) -> tuple[ConsoleEvent, ...]:
    parser = ConsoleParser()
    events: list[ConsoleEvent] = []
    for number, line in enumerate(text.splitlines(keepends=True), start=1):
        events.extend(parser.feed(line, number=number, offset=0))
    return (*events, *parser.finish())


def only(kind: type[Event], events: Sequence[object]) -> list[Event]:
    return [event for event in events if isinstance(event, kind)]


BLOCK = """\
################################################################################
                        \x1b[1m Learning iteration 7/60 \x1b[0m

                       Computation: 729 steps/s (collection: 0.183s, learning 1.921s)
             Mean action noise std: 1.00
          Mean value_function loss: nan
                       Mean reward: -0.12
               Mean episode length: 21.00
Episode_Reward/track_lin_vel_xy_exp: -0.0004
--------------------------------------------------------------------------------
                   Total timesteps: 12288
                    Iteration time: 2.10s
                      Time elapsed: 00:00:02
                               ETA: 00:01:02

"""

BLOCK_OF_RSL_RL_5 = """\
################################################################################
\x1b[1m                            Learning iteration 7/60                             \x1b[0m

                            Run name: pretrain
                         Total steps: 12288
                    Steps per second: 729
                     Collection time: 0.183s
                       Learning time: 1.921s
                     Mean value loss: 0.0075
                         Mean reward: -0.12
                 Mean episode length: 21.00
                     Mean action std: 1.00
--------------------------------------------------------------------------------
                      Iteration time: 2.10s
                        Time elapsed: 0:00:02
                                 ETA: 1 day, 2:03:04

""".replace("0.183s", "0.183s ").replace("1.921s", "1.921s ")  # rsl_rl prints a blank after these

BLOCK_OF_RSL_RL_2_3_0 = BLOCK.replace("Time elapsed: 00:00:02", "Total time: 16.80s").replace("00:01:02", "62.0s")


@pytest.mark.parametrize(
    ("text", "elapsed", "eta"),
    [
        (BLOCK, "00:00:02", "00:01:02"),
        (BLOCK.replace("\n", "\r\n"), "00:00:02", "00:01:02"),
        (BLOCK_OF_RSL_RL_5, "0:00:02", "1 day, 2:03:04"),
        (BLOCK_OF_RSL_RL_2_3_0, "16.80s", "62.0s"),
    ],
)
def test_every_layout_of_the_iteration_block_is_read(text: str, elapsed: str, eta: str) -> None:
    [report] = only(IterationReported, events_of(text))
    assert (report.iteration, report.total, report.line) == (7, 60, 2)
    assert (report.steps_per_s, report.collection_s, report.learning_s) == (729.0, 0.183, 1.921)
    assert (report.iteration_s, report.total_timesteps) == (2.1, 12288)
    assert (report.mean_reward, report.mean_episode_length) == (-0.12, 21.0)
    assert (report.elapsed_text, report.eta_text) == (elapsed, eta)


def test_a_loss_that_is_not_finite_is_named_and_survives_json() -> None:
    [report] = only(IterationReported, events_of(BLOCK))
    assert report.not_finite == {"Mean value_function loss": "nan"}
    assert "Mean value_function loss" not in report.values
    assert msgspec.json.decode(msgspec.json.encode(report), type=ConsoleEvent) == report


def test_a_block_whose_footer_never_came_is_reported_at_the_end() -> None:
    [report] = only(IterationReported, events_of(BLOCK.partition("-----")[0]))
    assert report.mean_reward == -0.12
    assert report.eta_text is None


def test_a_block_without_end_does_not_swallow_the_log() -> None:
    endless = BLOCK.partition("-----")[0] + "filler: 1\n" * 5000 + "Learning iteration 8/60\n"
    assert [report.iteration for report in only(IterationReported, events_of(endless))] == [7, 8]


def test_no_finished_episode_leaves_reward_and_length_absent(shared_fixtures: Path) -> None:
    first, *_ = only(IterationReported, upstream(shared_fixtures, "H_4envs_no_finished_episode"))
    assert first.mean_reward is None
    assert first.mean_episode_length is None
    assert {"value_function", "surrogate", "entropy"} <= set(first.values)


def upstream(shared_fixtures: Path, name: str) -> tuple[ConsoleEvent, ...]:
    return parse_console(shared_fixtures / "upstream-runs" / name / "console.log")


def isaaclab3(shared_fixtures: Path, name: str) -> tuple[ConsoleEvent, ...]:
    return parse_console(shared_fixtures / "isaaclab3-runs" / name / "console.log")


@pytest.mark.parametrize(
    ("name", "iterations", "total"),
    [
        ("A_unpatched_reduced", 1, 1),
        ("B_fixed_reduced_ok", 1, 1),
        ("C_fixed_60it", 60, 60),
        ("D_sigint", 8, 200),
        ("E_sigkill_in_save", 3, 200),
        ("G2_gpu_oom_fraction_5GiB", 0, None),
        ("G3_gpu_oom_same_process_hog", 0, None),
        ("G6_gpu_reduced_3it", 3, 3),
        ("H_4envs_no_finished_episode", 3, 3),
    ],
)
def test_upstream_iterations(shared_fixtures: Path, name: str, iterations: int, total: int | None) -> None:
    reports = only(IterationReported, upstream(shared_fixtures, name))
    assert [report.iteration for report in reports] == list(range(iterations))
    assert {report.total for report in reports} <= {total}
    assert all(report.steps_per_s and report.iteration_s and report.eta_text for report in reports)


def test_upstream_success_names_its_run_directory_and_code_state(shared_fixtures: Path) -> None:
    events = upstream(shared_fixtures, "B_fixed_reduced_ok")
    assert [event.path for event in only(LogRootNamed, events)] == ["/home/user/project/logs/rsl_rl/anymal_d_flat"]
    assert [event.stamp for event in only(RunStampNamed, events)] == ["2026-11-23_18-08-36"]
    assert [event.repository for event in only(CodeStateStored, events)] == ["rsl_rl_rwm", "robotic_world_model"]
    assert [event.stage for event in only(StageReached, events)] == [
        Stage.RUN_DIRECTORY_KNOWN,
        Stage.BUILDING_NETWORKS,
        Stage.TRAINING,
        Stage.SAVING_CODE_STATE,
    ]
    assert not only(TracebackSeen, events)


def test_training_goes_on_after_the_code_state_is_saved(shared_fixtures: Path) -> None:
    stages = [event.stage for event in only(StageReached, upstream(shared_fixtures, "C_fixed_60it"))]
    assert stages[-3:] == [Stage.TRAINING, Stage.SAVING_CODE_STATE, Stage.TRAINING]


@pytest.mark.parametrize(
    ("name", "last_line"),
    [
        ("A_unpatched_reduced", "AttributeError: 'MBPOOnPolicyRunner' object has no attribute 'imagination_infos'"),
        ("D_sigint", "KeyboardInterrupt"),
        ("G3_gpu_oom_same_process_hog", "torch.OutOfMemoryError: CUDA out of memory."),
    ],
)
def test_upstream_tracebacks_end_in_their_exception(shared_fixtures: Path, name: str, last_line: str) -> None:
    [traceback] = only(TracebackSeen, upstream(shared_fixtures, name))
    assert traceback.last_line.startswith(last_line)


@pytest.mark.parametrize("name", ["G2_gpu_oom_fraction_5GiB", "G3_gpu_oom_same_process_hog"])
def test_out_of_memory_is_proven_by_torch(shared_fixtures: Path, name: str) -> None:
    [seen] = only(OutOfMemorySeen, upstream(shared_fixtures, name))
    assert seen.kind == "torch-cuda"
    assert seen.text.startswith("torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 728.00 MiB.")


FAILED = "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB."
HELD = "Process 573 has 74.17 GiB memory in use. Including non-PyTorch memory, this process has 4.9 GiB memory in use."
OURS = "Including non-PyTorch memory, this process has 4.9 GiB memory in use."


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        (f"{FAILED} GPU 0 has a total capacity of 7.6 GiB of which 1 GiB is free. {OURS}", "torch-cuda"),
        (f"{FAILED} Process 573 has 74.17 GiB memory in use. {OURS}", "other-process"),
        (f"{FAILED} Process 9 has 310.5 MiB memory in use. {OURS}", "torch-cuda"),
        (f"{FAILED} a total capacity of 79.18 GiB of which 67 GiB is free. {HELD} 4.00 GiB allowed;", "torch-cuda"),
        (f"{FAILED} a total capacity of 79.18 GiB of which 1.5 GiB is free. {HELD}", "other-process"),
        ("torch.cuda.OutOfMemoryError: CUDA out of memory. Tried to allocate 20.00 MiB", "torch-cuda"),
        ("RuntimeError: CUDA out of memory. Tried to allocate 20.00 MiB(GPU 0; 7.79 GiB total;", "torch-cuda"),
        ("[rank0]: torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 20.00 MiB", "torch-cuda"),
        ("torch.AcceleratorError: CUDA error: out of memory", "other-process"),
        ("RuntimeError: CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`", "torch-cuda"),
        ("RuntimeError: cuDNN error: CUDNN_STATUS_ALLOC_FAILED", "torch-cuda"),
        (
            "RuntimeError: [enforce fail at alloc_cpu.cpp:117] err == 0. DefaultCPUAllocator: can't allocate memory: "
            "you tried to allocate 400000000000 bytes. Error code 12 (Cannot allocate memory)",
            "torch-cpu",
        ),
    ],
)
def test_kinds_of_out_of_memory(line: str, kind: str) -> None:
    assert [event.kind for event in only(OutOfMemorySeen, events_of(line))] == [kind]


@pytest.mark.parametrize(
    "line",
    [
        "Reasons for the failure: a device lost, out of memory, or an unexpected bug.",
        "a MemoryError would be raised",
        "[omni.physx.plugin] CUDA error: an illegal memory access was encountered",
        "set PYTORCH_CUDA_ALLOC_CONF if you see CUDA out of memory",
    ],
)
def test_what_only_speaks_of_memory_proves_no_out_of_memory(line: str) -> None:
    assert not only(OutOfMemorySeen, events_of(line))


def test_a_bare_cuda_error_after_an_iteration_is_our_own() -> None:
    events = events_of(BLOCK + "torch.AcceleratorError: CUDA error: out of memory\n")
    assert [event.kind for event in only(OutOfMemorySeen, events)] == ["torch-cuda"]


REFERENCE_SHAPES = {
    "policy": (48,),
    "system_state": (45,),
    "system_action": (12,),
    "system_contact": (8,),
    "system_termination": (1,),
}


def test_observation_groups_as_isaac_lab_2_3_prints_them(shared_fixtures: Path) -> None:
    [resolved] = only(ObservationGroupsResolved, parse_console(shared_fixtures / "isaaclab23" / "manager-tables.txt"))
    assert {group.name: group.shape for group in resolved.groups} == REFERENCE_SHAPES
    state = resolved.groups[1]
    assert [(term.name, term.shape) for term in state.terms][-1] == ("joint_torque", (12,))
    assert sum(term.shape[0] for term in state.terms) == 45


def test_tables_that_were_cut_are_no_observation_groups(shared_fixtures: Path) -> None:
    text = (shared_fixtures / "isaaclab23" / "manager-tables.txt").read_text()
    cut = text[: text.index("system_termination")]
    assert not only(ObservationGroupsResolved, events_of(cut))
    next_manager = "\n[INFO] Termination Manager:  <TerminationManager> contains 2 active terms.\n" + "+-+\n" * 9
    assert not only(ObservationGroupsResolved, events_of(cut + next_manager))


def test_isaac_lab_3_run_from_start_to_end(shared_fixtures: Path) -> None:
    events = isaaclab3(shared_fixtures, "A_reduced_64env_1it")
    assert [event.num_envs for event in only(NumEnvsReported, events)] == [64]
    [resolved] = only(ObservationGroupsResolved, events)
    assert {group.name: group.shape for group in resolved.groups} == REFERENCE_SHAPES
    stages = [event.stage for event in only(StageReached, events)]
    assert stages[:3] == [Stage.RESOLVING_CONFIG, Stage.BOOTING_SIMULATOR, Stage.RUN_DIRECTORY_KNOWN]
    assert stages[2:] == sorted(stages[2:], key=lambda stage: stage.order)
    assert stages[-1] is Stage.TRAINING_COMPLETE


def test_isaac_lab_3_drift_is_seen_in_the_tables(shared_fixtures: Path) -> None:
    events = isaaclab3(shared_fixtures, "C_drift_state33_unadapted")
    [resolved] = only(ObservationGroupsResolved, events)
    assert resolved.groups[1].shape == (33,)
    assert {event.last_line for event in only(TracebackSeen, events)} == {
        "RuntimeError: Error(s) in loading state_dict for EmpiricalNormalization:"
    }


@pytest.mark.parametrize(
    ("name", "last_line"),
    [
        ("E_no_guard", "AttributeError: "),
        ("I_bad_override", "TypeError: MBPOPPO.__init__() got an unexpected keyword argument"),
        ("L_unknown_task", "gymnasium.error.VersionNotFound: "),
        ("M_agent_device_cuda", "RuntimeError: Found no NVIDIA driver"),
        ("S_misspelt_env_scene_key", "TypeError: vars() argument must have __dict__"),
    ],
)
def test_isaac_lab_3_failures_end_in_their_exception(shared_fixtures: Path, name: str, last_line: str) -> None:
    tracebacks = only(TracebackSeen, isaaclab3(shared_fixtures, name))
    assert tracebacks
    assert tracebacks[-1].last_line.startswith(last_line)


def test_an_interrupted_isaac_lab_3_run_is_not_complete(shared_fixtures: Path) -> None:
    events = isaaclab3(shared_fixtures, "F_sigint")
    assert not only(TracebackSeen, events)
    assert only(StageReached, events)[-1].stage is Stage.TRAINING


def test_a_screen_full_of_redraws_is_read_without_harm(shared_fixtures: Path) -> None:
    events = isaaclab3(shared_fixtures, "J_pty")
    assert [report.iteration for report in only(IterationReported, events)] == [0]


def test_the_launchers_tab_stops_are_glued_in_front_of_the_first_line() -> None:
    line = "\x1b[3g\r" + "\x1bH    " * 20 + "\r[INFO] Using python from: /opt/python\n"
    [reached] = only(StageReached, events_of(line))
    assert (reached.stage, reached.text) == (Stage.LAUNCHING, "[INFO] Using python from: /opt/python")


def test_the_embedded_trainer_announces_itself() -> None:
    line = "[INFO] rwm-tui embedded trainer (MuJoCo 4.0.1, torch 2.13.0): not Isaac Lab."
    [announced] = only(TrainerAnnounced, events_of(line))
    assert announced.text == line


def test_chained_tracebacks_are_two() -> None:
    text = (
        "Traceback (most recent call last):\n  File \"a.py\", line 1, in <module>\n    x()\nKeyError: 'a'\n\n"
        "During handling of the above exception, another exception occurred:\n\n"
        'Traceback (most recent call last):\n  File "a.py", line 3, in <module>\n    y()\nValueError\n'
    )
    assert [event.last_line for event in only(TracebackSeen, events_of(text))] == ["KeyError: 'a'", "ValueError"]


def test_lines_and_offsets_lead_back_into_the_file(shared_fixtures: Path) -> None:
    path = shared_fixtures / "upstream-runs" / "C_fixed_60it" / "console.log"
    raw = path.read_bytes()
    for report in only(IterationReported, parse_console(path)):
        line = raw[report.offset :].split(b"\n", 1)[0]
        assert f"Learning iteration {report.iteration}/60".encode() in line
        assert raw[: report.offset].count(b"\n") + 1 == report.line


def test_any_bytes_and_very_long_lines_are_read(tmp_path: Path) -> None:
    console = tmp_path / "console.log"
    console.write_bytes(b"\xff\xfe\x00bad\n" + b"x" * 3_000_000 + b"\n" + BLOCK.encode())
    [report] = only(IterationReported, parse_console(console))
    assert report.line == 4
    assert console.read_bytes()[report.offset :].lstrip().startswith(b"\x1b[1m Learning iteration 7/60")


def test_events_survive_a_json_line(shared_fixtures: Path) -> None:
    events = isaaclab3(shared_fixtures, "A_reduced_64env_1it")
    for event in events:
        assert msgspec.json.decode(msgspec.json.encode(event), type=ConsoleEvent) == event


def test_a_plain_line_costs_next_to_nothing() -> None:
    parser = ConsoleParser()
    line = "2026-03-26T01:16:04Z [1,073ms] [Warning] [omni.ext.plugin] some extension says something of no interest\n"
    start = time.perf_counter()
    for number in range(20_000):
        parser.feed(line, number=number, offset=0)
    assert time.perf_counter() - start < 1.0


FRAGMENTS = [
    *BLOCK.splitlines(keepends=True),
    *BLOCK_OF_RSL_RL_5.splitlines(keepends=True),
    "Traceback (most recent call last):\n",
    '  File "a.py", line 1, in <module>\n',
    "KeyError: 'a'\n",
    "[INFO] Observation Manager: <ObservationManager> contains 1 groups.\n",
    "| Active Observation Terms in Group: 'policy' (shape: (48,)) |\n",
    "|     0     | base_lin_vel                    |    (3,)   |\n",
    "+-----------+\n",
    "Learning iteration 999999999/0\n",
    "ETA: \n",
    "Number of environments: 999999999999\n",
    "Total timesteps: 1e400\n",
    "Mean reward: -inf\n",
    "Storing git diff for '' in: \n",
    "\x1b[2K\r\x9b\n",
    "\n",
]


@given(st.lists(st.sampled_from(FRAGMENTS) | st.text(max_size=80), max_size=60))
def test_no_order_of_lines_breaks_the_parser_or_its_json(lines: list[str]) -> None:
    parser = ConsoleParser()
    events = [event for number, line in enumerate(lines) for event in parser.feed(line, number=number, offset=0)]
    for event in (*events, *parser.finish()):
        assert msgspec.json.decode(msgspec.json.encode(event), type=ConsoleEvent) == event
