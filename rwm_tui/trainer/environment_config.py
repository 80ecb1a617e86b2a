"""``params/env.yaml``: the environment as it is executed, in the layout of Isaac Lab's dump."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

import mujoco
import yaml

from rwm_tui.trainer import robot, task
from rwm_tui.trainer.commands import UniformVelocityCommand
from rwm_tui.trainer.events import NUM_ROBOT_VARIANTS
from rwm_tui.trainer.scene import CONTACT_HISTORY, ContactBodies
from rwm_tui.trainer.simulation import DECIMATION
from rwm_tui.trainer.terminations import EPISODE_LENGTH_S


def environment_yaml(num_envs: int, seed: int) -> str:
    """The document as text; tuples and slices carry the tags that Isaac Lab's dump gives them."""
    return yaml.dump(environment_mapping(num_envs, seed), default_flow_style=False, sort_keys=False)


def environment_mapping(num_envs: int, seed: int) -> dict[str, Any]:
    """Functions are ``module:name`` of what really runs."""
    return {
        "sim": {
            "device": "cpu",
            "dt": robot.PHYSICS_STEP_S,
            "gravity": (0.0, 0.0, -9.81),
            "mujoco": {
                "version": mujoco.__version__,
                "integrator": "implicitfast",
                "cone": "elliptic",
                "impratio": 100.0,
                "friction": robot.FRICTION,
            },
        },
        "seed": seed,
        "decimation": DECIMATION,
        "scene": _scene(num_envs),
        "observations": {group.name: _group(group) for group in task.OBSERVATION_GROUPS},
        "actions": {"joint_pos": {"joint_names": [".*"], "scale": task.ACTION_SCALE, "use_default_offset": True}},
        "events": {term.name: _event(term) for term in task.EVENTS},
        "is_finite_horizon": False,
        "episode_length_s": EPISODE_LENGTH_S,
        "rewards": {
            term.name: {"func": _path(term.func), "params": _params(term.params), "weight": term.weight}
            for term in task.REWARDS
        },
        "terminations": {
            term.name: {"func": _path(term.func), "params": _params(term.params), "time_out": term.time_out}
            for term in task.TERMINATIONS
        },
        "commands": {
            "base_velocity": {"class_type": _path(UniformVelocityCommand), **asdict(task.VELOCITY_COMMAND)},
        },
    }


def _scene(num_envs: int) -> dict[str, Any]:
    pose = {joint: robot.default_joint_position(joint) for joint in robot.JOINT_NAMES}
    return {
        "num_envs": num_envs,
        "robot_variants": min(num_envs, NUM_ROBOT_VARIANTS),
        "robot": {
            "func": _path(robot.mjcf),
            "init_state": {"pos": (0.0, 0.0, robot.SPAWN_HEIGHT_M), "joint_pos": pose},
            "actuators": {
                "legs": {
                    "stiffness": robot.STIFFNESS,
                    "damping": robot.DAMPING,
                    "effort_limit": robot.EFFORT_LIMIT_NM,
                }
            },
        },
        "terrain": {"terrain_type": "plane"},
        "contact_forces": {"update_period": robot.PHYSICS_STEP_S, "history_length": CONTACT_HISTORY},
    }


def _group(group: task.ObservationGroup) -> dict[str, Any]:
    terms = {term.name: _observation(term, group.corruption) for term in group.terms}
    return {"concatenate_terms": True, "concatenate_dim": -1, "enable_corruption": group.corruption, **terms}


def _observation(term: task.ObservationTerm, corruption: bool) -> dict[str, Any]:
    noise = None
    if corruption and term.noise is not None:
        noise = {"func": _path(task.uniform_noise), "operation": "add", "n_min": -term.noise, "n_max": term.noise}
    return {"func": _path(term.func), "params": _params(term.params), "noise": noise, "clip": None, "scale": None}


def _event(term: task.EventTerm) -> dict[str, Any]:
    return {
        "func": _path(term.func),
        "params": _params(term.params),
        "mode": term.mode,
        "interval_range_s": term.interval_range_s,
    }


def _params(params: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _sensor(value) if isinstance(value, ContactBodies) else value for name, value in params.items()}


def _sensor(bodies: ContactBodies) -> dict[str, Any]:
    return {
        "name": "contact_forces",
        "joint_names": None,
        "joint_ids": slice(None),
        "body_names": bodies.pattern,
        "body_ids": list(bodies.columns),
        "preserve_order": False,
    }


def _path(function: Callable[..., Any]) -> str:
    return f"{function.__module__}:{function.__qualname__}"
