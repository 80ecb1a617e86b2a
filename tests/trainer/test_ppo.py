"""PPO against small cases worked out by hand."""

# ruff: noqa: E402  the imports follow the check that torch and MuJoCo are there
import math

import pytest

torch = pytest.importorskip("torch")

import msgspec

from rwm_tui.core.agent_config import AlgorithmConfig, PolicyConfig
from rwm_tui.trainer.actor_critic import ActorCritic, Gaussian
from rwm_tui.trainer.ppo import PPO

SMALL = PolicyConfig(actor_hidden_dims=(8,), critic_hidden_dims=(8,))
ONE_BATCH = msgspec.structs.replace(AlgorithmConfig(), num_mini_batches=1, num_learning_epochs=1)


def rollout(algorithm: PPO, rewards: list[float], dones: list[float], time_outs: list[float]) -> "torch.Tensor":
    observations = torch.ones(2, 3)
    for reward, done, time_out in zip(rewards, dones, time_outs, strict=True):
        algorithm.act(observations)
        algorithm.note_outcome(torch.full((2,), reward), torch.full((2,), done), torch.full((2,), time_out))
    return observations


def constant_critic(value: float) -> ActorCritic:
    policy = ActorCritic(3, 2, SMALL)
    with torch.no_grad():
        for parameter in policy.critic.parameters():
            parameter.zero_()
        policy.critic[-1].bias.fill_(value)
    return policy


def returns(rewards: list[float], dones: list[float], time_outs: list[float], value: float) -> list[float]:
    config = msgspec.structs.replace(ONE_BATCH, gamma=0.5, lam=1.0)
    algorithm = PPO(constant_critic(value), config)
    last = rollout(algorithm, rewards, dones, time_outs)
    flat = algorithm._whole_rollout(last).returns
    return flat.view(len(rewards), 2)[:, 0].tolist()


def test_returns_are_discounted_and_bootstrapped_at_the_end_of_the_rollout() -> None:
    assert returns([1.0, 1.0], [0.0, 0.0], [0.0, 0.0], value=8.0) == pytest.approx([1 + 0.5 * (1 + 0.5 * 8), 5.0])


def test_an_episodes_end_cuts_the_return() -> None:
    assert returns([1.0, 1.0], [1.0, 0.0], [0.0, 0.0], value=8.0) == pytest.approx([1.0, 5.0])


def test_a_time_out_is_bootstrapped() -> None:
    assert returns([1.0, 1.0], [1.0, 0.0], [1.0, 0.0], value=8.0) == pytest.approx([5.0, 5.0])


def test_the_first_surrogate_is_the_mean_advantage_which_is_zero() -> None:
    torch.manual_seed(0)
    algorithm = PPO(ActorCritic(3, 2, SMALL), ONE_BATCH)
    losses = algorithm.update(rollout(algorithm, [1.0, -1.0, 0.5], [0.0] * 3, [0.0] * 3))
    assert losses.surrogate == pytest.approx(0.0, abs=1e-6)
    assert losses.entropy == pytest.approx(2 * (0.5 + 0.5 * math.log(2 * math.pi)), rel=1e-5)


def test_a_policy_that_has_moved_far_learns_more_slowly_and_one_that_has_not_faster() -> None:
    torch.manual_seed(0)
    algorithm = PPO(ActorCritic(3, 2, SMALL), ONE_BATCH)
    batch = algorithm._whole_rollout(rollout(algorithm, [1.0], [0.0], [0.0]))
    algorithm._adapt_learning_rate(batch, batch.mean + 1.0, batch.std)
    assert algorithm.learning_rate == pytest.approx(1e-3 / 1.5)
    algorithm._adapt_learning_rate(batch, batch.mean + 0.01, batch.std)
    assert algorithm.optimizer.param_groups[0]["lr"] == pytest.approx(1e-3)
    for _ in range(30):
        algorithm._adapt_learning_rate(batch, batch.mean + 1.0, batch.std)
    assert algorithm.learning_rate == 1e-5


def test_density_and_entropy_agree_with_torchs_normal() -> None:
    mean, std = torch.randn(4, 3), torch.rand(4, 3) + 0.1
    actions = torch.randn(4, 3)
    reference = torch.distributions.Normal(mean, std)
    ours = Gaussian(mean, std)
    assert torch.allclose(ours.log_prob(actions), reference.log_prob(actions).sum(-1), atol=1e-5)
    assert torch.allclose(ours.entropy(), reference.entropy().sum(-1), atol=1e-5)


def test_it_learns_to_take_the_rewarded_action() -> None:
    torch.manual_seed(0)
    policy = ActorCritic(3, 2, SMALL)
    algorithm = PPO(policy, AlgorithmConfig())
    observations = torch.ones(256, 3)
    for _ in range(15):
        for _ in range(2):
            actions = algorithm.act(observations)
            reward = -(actions - 1.0).square().sum(-1)
            algorithm.note_outcome(reward, torch.ones(256), torch.zeros(256))
        algorithm.update(observations)
    assert torch.allclose(policy.actor(observations[:1]), torch.ones(1, 2), atol=0.3)
