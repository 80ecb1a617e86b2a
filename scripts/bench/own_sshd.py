"""An sshd of our own on loopback, with keys that it is given for this run alone."""

from __future__ import annotations

import getpass
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scripts.bench.peers.commands import Missing

SSHD = Path("/usr/sbin/sshd")
LIMIT_S = 10.0


@contextmanager
def own_sshd(folder: Path) -> Iterator[int]:
    """The port that it listens at.

    :raises Missing: there is no sshd, or it does not start.
    """
    if not SSHD.exists():
        raise Missing(f"no {SSHD} (Debian: apt-get install openssh-server)")
    for name in ("host", "user"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)], check=True)
    if os.getuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)  # where sshd separates its privileges
    port = free_port()
    settings = folder / "sshd_config"
    settings.write_text(
        f"ListenAddress 127.0.0.1:{port}\nHostKey {folder}/host\nAuthorizedKeysFile {folder}/user.pub\n"
        f"PidFile none\nUsePAM no\nStrictModes no\nPasswordAuthentication no\nPermitRootLogin prohibit-password\n"
    )
    server = subprocess.Popen([SSHD, "-D", "-e", "-f", str(settings)], stderr=subprocess.PIPE)
    try:
        deadline = time.monotonic() + LIMIT_S
        while not listens(port):
            if server.poll() is not None or time.monotonic() > deadline:
                server.terminate()
                said = server.stderr.read().decode(errors="replace") if server.stderr else ""
                raise Missing(f"sshd did not start: {said[-200:]}")
            time.sleep(0.02)
        yield port
    finally:
        server.terminate()
        server.wait()


def over_ssh(folder: Path, port: int, command: str) -> list[str]:
    """The client that runs a shell command there, in a terminal."""
    options = ("StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR", "IdentitiesOnly=yes")
    return [
        "ssh", "-tt", "-F", "none", *(word for option in options for word in ("-o", option)),
        "-i", str(folder / "user"), "-p", str(port), f"{getpass.getuser()}@127.0.0.1", command,
    ]  # fmt: skip


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
