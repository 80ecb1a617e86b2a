"""Every real run that is kept: what a launch would have told of it, line by line and file by file.

The console is fed to the fold that a live launch goes through. Checkpoints that did not travel are written anew,
with zeros for weights, where FILES.txt says that the run left them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from rwm_tui.core.launch.events import JournalEntry
from rwm_tui.core.launch.expected_checkpoint import ExpectedCheckpoint
from rwm_tui.core.launch.outcome import EndingFacts, judge_outcome, split_returncode
from rwm_tui.core.launch.record import Batch, RunState, apply
from rwm_tui.core.launch.run_binding import RunDirectoryBinding, is_whole_checkpoint
from rwm_tui.core.plan.launch_plan import LaunchPlan
from rwm_tui.core.profile import PRETRAIN_TASK, ScaleProfile
from rwm_tui.core.trainer_output.console import parse_console
from rwm_tui.core.trainer_output.console_events import ErrorPrinted, TracebackSeen
from rwm_tui.core.verdict.checklist import judge
from rwm_tui.core.verdict.evidence import LaunchFacts, collect_evidence
from tests.core.run_dir.torch_file import saved_state, write_torch_file
from tests.core.verdict.test_adversarial import edit, item
from tests.core.verdict.test_reference_runs import AGAINST, EXECUTION, OPEN, REDUCED, ConsoleOf, RunCopy, check

UPSTREAM = "upstream-runs/"
LAB3 = "isaaclab3-runs/"
RUNNER = "run-directory-known building-networks"
TRAINED = f"{RUNNER} training"
GOES_ON = f"{TRAINED} saving-code-state training"
LAB3_SCENE = "resolving-config booting-simulator run-directory-known building-scene starting-physics"
LAB3_RUNNER = f"{LAB3_SCENE} observation-groups-resolved environment-ready building-networks"
LAB3_TRAINED = f"{LAB3_RUNNER} training"

PASSED = (REDUCED,) * 5
INTERRUPTED = (REDUCED, REDUCED, OPEN, REDUCED, OPEN)


@dataclass(frozen=True)
class Told:
    """What is to be told of a run.

    Attributes:
        stages: codes, in order.
        stamp: of the run directory that the console names; None where it names none.
        iterations: how many blocks, of how many.
        outcome: with a word of its reason.
        statuses: of the five claims of execution; None where there is no run directory.
    """

    stages: str
    stamp: str | None
    iterations: tuple[int, int] | None
    outcome: tuple[str, str]
    statuses: tuple[str, ...] | None
    is_stopped: bool = False


RUNS = {
    UPSTREAM + "A_unpatched_reduced": Told(
        TRAINED,
        "2026-11-23_18-05-28",
        (1, 1),
        ("FAILED", "no model_1.pt: AttributeError: 'MBPOOnPolicyRunner' object has no attribute"),
        (REDUCED, REDUCED, AGAINST, REDUCED, OPEN),
    ),
    UPSTREAM + "B_fixed_reduced_ok": Told(
        f"{TRAINED} saving-code-state", "2026-11-23_18-08-36", (1, 1), ("COMPLETED", "model_1.pt was written"), PASSED
    ),
    UPSTREAM + "C_fixed_60it": Told(
        GOES_ON, "2026-11-23_18-08-36", (60, 60), ("COMPLETED", "model_60.pt was written"), PASSED
    ),
    UPSTREAM + "D_sigint": Told(
        GOES_ON,
        "2026-11-23_18-13-00",
        (8, 200),
        ("STOPPED", "ended by SIGINT; no model_200.pt"),
        INTERRUPTED,
        is_stopped=True,
    ),
    UPSTREAM + "E_sigkill_in_save": Told(
        GOES_ON,
        "2026-11-23_18-10-31",
        (3, 200),
        ("KILLED", "ended by SIGKILL, sent by somebody else; no model_200.pt"),
        (REDUCED, REDUCED, OPEN, REDUCED, OPEN),  # cut off while saving
    ),
    UPSTREAM + "G2_gpu_oom_fraction_5GiB": Told(
        RUNNER,
        "2026-11-23_18-20-10",
        None,
        ("OUT_OF_MEMORY", "torch ran out of memory (console line"),
        ("validated", OPEN, AGAINST, OPEN, OPEN),
    ),
    UPSTREAM + "G3_gpu_oom_same_process_hog": Told(
        RUNNER,
        "2026-11-23_18-20-25",
        None,
        ("OUT_OF_MEMORY", "torch ran out of memory (console line"),
        ("validated", OPEN, AGAINST, OPEN, OPEN),
    ),
    UPSTREAM + "G6_gpu_reduced_3it": Told(
        TRAINED, "2026-11-23_18-35-54", (3, 3), ("COMPLETED", "model_3.pt was written"), PASSED
    ),
    UPSTREAM + "H_4envs_no_finished_episode": Told(
        GOES_ON, "2026-11-23_18-42-15", (3, 3), ("COMPLETED", "model_3.pt was written"), PASSED
    ),
    LAB3 + "A_reduced_64env_1it": Told(
        f"{LAB3_TRAINED} saving-code-state training-complete",
        "2026-11-23_19-06-11",
        (1, 1),
        ("COMPLETED", "model_1.pt was written"),
        PASSED,
    ),
    LAB3 + "C_drift_state33_unadapted": Told(
        LAB3_RUNNER,
        "2026-11-23_19-06-46",
        None,
        ("FAILED", "RuntimeError: Error(s) in loading state_dict for EmpiricalNormalization:"),
        (REDUCED, AGAINST, AGAINST, OPEN, OPEN),
    ),
    LAB3 + "E_no_guard": Told(
        LAB3_TRAINED,
        "2026-11-23_19-10-35",
        (1, 1),
        ("FAILED", "AttributeError: 'MBPOOnPolicyRunner' object has no attribute 'imagination_infos'"),
        (REDUCED, REDUCED, AGAINST, REDUCED, OPEN),
    ),
    LAB3 + "F_sigint": Told(
        f"{LAB3_TRAINED} saving-code-state training",
        "2026-11-23_19-08-53",
        (4, 200),
        ("STOPPED", "exit status 0; no model_200.pt"),
        INTERRUPTED,
        is_stopped=True,
    ),
    LAB3 + "I_bad_override": Told(
        LAB3_RUNNER,
        "2026-11-23_19-11-07",
        None,
        ("FAILED", "TypeError: MBPOPPO.__init__() got an unexpected keyword argument"),
        (REDUCED, OPEN, AGAINST, OPEN, OPEN),
    ),
    LAB3 + "J_pty": Told(  # a terminal, which hides the start
        "training saving-code-state training-complete",
        None,
        (1, 1),
        ("FAILED", "exit status 0, no model_1.pt"),
        PASSED,
    ),
    LAB3 + "L_unknown_task": Told(
        "", None, None, ("FAILED", "gymnasium.error.VersionNotFound: Environment version `v9`"), None
    ),
    LAB3 + "M_agent_device_cuda": Told(
        LAB3_RUNNER,
        "2026-11-23_19-12-18",
        None,
        ("FAILED", "RuntimeError: Found no NVIDIA driver on your system."),
        (REDUCED, OPEN, AGAINST, OPEN, OPEN),
    ),
    LAB3 + "S_misspelt_env_scene_key": Told(
        LAB3_SCENE,
        "2026-11-23_19-17-33",
        None,
        ("FAILED", "TypeError: vars() argument must have __dict__ attribute"),
        (OPEN, OPEN, AGAINST, OPEN, OPEN),
    ),
}


def test_no_run_is_forgotten(shared_fixtures: Path) -> None:
    kept = {
        f"{folder}{path.name}"
        for folder in (UPSTREAM, LAB3)
        for path in (shared_fixtures / folder).iterdir()
        if path.is_dir()
    }
    assert kept == set(RUNS)


@pytest.mark.parametrize("name", RUNS)
def test_a_run_is_told_as_it_was(
    name: str, run_copy: RunCopy, console_of: ConsoleOf, shared_fixtures: Path, tmp_path: Path
) -> None:
    told, fixture = RUNS[name], shared_fixtures / name
    run_dir = run_copy(name) if (fixture / "logs").is_dir() else None
    if run_dir:
        write_checkpoints_left_out(fixture, run_dir)
    console = tmp_path / "console.log"
    recorded_root = re.compile(r"/home/user/project\S*/logs/rsl_rl/anymal_d_flat")
    console.write_text(recorded_root.sub(str(run_dir.parent) if run_dir else "", console_of(name).read_text()))

    profile = ScaleProfile(
        name="one",
        purpose="a fixture",
        backend="isaaclab",
        task=PRETRAIN_TASK,
        num_envs=64,
        max_iterations=told.iterations[1] if told.iterations else 1,
    )
    state, binding = RunState(launch_id="one", plan=plan_of(profile)), RunDirectoryBinding("pretrain")
    events = parse_console(console)
    for event in events:
        binding.see(event)
        state = apply(state, Batch(entries=(JournalEntry(0.0, event),)))

    assert " ".join(mark.stage.value for mark in state.stages) == told.stages
    assert binding.look() == (run_dir if told.stamp else None)
    if told.stamp:
        assert run_dir is not None
        assert run_dir.name == f"{told.stamp}_pretrain"
    blocks = [(block.iteration, block.total) for block in state.iterations]
    count, total = told.iterations or (0, 0)
    assert blocks == [(number, total) for number in range(count)]
    assert all(block.steps_per_s and block.iteration_s and block.total_timesteps for block in state.iterations)

    expected = ExpectedCheckpoint(profile)
    if binding.path:
        expected.look(binding.path)
    exit_status, signal_name = split_returncode(int((fixture / "rc").read_text()))
    errors = [event.last_line for event in events if isinstance(event, TracebackSeen)]
    outcome, reason = judge_outcome(
        EndingFacts(
            final_checkpoint=expected.name
            if binding.path and is_whole_checkpoint(binding.path / expected.name)
            else None,
            expected_checkpoint=expected.name,
            out_of_memory_line=state.out_of_memory.line if state.out_of_memory else None,
            stopped_by="user" if told.is_stopped else None,
            exit_status=exit_status,
            signal=signal_name,
            last_error=errors[-1] if errors else None,
        )
    )
    assert not any(isinstance(event, ErrorPrinted) for event in events)
    assert outcome == told.outcome[0]
    assert told.outcome[1] in reason

    if run_dir is None:
        assert told.statuses is None
        return
    launch = LaunchFacts(
        launch_id="one",
        task=PRETRAIN_TASK,
        backend="isaaclab",
        outcome=outcome.value if told.stamp else None,  # a launch that found no run directory is bound to none
        exit_status=exit_status,
        stop_requested=told.is_stopped,
        console=console,
    )
    checklist = judge(collect_evidence(run_dir, None, launch if told.stamp else None))
    assert tuple(str(item(checklist, claim).status) for claim in EXECUTION) == told.statuses


def plan_of(profile: ScaleProfile) -> LaunchPlan:
    return LaunchPlan(profile=profile, argv=(), cwd="/", environment={}, time_limit_s=None, grace_s=1.0)


def write_checkpoints_left_out(fixture: Path, run_dir: Path) -> None:
    """One mini-batch an iteration, twenty policy updates; the final file holds the iteration before its number."""
    console = (fixture / "console.log").read_text()
    totals = re.findall(r"Learning iteration \d+/(\d+)", console)
    for number in {int(number) for number in re.findall(r"model_(\d+)\.pt", (fixture / "FILES.txt").read_text())}:
        path = run_dir / f"model_{number}.pt"
        if not path.exists():
            iteration = number - 1 if number == int(totals[0]) else number
            steps = iteration + 1.0
            state = saved_state(iteration=iteration, dynamics_steps=steps, policy_steps=20 * steps)
            write_torch_file(path, state)


# The state's joint torques, which a drifted configuration leaves out.
STATE, TORQUES = 45, 12
DRIFTED = STATE - TORQUES


@pytest.mark.parametrize("with_console", [False, True])
def test_a_drift_that_looks_like_a_success(
    with_console: bool, run_copy: RunCopy, console_of: ConsoleOf, tmp_path: Path
) -> None:
    """Made from a real success: joint torques taken out of the configuration and out of every trained weight.

    The GRU's input is then 45 = 33 + 12 wide, which is the width that the state itself should have. Training ended
    with status 0, both checkpoints, and no warning.
    """
    name = LAB3 + "A_reduced_64env_1it"
    run_dir = run_copy(name)
    drift_checkpoint(run_dir / "model_1.pt")
    env, agent = run_dir / "params" / "env.yaml", run_dir / "params" / "agent.yaml"
    text, found = re.subn(
        r"(?m)^    joint_torque:\n(?:      .*\n|    - .*\n)+", "    joint_torque: null\n", env.read_text()
    )
    assert found == 1
    env.write_text(text)
    tail = "".join(
        f"    - {value}\n" for value in (-2.0, -2.0, 2.0, 2.0, -6.0, 8.0, -6.0, 8.0, 12.0, -12.0, 12.0, -12.0)
    )
    edit(agent, (tail, ""), ("    - 15.0\n" * TORQUES, ""))
    console = tmp_path / "console.log"
    lines = [line for line in console_of(name).read_text().splitlines() if "joint_torque" not in line]
    console.write_text("\n".join(lines).replace("(shape: (45,))", "(shape: (33,))"))

    checklist = check(run_dir, console if with_console else None)
    groups = item(checklist, "observation-groups")
    assert groups.status == AGAINST
    seen = {(fact.source, fact.observed, fact.expected) for fact in groups.evidence if fact.agrees is False}
    assert {("model_1.pt", "45", "57"), ("model_1.pt", "33", "45")} <= seen
    assert any(fact.source == "params/env.yaml" and fact.agrees is False for fact in groups.evidence)
    assert any("console" in source for source, *_ in seen) == with_console
    assert item(checklist, "checkpoints-well-formed").status == AGAINST
    assert item(checklist, "runner-end-to-end").status == REDUCED, "it did run to its end"


def drift_checkpoint(path: Path) -> None:
    """Take the torques' columns and rows out of the dynamics model and of its optimizer's moments."""
    torch = pytest.importorskip("torch")
    saved = torch.load(path, weights_only=True)
    weights = saved["system_dynamics_state_dict"]
    moments = saved["system_dynamics_optimizer_state_dict"]["state"]

    def narrow(name: str) -> Callable[..., object] | None:
        if name.endswith("rnn.weight_ih_l0"):
            return lambda tensor: torch.cat((tensor[:, :DRIFTED], tensor[:, STATE:]), dim=1)
        if "_logstd" in name and "layers" not in name:
            return lambda tensor: tensor[:, :DRIFTED]
        if re.search(r"state_(mean|logstd)_layers\.2\.", name):
            return lambda tensor: tensor[:DRIFTED]
        return None

    narrowed = 0
    for index, name in enumerate(weights):
        if cut := narrow(name):
            narrowed += 1
            weights[name] = cut(weights[name]).contiguous().clone()
            for moment in ("exp_avg", "exp_avg_sq"):
                moments[index][moment] = cut(moments[index][moment]).contiguous().clone()
    assert narrowed == 8
    path.unlink()  # it is linked to the file that others use
    torch.save(saved, path)
