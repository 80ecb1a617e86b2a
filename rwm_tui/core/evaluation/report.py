"""An evaluation in words and figures, for a terminal."""

from collections.abc import Iterator, Mapping

from rwm_tui.core.evaluation.judgement import LARGEST_RATIO, judge_open_loop
from rwm_tui.core.evaluation.line_plot import Curve, plot_lines
from rwm_tui.core.evaluation.measurement import (
    ALL,
    STATE_GROUPS,
    Condition,
    Dataset,
    GroupErrors,
    Measurement,
    OpenLoop,
    Uncertainty,
    UpstreamFigure,
)
from rwm_tui.core.ports import NotAvailable

STEP_S = 0.02
_PLOT_HEIGHT = 8
_PLOT_WIDTH = 79


def report_lines(measurement: Measurement, *, ascii_only: bool = False) -> list[str]:
    """Outcome, errors by group, plot, and the rest of the figures, in plain text."""
    return [
        *_head(measurement),
        "",
        *_errors_by_group(measurement.main.open_loop),
        "",
        *_plot(measurement, ascii_only=ascii_only),
        "",
        *_contacts(measurement.main),
        "",
        *_noise(measurement),
        *_other_conditions(measurement),
        *_uncertainty(measurement.uncertainty),
        *_upstream(measurement.upstream),
    ]


def outcome_line(measurement: Measurement) -> str:
    """`PREDICTIVE on fresh episodes: in every state group at most …`."""
    judgement = judge_open_loop(measurement.main.open_loop)
    return f"{judgement.usefulness.upper()}: {judgement.reason}"


def _head(measurement: Measurement) -> Iterator[str]:
    main, source = measurement.main, measurement.source
    yield outcome_line(measurement)
    yield (
        f"{measurement.checkpoint.name} (iteration {measurement.iteration}), open loop over "
        f"{measurement.forecast_horizon} steps after {measurement.history_horizon} given ones"
    )
    if isinstance(source, Dataset):
        yield f"dataset {source.file.name}: {source.rows} rows, {main.trajectories} trajectories"
        declared = "declared" if source.held_out else "not declared"
        yield f"  that it is of this task and was not trained on: {declared}, and nothing here can prove it"
        yield from (f"  doubtful: {doubt}" for doubt in source.doubts)
    else:
        yield (
            f"embedded simulator (MuJoCo, not Isaac Lab), seeds {source.seeds[0]} to {source.seeds[-1]} "
            f"(training: {source.training_seed}): "
            f"{main.trajectories} episodes, {main.rows} rows"
        )
    yield f"{main.open_loop.windows} windows from {main.open_loop.blocks} stretches of rows; normalized RMSE"


def _errors_by_group(measured: OpenLoop) -> Iterator[str]:
    last = len(measured.groups[ALL].model)
    yield f"{'':<7}{'--- model ---':>16}{'- persistence -':>18}{'- const. vel. -':>18}{'ratio (95 %)':>20}"
    step = f"{'step 1':>8}{f'step {last}':>9}"
    yield f"{'state':<7}{step:>16}{step:>18}{step:>18}{f'bar {LARGEST_RATIO:.2f}':>20}"
    for name in (ALL, *STATE_GROUPS):
        errors = measured.groups[name]
        columns = (errors.model, errors.persistence, errors.constant_velocity)
        figures = "".join(f"{_figure(values[0]):>9}{_figure(values[-1]):>9}" for values in columns)
        yield f"{name:<6}{figures[1:]:>53}{_ratio(errors):>20}"


def _figure(value: float) -> str:
    return f"{value:.3f}" if value < 1000 else f"{value:.1e}"


def _ratio(errors: GroupErrors) -> str:
    if isinstance(errors.ratio, NotAvailable):
        return "not available"
    return f"{errors.ratio.value:.2f} ({errors.ratio.low:.2f}-{errors.ratio.high:.2f})"


