"""Profiles: the shipped ones, and what is wrong with others."""

import json
from pathlib import Path

import jsonschema
import msgspec
import pytest
import yaml

from rwm_tui.core.agent_config import REFERENCE_STATE_NORMALIZER, known_keys
from rwm_tui.core.errors import InputError
from rwm_tui.core.plan.environment import plan_launch
from rwm_tui.core.plan.launch_plan import shell_command, trainer_arguments
from rwm_tui.core.profile import (
    ScaleProfile,
    SettingDifference,
    agent_config_of,
    differences_between,
    differences_from_reference,
    ladder,
    load_profile,
    load_profile_named,
    load_profiles,
    profile_schema,
    settings_of,
    smaller_rungs,
    usable_profiles,
    with_settings,
)
from rwm_tui.core.settings import locate_project

REFERENCE_CHECK = (
    "--task=Template-Isaac-Velocity-Flat-Anymal-D-Pretrain-v0",
    "--headless",
    "--num_envs=64",
    "--max_iterations=1",
    "agent.algorithm.system_dynamics_num_mini_batches=1",
    "agent.algorithm.system_dynamics_mini_batch_size=128",
    "agent.algorithm.system_dynamics_replay_buffer_size=256",
    "agent.algorithm.system_dynamics_forecast_horizon=2",
)


@pytest.fixture
def profiles(project_root: Path):
    return load_profiles(project_root / "profiles")


def rung(profiles: tuple[ScaleProfile, ...], name: str) -> ScaleProfile:
    return next(profile for profile in profiles if profile.name == name)


def test_the_ladders_are_ordered_by_scale(profiles) -> None:
    assert [step.name for step in ladder(profiles, "isaaclab")] == [
        "reduced",
        "isaaclab3-velocity",
        "small",
        "medium",
        "default",
    ]
    embedded = [step.name for step in ladder(profiles, "embedded")]
    assert embedded == ["embedded-reduced", "embedded", "embedded-long", "embedded-default"]


def test_reduced_is_exactly_the_documented_check(profiles) -> None:
    reduced = rung(profiles, "reduced")
    assert trainer_arguments(reduced) == REFERENCE_CHECK
    assert (reduced.time_limit_s, reduced.grace_s) == (180, 20)
    assert reduced.environment == {
        "OMNI_KIT_ACCEPT_EULA": "YES",
        "PYTORCH_CUDA_ALLOC_CONF": "expandable_segments:True",
    }


def test_default_departs_from_the_reference_in_nothing(profiles) -> None:
    assert differences_from_reference(rung(profiles, "default")) == ()


def test_no_rerun_changes_the_task(profiles) -> None:
    for failed in profiles:
        smaller = next(smaller_rungs(profiles, failed), None)
        assert smaller is None or smaller.task == failed.task


def test_the_next_smaller_rung_holds_less_memory(profiles) -> None:
    smaller = next(smaller_rungs(profiles, rung(profiles, "default")), None)
    assert smaller is not None
    assert smaller.name == "medium"
    assert next(smaller_rungs(profiles, rung(profiles, "reduced")), None) is None


def test_the_schema_file_is_current_and_fits_the_profiles(project_root: Path) -> None:
    assert json.loads((project_root / "profiles" / "profile.schema.json").read_text()) == profile_schema()
    for path in (project_root / "profiles").glob("*.yaml"):
        jsonschema.validate(yaml.safe_load(path.read_text()), profile_schema())


def test_the_reference_configuration_is_isaac_labs_own_dump(shared_fixtures: Path) -> None:
    dumped = yaml.safe_load((shared_fixtures / "isaaclab23" / "agent.yaml").read_text())
    ours = known_keys()
    for key, value in dumped["algorithm"].items():
        if not isinstance(value, dict):
            assert ours[f"algorithm.{key}"] == value
    assert list(REFERENCE_STATE_NORMALIZER.mean) == dumped["imagination"]["state_normalizer"]["mean"]
    assert list(REFERENCE_STATE_NORMALIZER.std) == dumped["imagination"]["state_normalizer"]["std"]


def test_settings_of_the_environment_are_isaac_labs_alone(profiles) -> None:
    env = {"sim.physx.gpu_max_rigid_patch_count": 2**19}
    raised = msgspec.structs.replace(rung(profiles, "reduced"), env=env)
    assert trainer_arguments(raised) == (*REFERENCE_CHECK, "env.sim.physx.gpu_max_rigid_patch_count=524288")
    [change] = differences_between(rung(profiles, "reduced"), raised)
    assert change == SettingDifference("env.sim.physx.gpu_max_rigid_patch_count", 524288, "default")
    embedded = msgspec.structs.replace(rung(profiles, "embedded"), env=env)
    with pytest.raises(InputError, match="embedded trainer has no env"):
        with_settings(embedded, {})


def test_settings_change_the_profile_and_keep_its_name(profiles) -> None:
    changed = with_settings(rung(profiles, "embedded"), {"num_envs": 32, "algorithm.gamma": 0.9})
    assert (changed.name, changed.num_envs, agent_config_of(changed).algorithm.gamma) == ("embedded", 32, 0.9)


