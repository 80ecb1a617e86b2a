"""Claims beside the nine of the reference check: a fault that touches only one of these changes none of the nine."""

from __future__ import annotations

from rwm_tui.core.verdict.claims import Claim
from rwm_tui.core.verdict.rules.buffer_filled import history_filled, replay_buffer_filled
from rwm_tui.core.verdict.rules.code_state_reconstructible import code_state_reconstructible
from rwm_tui.core.verdict.rules.environment_recorded import environment_recorded
from rwm_tui.core.verdict.rules.final_checkpoint import final_checkpoint
from rwm_tui.core.verdict.rules.imagination_off import imagination_off
from rwm_tui.core.verdict.rules.losses_finite import losses_finite
from rwm_tui.core.verdict.rules.physics_sound import physics_sound
from rwm_tui.core.verdict.rules.weights_finite import weights_finite
from rwm_tui.core.verdict.rules.weights_moved import dynamics_changed, policy_updated

FURTHER_CLAIMS: tuple[Claim, ...] = (
    Claim(
        "final-checkpoint",
        "The final checkpoint is there and of the last iteration",
        final_checkpoint,
        "Let a run of its own, not resumed, go on until its last checkpoint is written.",
    ),
    Claim(
        "weights-finite",
        "All weights and optimizer moments are finite",
        weights_finite,
        "Keep every checkpoint readable.",
    ),
    Claim(
        "policy-updated",
        "The policy was updated as often as the configuration says",
        policy_updated,
        "Keep params/agent.yaml and a readable checkpoint whose step counters fit the iterations.",
    ),
    Claim(
        "dynamics-changed",
        "Training changed the weights of the dynamics model",
        dynamics_changed,
        "Keep the first and the last checkpoint of a run of more than one iteration.",
    ),
    Claim(
        "losses-finite",
        "All recorded losses are finite",
        losses_finite,
        "Keep the event file whole, and let the run end by itself.",
    ),
    Claim(
        "imagination-off",
        "Imagination is off: the policy was not rolled out through the world model",
        imagination_off,
        "Keep params/agent.yaml.",
    ),
    Claim(
        "history-filled",
        "The dynamics model was trained on whole windows of collected steps, not only on zero padding",
        history_filled,
        "Run so many iterations that iterations × num_steps_per_env reach history horizon + forecast horizon.",
    ),
    Claim(
        "replay-buffer-filled",
        "The replay buffer was full of collected steps",
        replay_buffer_filled,
        "Run so many iterations that iterations × num_steps_per_env reach the replay buffer's size.",
    ),
    Claim(
        "physics-sound",
        "The simulator reported nothing that makes the data wrong",
        physics_sound,
        "Give the run's whole console log, with stderr in it (--console FILE).",
    ),
    Claim(
        "code-state-reconstructible",
        "The code that ran can be put together again",
        code_state_reconstructible,
        "Record the commit of every repository, and run from checkouts without untracked files.",
    ),
    Claim(
        "environment-recorded",
        "The versions and the device that the run ran on are recorded",
        environment_recorded,
        "Record the versions of Python, torch and the simulator, the device and its driver with the run.",
    ),
)
