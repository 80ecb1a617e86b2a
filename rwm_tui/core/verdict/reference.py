"""The reference run: Pretrain-v0 of robotic_world_model 14dbfe9 with rsl_rl_rwm 18eebcd on Isaac Lab 2.3.

Sizes are those from which on an execution claim counts as validated without restriction.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from rwm_tui.core.run_dir.final_checkpoint import WORLD_MODEL_RUNNER

REFERENCE_TASK = "Template-Isaac-Velocity-Flat-Anymal-D-Pretrain-v0"
RUNNER_CLASS = WORLD_MODEL_RUNNER

REFERENCE_SIZES: Mapping[str, int] = {
    "num_envs": 4096,
    "mini_batch_size": 5000,
    "num_mini_batches": 20,
    "replay_buffer_size": 1000,
    "forecast_horizon": 8,
}


class Term(msgspec.Struct, frozen=True):
    """An observation term: name, width, the function that computes it, and the bodies it looks at, if any."""

    name: str
    width: int
    function: str
    bodies: str | None = None


REFERENCE_GROUPS: Mapping[str, tuple[Term, ...]] = {
    "policy": (
        Term("base_lin_vel", 3, "base_lin_vel"),
        Term("base_ang_vel", 3, "base_ang_vel"),
        Term("projected_gravity", 3, "projected_gravity"),
        Term("velocity_commands", 3, "generated_commands"),
        Term("joint_pos", 12, "joint_pos_rel"),
        Term("joint_vel", 12, "joint_vel_rel"),
        Term("actions", 12, "last_action"),
    ),
    "system_state": (
        Term("base_lin_vel", 3, "base_lin_vel"),
        Term("base_ang_vel", 3, "base_ang_vel"),
        Term("projected_gravity", 3, "projected_gravity"),
        Term("joint_pos", 12, "joint_pos_rel"),
        Term("joint_vel", 12, "joint_vel_rel"),
        Term("joint_torque", 12, "joint_effort"),
    ),
    "system_action": (Term("pred_actions", 12, "last_action"),),
    "system_contact": (
        Term("thigh_contact", 4, "body_contact", ".*THIGH"),
        Term("foot_contact", 4, "body_contact", ".*FOOT"),
    ),
    "system_termination": (Term("base_contact", 1, "body_contact", "base"),),
}


def group_width(group: str) -> int:
    """48, 45, 12, 8 or 1."""
    return sum(term.width for term in REFERENCE_GROUPS[group])


POLICY_WIDTH = group_width("policy")
STATE_WIDTH = group_width("system_state")
ACTION_WIDTH = group_width("system_action")
CONTACT_WIDTH = group_width("system_contact")
TERMINATION_WIDTH = group_width("system_termination")

# The nine claims of the reference check: what a run's own files can prove, and what needs evidence of its own.
EXECUTION_CLAIMS = (
    "task-resolves",
    "observation-groups",
    "runner-end-to-end",
    "dynamics-update",
    "checkpoints-well-formed",
)
QUALITY_CLAIMS = ("predictive-accuracy", "generalization", "matches-paper", "finetune-runs")
