"""What a launch asks for, read from the words that start the trainer."""

from pathlib import Path

import pytest

from rwm_tui.core.plan.asked import asked_settings
from rwm_tui.core.plan.environment import plan_launch
from rwm_tui.core.profile import load_profile, settings_of
from rwm_tui.core.settings import DockerSettings, IsaacLabSettings, Settings, locate_project


@pytest.mark.parametrize("kind", ["conda", "venv", "container", "docker", "isaaclab3"])
@pytest.mark.parametrize("name", ["reduced", "embedded", "default"])
def test_every_plan_asks_for_what_its_profile_says(project_root: Path, kind: str, name: str) -> None:
    profile = load_profile(project_root / "profiles" / f"{name}.yaml")
    settings = Settings(isaac_lab=IsaacLabSettings(kind=kind, docker=DockerSettings()))  # type: ignore[arg-type]
    plan = plan_launch(profile, locate_project(project_root, {}), settings)
    own = {"device": "cpu"} if kind == "isaaclab3" and profile.backend == "isaaclab" else {}
    assert asked_settings(plan.argv) == settings_of(profile) | own


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        (["--seed", "7", "--num_envs=8"], {"seed": 7, "num_envs": 8}),
        (["agent.max_iterations=3", "agent.max_iterations=4"], {"max_iterations": 4}),
        (["--max_iterations=5", "agent.max_iterations=3"], {"max_iterations": 5}),
        (["env.scene.num_envs=8", "env.decimation=2"], {"num_envs": 8, "env.decimation": 2}),
        (["+agent.algorithm.new=1e-3"], {"algorithm.new": 0.001}),
        (["agent.a=[1,2]", "agent.b=null", "agent.c=true", "agent.d="], {"a": [1, 2], "b": None, "c": True, "d": None}),
        (
            ["agent.run_name=2026-01-01", "agent.note=a: b", "agent.x=*y"],
            {"run_name": "2026-01-01", "note": "a: b", "x": "*y"},
        ),
        (["physics=newton_mjwarp", "~agent.policy", "--headless", "-e", "PYTHONPATH=/agent.x=1"], {}),
    ],
)
def test_words_of_every_kind(words: list[str], asked: dict[str, object]) -> None:
    assert asked_settings(words) == asked
