"""Measures against values worked out by hand, strict loading, and a whole evaluation of a real upstream checkpoint."""

# ruff: noqa: E402  the imports follow the check that torch and MuJoCo are there
import json
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("mujoco")

import msgspec
import numpy as np

from rwm_tui.core.agent_config import SystemDynamicsConfig
from rwm_tui.core.errors import InputError
from rwm_tui.core.evaluation.measurement import Ratio, Uncertainty
from rwm_tui.core.ports import NotAvailable
from rwm_tui.trainer.environment import Environment
from rwm_tui.trainer.evaluate.agreement import classify, uncertainty_agreement
from rwm_tui.trainer.evaluate.configuration import read_configuration
from rwm_tui.trainer.evaluate.dataset import read_dataset
from rwm_tui.trainer.evaluate.errors import Predictions, naive_predictions, open_loop_errors
from rwm_tui.trainer.evaluate.loading import load_policy, load_system_dynamics, open_checkpoint
from rwm_tui.trainer.evaluate.trajectory import Trajectory, separate_windows, spread_windows
from rwm_tui.trainer.runner import system_widths
from rwm_tui.trainer.system_dynamics import Forecast, SystemDynamics

ROOT = Path(__file__).resolve().parents[2]


# --- measures ---------------------------------------------------------------------------------------------------------


def test_naive_predictors() -> None:
    given = torch.tensor([[[0.0], [1.0], [3.0]]])
    persistence, constant_velocity = naive_predictions(given, 3)
    assert persistence.flatten().tolist() == [3.0, 3.0, 3.0]
    assert constant_velocity.flatten().tolist() == [5.0, 7.0, 9.0]


def predictions(model: float, persistence: float, constant_velocity: float, blocks: int = 4) -> Predictions:
    true = torch.zeros(blocks, 2, 45)
    step = torch.tensor([1.0, 2.0]).view(1, 2, 1)
    parts = (true + value * step for value in (model, persistence, constant_velocity))
    return Predictions(*parts, true, torch.arange(blocks))


def test_errors_by_step_and_the_ratio_to_the_better_naive_predictor() -> None:
    measured = open_loop_errors(predictions(0.3, 2.0, 0.6))
    assert (measured.windows, measured.blocks) == (4, 4)
    v = measured.groups["v"]
    assert v.model == pytest.approx((0.3, 0.6))
    assert v.persistence == pytest.approx((2.0, 4.0))
    assert v.ratio == Ratio(pytest.approx(0.5), pytest.approx(0.5), pytest.approx(0.5))


def test_a_diverged_prediction_is_finite_and_bad() -> None:
    found = predictions(0.3, 2.0, 0.6)
    found.model[0, 1, 0] = float("nan")
    ratio = open_loop_errors(found).groups["v"].ratio
    assert isinstance(ratio, Ratio)
    assert 1e5 < ratio.value < 1e7


def test_no_ratio_where_doing_nothing_is_perfect() -> None:
    assert isinstance(open_loop_errors(predictions(0.3, 0.0, 0.6)).groups["all"].ratio, NotAvailable)


def test_a_constant_answer_is_not_rewarded() -> None:
    true = torch.tensor([1.0, 0.0, 0.0, 0.0])
    constant = classify(torch.zeros(4), true)
    assert (constant.accuracy, constant.constant_accuracy, constant.balanced_accuracy) == (0.75, 0.75, 0.5)
    knowing = classify(torch.tensor([0.9, 0.8, 0.1, 0.2]), true)
    assert knowing.balanced_accuracy == pytest.approx((1.0 + 2.0 / 3.0) / 2.0)
    assert isinstance(classify(torch.zeros(4), torch.zeros(4)).balanced_accuracy, NotAvailable)


def test_uncertainty_that_follows_the_error() -> None:
    true = torch.zeros(1, 4, 45)
    errors = torch.tensor([1.0, 2.0, 3.0, 5.0])
    forecast = Forecast(true + errors.view(1, 4, 1), true, true, (10.0 * errors).view(1, 4))
    found = uncertainty_agreement(forecast, true, members=3)
    assert isinstance(found, Uncertainty)
    assert found.pointwise == pytest.approx(1.0)
    assert isinstance(uncertainty_agreement(forecast, true, members=1), NotAvailable)


