"""The world model: reference names, losses, alignment, ensembles."""

# ruff: noqa: E402  the imports follow the check that torch and MuJoCo are there
import tarfile
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("mujoco")

import msgspec

from rwm_tui.core.agent_config import LossWeights, SystemDynamicsConfig, reference_agent_config
from rwm_tui.trainer.checkpoint import load_checkpoint
from rwm_tui.trainer.replay_buffer import Sequences
from rwm_tui.trainer.runner import build_policy, build_system_dynamics
from rwm_tui.trainer.system_dynamics import SystemDynamics, SystemWidths, history_inputs

WIDTHS = SystemWidths(state=45, action=12, contact=8, termination=1)
HISTORY, FORECAST = 32, 3


def sequences(count: int = 6, rows: int = HISTORY + FORECAST) -> Sequences:
    generator = torch.Generator().manual_seed(0)

    def values(width: int) -> "torch.Tensor":
        return torch.randn(count, rows, width, generator=generator)

    return Sequences(values(45), values(12), (values(8) > 0).float(), (values(1) > 0).float())


@pytest.fixture(scope="module")
def model() -> SystemDynamics:
    torch.manual_seed(0)
    return SystemDynamics(WIDTHS, SystemDynamicsConfig())


@pytest.fixture(scope="module")
def upstream_checkpoint(shared_fixtures: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("upstream")
    with tarfile.open(shared_fixtures / "upstream-runs" / "checkpoints.tar.xz") as archive:
        archive.extractall(folder, filter="data")
    return next(folder.glob("B_*/logs/rsl_rl/*/*/model_1.pt"))


def test_sizes_are_the_references(model: SystemDynamics) -> None:
    policy = build_policy(reference_agent_config())
    assert len(model.state_dict()) == 34
    assert sum(parameter.numel() for parameter in model.parameters()) == 1_417_789
    assert len(policy.state_dict()) == 17
    assert sum(parameter.numel() for parameter in policy.parameters()) == 80_281
    assert model.state_base.memory.rnn.weight_ih_l0.shape == (768, 57)


def test_names_and_order_are_those_of_an_upstream_checkpoint(upstream_checkpoint: Path) -> None:
    contents = torch.load(upstream_checkpoint, map_location="cpu", weights_only=True)
    config = reference_agent_config()
    for key, network in (
        ("model_state_dict", build_policy(config)),
        ("system_dynamics_state_dict", build_system_dynamics(config)),
    ):
        shapes = {name: tensor.shape for name, tensor in contents[key].items()}
        ours = {name: tensor.shape for name, tensor in network.state_dict().items()}
        assert list(ours.items()) == list(shapes.items())


def test_an_upstream_checkpoint_loads_with_its_optimizers(upstream_checkpoint: Path) -> None:
    config = reference_agent_config()
    policy, dynamics = build_policy(config), build_system_dynamics(config)
    assert load_checkpoint(upstream_checkpoint, policy, dynamics) == 0
    contents = torch.load(upstream_checkpoint, map_location="cpu", weights_only=True)
    for key, network, steps in (
        ("optimizer_state_dict", policy, 20.0),
        ("system_dynamics_optimizer_state_dict", dynamics, 1.0),
    ):
        optimizer = torch.optim.Adam(network.parameters())
        optimizer.load_state_dict(contents[key])
        for parameter in network.parameters():
            state = optimizer.state[parameter]
            assert state["step"].item() == steps
            assert state["exp_avg"].shape == parameter.shape


def test_bound_loss_is_exactly_one_at_the_start(model: SystemDynamics) -> None:
    losses = model.losses(sequences())
    assert losses.bound.item() == 1.0
    assert losses.sequence.item() == losses.kl.item() == 0.0
    assert losses.contact.item() == pytest.approx(0.69, abs=0.1)
    assert losses.termination.item() == pytest.approx(0.69, abs=0.15)


def test_log_std_stays_between_its_bounds(model: SystemDynamics) -> None:
    head = model.state_heads[0]
    _, std = head(torch.randn(50, 256) * 100.0, torch.zeros(50, 45))
    # The soft bounds meet the hard ones up to the softplus of their distance.
    assert std.log().min() >= -5.0
    assert std.log().max() <= -4.0 + torch.nn.functional.softplus(torch.tensor(-1.0)).item()


def test_total_is_the_weighted_sum(model: SystemDynamics) -> None:
    torch.manual_seed(1)
    losses = model.losses(sequences())
    weights = LossWeights(state=2.0, bound=3.0, contact=5.0, termination=7.0)
    expected = 2.0 * losses.state + 3.0 * losses.bound + 5.0 * losses.contact + 7.0 * losses.termination
    assert losses.total(weights).item() == pytest.approx(expected.item(), rel=1e-6)


def test_the_first_action_of_a_sequence_is_never_used(model: SystemDynamics) -> None:
    batch = sequences()
    other = with_actions(batch, actions=_changed(batch.actions, row=0))
    assert _losses(model, batch) == _losses(model, other)


@pytest.mark.parametrize("row", [HISTORY - 3, HISTORY - 1, HISTORY, HISTORY + FORECAST - 1])
def test_later_actions_matter(model: SystemDynamics, row: int) -> None:
    batch = sequences()
    other = with_actions(batch, actions=_changed(batch.actions, row=row))
    assert _losses(model, batch) != _losses(model, other)


def test_a_state_goes_in_beside_the_action_taken_in_it() -> None:
    """Row t holds the action that led to state t, so the action taken in state t stands in row t + 1."""
    states = torch.arange(5.0).view(1, 5, 1)
    actions = 10.0 * states
    assert history_inputs(states, actions, 4)[0].tolist() == [[0.0, 10.0], [1.0, 20.0], [2.0, 30.0], [3.0, 40.0]]


def test_the_state_branch_does_not_see_the_states_it_is_to_predict(model: SystemDynamics) -> None:
    """Teacher forcing would let forecast row 32 influence the prediction of row 33."""
    batch = sequences()
    states, actions = batch.states, batch.actions
    open_loop = model.roll_out(states[:, :HISTORY], actions[:, 1:], FORECAST)
    single = model.roll_out(states[:, :HISTORY], actions[:, 1 : HISTORY + 1], 1)[:, 0]
    assert torch.allclose(open_loop[:, 0], single, atol=1e-6)
    features, hidden = model.state_base(torch.cat([states[:, :HISTORY], actions[:, 1 : HISTORY + 1]], -1), None)
    features, _ = model.state_base(torch.cat([single, actions[:, HISTORY + 1]], -1).unsqueeze(1), hidden)
    assert torch.allclose(open_loop[:, 1], model.state_heads[0].mean(features[:, -1], single), atol=1e-6)


def test_the_mean_is_a_residual_on_the_last_state(model: SystemDynamics) -> None:
    head = model.state_heads[0]
    features = torch.randn(4, 256)
    shift = torch.full((4, 45), 3.0)
    assert torch.allclose(head.mean(features, shift) - head.mean(features, torch.zeros(4, 45)), shift, atol=1e-6)


def test_the_model_learns_a_simple_system() -> None:
    """The state is driven by the aligned action; persistence cannot know it."""
    torch.manual_seed(0)
    model = SystemDynamics(SystemWidths(2, 2, 1, 1), SystemDynamicsConfig(history_horizon=4))
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    first = last = 0.0
    for index in range(60):
        actions = torch.randn(32, 7, 2)
        states = torch.cumsum(actions, dim=1)
        batch = Sequences(states, actions, torch.zeros(32, 7, 1), torch.zeros(32, 7, 1))
        losses = model.losses(batch)
        optimizer.zero_grad()
        losses.total(LossWeights()).backward()
        optimizer.step()
        first, last = (losses.state.item() if index == 0 else first), losses.state.item()
    assert last < first / 5.0


def test_an_ensemble_has_a_head_per_member_on_shared_bases() -> None:
    torch.manual_seed(0)
    config = msgspec.structs.replace(SystemDynamicsConfig(), ensemble_size=3)
    model = SystemDynamics(WIDTHS, config)
    names = {name.split(".")[1] for name in model.state_dict() if name.startswith("state_heads.")}
    assert names == {"0", "1", "2"}
    losses = model.losses(sequences())
    losses.total(LossWeights()).backward()
    assert losses.bound.item() == 1.0
    assert all(parameter.grad is not None and parameter.grad.abs().sum() > 0 for parameter in model.parameters())


def test_a_frozen_auxiliary_branch_gets_no_gradient() -> None:
    model = SystemDynamics(WIDTHS, msgspec.structs.replace(SystemDynamicsConfig(), freeze_auxiliary=True))
    model.losses(sequences()).total(LossWeights()).backward()
    assert all(parameter.grad is None for parameter in model.auxiliary_base.parameters())
    assert all(parameter.grad is not None for parameter in model.state_base.parameters())


def with_actions(batch: Sequences, actions: "torch.Tensor") -> Sequences:
    return Sequences(batch.states, actions, batch.contacts, batch.terminations)


def _changed(actions: "torch.Tensor", row: int) -> "torch.Tensor":
    changed = actions.clone()
    changed[:, row] += 5.0
    return changed


def _losses(model: SystemDynamics, batch: Sequences) -> tuple[float, float]:
    torch.manual_seed(7)
    losses = model.losses(batch)
    return losses.state.item(), losses.contact.item()
