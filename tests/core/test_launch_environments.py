"""What a plan starts in each environment, what it departs in, and when it is refused."""

import datetime
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from rwm_tui.core.errors import ConsentNeeded, InputError
from rwm_tui.core.plan.departures import departures
from rwm_tui.core.plan.environment import plan_launch, require_startable
from rwm_tui.core.plan.launch_plan import LaunchPlan, shell_command
from rwm_tui.core.profile import load_profile
from rwm_tui.core.settings import (
    CondaSettings,
    DockerSettings,
    EnvironmentKind,
    IsaacLab3Settings,
    IsaacLabSettings,
    Project,
    Settings,
    locate_project,
)

KINDS = get_args(EnvironmentKind)
TRAIN = "scripts/reinforcement_learning/rsl_rl/train.py"
OVERRIDES = (
    "agent.algorithm.system_dynamics_num_mini_batches=1",
    "agent.algorithm.system_dynamics_mini_batch_size=128",
    "agent.algorithm.system_dynamics_replay_buffer_size=256",
    "agent.algorithm.system_dynamics_forecast_horizon=2",
)
TASK = "--task=Template-Isaac-Velocity-Flat-Anymal-D-Pretrain-v0"
REDUCED = (TASK, "--headless", "--num_envs=64", "--max_iterations=1", *OVERRIDES)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return locate_project(tmp_path, {}, root_option=str(tmp_path))


def plan_of(project_root: Path, project: Project, isaac_lab: IsaacLabSettings, *, consent: bool = True) -> LaunchPlan:
    settings = Settings(isaac_lab=isaac_lab, eula_accepted=datetime.date(2026, 5, 28) if consent else None)
    return plan_launch(load_profile(project_root / "profiles" / "reduced.yaml"), project, settings)


def test_conda(project_root: Path, project: Project) -> None:
    settings = IsaacLabSettings(conda=CondaSettings(script="~/mamba/conda.sh", environment="lab"))
    plan = plan_of(project_root, project, settings)
    assert plan.argv[:2] == ("bash", "-c")
    launcher = project.root / "upstream" / "IsaacLab" / "isaaclab.sh"
    assert plan.argv[3:] == (
        *("isaaclab", str(Path.home() / "mamba/conda.sh"), "lab", str(launcher), "-p", TRAIN),
        *REDUCED,
    )
    assert plan.cwd == str(project.root / "upstream" / "robotic_world_model")
    assert plan.environment["PYTORCH_CUDA_ALLOC_CONF"] == "expandable_segments:True"


def test_a_virtual_environment_with_and_without_the_launcher(project_root: Path, project: Project) -> None:
    plan = plan_of(project_root, project, IsaacLabSettings(kind="venv", venv="/opt/v"))
    assert "unset CONDA_PREFIX" in plan.argv[2]
    assert plan.argv[4:7] == ("/opt/v/bin/activate", str(project.root / "upstream/IsaacLab/isaaclab.sh"), "-p")
    plain = plan_of(project_root, project, IsaacLabSettings(kind="venv", venv="/opt/v", root=None))
    assert plain.argv[4:] == ("/opt/v/bin/activate", "python", TRAIN, *REDUCED)
    assert "launcher" not in " ".join(needed.what for needed in plain.needed)


def test_inside_a_container(project_root: Path, project: Project) -> None:
    plan = plan_of(project_root, project, IsaacLabSettings(kind="container"))
    assert plan.argv == ("/isaac-sim/python.sh", TRAIN, *REDUCED)
    omni_client = "/isaac-sim/kit/extscore/omni.client.lib"
    assert plan.environment["PYTHONPATH"] == f"{omni_client}:{project.root}/upstream/rsl_rl_rwm"
    consent = {"ACCEPT_EULA": "Y", "OMNI_KIT_ACCEPT_EULA": "YES", "PRIVACY_CONSENT": "Y"}
    assert consent.items() <= plan.environment.items()


def test_docker_exec(project_root: Path, project: Project) -> None:
    docker = DockerSettings(container="lab", workdir="/w/rwm", path_map={"/w": "upstream"})
    plan = plan_of(project_root, project, IsaacLabSettings(kind="docker", docker=docker))
    text = " ".join(plan.argv)
    assert text.startswith("docker exec --workdir /w/rwm -e ")
    for assignment in ("TERM=xterm-256color", "PYTHONUNBUFFERED=1", "ACCEPT_EULA=Y", "PRIVACY_CONSENT=Y"):
        assert f"-e {assignment} " in text
    assert "-e PYTHONPATH=/isaac-sim/kit/extscore/omni.client.lib:/w/rsl_rl_rwm " in text
    assert plan.argv[-len(REDUCED) - 6 :] == (
        *("timeout", "--signal=INT", "--kill-after=20s", "200s"),
        *("/isaac-sim/python.sh", TRAIN),
        *REDUCED,
    )
    assert plan.container is not None
    assert plan.container.path_map == {"/w": str(project.root / "upstream")}
    assert "timeout --signal=INT --kill-after=20s 180s" not in shell_command(plan)


