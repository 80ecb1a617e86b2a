"""What is worth telling of a launch to somebody who does not watch it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from rwm_tui.core.launch.outcome import Outcome
from rwm_tui.core.trainer_output.terminal_text import clean_line

MAX_REASON_CHARACTERS = 400


@dataclass(frozen=True)
class News:
    """That a launch ran out of memory, which may take long to end it, or that it has ended.

    :param outcome: None while it has not ended.
    :param reason: in one line; may quote the trainer.
    """

    event: Literal["out-of-memory", "ended"]
    launch_directory: Path
    outcome: Outcome | None
    reason: str

    @property
    def title(self) -> str:
        return self.outcome.value if self.outcome else "out of memory"

    @property
    def text(self) -> str:
        """In one line without control characters."""
        reason = clean_line(self.reason)[:MAX_REASON_CHARACTERS]
        return f"{clean_line(self.launch_directory.name)}: {reason}"

    def variables(self) -> dict[str, str]:
        """The same as environment variables."""
        return {
            "RWM_TUI_EVENT": self.event,
            "RWM_TUI_LAUNCH": self.launch_directory.name,
            "RWM_TUI_LAUNCH_DIR": str(self.launch_directory),
            "RWM_TUI_OUTCOME": self.outcome.value if self.outcome else "",
            "RWM_TUI_REASON": clean_line(self.reason)[:MAX_REASON_CHARACTERS],
        }


Tell = Callable[[News], None]


def tell_nobody(news: News) -> None:
    """Where no command is configured."""
