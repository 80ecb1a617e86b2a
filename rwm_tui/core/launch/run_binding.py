"""Binding a launch to the run directory that its trainer made."""

import zipfile
from pathlib import Path

from rwm_tui.core.launch.container import outside_path
from rwm_tui.core.plan.launch_plan import ContainerAccess
from rwm_tui.core.trainer_output.console_events import ConsoleEvent, LogRootNamed, RunStampNamed


class RunDirectoryBinding:
    """Finds the run directory from the two lines that name it; nothing is guessed.

    The stamp line lacks the ``_<run_name>`` that the folder's name ends in, and the folder comes into being
    later than the lines.

    :param container: where the trainer runs inside one; the lines then name a path of the container.
    """

    def __init__(self, run_name: str, container: ContainerAccess | None = None) -> None:
        self._run_name = run_name
        self._container = container
        self._root: str | None = None
        self._stamp: str | None = None
        self.path: Path | None = None

    def see(self, event: ConsoleEvent) -> None:
        if isinstance(event, LogRootNamed):
            self._root = outside_path(event.path, self._container)
        elif isinstance(event, RunStampNamed):
            self._stamp = event.stamp

    @property
    def expected(self) -> Path | None:
        """Where the two lines say that it is or will be."""
        if self._root is None or self._stamp is None:
            return None
        return Path(self._root) / (f"{self._stamp}_{self._run_name}" if self._run_name else self._stamp)

    def look(self) -> Path | None:
        """The run directory, once it exists."""
        if self.path is None and self.expected is not None and self.expected.is_dir():
            self.path = self.expected
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
