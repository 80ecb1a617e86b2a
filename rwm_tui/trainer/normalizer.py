"""Fixed normalization of states and actions by the constants of the configuration."""

import torch
from torch import Tensor

from rwm_tui.core import agent_config


class Normalizer:
    """(x - mean) / std per column; never updated, never saved in a checkpoint, as in the reference trainer."""

    def __init__(self, config: agent_config.Normalizer, device: torch.device) -> None:
        self.mean = torch.tensor(config.mean, dtype=torch.float32, device=device)
        self.std = torch.tensor(config.std, dtype=torch.float32, device=device)

    def __call__(self, values: Tensor) -> Tensor:
        return (values - self.mean) / self.std
