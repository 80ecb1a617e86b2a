"""The known upstream problems: which check covers each, and the checks of packages, earlier runs and normalizer."""

from pathlib import Path

import msgspec
import pytest
import yaml

from rwm_tui.core.plan.preflight.checkout_checks import AGENT_SOURCE
from rwm_tui.core.plan.preflight.checks import EMBEDDED_CHECKS, HOST_CHECKS, ISAAC_LAB_CHECKS
from rwm_tui.core.profile import ScaleProfile
from tests.core.plan.isaac_lab_tree import SETTINGS, IsaacLabTree, reduced

# Each known problem: the ids of the checks that cover it, or why none can before the start.
KNOWN_PROBLEMS: dict[str, tuple[str, ...] | str] = {
    "imagination disabled crash": ("runner-guard",),
    "commit pairing": ("commit-pair", "configuration-keys"),
    "rsl_rl overwritten by the PyPI library": ("rsl-rl-is-the-fork",),
    "mbrl namespace shadow": ("mbrl-namespace",),
    "newer isaaclab_rl with rsl_rl_rwm": ("isaaclab-rl-version", "observation-sets", "torch-version"),
    "hard-coded finetune paths": ("finetune-paths", "load-run"),
    "normalizer hard-coded, not in the checkpoint": ("normalizer",),
    "cuDNN non-contiguous GRU warning": "printed at run time only; diagnosis counts it as harmless",
    "obs_groups deprecation": "printed at run time only; diagnosis counts it as harmless",
    "LFS pointers": ("lfs-pointers",),
    "shared GPU": ("free-vram", "gpu-tenants", "unexplained-vram"),
    "NVML lost in the container": ("free-vram",),
    "no valid replay window": ("replay-window",),
    "history and forecast longer than what was collected": "of no consequence; it bears on the first losses alone",
    "git diff in big trees, dubious ownership": ("git-readable",),
    "extras of the container": ("container-extras",),
    "no python in the container": ("isaac-lab-found",),
    "disk": ("disk-space",),
    "Go2: guard of imagination rewards missing": ("imagination-rewards",),
    "LD and ROS leakage": ("ros-leak",),
    "package metadata drift": ("package-metadata",),
}
FINETUNE = "Template-Isaac-Velocity-Flat-Anymal-D-Finetune-v0"
MODEL = "logs/rsl_rl/anymal_d_flat/2026-01-01_00-00-00_pretrain/model_2000.pt"
ZEROS = str([0.0] * 45)


def agent_source(mean: str = ZEROS, std: str = str([1.0] * 45)) -> str:
    return f"""\
@configclass
class AnymalDFlatPPOPretrainRunnerCfg(Base):
    imagination = ImaginationCfg(state_normalizer=RslRlNormalizerCfg(mean={mean}, std={std}))

@configclass
class AnymalDFlatPPOFinetuneRunnerCfg(AnymalDFlatPPOPretrainRunnerCfg):
    resume = True
    load_run = "2026-01-01_00-00-00"
    system_dynamics_load_path = "{MODEL}"
"""


@pytest.fixture
def tree(tmp_path: Path) -> IsaacLabTree:
    return IsaacLabTree(tmp_path / "project").build()


@pytest.fixture
def profile(project_root: Path) -> ScaleProfile:
    return reduced(project_root)


@pytest.fixture
def finetune(profile: ScaleProfile) -> ScaleProfile:
    return msgspec.structs.replace(profile, task=FINETUNE)


def test_every_known_problem_has_its_check() -> None:
    ids = {check.id for check in (*EMBEDDED_CHECKS, *HOST_CHECKS, *ISAAC_LAB_CHECKS)}
    for problem, covered in KNOWN_PROBLEMS.items():
        assert covered, problem
        if isinstance(covered, tuple):
            assert set(covered) <= ids, problem


def trained_with(tree: IsaacLabTree, mean: list[float]) -> None:
    normalizer = {"mean": mean, "std": [1.0] * 45}
    text = yaml.safe_dump({"imagination": {"state_normalizer": normalizer}})
    tree.write((tree.workdir / MODEL).parent / "params" / "agent.yaml", text)


def test_the_normalizer_is_that_of_the_loaded_models_run(tree: IsaacLabTree, finetune: ScaleProfile) -> None:
    tree.write(tree.workdir / AGENT_SOURCE, agent_source())
    assert "does not say" in tree.examine(finetune)["normalizer"].fact
    trained_with(tree, [0.0] * 45)
    assert tree.examine(finetune)["normalizer"].status == "pass"
    trained_with(tree, [*[0.0] * 44, 1.0])
    found = tree.examine(finetune)["normalizer"]
    assert (found.status, "state_normalizer.mean" in found.fact) == ("fail", True)


