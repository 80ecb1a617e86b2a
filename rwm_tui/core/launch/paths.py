"""The files of one launch, and how a launch directory comes to be."""

import os
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

import msgspec

from rwm_tui.core.atomic_file import write_atomically
from rwm_tui.core.errors import InputError
from rwm_tui.core.plan.launch_plan import LaunchPlan

RESERVED_BYTES = 64 * 1024


@dataclass(frozen=True)
class LaunchPaths:
    """Names of the files in ``logs/launches/<stamp>_<profile>/``; the folder's name is the launch id."""

    directory: Path

    @property
    def launch_id(self) -> str:
        return self.directory.name

    @property
    def logs(self) -> Path:
        """The folder that holds all launches of the project."""
        return self.directory.parent.parent

    @property
    def plan(self) -> Path:
        return self.directory / "plan.json"

    @property
    def console(self) -> Path:
        return self.directory / "console.log"

    @property
    def events(self) -> Path:
        return self.directory / "events.jsonl"

    @property
    def preflight(self) -> Path:
        """What the preflight found before the launch; absent for embedded launches."""
        return self.directory / "preflight.json"

    @property
    def environment(self) -> Path:
        """What the launch was started in: versions, GPU and driver, commits, host."""
        return self.directory / "environment.json"

    @property
    def samples(self) -> Path:
        return self.directory / "gpu.jsonl"

    @property
    def forecast(self) -> Path:
        """The memory that was foretold before the launch."""
        return self.directory / "forecast.json"

    @property
    def memory(self) -> Path:
        """What the launch has taught of device memory, written when it is over."""
        return self.directory / "memory.json"

    @property
    def outcome(self) -> Path:
        return self.directory / "outcome.json"

    @property
    def stop_request(self) -> Path:
        return self.directory / "stop.request"

    @property
    def reserve(self) -> Path:
        """Takes up the space that the last lines will need, should the disk be full by then."""
        return self.directory / ".reserve"

    @property
    def supervisor_log(self) -> Path:
        return self.directory / "supervisor.log"


def open_launch(plan: LaunchPlan, logs: Path, now: float) -> LaunchPaths:
    """Make the launch directory and write the plan into it, before anything is started.

    :raises InputError: where the logs folder cannot be written.
    """
    stamp = time.strftime("%Y%m%d_%H%M%S", time.localtime(now))
    try:
        link, paths = _new_directory(logs, stamp, plan.profile.name)
    except OSError as error:
        raise logs_not_writable(logs, error) from error
    try:
        write_atomically(paths.plan, msgspec.json.format(msgspec.json.encode(plan), indent=2))
        paths.reserve.write_bytes(os.urandom(RESERVED_BYTES))  # random, so that no file system compresses it away
        paths.console.touch()
    except OSError as error:  # nothing was started, so nothing half made stays behind
        shutil.rmtree(paths.directory, ignore_errors=True)
        link.unlink(missing_ok=True)
        raise logs_not_writable(logs, error) from error
    return paths


def logs_not_writable(logs: Path, error: OSError) -> InputError:
    return InputError(
        "logs folder not writable",
        f"{error.filename or logs}: {error.strerror}",
        "free some space, mend the permissions, or name another folder with --logs DIR",
    )


def _new_directory(logs: Path, stamp: str, profile: str) -> tuple[Path, LaunchPaths]:
    """The console's link and the directory.

    Two launches in one second get different names: the link is made first, and only once.
    """
    (logs / "launches").mkdir(parents=True, exist_ok=True)
    attempt = 1
    while True:
        name = stamp if attempt == 1 else f"{stamp}-{attempt}"
        paths = LaunchPaths(logs / "launches" / f"{name}_{profile}")
        link = logs / f"pretrain_check_{name}.log"
        try:
            link.symlink_to(paths.console.relative_to(logs))
        except FileExistsError:
            attempt += 1
            continue
        paths.directory.mkdir()
        return link, paths
