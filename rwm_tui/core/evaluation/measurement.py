"""The evaluation document: what was measured, on what, by which code.

All errors are root mean squares in units of the run's fixed normalizer. Steps are control steps of 0.02 s, counted from
1; lists over steps begin with the first predicted one.
"""

import hashlib
from typing import Annotated, Literal

import msgspec

from rwm_tui.core.ports import NotAvailable

# Columns of system_state by group, in the order of the reports; "all" stands for the 45 together.
ALL = "all"
STATE_GROUPS = {
    "v": slice(0, 3),
    "omega": slice(3, 6),
    "g": slice(6, 9),
    "q": slice(9, 21),
    "qdot": slice(21, 33),
    "tau": slice(33, 45),
}

# The noise levels of arXiv 2501.10100, in normalized units.
NOISE_SCALES = (0.1, 0.2, 0.4, 0.5, 0.8)

# The reference trainer evaluates on trajectories of this many rows.
UPSTREAM_TRAJECTORY_ROWS = 400

# Episodes as in training but for the seed; what other conditions are compared with.
FRESH = "fresh"
NO_EXPLORATION = "no-exploration"

Count = Annotated[int, msgspec.Meta(ge=0)]
Error = Annotated[float, msgspec.Meta(ge=0)]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Correlation = Annotated[float, msgspec.Meta(ge=-1, le=1)]
Digest = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Text = Annotated[str, msgspec.Meta(max_length=4000)]
Steps = Annotated[tuple[Error, ...], msgspec.Meta(min_length=1, max_length=10_000)]


class _Struct(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class Ratio(_Struct, frozen=True, tag="ratio"):
    """The model's error over that of the better naive predictor, with the ends of its 95 % interval.

    The interval is a bootstrap over blocks of consecutive rows, because neighbouring windows resemble each other.
    """

    value: Error
    low: Error
    high: Error


class GroupErrors(_Struct, frozen=True):
    """Errors of one state group by step, and the ratio over all of these steps."""

    model: Steps
    persistence: Steps
    constant_velocity: Steps
    ratio: Ratio | NotAvailable


class OpenLoop(_Struct, frozen=True, tag="open-loop"):
    """Predictions over the forecast horizon from ``windows`` histories in ``blocks`` independent stretches of rows."""

    windows: Count
    blocks: Count
    groups: dict[Name, GroupErrors]


class Classification(_Struct, frozen=True):
    """How well yes-or-no columns were predicted, beside the most frequent answer given always.

    ``balanced_accuracy`` is the mean of the shares of true yes and true no that were found; a constant has 0.5.
    """

    rows: Count
    base_rate: Share
    accuracy: Share
    constant_accuracy: Share
    balanced_accuracy: Share | NotAvailable


class Condition(_Struct, frozen=True):
    """One kind of trajectories.

    :param text: what is different from training, in words.
    :param exploration: whether the policy acted with its exploration noise; None: the dataset does not say.
    :param novelty: share of rows in which a state column lies beyond everything that the fresh episodes showed; None
        for the fresh ones themselves.
    """

    name: Name
    text: Text
    exploration: bool | None
    trajectories: Count
    rows: Count
    novelty: Share | None
    open_loop: OpenLoop
    contacts: dict[Name, Classification]


class NoiseLevel(_Struct, frozen=True):
    """Gaussian noise of this standard deviation on the given states and on all actions; the targets are clean."""

    scale: Error
    open_loop: OpenLoop


class Uncertainty(_Struct, frozen=True, tag="uncertainty"):
    """Epistemic uncertainty (standard deviation over the members' means, summed over columns) against L1 error.

    :param pointwise: Pearson's correlation over all windows and steps.
    :param step_averaged: over the steps, after averaging over windows.
    """

    members: Count
    pointwise: Correlation | NotAvailable
    step_averaged: Correlation | NotAvailable
    epistemic: Steps


class UpstreamFigure(_Struct, frozen=True, tag="upstream-figure"):
    """``System Dynamics/autoregressive_error`` as the reference computes it: actions one step late, relative L1.

    It uses 100 trajectories of 400 rows. ``aligned`` is the same figure with the actions of the training alignment.
    """

    trajectories: Count
    rows: Count
    values: dict[Name, Error | NotAvailable]
    aligned: Error | NotAvailable


class FileDigest(_Struct, frozen=True):
    """A file as it was read; ``name`` is relative to the run directory, or absolute where it lies outside."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=4096)]
    bytes: Count
    sha256: Digest


class Simulator(_Struct, frozen=True, tag="simulator"):
    """Trajectories from the embedded simulator, driven by the run's own policy.

    :param seeds: one for each of the conditions; none is the training's.
    """

    seeds: Annotated[tuple[Count, ...], msgspec.Meta(min_length=1, max_length=20)]
    training_seed: Count
    episodes: Count


class Dataset(_Struct, frozen=True, tag="dataset"):
    """Trajectories from a file of 66 columns.

    :param held_out: the user declares that the rows are of the run's own task and were not trained on.
    :param doubts: what makes the rows look like something else than raw rows of the task.
    """

    file: FileDigest
    rows: Count
    held_out: bool
    doubts: tuple[Text, ...]


class Code(_Struct, frozen=True):
    """The evaluating code, and what it ran on."""

    version: Name
    sha256: Digest
    python: Name
    torch: Name
    numpy: Name
    mujoco: Name


class Measurement(_Struct, frozen=True, kw_only=True):
    """Everything that one evaluation measured.

    :param iteration: of the checkpoint.
    :param long: one forecast as far as the data allow, up to the upstream evaluation's length.
    """

    checkpoint: FileDigest
    agent: FileDigest
    iteration: Count
    parameters: Count
    history_horizon: Count
    forecast_horizon: Count
    source: Simulator | Dataset
    conditions: Annotated[tuple[Condition, ...], msgspec.Meta(min_length=1, max_length=20)]
    noise: Annotated[tuple[NoiseLevel, ...], msgspec.Meta(max_length=20)]
    long: OpenLoop | NotAvailable
    uncertainty: Uncertainty | NotAvailable
    upstream: UpstreamFigure | NotAvailable
    code: Code

    @property
    def main(self) -> Condition:
        """The fresh episodes, or the dataset."""
        return self.conditions[0]


class Evaluation(_Struct, frozen=True):
    """The file: a measurement, and the digest that shows whether it was changed afterwards.

    :param created: when, in ISO 8601.
    :param digest: sha256 of the measurement in canonical JSON.
    """

    schema: Literal[1]
    created: Name
    digest: Digest
    measurement: Measurement


def canonical(measurement: Measurement) -> bytes:
    """The same bytes for the same values."""
    return msgspec.json.encode(measurement, order="deterministic")


def digest_of(measurement: Measurement) -> str:
    """sha256 of the canonical form."""
    return hashlib.sha256(canonical(measurement)).hexdigest()
