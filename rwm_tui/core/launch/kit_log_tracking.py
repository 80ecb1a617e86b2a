"""Looking for Isaac Sim's own log while a launch goes on, until the console names it or it is found."""

from pathlib import Path

from rwm_tui.core.launch.events import KitLogFound
from rwm_tui.core.launch.kit_log import kit_log_begun_between, kit_log_folders, open_kit_log
from rwm_tui.core.launch.trainer import Trainer
from rwm_tui.core.plan.launch_plan import LaunchPlan
from rwm_tui.core.ports import Clock
from rwm_tui.core.trainer_output.console_events import ConsoleEvent, KitLogNamed, StageReached
from rwm_tui.core.trainer_output.stages import Stage

LOOK_EVERY_S = 5.0


class KitLogTracking:
    """:param home: whose logs are looked through."""

    def __init__(self, plan: LaunchPlan, home: Path, clock: Clock) -> None:
        self._clock = clock
        self._folders = kit_log_folders(home, plan.container)
        self._has_kit = plan.environment_kind not in ("embedded", "isaaclab3")
        self._is_over = not self._has_kit
        self._began = clock.now()
        self._booted_at: float | None = None
        self._next_look = clock.monotonic()

    @property
    def is_booting(self) -> bool:
        """Whether Isaac Sim is to come up and the console has not shown that it did."""
        return self._has_kit and self._booted_at is None

    def see(self, event: ConsoleEvent) -> None:
        if isinstance(event, KitLogNamed):
            self._is_over = True
        elif isinstance(event, StageReached) and event.stage.order >= Stage.RESOLVING_CONFIG.order:
            self._booted_at = self._booted_at or self._clock.now()

    def look(self, trainer: Trainer) -> KitLogFound | None:
        """Among the trainer's open files; by name and time once the simulator is up."""
        if self._is_over or self._clock.monotonic() < self._next_look:
            return None
        self._next_look = self._clock.monotonic() + LOOK_EVERY_S
        return self._search(trainer, until=self._booted_at)

    def conclude(self, trainer: Trainer) -> KitLogFound | None:
        """The last look, also where the simulator never came up."""
        return None if self._is_over else self._search(trainer, until=self._booted_at or self._clock.now())

    def _search(self, trainer: Trainer, until: float | None) -> KitLogFound | None:
        found = open_kit_log(trainer.look_at_members())
        if found is None and until is not None:
            found = kit_log_begun_between(self._folders, self._began, until)
        if found is None:
            return None
        self._is_over = True
        return KitLogFound(str(found.path), found.known_from)
