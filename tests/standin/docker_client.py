"""Stand-in for the docker command: `exec` alone, alike in what a signal does.

The process inside belongs to a daemon, not to this client: its output goes through the daemon, and a signal to the
client ends the client only. Containers are the folders of the first argument.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

POLL_S = 0.02


def main() -> int:
    containers, verb, *words = sys.argv[1:]
    assert verb == "exec", verb
    workdir, variables = "/", {}
    while words[0].startswith("-"):
        option, value, *words = words
        if option == "--workdir":
            workdir = value
        elif option == "-e":
            name, _, variables[name] = value.partition("=")
        else:
            raise SystemExit(f"unknown flag: {option}")
    name, *command = words
    container = Path(containers) / name
    if not container.is_dir():
        print(f"Error response from daemon: No such container: {name}", file=sys.stderr)
        return 1
    if not Path(workdir).is_dir():
        print(f"OCI runtime exec failed: chdir to cwd ({workdir}): no such file or directory", file=sys.stderr)
        return 126
    session = Path(tempfile.mkdtemp(dir=container))
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            daemon(session, command, workdir, variables)
        os._exit(0)
    os.wait()
    return stream(session)


def daemon(session: Path, command: list[str], workdir: str, variables: dict[str, str]) -> None:
    with (session / "output").open("wb") as output:
        inside = subprocess.Popen(
            command,
            cwd=workdir,
            env={"PATH": "/usr/bin:/bin", "HOME": "/root"} | variables,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
        for stream_of_ours in (0, 1, 2):
            os.close(stream_of_ours)
        status = inside.wait()
    (session / "status.new").write_text(str(128 - status if status < 0 else status))
    (session / "status.new").rename(session / "status")
    os._exit(0)


def stream(session: Path) -> int:
    offset = 0
    while True:
        status = session / "status"
        ended = status.exists()
        if (session / "output").exists():
            data = (session / "output").read_bytes()[offset:]
            offset += len(data)
            os.write(1, data)
        if ended:
            return int(status.read_text())
        time.sleep(POLL_S)


if __name__ == "__main__":
    sys.exit(main())