@pytest.mark.parametrize(
    ("before", "after", "message", "hint"),
    [
        ("num_envs: 64", "num_env: 64", "key 'num_env' is unknown", "did you mean 'num_envs'"),
        ("num_envs: 64", "num_envs: many", "key 'num_envs': Expected `int`", "value of that kind"),
        ("num_envs: 64", "num_envs: 0", "key 'num_envs': Expected `int` >= 1", "value of that kind"),
        ('"YES"', "YES", "key 'environment[...]': Expected `str`", "quote"),
        ("num_envs: 64", "num_envs: 64\nnum_envs: 3", "given twice", "mend"),
        ("task:", "tusk:", "key 'tusk' is unknown", "did you mean 'task'"),
        ("backend: isaaclab", "backend: embedded", "key 'task'", "embedded trainer runs"),
        ("size: 128", "size: 0", "agent.algorithm.system_dynamics_mini_batch_size = 0", "5000"),
        ("mini_batch_size", "mini_batchsize", "no key of the agent", "did you mean agent.algorithm.system_dynamics"),
        ("purpose: >-", "purpose: [", "not valid YAML", "mend"),
        ("num_envs: 64", "num_envs: 64\nenv: {'sim dt': 1}", "key 'env': a name in it", "mend"),
    ],
)
def test_an_error_names_file_key_and_remedy(
    project_root: Path, tmp_path: Path, before: str, after: str, message: str, hint: str
) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text((project_root / "profiles" / "reduced.yaml").read_text().replace(before, after))
    with pytest.raises(InputError) as error:
        load_profile(path)
    assert str(path) in error.value.message
    assert message in error.value.message
    assert hint in error.value.hint


def test_hostile_yaml_is_refused_and_not_executed(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(f"purpose: !!python/object/apply:os.mkdir ['{tmp_path / 'made'}']\n")
    with pytest.raises(InputError, match="not valid YAML"):
        load_profile(path)
    assert not (tmp_path / "made").exists()


def test_a_missing_profile_names_the_nearest(project_root: Path) -> None:
    with pytest.raises(InputError) as error:
        load_profile_named(project_root / "profiles", "reducd")
    assert "did you mean 'reduced'" in error.value.hint


def test_the_project_is_found_upwards(project_root: Path, tmp_path: Path) -> None:
    assert locate_project(project_root / "rwm_tui" / "core", {}).root == project_root
    assert locate_project(tmp_path, {"RWM_TUI_PROJECT_ROOT": str(project_root)}).root == project_root
    elsewhere = locate_project(tmp_path, {"RWM_TUI_LOGS": str(tmp_path / "x")})
    assert (elsewhere.root, elsewhere.logs, elsewhere.found) == (tmp_path, tmp_path / "x", False)
    with pytest.raises(InputError):
        locate_project(tmp_path, {}, root_option=str(tmp_path / "absent"))


def test_the_isaac_command_is_the_documented_one(profiles, project_root: Path) -> None:
    plan = plan_launch(rung(profiles, "reduced"), locate_project(project_root, {}))
    command = shell_command(plan)
    assert "timeout --signal=INT --kill-after=20s 180s" in command
    assert plan.argv[-len(REFERENCE_CHECK) :] == REFERENCE_CHECK
    assert plan.cwd == str(project_root / "upstream" / "robotic_world_model")
    assert plan.environment["PYTHONUNBUFFERED"] == "1"
    assert plan.environment["TERM"] != "dumb"


def test_a_memory_cap_reaches_the_embedded_trainer_and_no_other(profiles, project_root: Path) -> None:
    capped = with_settings(rung(profiles, "embedded"), {"device_memory_cap_mib": 5120})
    plan = plan_launch(capped, locate_project(project_root, {}))
    assert "--device-memory-cap-mib=5120" in plan.argv
    assert "device_memory_cap_mib" not in settings_of(capped)  # a limit, not one of the run's settings
    with pytest.raises(InputError, match="only the embedded trainer"):
        with_settings(rung(profiles, "reduced"), {"device_memory_cap_mib": 5120})
    with pytest.raises(InputError, match="device_memory_cap_mib"):
        with_settings(rung(profiles, "embedded"), {"device_memory_cap_mib": 0})


def test_a_broken_profile_costs_no_other(tmp_path: Path, project_root: Path) -> None:
    (tmp_path / "good.yaml").write_bytes((project_root / "profiles" / "embedded.yaml").read_bytes())
    (tmp_path / "bad.yaml").write_text("num_evns: 3\n")
    folder = usable_profiles(tmp_path)
    assert [profile.name for profile in folder.profiles] == ["good"]
    assert ["bad.yaml" in problem.message for problem in folder.problems] == [True]
    (tmp_path / "good.yaml").unlink()
    with pytest.raises(InputError, match=r"bad\.yaml"):
        usable_profiles(tmp_path)
    (tmp_path / "bad.yaml").unlink()
    with pytest.raises(InputError, match="no profiles"):
        usable_profiles(tmp_path)
