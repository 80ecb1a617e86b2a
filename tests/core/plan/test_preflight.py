"""Every check against a machine in order, and against one thing wrong at a time."""

import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from rwm_tui.core.errors import InputError
from rwm_tui.core.launch.beginnings import Beginning
from rwm_tui.core.plan.preflight.checks import examine_machine, examine_profile, refuse_failed
from rwm_tui.core.plan.preflight.finding import CheckStatus
from rwm_tui.core.plan.preflight.report import doctor_document, report_lines
from rwm_tui.core.ports import DeviceMemory, DeviceProcess, DeviceTenants, NotAvailable
from rwm_tui.core.profile import ScaleProfile, load_profile, with_settings
from tests.core.plan.git_repository import git
from tests.core.plan.isaac_lab_tree import GPU, SETTINGS, IsaacLabTree, reduced
from tests.core.plan.runner_sources import BARE, config_source, runner_source

LFS = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 25054639\n"


@pytest.fixture
def tree(tmp_path: Path) -> IsaacLabTree:
    return IsaacLabTree(tmp_path / "project").build()


@pytest.fixture
def profile(project_root: Path) -> ScaleProfile:
    return reduced(project_root)


def test_a_machine_in_order_has_nothing_to_say(tree: IsaacLabTree, profile: ScaleProfile) -> None:
    tree.commit()
    (tree.root / "home" / ".cache" / "ov" / "Kit" / "107").mkdir(parents=True)
    found = tree.examine(profile)
    assert {id: check.fact for id, check in found.items() if check.status in ("fail", "warn")} == {}
    inert = [id for id, check in found.items() if check.status == "not-applicable"]
    assert inert == [
        "observation-sets",  # this tree holds no source of isaaclab_rl, and no normalizer
        "container-extras",
        "finetune-paths",
        "load-run",
        "normalizer",
        "imagination-rewards",
        "override-keys",
    ]
    assert "isaaclab 0.47.2" in found["package-metadata"].fact


Damage = Callable[[IsaacLabTree], object]


@pytest.mark.parametrize(
    ("id", "status", "fact", "remedy", "damage"),
    [
        ("isaac-lab-found", "fail", "isaaclab.sh", "upstream clone", lambda t: (t.isaac_lab / "isaaclab.sh").unlink()),
        ("isaac-lab-found", "fail", "may not be executed", "chmod +x", lambda t: (
            (t.isaac_lab / "isaaclab.sh").chmod(0o644)
        )),
        ("isaac-lab-version", "fail", "rsl_rl 5", "2.3", lambda t: t.write(t.isaac_lab / "VERSION", "3.0.0\n")),
        ("isaac-lab-version", "warn", "2.1.0", "2.3.0", lambda t: (
            t.write(t.isaac_lab / "VERSION", "2.1.0\n"),
            (t.site_packages / "isaaclab-0.47.2.dist-info").rename(t.site_packages / "isaaclab-0.36.0.dist-info"),
        )),
        ("eula", "fail", "accepted", "--accept-eula", lambda t: t.write(
            t.root / "rwm-tui.yaml", SETTINGS.replace("eula_accepted: 2026-05-28", "")
        )),
        ("torch-version", "fail", "2.5.1", "2.6", lambda t: (t.site_packages / "torch-2.7.0+cu128.dist-info").rename(
            t.site_packages / "torch-2.5.1.dist-info"
        )),
        ("rsl-rl-is-the-fork", "fail", "not the fork", "pip install -e", lambda t: (
            t.write(t.site_packages / "rsl_rl" / "__init__.py"),
            t.write(t.site_packages / "rsl_rl_lib-3.0.1.dist-info" / "METADATA"),
        )),
        ("rsl-rl-is-the-fork", "fail", "not installed", "pip install -e", lambda t: (
            t.site_packages / "__editable__.rsl_rl_lib-3.1.0.pth"
        ).unlink()),
        ("rsl-rl-is-the-fork", "warn", "3.0.1", "pip install -e", lambda t: t.write(
            t.site_packages / "rsl_rl_lib-3.0.1.dist-info" / "METADATA"
        )),
        ("rsl-rl-is-the-fork", "warn", "not the checkout", "no effect", lambda t: (
            t.write(t.site_packages / "rsl_rl" / "__init__.py"),
            t.write(t.site_packages / "rsl_rl" / "runners" / "mbpo_on_policy_runner.py", t.runner.read_text()),
        )),
        ("mbrl-namespace", "fail", "not installed", "pip install -e", lambda t: (
            t.site_packages / "__editable___mbrl_finder.py"
        ).unlink()),
        ("package-metadata", "warn", "0.54.3 installed, 0.47.2 checked out", "pip install -e", lambda t: (
            (t.site_packages / "isaaclab-0.47.2.dist-info").rename(t.site_packages / "isaaclab-0.54.3.dist-info")
        )),
        ("configuration-keys", "fail", "num_steps_per_env", "fit together", lambda t: t.write(
            t.workdir / "source/mbrl/mbrl/rl/rsl_rl/rl_cfg.py", config_source(steps="num_steps")
        )),
        ("runner-guard", "fail", "line 10", "upstream fix", lambda t: t.write(t.runner, runner_source(BARE))),
        ("runner-guard", "warn", "no class", "pins.yaml", lambda t: t.write(t.runner, "x = 1\n")),
        ("lfs-pointers", "not-applicable", "1 Git LFS", "", lambda t: t.write(t.workdir / "assets" / "m.pt", LFS)),
        ("git-readable", "warn", "robotic_world_model", "safe.directory", lambda t: None),
        ("first-start", "warn", "180 s", "time_limit_s", lambda t: None),
    ],
)  # fmt: skip
def test_one_thing_wrong(
    tree: IsaacLabTree, profile: ScaleProfile, id: str, status: str, fact: str, remedy: str, damage: Damage
) -> None:
    damage(tree)
    found = tree.examine(profile)[id]
    assert (found.status, found.fact) == (status, found.fact)
    assert fact in found.fact
    assert remedy in found.remedy
    assert bool(found.remedy) == (status in ("warn", "fail"))


