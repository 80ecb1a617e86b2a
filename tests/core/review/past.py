"""Past runs and launches in a temporary project, with files old enough to be remembered."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

from rwm_tui.core.launch.events import JournalEntry, JournalWriter, RunDirectoryBound
from rwm_tui.core.launch.outcome import Outcome, OutcomeRecord, write_outcome
from rwm_tui.core.launch.paths import open_launch
from rwm_tui.core.plan.environment import plan_launch
from rwm_tui.core.ports import DeviceMemory, MemorySample
from rwm_tui.core.profile import load_profile_named
from rwm_tui.core.settings import Project

BEGAN = 1_780_000_000.0
LONG_AGO_NS = 1_780_000_000_123_456_789


@dataclass
class Past:
    project: Project
    launches: int = 0

    def run(
        self,
        name: str,
        *,
        num_envs: int = 64,
        max_iterations: int = 1,
        task: str | None = None,
        root: Path | None = None,
        checkpoints: tuple[str, ...] = ("model_0.pt", "model_1.pt"),
    ) -> Path:
        run = (root or self.project.logs) / "rsl_rl" / "anymal_d_flat" / name
        (run / "params").mkdir(parents=True)
        (run / "params" / "env.yaml").write_text(
            f"seed: 42\nscene:\n  spacing: 2.5\n  num_envs: {num_envs}\nxr: null\n"
        )
        (run / "params" / "agent.yaml").write_text(
            f"seed: 42\nmax_iterations: {max_iterations}\nclass_name: MBPOOnPolicyRunner\nalgorithm:\n"
            "  num_mini_batches: 4\n  system_dynamics_forecast_horizon: 8\n  system_dynamics_num_mini_batches: 20\n"
            "  system_dynamics_mini_batch_size: 5000\n  system_dynamics_replay_buffer_size: 1000\n"
        )
        for checkpoint in checkpoints:
            (run / checkpoint).write_bytes(b"no zip")
        if task:
            (run / "run.json").write_text(json.dumps({"task": task, "library": "rsl_rl"}))
        settle(run)
        return run

    def launch(
        self,
        outcome: Outcome | None,
        run: Path | None = None,
        peak_mib: float = 900.0,
        parent: str | None = None,
        profile: str = "embedded-reduced",
    ) -> Path:
        self.launches += 1
        plan = plan_launch(load_profile_named(self.project.profiles, profile), self.project, parent=parent)
        paths = open_launch(plan, self.project.logs, BEGAN + self.launches)
        device = DeviceMemory("GPU", "GPU-0", peak_mib, 8188.0)
        JournalWriter(paths.samples).write(MemorySample(BEGAN, device, 1400.0))
        if run:
            JournalWriter(paths.events).write(JournalEntry(BEGAN, RunDirectoryBound(str(run), "console")))
        if outcome:
            ended = OutcomeRecord(
                outcome=outcome, reason="r", exit_status=0, signal=None, ended_at=BEGAN + 60,
                run_directory=str(run) if run else None,
            )  # fmt: skip
            write_outcome(paths.outcome, ended)
        settle(paths.directory)
        return paths.directory


def settle(folder: Path) -> None:
    """Give every file a time long past, so that what is read of it may be remembered."""
    for path in [*folder.rglob("*"), folder]:
        os.utime(path, ns=(LONG_AGO_NS, LONG_AGO_NS), follow_symlinks=False)
