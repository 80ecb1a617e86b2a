"""Keys that Isaac Lab 3 would take in silence, told before the start as far as the installed sources tell."""

from pathlib import Path

import pytest

from rwm_tui.core.plan.preflight.finding import Finding
from rwm_tui.core.plan.preflight.override_checks import check_override_keys
from rwm_tui.core.profile import load_profile, with_settings
from tests.core.plan.isaac_lab_tree import IsaacLabTree

RUNNER = """\
@configclass
class RslRlBaseRunnerCfg:
    seed: int = 42
    max_iterations: int = MISSING
    save_interval: int = MISSING
    algorithm = RslRlPpoAlgorithmCfg(learning_rate=1.0e-3)
"""
ENVIRONMENT = """\
class VelocityEnvCfg(ManagerBasedRLEnvCfg):
    scene: SceneCfg = SceneCfg(num_envs=4096, env_spacing=2.5)
    rewards: RewardsCfg = RewardsCfg()
    track_lin_vel_xy_exp = RewTerm(func=mdp.track, weight=1.0, params={"std": 0.5})
    # episode_lenght_s is no field
    episode_length_s = 20.0
"""


@pytest.fixture
def tree(tmp_path: Path) -> IsaacLabTree:
    tree = IsaacLabTree(tmp_path / "project")
    packages = tree.root / ".venv-isaaclab3" / "lib" / "python3.12" / "site-packages"
    tree.write(tree.root / ".venv-isaaclab3" / "bin" / "isaaclab")
    tree.write(packages / "isaaclab_rl" / "rsl_rl" / "rl_cfg.py", RUNNER)
    tree.write(packages / "isaaclab_tasks" / "velocity" / "velocity_env_cfg.py", ENVIRONMENT)
    tree.write(packages / "isaaclab_tasks" / "velocity" / "other.py", "max_iteration = 7\n")
    tree.write(packages / "elsewhere" / "a_cfg.py", "num_env = 7\n")
    return tree


def examine(
    tree: IsaacLabTree, project_root: Path, *arguments: str, kind: str = "isaaclab3", **settings: object
) -> Finding:
    words = ", ".join(f"'{word}'" for word in ("--device", "cpu", "physics=newton_mjwarp", *arguments))
    tree.write(tree.root / "rwm-tui.yaml", f"isaac_lab: {{kind: {kind}, isaaclab3: {{arguments: [{words}]}}}}\n")
    profile = with_settings(load_profile(project_root / "profiles" / "isaaclab3-velocity.yaml"), settings)
    return check_override_keys(tree.look(profile), profile)


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("agent.max_iterations=7", "agent.algorithm.learning_rate=1e-4"),
        ("env.scene.num_envs=8", "env.episode_length_s=5.0", "env.rewards.track_lin_vel_xy_exp.params.std=2.0"),
        ("+agent.save_interval=9",),
    ],
)
def test_keys_that_exist(tree: IsaacLabTree, project_root: Path, arguments: tuple[str, ...]) -> None:
    assert examine(tree, project_root, *arguments).status == "pass"


@pytest.mark.parametrize(
    ("argument", "words", "remedy"),
    [
        ("agent.max_iteration=7", "sets a 'max_iteration'", "'max_iterations'"),
        ("env.scene.num_env=8", "env.scene.num_env: ", "'num_envs'"),
        ("env.episode_lenght_s=5.0", "'episode_lenght_s'", "'episode_length_s'"),
        ("env.rewards.track_lin_vel_xy_exp.wieght=2", "'wieght'", "'weight'"),
        ("agent.zzz.qqq=1", "(and 1 more)", "take it out"),
        ("agnt.seed=1", "agnt.seed: Isaac Lab 3 knows settings of agent and env only", "arguments"),
    ],
)
def test_a_key_of_no_configuration(
    tree: IsaacLabTree, project_root: Path, argument: str, words: str, remedy: str
) -> None:
    found = examine(tree, project_root, "agent.seed=3", argument)
    assert found.status == "warn"
    assert words in found.fact
    assert remedy in found.remedy


def test_settings_of_the_world_model_are_none_of_a_plain_task(tree: IsaacLabTree, project_root: Path) -> None:
    found = examine(tree, project_root, **{"algorithm.system_dynamics_mini_batch_size": 128})
    assert found.status == "warn"
    assert "system_dynamics_mini_batch_size" in found.fact


def test_where_nothing_can_be_told(tree: IsaacLabTree, project_root: Path) -> None:
    assert examine(tree, project_root, kind="conda").status == "not-applicable"
    for source in tree.root.rglob("*_cfg.py"):
        source.write_text("")
    assert examine(tree, project_root).status == "not-applicable"
