"""Which checkpoint a launch will end with: by its profile first, by the resolved configuration once that is there."""

from pathlib import Path

from rwm_tui.core.profile import ScaleProfile, agent_config_of, may_train_world_model
from rwm_tui.core.run_dir.final_checkpoint import POLICY_RUNNER, WORLD_MODEL_RUNNER, final_checkpoint_name
from rwm_tui.core.run_dir.params import load_params


class ExpectedCheckpoint:
    """:param name: e.g. ``model_1.pt``."""

    def __init__(self, profile: ScaleProfile) -> None:
        runner = WORLD_MODEL_RUNNER if may_train_world_model(profile) else POLICY_RUNNER
        self.name = final_checkpoint_name(agent_config_of(profile).max_iterations, runner)
        self._is_resolved = False

    def look(self, run: Path) -> None:
        """Take runner and length from agent.yaml, once it is whole."""
        if self._is_resolved:
            return
        agent = load_params(run / "params" / "agent.yaml")
        if not isinstance(agent, dict):
            return
        runner, max_iterations = agent.get("class_name"), agent.get("max_iterations")
        if isinstance(runner, str) and type(max_iterations) is int:
            self.name = final_checkpoint_name(max_iterations, runner)
            self._is_resolved = True
