"""Entry of the detached supervisor: ``python -m rwm_tui.supervise LAUNCH_DIR [NOTIFY_ARGV...]``."""

import os
import signal
import sys
from pathlib import Path

from rwm_tui.core.errors import InputError
from rwm_tui.core.launch.follow import read_plan
from rwm_tui.core.launch.news import tell_nobody
from rwm_tui.core.launch.paths import LaunchPaths
from rwm_tui.core.launch.supervisor import supervise
from rwm_tui.core.memory.ceilings import learn_ceilings
from rwm_tui.core.memory.ceilings_file import add_to_ceilings, ceilings_path
from rwm_tui.core.memory.launch_memory import read_memory, write_memory
from rwm_tui.hosts.news_command import NewsCommand
from rwm_tui.probes.clock import SystemClock
from rwm_tui.probes.nvml import NvmlProbe


def main() -> int:
    detach()
    take_default_signals()
    paths = LaunchPaths(Path(sys.argv[1]))
    environment = read_plan(paths).environment
    command = NewsCommand(sys.argv[2:]) if sys.argv[2:] else None
    supervise(paths.directory, SystemClock(), NvmlProbe({**os.environ, **environment}), command or tell_nobody)
    keep_what_was_learned(paths)
    if command:
        command.wait()
    return 0


def keep_what_was_learned(paths: LaunchPaths) -> None:
    """Of device memory, beside the launch and in the ceilings; else `rwm-tui memory --learn` does it later."""
    try:
        memory = read_memory(paths)
        if memory is not None:
            write_memory(paths, memory)
            learned = learn_ceilings([memory])
            if learned.ceilings:
                add_to_ceilings(ceilings_path(paths.logs), learned)
    except (InputError, OSError) as error:
        sys.stderr.write(f"nothing learned of device memory: {error}\n")


def detach() -> None:
    """Go on in a child of init, so that neither the launcher's end nor its living on touches the supervisor."""
    if os.fork():
        os._exit(0)
    os.setsid()


def take_default_signals() -> None:
    """Undo what a shell's ``&`` hands on (an ignored SIGINT), for the trainer inherits it through us.

    The supervisor itself must not end on a stray SIGINT or SIGHUP. It handles them by doing nothing rather than
    by ignoring them: a handler is reset to the default in the trainer, an ignored signal stays ignored.
    """
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: None)
    for number in (signal.SIGTERM, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2):
        signal.signal(number, signal.SIG_DFL)


if __name__ == "__main__":
    sys.exit(main())
