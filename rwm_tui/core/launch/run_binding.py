"""Binding a launch to the run directory that its trainer made."""

import os
import zipfile
from pathlib import Path

from rwm_tui.core.launch.container import outside_path
from rwm_tui.core.launch.tail import Tail
from rwm_tui.core.plan.launch_plan import ContainerAccess, LaunchPlan
from rwm_tui.core.profile import run_name_of
from rwm_tui.core.trainer_output.console import ConsoleParser
from rwm_tui.core.trainer_output.console_events import ConsoleEvent, LogRootNamed, RunStampNamed

FIRST_CONSOLE_BYTES = 512 * 1024  # the lines stand before anything heavy happens
TWO_LINES = "the two console lines that name it"


class RunDirectoryBinding:
    """Finds the run directory from the two lines that name it; nothing is guessed.

    The stamp line lacks the ``_<run_name>`` that the folder's name ends in, and the folder comes into being
    later than the lines.

    :param run_name: None where it is not known; the folder is then the only one that the stamp begins.
    :param container: where the trainer runs inside one; the lines then name a path of the container.
    :param workdir: where the trainer runs, for a console that names a relative path.
    :param root: the folder of run directories that the first line names, as this machine sees it.
    """

    def __init__(self, run_name: str | None, container: ContainerAccess | None = None, workdir: str = "") -> None:
        self._run_name = run_name
        self._workdir = (container.workdir or "") if container else workdir
        self._container = container
        self.root: str | None = None
        self._stamp: str | None = None
        self.path: Path | None = None

    def see(self, event: ConsoleEvent) -> None:
        if isinstance(event, LogRootNamed):
            self.root = outside_path(os.path.join(self._workdir, event.path), self._container)
        elif isinstance(event, RunStampNamed):
            self._stamp = event.stamp

    @property
    def expected(self) -> Path | None:
        """Where the two lines say that it is or will be; its name may still lack an unknown run name."""
        if self.root is None or self._stamp is None:
            return None
        if self._run_name is None:
            folders = self._begun_by_stamp(Path(self.root), self._stamp)
            return folders[0] if len(folders) == 1 else Path(self.root) / self._stamp
        return Path(self.root) / (f"{self._stamp}_{self._run_name}" if self._run_name else self._stamp)

    @staticmethod
    def _begun_by_stamp(root: Path, stamp: str) -> list[Path]:
        names = (path for path in root.iterdir()) if root.is_dir() else ()
        return [path for path in names if path.name == stamp or path.name.startswith(f"{stamp}_")]

    def look(self) -> Path | None:
        """The run directory, once it exists."""
        if self.path is None and self.expected is not None and self.expected.is_dir():
            self.path = self.expected
        return self.path


def binding_of(plan: LaunchPlan) -> RunDirectoryBinding:
    return RunDirectoryBinding(run_name_of(plan.profile), plan.container, plan.cwd)


def run_named_on(console: Path, plan: LaunchPlan) -> Path | None:
    """The run directory that the beginning of a console names, for a launch that nobody supervised so far."""
    binding, parser = binding_of(plan), ConsoleParser()
    for line in Tail(console).read_lines(FIRST_CONSOLE_BYTES):
        for event in parser.feed(line.decode(errors="replace"), number=1, offset=0):
            binding.see(event)
        if binding.expected is not None:
            return binding.look()
    return None


def is_whole_checkpoint(path: Path) -> bool:
    """Whether the file ends in a readable zip directory: torch.save writes that last.

    The trainer writes straight to the final name, so existence alone proves nothing.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return any(name.endswith("/data.pkl") for name in archive.namelist())
    except (OSError, zipfile.BadZipFile, ValueError, RuntimeError):
        return False