def test_the_installed_runner_is_the_one_that_is_read(tree: IsaacLabTree, profile: ScaleProfile) -> None:
    tree.write(tree.site_packages / "rsl_rl" / "__init__.py")
    installed = tree.write(tree.site_packages / "rsl_rl/runners/mbpo_on_policy_runner.py", runner_source(BARE))
    found = tree.examine(profile)["runner-guard"]
    assert found.status == "fail"
    assert str(installed) in found.fact


def test_a_namespace_on_pythonpath_shadows_an_editable_mbrl(tree: IsaacLabTree, profile: ScaleProfile) -> None:
    leaking = msgspec.structs.replace(profile, environment={"PYTHONPATH": f"{tree.workdir}/source:/opt/ros/humble/lib"})
    found = tree.examine(leaking)
    assert found["mbrl-namespace"].status == "fail"
    assert "off PYTHONPATH" in found["mbrl-namespace"].remedy
    assert found["ros-leak"].status == "warn"
    # A .pth folder is found by the ordinary search, which prefers a real package to a namespace before it.
    tree.write(tree.site_packages / "mbrl.pth", f"{tree.workdir}/source/mbrl\n")
    assert tree.examine(leaking)["mbrl-namespace"].status == "pass"


def test_commits_are_compared_with_the_pins(tree: IsaacLabTree, profile: ScaleProfile) -> None:
    tree.commit()
    assert tree.examine(profile)["commit-pair"].status == "pass"
    tree.write(tree.rsl_rl / "new.py")
    git(tree.rsl_rl, "add", "-A")
    git(tree.rsl_rl, "commit", "-q", "-m", "another")
    assert tree.examine(profile)["commit-pair"].status == "warn"
    tree.write(tree.workdir / "mine.py")
    assert "robotic_world_model" in tree.examine(profile)["git-readable"].fact
    assert "with changes" in tree.examine(profile)["git-readable"].fact


@pytest.mark.parametrize(
    ("device", "status"),
    [
        (GPU, "pass"),
        (DeviceMemory("RTX 4060 Laptop", "GPU-2", 400.0, 8188.0), "pass"),
        (DeviceMemory("RTX 4060 Laptop", "GPU-2", 5400.0, 8188.0), "warn"),
        (DeviceMemory("RTX 6000 Ada", "GPU-1", 48900.0, 49140.0), "fail"),
        (NotAvailable("NVML: Unknown Error"), "fail"),
    ],
)
def test_free_memory(tree: IsaacLabTree, profile: ScaleProfile, device: object, status: str) -> None:
    assert tree.examine(profile, device=device)["free-vram"].status == status