def _plot(measurement: Measurement, *, ascii_only: bool) -> Iterator[str]:
    shown = measurement.long if isinstance(measurement.long, OpenLoop) else measurement.main.open_loop
    errors = shown.groups[ALL]
    steps = len(errors.model)
    yield f"all 45 columns over {steps} steps ({steps * STEP_S:.2f} s), {shown.windows} windows"
    if isinstance(measurement.long, NotAvailable):
        yield f"  no further: {measurement.long.reason}"
    curves = (
        Curve("constant velocity", errors.constant_velocity, in_scale=False),
        Curve("persistence", errors.persistence),
        Curve("model", errors.model),
    )
    yield from plot_lines(curves, width=_PLOT_WIDTH, height=_PLOT_HEIGHT, ascii_only=ascii_only)


def _contacts(condition: Condition) -> Iterator[str]:
    yield f"{'contacts':<16}{'true':>8}{'accuracy':>10}{'constant':>10}{'balanced accuracy':>20}"
    for name, found in condition.contacts.items():
        balanced = found.balanced_accuracy
        shown = "not available" if isinstance(balanced, NotAvailable) else f"{balanced:.3f}"
        shares = f"{found.base_rate:>8.1%}{found.accuracy:>10.1%}{found.constant_accuracy:>10.1%}"
        yield f"{name:<16}{shares}{shown:>20}"
    yield "  base_contact ends an episode; a constant answer has a balanced accuracy of 0.5"


def _noise(measurement: Measurement) -> Iterator[str]:
    if not measurement.noise:
        return
    yield "noise on what is given    " + "".join(f"{level.scale:>9}" for level in measurement.noise)
    ratios = "".join(f"{_short_ratio(level.open_loop):>9}" for level in measurement.noise)
    yield f"{'  ratio, all columns':<26}{ratios}"
    yield ""


def _other_conditions(measurement: Measurement) -> Iterator[str]:
    for condition in measurement.conditions[1:]:
        judgement = judge_open_loop(condition.open_loop)
        novelty = "" if condition.novelty is None else f"; {condition.novelty:.1%} of the rows beyond the fresh ones"
        yield f"{condition.name}: {condition.text}"
        yield f"  {judgement.usefulness}, ratio over all {_short_ratio(condition.open_loop)}{novelty}"
    if len(measurement.conditions) > 1:
        yield ""


def _short_ratio(measured: OpenLoop) -> str:
    ratio = measured.groups[ALL].ratio
    return "n/a" if isinstance(ratio, NotAvailable) else f"{ratio.value:.2f}"


def _uncertainty(measured: Uncertainty | NotAvailable) -> Iterator[str]:
    if isinstance(measured, NotAvailable):
        yield f"epistemic uncertainty: not available, because {measured.reason}"
        return
    figures = {"by point": measured.pointwise, "by step": measured.step_averaged}
    shown = ", ".join(f"{name} {_correlation(value)}" for name, value in figures.items())
    yield f"epistemic uncertainty of {measured.members} members against L1 error, correlation: {shown}"


def _correlation(value: float | NotAvailable) -> str:
    return f"not available ({value.reason})" if isinstance(value, NotAvailable) else f"{value:.2f}"


def _upstream(measured: UpstreamFigure | NotAvailable) -> Iterator[str]:
    if isinstance(measured, NotAvailable):
        yield f"System Dynamics/autoregressive_error: not available, because {measured.reason}"
        return
    yield (
        f"System Dynamics/autoregressive_error {_upstream_values(measured.values)}"
        f"  (actions one step late, as upstream; {measured.trajectories} x {measured.rows} rows, upstream 100 x 400)"
    )
    aligned = "not available" if isinstance(measured.aligned, NotAvailable) else f"{measured.aligned:.3f}"
    yield f"  the same with the actions of the training alignment: {aligned}"


def _upstream_values(values: Mapping[str, float | NotAvailable]) -> str:
    first = next(iter(values.values()))
    return "not available" if isinstance(first, NotAvailable) else f"{first:.3f}"
