"""What the trainer prints: the markers, tables and blocks of Isaac Lab 2.3 and rsl_rl 3.1, where they are true of us.

Everything here is plain text in, plain text out; :func:`say` prints it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from time import gmtime, strftime

from torch import nn

from rwm_tui.trainer import robot, task
from rwm_tui.trainer.ppo import PolicyLosses
from rwm_tui.trainer.simulation import CONTROL_STEP_S

_WIDTH = 80
_PAD = 35
_BOLD, _PLAIN = "\033[1m", "\033[0m"

ANNOUNCEMENT = "[INFO] rwm-tui embedded trainer (MuJoCo {mujoco}, torch {torch}): not Isaac Lab."
MEMORY_CAP = "[INFO] device memory capped: torch may reserve {:g} MiB of {}"
PEAK_MEMORY = "[INFO] peak CUDA memory: {:.1f} MiB allocated, {:.1f} MiB reserved"


def say(text: str) -> None:
    """Print and flush, so that a reader of the log sees each line as it happens."""
    print(text, flush=True)


def base_environment(device: str, seed: int) -> str:
    """Device of the networks (the physics runs on the CPU), seed and step sizes."""
    rows = (
        f"Environment device    : {device}",
        f"Environment seed      : {seed}",
        f"Physics step-size     : {robot.PHYSICS_STEP_S}",
        f"Environment step-size : {CONTROL_STEP_S}",
    )
    return "\n\t".join(("[INFO]: Base environment:", *rows))


def scene(num_envs: int) -> str:
    """The scene: how many robots."""
    rows = (f"Number of environments: {num_envs}", "Physics engine        : MuJoCo (CPU threads)")
    return "\n\t".join(("[INFO]: Scene manager:  <class Simulation>", *rows))


def managers() -> str:
    """The tables of commands, events, actions, observations, terminations and rewards."""
    return "\n".join((_commands(), _events(), _actions(), _observations(), _terminations(), _rewards()))


def _commands() -> str:
    rows = [("0", "base_velocity", "UniformVelocityCommand")]
    return _manager("Command", " <CommandManager> contains 1 active terms.") + _table(
        "Active Command Terms", ("Index", "Name", "Type"), rows
    )


def _events() -> str:
    modes = list(dict.fromkeys(term.mode for term in task.EVENTS))
    text = _manager("Event", f" <EventManager> contains {len(modes)} active terms.")
    for mode in modes:
        terms = [term for term in task.EVENTS if term.mode == mode]
        header: tuple[str, ...] = ("Index", "Name")
        rows: list[tuple[str, ...]] = [(str(index), term.name) for index, term in enumerate(terms)]
        if mode == "interval":
            header = (*header, "Interval time range (s)")
            rows = [(*row, str(term.interval_range_s)) for row, term in zip(rows, terms, strict=True)]
        text += _table(f"Active Event Terms in Mode: '{mode}'", header, rows)
    return text


def _actions() -> str:
    return _manager("Action", " <ActionManager> contains 1 active terms.") + _table(
        f"Active Action Terms (shape: {task.NUM_ACTIONS})",
        ("Index", "Name", "Dimension"),
        [("0", "joint_pos", str(task.NUM_ACTIONS))],
    )


def _observations() -> str:
    groups = task.OBSERVATION_GROUPS
    text = _manager("Observation", f"<ObservationManager> contains {len(groups)} groups.")
    for group in groups:
        rows = [(str(index), term.name, f"({term.width},)") for index, term in enumerate(group.terms)]
        title = f"Active Observation Terms in Group: '{group.name}' (shape: ({group.width},))"
        text += _table(title, ("Index", "Name", "Shape"), rows)
    return text


def _terminations() -> str:
    terms = task.TERMINATIONS
    rows = [(str(index), term.name, str(term.time_out)) for index, term in enumerate(terms)]
    return _manager("Termination", f" <TerminationManager> contains {len(terms)} active terms.") + _table(
        "Active Termination Terms", ("Index", "Name", "Time Out"), rows
    )


def _rewards() -> str:
    terms = task.REWARDS
    rows = [(str(index), term.name, str(term.weight)) for index, term in enumerate(terms)]
    return _manager("Reward", f" <RewardManager> contains {len(terms)} active terms.") + _table(
        "Active Reward Terms", ("Index", "Name", "Weight"), rows
    )


def _manager(name: str, summary: str) -> str:
    return f"[INFO] {name} Manager: {summary}\n"


def _table(title: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A bordered table under a centred title; names are left-aligned, everything else is centred."""
    widths = [max(len(cell) for cell in column) for column in zip(header, *rows, strict=True)]
    inside = sum(widths) + 3 * len(widths) - 1
    widths[1] += max(0, len(title) + 2 - inside)
    inside = max(inside, len(title) + 2)
    border = "+" + "+".join("-" * (width + 2) for width in widths) + "+"

    def line(cells: Sequence[str]) -> str:
        aligned = [
            cell.ljust(width) if index == 1 else cell.center(width)
            for index, (cell, width) in enumerate(zip(cells, widths, strict=True))
        ]
        return "| " + " | ".join(aligned) + " |"

    lines = ["+" + "-" * inside + "+", "|" + title.center(inside) + "|", border, line(header), border]
    return "\n".join([*lines, *(line(row) for row in rows), border]) + "\n"


