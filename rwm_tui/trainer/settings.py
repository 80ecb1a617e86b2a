"""Which settings of the reference configuration this trainer can honour; the others are refused, never ignored."""

import torch

from rwm_tui.core.agent_config import AgentConfig
from rwm_tui.core.errors import InputError
from rwm_tui.trainer import task

_LARGEST_SEED = 2**32 - 1


def check_settings(config: AgentConfig) -> None:
    """Refuse what cannot be honoured.

    :raises InputError: naming the key.
    """
    policy_only: tuple[dict[str, list[str]], ...] = (
        {},
        {"policy": ["policy"]},
        {"policy": ["policy"], "critic": ["policy"]},
    )
    refusals = (
        (config.imagination.num_envs > 0, "imagination.num_envs", "pretraining has no imagination", "0"),
        (config.resume, "resume", "this trainer starts from nothing", "false"),
        (config.load_system_dynamics, "load_system_dynamics", "this trainer starts from nothing", "false"),
        (
            config.system_dynamics_warmup_iterations > 0,
            "system_dynamics_warmup_iterations",
            "it belongs to finetuning",
            "0",
        ),
        (
            bool(config.empirical_normalization),
            "empirical_normalization",
            "observations are not normalized here",
            "false",
        ),
        (config.policy.actor_obs_normalization, "policy.actor_obs_normalization", "there is none here", "false"),
        (config.policy.critic_obs_normalization, "policy.critic_obs_normalization", "there is none here", "false"),
        (config.policy.noise_std_type != "scalar", "policy.noise_std_type", "only a scalar one exists here", "scalar"),
        (config.obs_groups not in policy_only, "obs_groups", "both networks see the policy group", "{}"),
    )
    for refused, key, reason, remedy in refusals:
        if refused:
            raise InputError(
                "setting not supported by the embedded trainer", f"agent.{key}: {reason}", f"set it to {remedy}"
            )
    _check_widths(config)
    _check_sizes(config)


def _check_widths(config: AgentConfig) -> None:
    widths = {group.name: group.width for group in task.OBSERVATION_GROUPS}
    for name, group in (("state_normalizer", "system_state"), ("action_normalizer", "system_action")):
        count = len(getattr(config.imagination, name).mean)
        if count != widths[group]:
            message = f"agent.imagination.{name} has {count} columns, the group {group} has {widths[group]}"
            raise InputError("impossible value", message, f"give mean and std {widths[group]} numbers each")


def _check_sizes(config: AgentConfig) -> None:
    if config.seed > _LARGEST_SEED:
        raise InputError("impossible value", f"agent.seed = {config.seed}", f"use at most {_LARGEST_SEED}")
    algorithm, history = config.algorithm, config.system_dynamics.history_horizon
    if algorithm.system_dynamics_len_eval_trajectory <= history:
        raise InputError(
            "impossible value",
            f"agent.algorithm.system_dynamics_len_eval_trajectory = {algorithm.system_dynamics_len_eval_trajectory} "
            f"leaves nothing to predict after a history of {history}",
            f"make it larger than {history}",
        )


def check_rollout(config: AgentConfig, num_envs: int) -> None:
    """The rollout must fill the mini-batches of PPO.

    :raises InputError: where it does not.
    """
    rows, batches = num_envs * config.num_steps_per_env, config.algorithm.num_mini_batches
    if rows < 2 * batches:
        raise InputError(
            "impossible value",
            f"{num_envs} environments x {config.num_steps_per_env} steps = {rows} rows cannot fill "
            f"agent.algorithm.num_mini_batches = {batches}",
            "use more environments or fewer mini-batches",
        )


def choose_device(asked: str | None) -> torch.device:
    """The device of the networks: the one asked for, else CUDA where there is one, else the CPU.

    :raises InputError: for a device that does not exist here.
    """
    if asked is None:
        return torch.device("cuda:0" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(asked)
        torch.zeros(1, device=device)
    except (RuntimeError, AssertionError) as error:
        reason = str(error).splitlines()[0]
        raise InputError("device not usable", f"'{asked}': {reason}", "use --device cpu") from error
    return device


def cap_device_memory(device: torch.device, cap_mib: float) -> None:
    """Let torch's allocator reserve no more than this; beyond it, it raises its own OutOfMemoryError.

    :raises InputError: where the device's memory can't be capped, or has no more than the cap.
    """
    if device.type != "cuda":
        raise InputError(
            "device memory not capped",
            f"--device-memory-cap-mib {cap_mib:g}: the learner runs on the {device.type.upper()}, "
            "whose memory torch cannot cap",
            "leave the cap out, or run where there is a CUDA device",
        )
    total_mib = torch.cuda.get_device_properties(device).total_memory / 2**20
    if cap_mib > total_mib:
        raise InputError(
            "impossible value",
            f"--device-memory-cap-mib {cap_mib:g}: {device} has {total_mib:.0f} MiB",
            "give a smaller size",
        )
    torch.cuda.set_per_process_memory_fraction(cap_mib / total_mib, device.index or 0)