def test_docker_without_a_limit_has_none_inside(project_root: Path, project: Project) -> None:
    profile = msgspec.structs.replace(load_profile(project_root / "profiles" / "reduced.yaml"), time_limit_s=None)
    plan = plan_launch(profile, project, Settings(isaac_lab=IsaacLabSettings(kind="docker")))
    assert plan.argv[plan.argv.index("timeout") + 3] == "0s"


def test_isaac_lab_3(project_root: Path, project: Project) -> None:
    own = IsaacLab3Settings(venv="v3", assets="assets", warp_cache="~/warp")
    plan = plan_of(project_root, project, IsaacLabSettings(kind="isaaclab3", isaaclab3=own), consent=False)
    assert plan.argv == (
        *(str(project.root / "v3/bin/isaaclab"), "train", "--rl_library", "rsl_rl"),
        *(TASK, "--num_envs=64", "--max_iterations=1"),
        *("--device", "cpu", "physics=newton_mjwarp", "agent.device=cpu"),
        *OVERRIDES,
    )
    assert plan.environment["OMP_NUM_THREADS"] == "1"
    assert plan.environment["ISAACSIM_ASSET_ROOT"] == str(project.root / "assets")
    assert plan.environment["WARP_CACHE_PATH"] == str(Path.home() / "warp")
    assert not plan.needs_eula_consent


@pytest.mark.parametrize("kind", KINDS)
def test_without_recorded_consent_nothing_accepts_the_licence(
    project_root: Path, project: Project, kind: EnvironmentKind
) -> None:
    plan = plan_of(project_root, project, IsaacLabSettings(kind=kind), consent=False)
    everything = " ".join((*plan.argv, *plan.environment))
    assert "EULA" not in everything
    assert "PRIVACY_CONSENT" not in everything
    assert plan.needs_eula_consent == (kind != "isaaclab3")


@pytest.mark.parametrize("kind", KINDS)
def test_every_environment_is_given_a_terminal_type_and_unbuffered_output(
    project_root: Path, project: Project, kind: EnvironmentKind
) -> None:
    plan = plan_of(project_root, project, IsaacLabSettings(kind=kind))
    words = [*plan.argv, *(f"{name}={value}" for name, value in plan.environment.items())]
    assert {"TERM=xterm-256color", "PYTHONUNBUFFERED=1"} <= set(words)


@pytest.mark.parametrize("kind", KINDS)
def test_every_departure_has_its_reason(project_root: Path, project: Project, kind: EnvironmentKind) -> None:
    found = departures(plan_of(project_root, project, IsaacLabSettings(kind=kind), consent=False))
    text = " ".join(departure.what for departure in found)
    assert all(departure.why for departure in found)
    assert "no `| tee`" in text
    assert "no `pkill`" in text
    assert ("python.sh" in text) == (kind in ("container", "docker"))
    assert ("inside the container" in text) == (kind == "docker")
    assert ("isaaclab train" in text) == (kind == "isaaclab3")
    assert ("EULA" in text) == (kind != "isaaclab3")


def test_the_embedded_trainer_is_no_variant_of_the_documented_command(project_root: Path, project: Project) -> None:
    profile = load_profile(project_root / "profiles" / "embedded.yaml")
    isaac_lab = IsaacLabSettings(kind="docker")
    plan = plan_launch(profile, project, Settings(isaac_lab=isaac_lab))
    assert plan == plan_launch(profile, project)
    assert (plan.environment_kind, plan.container, plan.needs_eula_consent) == ("embedded", None, False)
    assert departures(plan) == ()


def test_what_is_missing_is_named_before_consent_is_asked_for(project_root: Path, project: Project) -> None:
    root = project.root
    isaac_lab = IsaacLabSettings(conda=CondaSettings(script=str(root / "conda.sh")))
    plan = plan_of(project_root, project, isaac_lab, consent=False)
    with pytest.raises(InputError, match="Isaac Lab's launcher is not there") as error:
        require_startable(plan)
    assert "rwm-tui.yaml" in error.value.hint
    (root / "upstream" / "IsaacLab").mkdir(parents=True)
    (root / "upstream" / "robotic_world_model").mkdir()
    (root / "upstream" / "IsaacLab" / "isaaclab.sh").touch()
    with pytest.raises(InputError, match="conda's activation script is not there"):
        require_startable(plan)
    (root / "conda.sh").touch()
    with pytest.raises(ConsentNeeded, match="licence"):
        require_startable(plan)
    require_startable(plan_of(project_root, project, isaac_lab))


@pytest.mark.parametrize("kind", ["conda", "venv", "container", "docker"])
def test_a_profile_of_isaac_lab_3_is_refused_elsewhere(
    project_root: Path, project: Project, kind: EnvironmentKind
) -> None:
    profile = load_profile(project_root / "profiles" / "isaaclab3-velocity.yaml")
    plan = plan_launch(profile, project, Settings(isaac_lab=IsaacLabSettings(kind=kind)))
    with pytest.raises(InputError, match=f"kind isaaclab3 only, and the one set up here is {kind}") as error:
        require_startable(plan)
    assert "isaac_lab: {kind: isaaclab3}" in error.value.hint
