"""Observation groups, rewards, episode ends: shapes, order, alignment."""

import pytest

pytest.importorskip("torch")
pytest.importorskip("mujoco")

from collections.abc import Iterator

import numpy as np

from rwm_tui.trainer import rewards, task
from rwm_tui.trainer.environment import Environment
from rwm_tui.trainer.scene import DEFAULT_JOINT_POS, Scene
from rwm_tui.trainer.simulation import Reading
from rwm_tui.trainer.terminations import MAX_EPISODE_STEPS

NUM_ENVS = 4


@pytest.fixture
def environment() -> Iterator[Environment]:
    environment = Environment(NUM_ENVS, seed=3, num_threads=1)
    yield environment
    environment.close()


def scene(count: int = 2) -> Scene:
    """A robot at rest in the default pose."""
    zeros = np.zeros((count, 3))
    joints = np.zeros((count, 12))
    reading = Reading(
        lin_vel_b=zeros.copy(),
        ang_vel_b=zeros.copy(),
        projected_gravity=np.tile([0.0, 0.0, -1.0], (count, 1)),
        heading=np.zeros(count),
        joint_pos=np.tile(DEFAULT_JOINT_POS, (count, 1)),
        joint_vel=joints.copy(),
        joint_acc=joints.copy(),
        joint_torque=joints.copy(),
        contact_force=np.zeros((count, 4, 9)),
        diverged=np.zeros(count, dtype=np.bool_),
    )
    return Scene(
        reading=reading,
        actions=joints.copy(),
        previous_actions=joints.copy(),
        commands=zeros.copy(),
        first_contact=np.zeros((count, 4), dtype=np.bool_),
        last_air_time=np.zeros((count, 4)),
        episode_steps=np.zeros(count, dtype=np.int64),
    )


def test_groups_have_the_reference_widths_and_terms() -> None:
    widths = {group.name: group.width for group in task.OBSERVATION_GROUPS}
    assert widths == {
        "policy": 48,
        "system_state": 45,
        "system_action": 12,
        "system_contact": 8,
        "system_termination": 1,
    }
    terms = {group.name: [term.name for term in group.terms] for group in task.OBSERVATION_GROUPS}
    proprioception = ["base_lin_vel", "base_ang_vel", "projected_gravity"]
    assert terms["policy"] == [*proprioception, "velocity_commands", "joint_pos", "joint_vel", "actions"]
    assert terms["system_state"] == [*proprioception, "joint_pos", "joint_vel", "joint_torque"]
    assert terms["system_contact"] == ["thigh_contact", "foot_contact"]


def test_a_step_gives_every_group_for_every_environment(environment: Environment) -> None:
    step = environment.step(np.zeros((NUM_ENVS, 12)))
    assert step.policy.shape == (NUM_ENVS, 48)
    assert {name: values.shape for name, values in step.system.items()} == {
        "system_state": (NUM_ENVS, 45),
        "system_action": (NUM_ENVS, 12),
        "system_contact": (NUM_ENVS, 8),
        "system_termination": (NUM_ENVS, 1),
    }
    assert step.rewards.shape == step.dones.shape == step.time_outs.shape == (NUM_ENVS,)


def test_the_action_of_a_row_is_the_one_that_led_to_its_state(environment: Environment) -> None:
    rng = np.random.default_rng(0)
    for _ in range(3):
        actions = rng.normal(size=(NUM_ENVS, 12))
        step = environment.step(actions)
        assert np.array_equal(step.system["system_action"][~step.dones], actions[~step.dones])
        assert np.array_equal(step.policy[~step.dones, 36:], actions[~step.dones])


def test_only_the_policy_group_is_noisy(environment: Environment) -> None:
    environment.step(np.zeros((NUM_ENVS, 12)))
    first, second = environment.observe_system(), environment.observe_system()
    assert all(np.array_equal(first[name], second[name]) for name in first)
    difference = np.abs(environment.observe_policy() - environment.observe_policy())
    assert difference[:, 12:24].max() <= 0.02
    assert difference[:, 24:36].max() > 0.02
    assert difference[:, 9:12].max() == 0.0
    assert difference[:, 36:].max() == 0.0


