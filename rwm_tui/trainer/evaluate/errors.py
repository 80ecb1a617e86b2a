"""Open-loop errors by state group and step, against two naive predictors."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rwm_tui.core.evaluation.measurement import ALL, STATE_GROUPS, GroupErrors, OpenLoop, Ratio
from rwm_tui.core.ports import NotAvailable

# A prediction that has left all bounds counts as this far off, so that figures stay finite.
_DIVERGED = 1.0e6

_RESAMPLES = 1000
_CONFIDENCE = 95.0

PREDICTORS = ("model", "persistence", "constant_velocity")

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Predictions:
    """What three predictors say of the same rows: each (B, K, 45), beside the truth; ``blocks`` as in `Windows`."""

    model: Tensor
    persistence: Tensor
    constant_velocity: Tensor
    true: Tensor
    blocks: Tensor


def naive_predictions(given: Tensor, num_steps: int) -> tuple[Tensor, Tensor]:
    """*Persistence*: the state stays as it is; *constant velocity*: its last change goes on.

    :param given: (B, T, columns), at least two rows.
    :returns: each (B, num_steps, columns).
    """
    last = given[:, -1:]
    change = last - given[:, -2:-1]
    steps = torch.arange(1, num_steps + 1, dtype=given.dtype).view(1, -1, 1)
    return last.expand(-1, num_steps, -1), last + steps * change


def open_loop_errors(predictions: Predictions) -> OpenLoop:
    """Root mean square errors over windows and columns, by step, and ratios over all steps."""
    blocks = predictions.blocks.numpy()
    squared = {name: _squared(getattr(predictions, name), predictions.true) for name in PREDICTORS}
    columns = {ALL: slice(None), **STATE_GROUPS}
    return OpenLoop(
        windows=len(blocks),
        blocks=len(np.unique(blocks)),
        groups={
            group: _group_errors({name: errors[..., chosen] for name, errors in squared.items()}, blocks)
            for group, chosen in columns.items()
        },
    )


def _squared(predicted: Tensor, true: Tensor) -> Array:
    errors = (predicted - true).double().abs().nan_to_num(nan=_DIVERGED, posinf=_DIVERGED).clamp(max=_DIVERGED)
    result: Array = errors.square().numpy()
    return result


def _group_errors(squared: dict[str, Array], blocks: NDArray[np.int64]) -> GroupErrors:
    by_step = {name: tuple(np.sqrt(errors.mean(axis=(0, 2))).tolist()) for name, errors in squared.items()}
    sums = np.stack([_sums_by_block(errors, blocks) for errors in squared.values()], axis=1)
    return GroupErrors(**by_step, ratio=_ratio(sums))


def _sums_by_block(squared: Array, blocks: NDArray[np.int64]) -> Array:
    _, numbers = np.unique(blocks, return_inverse=True)
    return np.bincount(numbers, weights=squared.sum(axis=(1, 2))).astype(np.float64)


def _ratio(sums: Array) -> Ratio | NotAvailable:
    """Of the root mean squares; the interval by drawing whole blocks with replacement.

    :param sums: (blocks, predictors) squared errors, the model's first.
    """
    if float(sums.sum(axis=0)[1:].min()) <= 0.0:
        return NotAvailable("a naive predictor makes no error at all on these rows")
    drawn = np.random.default_rng(0).integers(0, len(sums), size=(_RESAMPLES, len(sums)))
    resampled = np.stack([sums[chosen].sum(axis=0) for chosen in drawn])
    usable = resampled[resampled[:, 1:].min(axis=1) > 0.0]
    tail = (100.0 - _CONFIDENCE) / 2.0
    low, high = np.percentile(_to_better_naive(usable), [tail, 100.0 - tail])
    value = float(_to_better_naive(sums.sum(axis=0, keepdims=True))[0])
    return Ratio(value=value, low=min(float(low), value), high=max(float(high), value))


def _to_better_naive(sums: Array) -> Array:
    ratios: Array = np.sqrt(sums[:, 0] / sums[:, 1:].min(axis=1))
    return ratios
