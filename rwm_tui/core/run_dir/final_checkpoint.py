"""What the last checkpoint of a run is called."""

WORLD_MODEL_RUNNER = "MBPOOnPolicyRunner"
POLICY_RUNNER = "OnPolicyRunner"
_WITHOUT_WORLD_MODEL = (POLICY_RUNNER, "DistillationRunner")


def final_checkpoint_name(max_iterations: int, runner: str) -> str:
    """The last save of a run that begins at iteration 0; it holds ``iter`` = ``max_iterations`` - 1.

    The world model's runner names it by the number of iterations (rsl_rl_rwm 18eebcd), rsl_rl's own runners by the
    last one (rsl_rl 5.5.1; both in ``runners/``, end of ``learn``).

    :param runner: ``class_name`` of agent.yaml.
    """
    return f"model_{max_iterations if trains_world_model(runner) else max_iterations - 1}.pt"


def trains_world_model(runner: str) -> bool:
    """False for rsl_rl's own runners; of one that is not known, the checkpoint is asked to hold a world model."""
    return runner not in _WITHOUT_WORLD_MODEL
