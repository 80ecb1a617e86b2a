"""One evaluation from run directory to figures."""

import platform
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import mujoco
import numpy as np
import torch
from torch import Tensor

from rwm_tui.core.errors import InputError
from rwm_tui.core.evaluation.code_digest import code_digest, code_version
from rwm_tui.core.evaluation.measurement import (
    NOISE_SCALES,
    UPSTREAM_TRAJECTORY_ROWS,
    Code,
    Condition,
    Dataset,
    FileDigest,
    Measurement,
    NoiseLevel,
    OpenLoop,
    Simulator,
    Uncertainty,
    UpstreamFigure,
)
from rwm_tui.core.ports import NotAvailable
from rwm_tui.core.run_dir.file_digest import digest_file
from rwm_tui.core.run_dir.params import MAX_BYTES
from rwm_tui.core.run_dir.unreadable import Absent, Unreadable
from rwm_tui.trainer.evaluate.agreement import contact_agreement, uncertainty_agreement
from rwm_tui.trainer.evaluate.configuration import AGENT, RunConfiguration, read_configuration
from rwm_tui.trainer.evaluate.dataset import read_dataset
from rwm_tui.trainer.evaluate.errors import Predictions, naive_predictions, open_loop_errors
from rwm_tui.trainer.evaluate.loading import LoadedCheckpoint, load_policy, load_system_dynamics, open_checkpoint
from rwm_tui.trainer.evaluate.simulated import CONDITIONS, collect_episodes
from rwm_tui.trainer.evaluate.trajectory import Trajectory, Windows, separate_windows, spread_windows
from rwm_tui.trainer.evaluation import relative_errors, relative_l1
from rwm_tui.trainer.system_dynamics import Forecast, SystemDynamics
from rwm_tui.trainer.training import prepare_torch

# Enough for the third digit of the errors; more cost time and resemble each other.
_MOST_WINDOWS = 1500
_LEAST_LONG_WINDOWS = 20
_MOST_LONG_WINDOWS = 100  # as many as the reference trainer evaluates
_WINDOWS_AT_ONCE = 512


@dataclass(frozen=True)
class Asked:
    """What is to be evaluated; ``checkpoint`` None: the final one; ``dataset`` None: the simulator."""

    run_dir: Path
    checkpoint: str | None
    dataset: Path | None
    held_out: bool
    num_episodes: int
    seed: int


def measure(asked: Asked, say: Callable[[str], None]) -> Measurement:
    """Load strictly, collect, predict, compare.

    :param say: is told what is being done, in words.
    :raises InputError: for a run, a checkpoint or a dataset that cannot be used.
    """
    say("loading the checkpoint")
    configuration = read_configuration(asked.run_dir)
    name = asked.checkpoint or f"model_{configuration.max_iterations}.pt"
    if Path(name).name != name:
        raise InputError("checkpoint not usable", f"{name}: give the name of a file in {asked.run_dir}", "model_N.pt")
    checkpoint = open_checkpoint(asked.run_dir, name)
    model = load_system_dynamics(checkpoint, configuration)
    prepare_torch(asked.seed)
    measuring = _Measuring(model, configuration, say)
    source: Simulator | Dataset
    if asked.dataset is not None:
        source, conditions, trajectories = measuring.on_dataset(asked.dataset, held_out=asked.held_out)
    else:
        source, conditions, trajectories = measuring.in_simulator(checkpoint, asked.num_episodes, asked.seed)
    noise = measuring.under_noise(trajectories)
    long, uncertainty, upstream = measuring.far_ahead(trajectories)
    return Measurement(
        checkpoint=checkpoint.digest,
        agent=_digest_agent(asked.run_dir),
        iteration=checkpoint.iteration,
        parameters=sum(parameter.numel() for parameter in model.parameters()),
        history_horizon=model.history_horizon,
        forecast_horizon=configuration.forecast_horizon,
        source=source,
        conditions=conditions,
        noise=noise,
        long=long,
        uncertainty=uncertainty,
        upstream=upstream,
        code=_code(),
    )


