"""Sequences: consecutive, of one episode, uniform, padded in front."""

# ruff: noqa: E402  the imports follow the check that torch and MuJoCo are there
import pytest

torch = pytest.importorskip("torch")

from rwm_tui.trainer.replay_buffer import NoValidWindow, ReplayBuffer

WIDTHS = (2, 1, 1, 1)
CPU = torch.device("cpu")


def filled(num_envs: int, size: int, ends: list[list[int]], rows: int, unusable: int | None = None) -> ReplayBuffer:
    """Row t of environment e has state (t + 1, e + 1) and action t + 1; an episode ends in the rows of ``ends``."""
    buffer = ReplayBuffer(num_envs, size, WIDTHS, CPU)
    environments = torch.arange(num_envs, dtype=torch.float32).unsqueeze(1) + 1.0
    for row in range(rows):
        number = torch.full((num_envs, 1), row + 1.0)
        groups = {
            "system_state": torch.cat([number, environments], 1),
            "system_action": number,
            "system_contact": torch.zeros(num_envs, 1),
            "system_termination": torch.tensor([[float(row in ends[env])] for env in range(num_envs)]),
        }
        flags = torch.tensor([row in ends[env] for env in range(num_envs)])
        buffer.add(groups, flags, torch.full((num_envs,), row == unusable))
    return buffer


def test_rows_are_consecutive_and_of_one_environment() -> None:
    torch.manual_seed(0)
    batch = filled(3, 50, [[], [], []], rows=30).sample(200, 7)
    numbers, environments = batch.states[..., 0], batch.states[..., 1]
    assert (numbers.diff(dim=1) == 1.0).all()
    assert (environments == environments[:, :1]).all()
    assert torch.equal(batch.actions[..., 0], numbers)


def test_every_environment_and_start_is_drawn() -> None:
    torch.manual_seed(0)
    batch = filled(2, 50, [[], []], rows=10).sample(2000, 4)
    firsts = {(int(env), int(number)) for number, env in batch.states[:, 0].tolist()}
    assert firsts == {(env, start) for env in (1, 2) for start in range(1, 8)}


def test_an_episodes_end_is_never_inside() -> None:
    torch.manual_seed(0)
    ends = [[4, 13, 25], [8], []]
    batch = filled(3, 50, ends, rows=30).sample(3000, 6)
    assert (batch.terminations[:, :-1] == 0.0).all()
    assert (batch.terminations[:, -1] == 1.0).any(), "the last row may be the end of an episode"


def test_rows_of_blown_up_physics_are_never_drawn() -> None:
    torch.manual_seed(0)
    batch = filled(2, 50, [[12], [12]], rows=30, unusable=12).sample(2000, 5)
    assert (batch.states[..., 0] != 13.0).all()


def test_a_full_ring_keeps_the_latest_rows_in_order() -> None:
    torch.manual_seed(0)
    batch = filled(2, 10, [[], []], rows=37).sample(500, 4)
    numbers = batch.states[..., 0]
    assert (numbers.diff(dim=1) == 1.0).all()
    assert numbers.min() == 28.0
    assert numbers.max() == 37.0


def test_episode_ends_wrap_with_the_ring() -> None:
    torch.manual_seed(0)
    batch = filled(1, 10, [[31]], rows=37).sample(500, 4)
    assert set(batch.states[:, 0, 0].tolist()) == {28.0, 29.0, 33.0, 34.0}


def test_a_short_buffer_is_padded_with_zero_rows_in_front() -> None:
    batch = filled(2, 50, [[], []], rows=5).sample(20, 8)
    assert (batch.states[:, :3] == 0.0).all()
    assert batch.states[0, 3:, 0].tolist() == [1.0, 2.0, 3.0, 4.0, 5.0]


def test_a_sequence_longer_than_the_ring_is_padded_too() -> None:
    batch = filled(1, 4, [[]], rows=9).sample(3, 6)
    assert batch.states[0, :, 0].tolist() == [0.0, 0.0, 6.0, 7.0, 8.0, 9.0]


def test_no_window_is_said_so() -> None:
    buffer = filled(1, 50, [[2, 5, 8]], rows=10)
    with pytest.raises(NoValidWindow, match="6 rows"):
        buffer.sample(1, 6)


def test_a_bootstrap_draws_whole_sequences_with_replacement() -> None:
    torch.manual_seed(0)
    batch = filled(1, 100, [[]], rows=100).sample(64, 3)
    resampled = batch.bootstrap()
    originals = {tuple(row) for row in batch.states[:, 0].tolist()}
    assert {tuple(row) for row in resampled.states[:, 0].tolist()} < originals
    assert torch.equal(resampled.actions[..., 0], resampled.states[..., 0])