def test_the_default_cannot_learn_in_eight_gigabytes_beside_a_simulator(tree: IsaacLabTree, project_root: Path) -> None:
    default = load_profile(project_root / "profiles" / "default.yaml")
    device = DeviceMemory("RTX 4060 Laptop", "GPU-2", 400.0, 8188.0)
    found = tree.examine(default, device=device)["free-vram"]
    assert found.status == "fail"
    assert "smaller profile" in found.remedy
    assert tree.examine(default)["free-vram"].status == "pass"


def test_tenants_and_memory_that_nobody_visible_holds(tree: IsaacLabTree, profile: ScaleProfile) -> None:
    device = DeviceMemory("RTX 6000 Ada", "GPU-1", 45000.0, 49140.0)
    hidden = tree.examine(profile, device=device, tenants=DeviceTenants((), 600.0))
    assert hidden["gpu-tenants"].status == "pass"
    assert hidden["unexplained-vram"].status == "warn"
    assert "44,400 MiB" in hidden["unexplained-vram"].fact
    shown = DeviceTenants((DeviceProcess(77, 44000.0),), 600.0)
    visible = tree.examine(profile, device=device, tenants=shown, commands={77: "vllm"})
    assert visible["unexplained-vram"].status == "pass"
    assert "77 (vllm) 44,000 MiB" in visible["gpu-tenants"].fact
    untold = DeviceTenants((DeviceProcess(77, NotAvailable("the driver does not tell")),), 600.0)
    assert tree.examine(profile, device=device, tenants=untold)["unexplained-vram"].status == "not-applicable"


def booted_in(seconds: float) -> Beginning:
    return Beginning(
        launch_id="a", directory=Path("a"), backend="isaaclab", supervisor=None, trainer=None, boot_s=seconds
    )


def test_a_first_start_is_told_from_a_later_one(tree: IsaacLabTree, profile: ScaleProfile) -> None:
    assert tree.examine(profile, beginnings=(booted_in(41.0),))["first-start"].status == "pass"
    assert tree.examine(profile, beginnings=(booted_in(400.0),))["first-start"].status == "warn"
    endless = msgspec.structs.replace(profile, time_limit_s=None)
    assert tree.examine(endless)["first-start"].status == "pass"


def test_a_long_run_with_a_small_buffer(tree: IsaacLabTree, profile: ScaleProfile) -> None:
    long = with_settings(profile, {"max_iterations": 500})
    assert tree.examine(long)["replay-window"].status == "warn"
    larger = with_settings(long, {"algorithm.system_dynamics_replay_buffer_size": 400})
    assert tree.examine(larger)["replay-window"].status == "pass"
    assert tree.examine(profile)["replay-window"].status == "pass"


def test_disk_space_is_compared_with_what_the_run_writes(tree: IsaacLabTree, profile: ScaleProfile) -> None:
    every = with_settings(profile, {"max_iterations": 2_000_000_000, "save_interval": 1})
    assert tree.examine(every)["disk-space"].status == "fail"
    assert tree.examine(profile)["disk-space"].status == "pass"


def test_a_finetune_names_a_checkpoint_that_is_there(tree: IsaacLabTree, profile: ScaleProfile) -> None:
    task = profile.task.replace("Pretrain", "Finetune")
    finetune = msgspec.structs.replace(profile, task=task)
    agents = "source/mbrl/mbrl/tasks/manager_based/locomotion/velocity/config/anymal_d/agents/rsl_rl_ppo_cfg.py"
    text = 'class AnymalDFlatPPOFinetuneRunnerCfg:\n    system_dynamics_load_path = "logs/old/model_5000.pt"\n'
    tree.write(tree.workdir / agents, text)
    found = tree.examine(finetune)["finetune-paths"]
    assert found.status == "fail"
    assert "logs/old/model_5000.pt" in found.fact
    tree.write(tree.workdir / "logs/old/model_5000.pt", LFS)
    assert "no checkpoint" in tree.examine(finetune)["finetune-paths"].fact


def test_a_profile_that_sets_a_dumb_terminal(tree: IsaacLabTree, profile: ScaleProfile) -> None:
    dumb = msgspec.structs.replace(profile, environment={"TERM": "dumb"})
    assert tree.examine(dumb)["terminal-type"].status == "fail"