def resolved_observation_sets() -> str:
    """Which group feeds which network."""
    ruler = "-" * _WIDTH
    return f"{ruler}\nResolved observation sets: \n\t policy :  ['policy']\n\t critic :  ['policy']\n{ruler}"


def network(name: str, layers: nn.Module) -> str:
    """``Actor MLP: MLP(…)`` as torch shows it."""
    return f"{name} MLP: {layers}"


@dataclass(frozen=True)
class IterationReport:
    """One finished iteration; durations in seconds."""

    iteration: int
    max_iterations: int
    num_steps: int
    collection_s: float
    learning_s: float
    noise_std: float
    losses: PolicyLosses
    mean_reward: float | None
    mean_episode_length: float | None
    episode_log: Mapping[str, float]
    total_timesteps: int
    elapsed_s: float

    @property
    def iteration_s(self) -> float:
        return self.collection_s + self.learning_s

    @property
    def steps_per_s(self) -> int:
        return int(self.num_steps / self.iteration_s)


def iteration_block(report: IterationReport) -> str:
    """The block of rsl_rl 2.3.1 to 3.1; without a finished episode it has other labels and two lines less."""
    title = f"{_BOLD} Learning iteration {report.iteration}/{report.max_iterations} {_PLAIN}"
    remaining_s = report.elapsed_s / (report.iteration + 1) * (report.max_iterations - report.iteration)
    rows = [
        _row(
            "Computation",
            f"{report.steps_per_s} steps/s (collection: {report.collection_s:.3f}s, learning {report.learning_s:.3f}s)",
        ),
        _row("Mean action noise std", f"{report.noise_std:.2f}"),
        *_loss_rows(report),
        *(_row(name, f"{value:.4f}") for name, value in report.episode_log.items()),
        "-" * _WIDTH,
        _row("Total timesteps", str(report.total_timesteps)),
        _row("Iteration time", f"{report.iteration_s:.2f}s"),
        _row("Time elapsed", strftime("%H:%M:%S", gmtime(report.elapsed_s))),
        _row("ETA", strftime("%H:%M:%S", gmtime(remaining_s))),
    ]
    return "\n".join(["#" * _WIDTH, title.center(_WIDTH), "", *rows, ""])


def _loss_rows(report: IterationReport) -> list[str]:
    losses = {
        "value_function": report.losses.value_function,
        "surrogate": report.losses.surrogate,
        "entropy": report.losses.entropy,
    }
    if report.mean_reward is None or report.mean_episode_length is None:
        return [_row(name, f"{value:.4f}") for name, value in losses.items()]
    return [
        *(_row(f"Mean {name} loss", f"{value:.4f}") for name, value in losses.items()),
        _row("Mean reward", f"{report.mean_reward:.2f}"),
        _row("Mean episode length", f"{report.mean_episode_length:.2f}"),
    ]


def _row(label: str, value: str) -> str:
    return f"{label + ':':>{_PAD}} {value}"
