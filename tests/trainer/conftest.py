"""Trainer tests run torch on one thread, as the trainer does."""

import importlib.util

import pytest


@pytest.fixture(autouse=True, scope="session")
def _one_torch_thread() -> None:
    if importlib.util.find_spec("torch"):
        import torch

        torch.set_num_threads(1)