def test_isaac_lab_3_with_a_task_of_its_own(tree: IsaacLabTree, profile: ScaleProfile) -> None:
    tree.write(tree.root / "rwm-tui.yaml", "isaac_lab: {kind: isaaclab3}\n")
    tree.write(tree.root / ".venv-isaaclab3" / "bin" / "isaaclab").chmod(0o755)
    own = msgspec.structs.replace(profile, task="Isaac-Velocity-Flat-AnymalD")
    found = tree.examine(own, device=NotAvailable("no GPU"))
    assert {id for id, check in found.items() if check.status == "fail"} == set()
    refused = tree.examine(profile)["isaac-lab-version"]
    assert refused.status == "fail"
    assert refused.fact.count(".") <= 2  # one sentence


def test_a_profile_of_another_kind_of_isaac_lab(tree: IsaacLabTree, profile: ScaleProfile) -> None:
    bound = msgspec.structs.replace(profile, name="velocity", isaac_lab_kind="isaaclab3")
    refused = tree.examine(bound)["isaac-lab-kind"]
    assert refused.status == "fail"
    assert "velocity runs on an Isaac Lab of kind isaaclab3 only, and the one set up here is conda" in refused.fact
    assert "rwm-tui.yaml" in refused.remedy
    assert tree.examine(profile)["isaac-lab-kind"].status == "pass"


def test_inside_docker_packages_are_out_of_sight(tree: IsaacLabTree, profile: ScaleProfile) -> None:
    settings = "isaac_lab: {kind: docker, docker: {container: lab, workdir: /w/robotic_world_model, "
    tree.write(tree.root / "rwm-tui.yaml", settings + "path_map: {/w: upstream}}}\neula_accepted: 2026-05-28\n")
    found = tree.examine(profile)
    assert found["isaac-lab-found"].status == "pass"
    assert found["runner-guard"].status == "pass"
    assert found["configuration-keys"].status == "pass"
    assert found["mbrl-namespace"].status == "not-applicable"
    assert "lab" in found["mbrl-namespace"].fact


def test_a_failed_check_refuses_and_names_its_remedy(tree: IsaacLabTree, profile: ScaleProfile) -> None:
    tree.write(tree.runner, runner_source(BARE))
    with pytest.raises(InputError, match="runner-guard") as refused:
        refuse_failed(examine_profile(tree.look(profile), profile))
    assert "upstream fix" in refused.value.hint
    tree.commit()
    (tree.runner).write_text(runner_source("pass"))
    refuse_failed(examine_profile(tree.look(profile), profile))


def test_a_machine_without_isaac_lab_is_no_failure(tmp_path: Path, project_root: Path) -> None:
    tree = IsaacLabTree(tmp_path)
    tree.write(tmp_path / "rwm-tui.yaml", SETTINGS)
    embedded = load_profile(project_root / "profiles" / "embedded.yaml")
    preflight = examine_machine(tree.look(embedded, missing_packages=()), [embedded], [reduced(project_root)])
    assert preflight.with_status(CheckStatus.FAIL) == ()
    assert preflight.environment["state"] == "not found"
    lacking = examine_machine(tree.look(embedded, missing_packages=("torch",)), [embedded], [])
    assert [check.id for check in lacking.with_status(CheckStatus.FAIL)] == ["embedded-packages"]


def test_the_document_and_the_lines(tree: IsaacLabTree, profile: ScaleProfile) -> None:
    preflight = examine_profile(tree.look(profile), profile)
    document = doctor_document(preflight)
    assert document["schema"] == 1
    assert sum(document["summary"].values()) == len(document["checks"])
    assert document["environment"]["kind"] == "conda"
    assert {"id", "title", "status", "fact", "remedy"} == set(document["checks"][0])
    lines = list(report_lines(preflight, 80))
    assert any(line.startswith(f"[ 1/{len(preflight.checks)}] PASS") for line in lines)


def test_all_of_it_takes_less_than_two_seconds(tree: IsaacLabTree, profile: ScaleProfile) -> None:
    tree.commit()
    for number in range(2000):
        tree.write(tree.workdir / "assets" / str(number % 40) / f"{number}.pt", LFS)
    began = time.monotonic()
    tree.examine(profile)
    assert time.monotonic() - began < 2.0