def test_members_that_disagree_have_epistemic_uncertainty() -> None:
    torch.manual_seed(0)
    for members in (1, 3):
        model = SystemDynamics(system_widths(), msgspec.structs.replace(SystemDynamicsConfig(), ensemble_size=members))
        states, actions = torch.randn(2, 32, 45), torch.randn(2, 34, 12)
        forecast = model.forecast(states, actions, 3)
        assert torch.allclose(forecast.states, model.roll_out(states, actions, 3))
        assert bool((forecast.epistemic > 0).all()) == (members > 1)
        assert forecast.contacts.shape == (2, 3, 8)


def trajectory(rows: int) -> Trajectory:
    column = torch.arange(float(rows)).unsqueeze(1)
    return Trajectory(column, column, column, column)


def test_windows_include_how_an_episode_ends_and_cross_none() -> None:
    windows = spread_windows([trajectory(7), trajectory(2), trajectory(5)], rows=4, most=3)
    assert windows is not None
    assert [window.flatten().tolist() for window in windows.states] == [[3, 4, 5, 6], [1, 2, 3, 4], [1, 2, 3, 4]]
    assert windows.blocks.tolist() == [0, 0, 1]
    assert spread_windows([trajectory(3)], rows=4, most=3) is None


def test_separate_windows_are_as_long_as_the_data_allow() -> None:
    windows = separate_windows([trajectory(10), trajectory(7)], most_rows=8, least=3, most=100)
    assert windows is not None
    assert windows.states.shape[:2] == (3, 5)
    assert separate_windows([trajectory(3)], most_rows=8, least=2, most=100) is None


# --- a real upstream checkpoint and a dataset -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def unpacked(shared_fixtures: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("upstream")
    upstream = shared_fixtures / "upstream-runs"
    [params] = (upstream / "B_fixed_reduced_ok" / "logs").rglob("params")
    run_dir = folder / params.parent.name
    shutil.copytree(params.parent, run_dir, copy_function=shutil.copyfile)
    for path in [run_dir, *run_dir.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)
    with tarfile.open(upstream / "checkpoints.tar.xz") as archive:
        archive.extractall(folder / "checkpoints", filter="data")
    [checkpoint] = (folder / "checkpoints").glob("B_*/logs/rsl_rl/*/*/model_1.pt")
    shutil.copyfile(checkpoint, run_dir / "model_1.pt")
    return run_dir