def test_a_fall_ends_the_episode_and_its_row_shows_the_fall(environment: Environment) -> None:
    folded = np.tile([0.0] * 4 + [2.0, 2.0, 2.0, 2.0] + [4.0, -4.0, 4.0, -4.0], (NUM_ENVS, 1))
    for _ in range(300):
        step = environment.step(folded)
        if step.dones.any():
            break
    ended = step.dones
    assert ended.any()
    assert not step.time_outs.any()
    assert (step.system["system_termination"][ended] == 1.0).all()
    assert np.array_equal(step.system["system_action"][ended], folded[ended])
    # What the policy sees is the new episode: last action zero again.
    assert np.abs(step.policy[ended, 36:]).max() == 0.0
    assert environment.episode_log["Episode_Termination/base_contact"] == ended.sum()


def test_an_episode_times_out_after_twenty_seconds(environment: Environment) -> None:
    environment._episode_steps[:] = MAX_EPISODE_STEPS - 2
    assert not environment.step(np.zeros((NUM_ENVS, 12))).time_outs.any()
    step = environment.step(np.zeros((NUM_ENVS, 12)))
    assert step.time_outs.all()
    assert step.dones.all()
    assert MAX_EPISODE_STEPS == 1000


def test_blown_up_physics_ends_the_episode_and_is_marked(environment: Environment) -> None:
    environment._simulation.push(np.array([2]), np.array([[np.nan, 0.0]]))
    step = environment.step(np.zeros((NUM_ENVS, 12)))
    assert step.diverged.tolist() == [False, False, True, False]
    assert step.dones[2]
    assert not step.time_outs[2]
    assert step.rewards[2] == 0.0
    assert all(np.isfinite(values).all() for values in (step.policy, *step.system.values()))
    assert not environment.step(np.zeros((NUM_ENVS, 12))).diverged.any()


def test_the_same_seed_gives_the_same_episodes() -> None:
    outcomes = []
    for _ in range(2):
        environment = Environment(NUM_ENVS, seed=11, num_threads=2)
        for index in range(5):
            step = environment.step(np.full((NUM_ENVS, 12), 0.1 * index))
        outcomes.append(step.policy)
        environment.close()
    assert np.array_equal(*outcomes)


def test_robots_differ_in_mass(environment: Environment) -> None:
    masses = [model.body_mass.sum() for model in environment._simulation._models]
    assert len(set(masses)) == NUM_ENVS
    assert all(46.7 <= mass <= 56.8 for mass in masses)


def test_rewards_of_a_robot_at_rest() -> None:
    at_rest = scene()
    values = {term.name: term.func(at_rest, **term.params) for term in task.REWARDS}
    assert len(values) == 12
    assert values.pop("track_lin_vel_xy_exp") == pytest.approx([1.0, 1.0])
    assert values.pop("track_ang_vel_z_exp") == pytest.approx([1.0, 1.0])
    assert all(np.array_equal(value, [0.0, 0.0]) for value in values.values())


def test_rewards_of_a_robot_that_moves() -> None:
    moving = scene()
    moving.reading.lin_vel_b[:] = [0.5, 0.0, 0.2]
    moving.reading.joint_torque[:, :2] = [3.0, 4.0]
    moving.actions[:, 0] = 2.0
    moving.previous_actions[:, 0] = 0.5
    assert rewards.track_lin_vel_xy_exp(moving, "base_velocity", 0.5) == pytest.approx([np.exp(-1.0)] * 2)
    assert rewards.lin_vel_z_l2(moving) == pytest.approx([0.04, 0.04])
    assert rewards.joint_torques_l2(moving) == pytest.approx([25.0, 25.0])
    assert rewards.action_rate_l2(moving) == pytest.approx([2.25, 2.25])


def test_air_time_counts_at_landing_and_only_while_walking() -> None:
    landing = scene()
    landing.first_contact[:, 0] = True
    landing.last_air_time[:, 0] = 0.7
    landing.commands[0, 0] = 0.5
    term = next(term for term in task.REWARDS if term.name == "feet_air_time")
    assert term.func(landing, **term.params) == pytest.approx([0.2, 0.0])


def test_a_contact_counts_for_three_physics_steps() -> None:
    touching = scene()
    touching.reading.contact_force[0, 1, 1] = 2.0
    touching.reading.contact_force[1, 0, 1] = 2.0
    term = next(term for term in task.REWARDS if term.name == "undesired_contacts")
    assert term.func(touching, **term.params).tolist() == [1.0, 0.0]
