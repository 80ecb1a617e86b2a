"""One rung: what it is for, its settings beside the reference's, its limits and memory, the exact command."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from textual.content import Content
from textual.widgets import Static

from rwm_tui.core import agent_config
from rwm_tui.core.durations import duration_text
from rwm_tui.core.plan.departures import departures
from rwm_tui.core.plan.launch_plan import LaunchPlan, hydra_value, shell_command
from rwm_tui.core.profile import (
    REFERENCE_NUM_ENVS,
    ScaleProfile,
    SettingDifference,
    agent_config_of,
    differences_from_reference,
)
from rwm_tui.core.trainer_output.terminal_text import clean_line
from rwm_tui.widgets.page import backend_statement

if TYPE_CHECKING:
    from rwm_tui.core.memory.report import ProfileForecast

# The sizes by which a scale is judged; shown whether or not they differ.
SCALE_KEYS = (
    "num_envs",
    "max_iterations",
    "algorithm.system_dynamics_num_mini_batches",
    "algorithm.system_dynamics_mini_batch_size",
    "algorithm.system_dynamics_replay_buffer_size",
    "algorithm.system_dynamics_forecast_horizon",
)


def setting_rows(profile: ScaleProfile) -> tuple[SettingDifference, ...]:
    """The sizes of the scale, then every other departure from the reference."""
    reference: dict[str, Any] = {"num_envs": REFERENCE_NUM_ENVS}
    reference |= agent_config.flattened(agent_config.reference_agent_config())
    own = {"num_envs": profile.num_envs} | agent_config.flattened(agent_config_of(profile))
    scale = tuple(SettingDifference(key, own[key], reference[key]) for key in SCALE_KEYS)
    others = tuple(row for row in differences_from_reference(profile) if row.key not in SCALE_KEYS)
    return scale + others


def settings_table(rows: Iterable[SettingDifference], now: str, before: str) -> list[str]:
    """Key, value and the value it is compared with, as aligned text; a difference is marked by `*`."""
    cells = [(row.key.removeprefix("algorithm."), row.value, row.reference) for row in rows]
    texts = [(key, hydra_value(value), hydra_value(reference)) for key, value, reference in cells]
    width = max((len(key) for key, _, _ in texts), default=0)
    value_width = max(len(now), *(len(value) for _, value, _ in texts))
    before_width = max(len(before), *(len(value) for _, _, value in texts))
    head = f"  {'':<{width}} {now:>{value_width}} {before:>{before_width}}"
    return [head] + [
        f"{'*' if a != b else ' '} {key:<{width}} {a:>{value_width}} {b:>{before_width}}" for key, a, b in texts
    ]


def limit_text(plan: LaunchPlan) -> str:
    cap = plan.profile.device_memory_cap_mib
    memory = "" if cap is None else f"\ndevice memory capped: torch may reserve {cap:g} MiB"
    if plan.time_limit_s is None:
        return f"no time limit{memory}"
    limit = duration_text(plan.time_limit_s)
    return f"SIGINT after {limit}, SIGKILL {plan.grace_s:g} s later{memory}"


def forecast_lines(forecast: ProfileForecast | None) -> list[str]:
    if forecast is None:
        return ["working it out ..."]
    from rwm_tui.widgets.memory_bar import memory_lines

    return list(map(clean_line, memory_lines(forecast)))


def departure_lines(plan: LaunchPlan) -> list[str | tuple[str, str]]:
    found = departures(plan)
    if not found:
        return []
    rows = "\n".join(f"- {departure.what}: {departure.why}" for departure in found)
    return [("\n\nDepartures from the documented command, and why\n", "bold"), rows]


class RungDetail(Static):
    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id, markup=False)

    def clear(self) -> None:
        self.update("")

    def show(self, profile: ScaleProfile, plan: LaunchPlan, forecast: ProfileForecast | None) -> None:
        """
        :param forecast: None while it is being made.
        """
        self.update(
            Content.assemble(
                (f"{profile.name}", "bold"),
                f"  {backend_statement(profile.backend)}\n",
                f"{profile.purpose.strip()}\n\n",
                ("Settings against the reference (Pretrain-v0)\n", "bold"),
                "\n".join(settings_table(setting_rows(profile), "this", "reference")),
                ("\n\nLimit\n", "bold"),
                limit_text(plan),
                ("\n\nDevice memory\n", "bold"),
                "\n".join(forecast_lines(forecast)),
                ("\n\nCommand\n", "bold"),
                shell_command(plan),
                *departure_lines(plan),
            )
        )