class _Measuring:
    def __init__(self, model: SystemDynamics, configuration: RunConfiguration, say: Callable[[str], None]) -> None:
        self._model = model
        self._configuration = configuration
        self._say = say
        self._given = model.history_horizon

    def on_dataset(self, path: Path, *, held_out: bool) -> tuple[Dataset, tuple[Condition, ...], list[Trajectory]]:
        self._say("reading the dataset")
        loaded = read_dataset(path, self._configuration)
        text = f"the {loaded.rows} rows of {path.name}"
        condition = self._condition("dataset", text, None, loaded.trajectories, None)
        return Dataset(loaded.digest, loaded.rows, held_out, loaded.doubts), (condition,), loaded.trajectories

    def in_simulator(
        self, checkpoint: LoadedCheckpoint, num_episodes: int, seed: int
    ) -> tuple[Simulator, tuple[Condition, ...], list[Trajectory]]:
        seeds = tuple(range(seed, seed + len(CONDITIONS)))
        if self._configuration.seed in seeds:
            message = f"seeds {seeds[0]} to {seeds[-1]} hold {self._configuration.seed}, which the run was trained with"
            raise InputError("not held out", message, "choose another --seed")
        policy = load_policy(checkpoint, self._configuration)
        fresh: list[Trajectory] = []
        measured = []
        for number, (condition, own_seed) in enumerate(zip(CONDITIONS, seeds, strict=True), start=1):
            self._say(f"episodes {number} of {len(CONDITIONS)}: {condition.text}")
            episodes = collect_episodes(self._configuration, policy, condition, num_episodes, own_seed)
            novelty = _novelty(episodes, fresh) if fresh else None
            fresh = fresh or episodes
            measured.append(self._condition(condition.name, condition.text, condition.exploration, episodes, novelty))
        return Simulator(seeds, self._configuration.seed, num_episodes), tuple(measured), fresh

    def _condition(
        self, name: str, text: str, exploration: bool | None, trajectories: list[Trajectory], novelty: float | None
    ) -> Condition:
        horizon = self._configuration.forecast_horizon
        windows = spread_windows(trajectories, self._given + horizon, _MOST_WINDOWS)
        if windows is None:
            raise InputError(
                "nothing to predict",
                f"{text}: none of {len(trajectories)} trajectories has {self._given} + {horizon} rows",
                "give longer trajectories, or more episodes",
            )
        forecast = self._forecast(windows)
        return Condition(
            name=name,
            text=text,
            exploration=exploration,
            trajectories=len(trajectories),
            rows=sum(len(trajectory.states) for trajectory in trajectories),
            novelty=novelty,
            open_loop=self._compare(forecast, windows, windows.states[:, : self._given]),
            contacts=contact_agreement(
                forecast, windows.contacts[:, self._given :], windows.terminations[:, self._given :]
            ),
        )

    def under_noise(self, trajectories: Sequence[Trajectory]) -> tuple[NoiseLevel, ...]:
        rows = self._given + self._configuration.forecast_horizon
        windows = spread_windows(trajectories, rows, _MOST_WINDOWS)
        if windows is None:
            return ()
        levels = []
        for scale in NOISE_SCALES:
            self._say(f"predicting under noise {scale}")
            given = _noised(windows.states[:, : self._given], scale)
            forecast = self._forecast(windows, given, _noised(windows.actions, scale))
            levels.append(NoiseLevel(scale, self._compare(forecast, windows, given)))
        return tuple(levels)

    def far_ahead(
        self, trajectories: Sequence[Trajectory]
    ) -> tuple[OpenLoop | NotAvailable, Uncertainty | NotAvailable, UpstreamFigure | NotAvailable]:
        self._say("predicting far ahead")
        horizon = self._given + self._configuration.forecast_horizon
        windows = separate_windows(
            trajectories, max(UPSTREAM_TRAJECTORY_ROWS, horizon), _LEAST_LONG_WINDOWS, _MOST_LONG_WINDOWS
        )
        if windows is None or windows.states.shape[1] < horizon:
            reason = f"fewer than {_LEAST_LONG_WINDOWS} stretches of {horizon} rows that do not overlap"
            return NotAvailable(reason), NotAvailable(reason), NotAvailable(reason)
        forecast = self._forecast(windows)
        true = windows.states[:, self._given :]
        return (
            self._compare(forecast, windows, windows.states[:, : self._given]),
            uncertainty_agreement(forecast, true, self._model.ensemble_size),
            UpstreamFigure(
                trajectories=len(windows),
                rows=windows.states.shape[1],
                values={
                    tag: _finite(value)
                    for tag, value in relative_errors(
                        self._model, windows.states, windows.actions, NOISE_SCALES
                    ).items()
                },
                aligned=_finite(relative_l1(forecast.states, true).mean().item()),
            ),
        )

    def _forecast(self, windows: Windows, given: Tensor | None = None, actions: Tensor | None = None) -> Forecast:
        """Of the rows after the history; the action of row t + 1 goes in beside the state of row t."""
        given = windows.states[:, : self._given] if given is None else given
        actions = windows.actions if actions is None else actions
        num_steps = windows.states.shape[1] - self._given
        parts = [
            self._model.forecast(some_states, some_actions[:, 1:], num_steps)
            for some_states, some_actions in zip(
                torch.split(given, _WINDOWS_AT_ONCE), torch.split(actions, _WINDOWS_AT_ONCE), strict=True
            )
        ]
        names = ("states", "contacts", "terminations", "epistemic")
        return Forecast(*(torch.cat([getattr(part, name) for part in parts]) for name in names))

    def _compare(self, forecast: Forecast, windows: Windows, given: Tensor) -> OpenLoop:
        persistence, constant_velocity = naive_predictions(given, forecast.states.shape[1])
        true = windows.states[:, self._given :]
        return open_loop_errors(Predictions(forecast.states, persistence, constant_velocity, true, windows.blocks))


def _noised(values: Tensor, scale: float) -> Tensor:
    return values + scale * torch.randn_like(values)


def _novelty(trajectories: Sequence[Trajectory], fresh: Sequence[Trajectory]) -> float:
    """Share of rows in which some state column lies beyond the range of all fresh rows."""
    known = torch.cat([trajectory.states for trajectory in fresh])
    rows = torch.cat([trajectory.states for trajectory in trajectories])
    beyond = (rows < known.min(0).values) | (rows > known.max(0).values)
    return beyond.any(-1).double().mean().item()


def _finite(value: float) -> float | NotAvailable:
    return value if np.isfinite(value) else NotAvailable("a true row is zero, or the prediction diverged")


def _digest_agent(run_dir: Path) -> FileDigest:
    digest = digest_file(run_dir / AGENT, MAX_BYTES)
    if isinstance(digest, Absent | Unreadable):
        raise InputError(
            "run directory not usable", f"{run_dir / AGENT}: {digest.reason}", "do not change it meanwhile"
        )
    return FileDigest(AGENT, digest.bytes, digest.sha256)


def _code() -> Code:
    return Code(
        version=code_version(),
        sha256=code_digest(),
        python=platform.python_version(),
        torch=str(torch.__version__),
        numpy=str(np.__version__),
        mujoco=str(mujoco.__version__),
    )
