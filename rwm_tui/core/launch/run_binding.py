"""Binding a launch to the run directory that its trainer made."""

import zipfile
from pathlib import Path

from rwm_tui.core.trainer_output.console_events import ConsoleEvent, LogRootNamed, RunStampNamed


class RunDirectoryBinding:
    """Finds the run directory from the two lines that name it; nothing is guessed.

    The stamp line lacks the ``_<run_name>`` that the folder's name ends in, and the folder comes into being
    later than the lines.
    """

    def __init__(self, run_name: str) -> None:
        self._run_name = run_name
        self._root: str | None = None
        self._stamp: str | None = None
        self.path: Path | None = None

    def see(self, event: ConsoleEvent) -> None:
        if isinstance(event, LogRootNamed):
            self._root = event.path
        elif isinstance(event, RunStampNamed):
            self._stamp = event.stamp

    def look(self) -> Path | None:
        """The run directory, once it exists."""
        if self.path is None and self._root is not None and self._stamp is not None:
            name = f"{self._stamp}_{self._run_name}" if self._run_name else self._stamp
            candidate = Path(self._root) / name
            if candidate.is_dir():
                self.path = candidate
        return self.path


def final_checkpoint_name(max_iterations: int) -> str:
    """The last save is named by the number of iterations; it holds ``iter`` = that number - 1."""
    return f"model_{max_iterations}.pt"


def is_whole_checkpoint(path: Path) -> bool:
    """Whether the file ends in a readable zip directory: torch.save writes that last.

    The trainer writes straight to the final name, so existence alone proves nothing.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return any(name.endswith("/data.pkl") for name in archive.namelist())
    except (OSError, zipfile.BadZipFile, ValueError, RuntimeError):
        return False
