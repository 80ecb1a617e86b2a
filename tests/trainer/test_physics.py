"""The robot stands, weighs what it should, falls visibly, and a blown-up simulation is noticed."""

import pytest

pytest.importorskip("torch")
pytest.importorskip("mujoco")

import mujoco
import numpy as np

from rwm_tui.trainer import robot
from rwm_tui.trainer.scene import DEFAULT_JOINT_POS
from rwm_tui.trainer.simulation import Simulation

GRAVITY = 9.81
BASE, THIGHS, FEET = 0, slice(1, 5), slice(5, 9)


def robots(count: int, *, roll: float = 0.0, height: float = robot.SPAWN_HEIGHT_M) -> Simulation:
    model = mujoco.MjModel.from_xml_string(robot.mjcf())
    simulation = Simulation([model] * count, num_threads=1)
    pose = np.zeros((count, 7))
    pose[:, 2] = height
    pose[:, 3], pose[:, 4] = np.cos(roll / 2), np.sin(roll / 2)
    at_rest = np.zeros((count, 6))
    simulation.place(np.arange(count), pose, at_rest, np.tile(DEFAULT_JOINT_POS, (count, 1)), np.zeros((count, 12)))
    return simulation


def hold(simulation: Simulation, seconds: float) -> None:
    for _ in range(round(seconds / 0.02)):
        simulation.step(np.tile(DEFAULT_JOINT_POS, (simulation.num_envs, 1)))


def test_the_robot_weighs_what_the_public_description_says() -> None:
    model = mujoco.MjModel.from_xml_string(robot.mjcf())
    assert model.body_mass.sum() == pytest.approx(51.76, abs=0.01)


def test_actuators_stand_in_isaac_labs_joint_order() -> None:
    model = mujoco.MjModel.from_xml_string(robot.mjcf())
    names = [model.actuator(index).name for index in range(model.nu)]
    legs = ["LF", "LH", "RF", "RH"]
    assert names == [f"{leg}_{kind}" for kind in ("HAA", "HFE", "KFE") for leg in legs]


def test_the_default_pose_stands_for_seconds() -> None:
    simulation = robots(1)
    hold(simulation, 4.0)
    reading = simulation.read()
    assert simulation.base_height()[0] > 0.4
    assert reading.projected_gravity[0] == pytest.approx([0.0, 0.0, -1.0], abs=0.02)
    assert np.abs(reading.lin_vel_b).max() < 0.02
    assert (reading.contact_force[0, -1, FEET] > 50.0).all()
    assert reading.contact_force[0, :, [BASE, 1, 2, 3, 4]].max() == 0.0


def test_the_feet_carry_the_weight() -> None:
    simulation = robots(1)
    hold(simulation, 4.0)
    # Norms of forces inside the friction cone (0.8): at least the weight, at most its slanted length.
    carried = simulation.read().contact_force[0, -1].sum() / (51.756 * GRAVITY)
    assert 1.0 <= carried + 1e-3 <= np.hypot(1.0, robot.FRICTION) + 1e-3


def test_a_falling_robot_has_no_contact_and_the_right_speed() -> None:
    simulation = robots(1, height=5.0)
    hold(simulation, 0.5)
    reading = simulation.read()
    assert reading.contact_force.max() == 0.0
    assert reading.lin_vel_b[0, 2] == pytest.approx(-GRAVITY * 0.5, rel=0.02)


def test_a_robot_on_its_back_touches_the_ground_with_its_base() -> None:
    simulation = robots(1, roll=np.pi, height=0.3)
    hold(simulation, 1.0)
    reading = simulation.read()
    assert reading.contact_force[0, -1, BASE] > 1.0
    assert reading.projected_gravity[0, 2] > 0.9


def test_torques_follow_the_gains_and_stop_at_the_effort_limit() -> None:
    simulation = robots(2, height=5.0)
    targets = np.tile(DEFAULT_JOINT_POS, (2, 1))
    targets[0, 4] += 0.1
    targets[1, 4] += 10.0
    before = simulation.read()
    simulation.step(targets)
    first = simulation.read().joint_torque[:, 4]
    assert np.abs(before.joint_torque).max() == 0.0
    assert 0.0 < first[0] <= robot.STIFFNESS * 0.1
    assert first[1] == pytest.approx(robot.EFFORT_LIMIT_NM)


def test_robots_of_a_batch_do_not_influence_each_other() -> None:
    one, many = robots(1), robots(5)
    targets = np.tile(DEFAULT_JOINT_POS, (5, 1))
    targets[1:] += np.linspace(0.1, 0.4, 4)[:, None]
    for _ in range(20):
        one.step(targets[:1])
        many.step(targets)
    assert np.array_equal(one.read().joint_pos[0], many.read().joint_pos[0])


@pytest.mark.parametrize("bad_speed", [np.nan, np.inf, 1e9])
def test_blown_up_physics_is_flagged_and_ends_with_a_new_placement(
    bad_speed: float, tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    simulation = robots(3)
    simulation.push(np.array([1]), np.array([[bad_speed, 0.0]]))
    hold(simulation, 0.02)
    reading = simulation.read()
    assert reading.diverged.tolist() == [False, True, False]
    assert np.isfinite(reading.joint_vel).all()
    assert np.isfinite(reading.contact_force).all()
    pose = np.array([[0.0, 0.0, 0.6, 1.0, 0.0, 0.0, 0.0]])
    simulation.place(np.array([1]), pose, np.zeros((1, 6)), DEFAULT_JOINT_POS[None], np.zeros((1, 12)))
    hold(simulation, 0.02)
    assert not simulation.read().diverged.any()
    assert list(tmp_path.iterdir()) == [], "MuJoCo must not litter the current folder"