@pytest.mark.parametrize(
    ("mean", "std", "status", "word"),
    [
        (ZEROS, str([1.0] * 45), "pass", "45 and 12"),
        (str([0.0] * 44), str([1.0] * 45), "fail", "44 numbers, not 45"),
        (ZEROS, str([0.0] + [1.0] * 44), "fail", "cannot be divided by"),
        ("MEANS", "STDS", "not-applicable", "spells no normalizer out"),
    ],
)
def test_the_normalizer_of_a_pretraining(
    tree: IsaacLabTree, profile: ScaleProfile, mean: str, std: str, status: str, word: str
) -> None:
    tree.write(tree.workdir / AGENT_SOURCE, agent_source(mean, std))
    found = tree.examine(profile)["normalizer"]
    assert (found.status, word in found.fact) == (status, True), found.fact


def test_the_run_that_a_finetune_goes_on_from(
    tree: IsaacLabTree, profile: ScaleProfile, finetune: ScaleProfile
) -> None:
    tree.write(tree.workdir / AGENT_SOURCE, agent_source())
    assert tree.examine(profile)["load-run"].status == "not-applicable"
    missing = tree.examine(finetune)["load-run"]
    assert (missing.status, "2026-01-01_00-00-00" in missing.fact) == ("fail", True)
    trained_with(tree, [0.0] * 45)
    assert tree.examine(finetune)["load-run"].status == "pass"
    tree.write(tree.workdir / "logs/rsl_rl/anymal_d_flat/2026-01-02_00-00-00_x/model_0.pt")
    several = msgspec.structs.replace(finetune, agent={**finetune.agent, "load_run": "2026-.*"})
    assert "2026-01-02" in tree.examine(several)["load-run"].fact
    broken = msgspec.structs.replace(finetune, agent={**finetune.agent, "load_run": "["})
    assert tree.examine(broken)["load-run"].status == "fail"


@pytest.mark.parametrize(
    ("version", "status"), [("0.4.4", "pass"), ("0.4.7", "pass"), ("0.5.0", "warn"), ("0.4.3", "warn")]
)
def test_the_window_of_isaaclab_rl(tree: IsaacLabTree, profile: ScaleProfile, version: str, status: str) -> None:
    toml = tree.isaac_lab / "source" / "isaaclab_rl" / "config" / "extension.toml"
    tree.write(toml, f'[package]\nversion = "{version}"\n')
    assert tree.examine(profile)["isaaclab-rl-version"].status == status


@pytest.mark.parametrize(
    ("fields", "status", "word"),
    [
        ("obs_groups: dict[str, list[str]] = MISSING", "pass", "left to the task"),
        ("seed: int = 42", "fail", "KeyError: 'obs_groups'"),
        ("obs_groups: dict = MISSING\n    actor: ModelCfg = MISSING\n    critic: ModelCfg = MISSING", "fail", "newer"),
        ("def broken(", "not-applicable", "no configuration class"),
    ],
)
def test_the_observation_sets_default(
    tree: IsaacLabTree, profile: ScaleProfile, fields: str, status: str, word: str
) -> None:
    source = tree.isaac_lab / "source" / "isaaclab_rl" / "isaaclab_rl" / "rsl_rl" / "rl_cfg.py"
    tree.write(source, f"class RslRlOnPolicyRunnerCfg:\n    {fields}\n")
    found = tree.examine(profile)["observation-sets"]
    assert (found.status, word in found.fact) == (status, True), found.fact


def test_the_extras_of_a_container(tree: IsaacLabTree, profile: ScaleProfile) -> None:
    sim = tree.root / "isaac-sim"
    tree.write(sim / "python.sh")
    packages = sim / "kit" / "python" / "lib" / "python3.11" / "site-packages"
    tree.write(packages / "setuptools-82.0.0.dist-info" / "METADATA")
    settings = SETTINGS.replace("kind: conda", f"kind: container\n  container_python: {sim}/python.sh")
    tree.write(tree.root / "rwm-tui.yaml", settings)
    found = tree.examine(profile)["container-extras"]
    assert found.status == "warn"
    for word in ("flatdict==4.0.1", "packaging", "setuptools<81", "omni.client.lib"):
        assert word in found.fact
    (packages / "setuptools-82.0.0.dist-info").rename(packages / "setuptools-80.9.0.dist-info")
    for name in ("flatdict-4.0.1", "packaging-24.0"):
        tree.write(packages / f"{name}.dist-info" / "METADATA")
    (sim / "kit" / "extscore" / "omni.client.lib").mkdir(parents=True)
    assert tree.examine(profile)["container-extras"].status == "pass"