@pytest.fixture
def upstream_run(unpacked: Path, tmp_path: Path) -> Path:
    return shutil.copytree(unpacked, tmp_path / unpacked.name)


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Raw rows as the reference writes them: robots that act at random until their base touches the ground."""
    generator, environment = np.random.default_rng(3), Environment(192, 3, 1)
    rows: list[np.ndarray] = []
    ended = np.full(192, -1)
    for step in range(160):
        found = environment.step(generator.normal(size=(192, 12)))
        rows.append(np.concatenate([found.system[name] for name in found.system], axis=1))
        ended = np.where((ended < 0) & (rows[-1][:, 65] == 1.0), step, ended)
    environment.close()
    episodes = [np.stack([row[env] for row in rows[: last + 1]]) for env, last in enumerate(ended) if last >= 0]
    path = tmp_path_factory.mktemp("dataset") / "state_action_data_0.csv"
    np.savetxt(path, np.concatenate(episodes), delimiter=",", fmt="%.7g")
    return path


def evaluated(run_dir: Path, *options: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "rwm_tui", "evaluate", str(run_dir), "--json", "--logs", str(run_dir.parent), *options],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )


@pytest.mark.trainer
def test_an_upstream_model_after_one_update_is_not_predictive(upstream_run: Path, dataset: Path) -> None:
    done = evaluated(upstream_run, "--dataset", str(dataset))
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["outcome"] == "not predictive", document["reason"]
    measured = document["evaluation"]["measurement"]
    assert measured["parameters"] == 1_417_789
    assert measured["conditions"][0]["trajectories"] > 20
    assert set(measured["conditions"][0]["contacts"]) == {"thigh_contact", "foot_contact", "base_contact"}
    assert [level["scale"] for level in measured["noise"]] == [0.1, 0.2, 0.4, 0.5, 0.8]
    statuses = {item["id"]: item["status"] for item in document["check"]["items"]}
    assert statuses["predictive-accuracy"] == statuses["generalization"] == "not-verified"
    assert Path(document["path"]).with_suffix(".png").stat().st_size > 1000


def test_every_tensor_is_loaded_by_name_and_shape(upstream_run: Path) -> None:
    configuration, checkpoint = read_configuration(upstream_run), open_checkpoint(upstream_run, "model_1.pt")
    contents = torch.load(upstream_run / "model_1.pt", map_location="cpu", weights_only=True)
    for network, key in (
        (load_system_dynamics(checkpoint, configuration), "system_dynamics_state_dict"),
        (load_policy(checkpoint, configuration), "model_state_dict"),
    ):
        loaded = network.state_dict()
        assert list(loaded) == list(contents[key])
        assert all(torch.equal(tensor, contents[key][name]) for name, tensor in loaded.items())


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("ensemble_size: 1", "ensemble_size: 2", "state_heads.1"),
        ("rnn_hidden_size: 256", "rnn_hidden_size: 128", "instead of"),
        ("rnn_num_layers: 2", "rnn_num_layers: 1", "is not expected"),
        ("ensemble_size: 1", "ensemble_size: 1000000000", "ensemble_size"),
        ("rnn_hidden_size: 256", "rnn_hidden_size: 99999999", "layer widths"),
    ],
)
def test_another_architecture_is_refused(old: str, new: str, words: str, upstream_run: Path) -> None:
    agent = upstream_run / "params" / "agent.yaml"
    assert old in agent.read_text()
    agent.write_text(agent.read_text().replace(old, new))
    with pytest.raises(InputError) as refused:
        load_system_dynamics(open_checkpoint(upstream_run, "model_1.pt"), read_configuration(upstream_run))
    assert words in refused.value.message


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "empty"),
        ("1,2,3\n", "3 columns"),
        (",".join(["nan"] * 66) + "\n", "row 1"),
        (",".join(["0.5"] * 66) + "\n", "0 and 1"),
        ("x" * 20_000, "longer than"),
        (",".join(["0"] * 66) + "\n" + "a,b\n", "columns changed"),
    ],
    ids=["empty", "narrow", "nan", "not-flags", "long-line", "words"],
)
def test_a_dataset_that_cannot_be_used_is_explained(
    content: str, words: str, upstream_run: Path, tmp_path: Path
) -> None:
    path = tmp_path / "rows.csv"
    path.write_text(content)
    with pytest.raises(InputError) as refused:
        read_dataset(path, read_configuration(upstream_run))
    assert words in refused.value.message


def test_episodes_end_at_the_termination_and_doubtful_rows_are_noted(upstream_run: Path, tmp_path: Path) -> None:
    rows = np.zeros((10, 66))
    rows[4, 65] = rows[9, 65] = 1.0
    path = tmp_path / "rows.csv"
    np.savetxt(path, rows, delimiter=",")
    loaded = read_dataset(path, read_configuration(upstream_run))
    assert [len(found.states) for found in loaded.trajectories] == [5, 5]
    assert "gravity" in loaded.doubts[0]
    rows[:, 8] = -1.0
    np.savetxt(path, rows, delimiter=",")
    assert read_dataset(path, read_configuration(upstream_run)).doubts == ()


def test_a_named_checkpoint_stays_inside_the_run(upstream_run: Path) -> None:
    done = evaluated(upstream_run, "--checkpoint", "../model_1.pt")
    assert done.returncode == 2
    assert "name of a file" in json.loads(done.stdout)["error"]["message"]
    assert "Traceback" not in done.stderr
