"""A program in a pseudo-terminal of a given size: what it writes and when, what it costs, and the screen that results.

The reading thread never slows the program: to it, the terminal is infinitely fast. Screens are replayed afterwards.
"""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyte

SIZE = (120, 40)
READ_BYTES = 1 << 18
POLL_S = 0.005
TICKS_PER_S = os.sysconf("SC_CLK_TCK")
TERMINAL = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8"}
ANSWERS = {b"\x1b[?2026$p": b"\x1b[?2026;2$y", b"\x1b[6n": b"\x1b[1;1R", b"\x1b[c": b"\x1b[?62;22c"}
"""What a present-day terminal answers: synchronized output is known, the cursor is home, the device is a VT220."""

UNKNOWN_TO_PYTE = re.compile(
    rb"\x1b\[(?:[<=>][0-9;]*[a-zA-Z]|\?[0-9;]*\$p)|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1bP[^\x1b]*\x1b\\"
)
SEQUENCE = re.compile(rb"\x1b\[[0-9;?<=>]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[()][A-Z0-9]|\x1b.")


class NotSeen(Exception):
    """What was waited for did not come within the limit."""


@dataclass(frozen=True)
class Chunk:
    """What one read returned, and when by the monotonic clock."""

    t: float
    data: bytes


class PtyProgram:
    """Started at once, ended by `close` or at the end of a with block."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        size: tuple[int, int] = SIZE,
        environment: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> None:
        self.size = size
        self.chunks: list[Chunk] = []
        self._replay = Replay(size)
        self._replayed = 0
        variables = {**os.environ, **TERMINAL, **(environment or {})}
        self.started = time.monotonic()
        self.pid, self._terminal = pty.fork()
        if self.pid == 0:
            _become(command, variables, cwd, size)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> PtyProgram:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _read(self) -> None:
        while True:
            try:
                select.select([self._terminal], [], [])
                data = os.read(self._terminal, READ_BYTES)
            except OSError:  # the program has closed its side
                return
            if not data:
                return
            self.chunks.append(Chunk(time.monotonic(), data))
            for question, answer in ANSWERS.items():
                if question in data:
                    os.write(self._terminal, answer)

    def send(self, keys: bytes) -> float:
        """Press keys; when."""
        at = time.monotonic()
        os.write(self._terminal, keys)
        return at

    def bytes_written(self, since: float = 0.0, until: float = float("inf")) -> int:
        return sum(len(chunk.data) for chunk in self.chunks if since <= chunk.t <= until)

    def text(self, first_chunk: int = 0) -> bytes:
        """Everything written from a chunk on, without control sequences."""
        return SEQUENCE.sub(b"", b"".join(chunk.data for chunk in self.chunks[first_chunk:]))

    def wait_for(self, pattern: bytes, *, limit_s: float = 30.0, first_chunk: int = 0) -> float:
        """When text that fits the pattern was first written in one piece.

        :raises NotSeen: not within the limit, or the program has ended.
        """
        deadline = time.monotonic() + limit_s
        wanted = re.compile(pattern)
        seen = first_chunk
        carried = b""
        while True:
            while seen < len(self.chunks):
                chunk = self.chunks[seen]
                carried = carried[-4096:] + chunk.data
                seen += 1
                if wanted.search(SEQUENCE.sub(b"", carried)):
                    return chunk.t
            if time.monotonic() > deadline:
                raise NotSeen(f"{pattern!r} within {limit_s:g} s; the last: {self.text()[-300:]!r}")
            time.sleep(POLL_S)

    def wait_for_screen(self, pattern: str, *, limit_s: float = 30.0) -> float:
        """When the screen first showed text that fits the pattern, from now on; a program may write mere differences.

        :raises NotSeen: not within the limit.
        """
        deadline = time.monotonic() + limit_s
        wanted = re.compile(pattern)
        while True:
            while self._replayed < len(self.chunks):
                chunk = self.chunks[self._replayed]
                self._replayed += 1
                self._replay.feed(chunk.data)
                if wanted.search(self._replay.text()):
                    return chunk.t
            if time.monotonic() > deadline:
                raise NotSeen(f"{pattern!r} within {limit_s:g} s; the screen:\n{self._replay.text()}")
            time.sleep(POLL_S)

    def replayed(self) -> None:
        """What was written until now is not looked at again by `wait_for_screen`."""
        while self._replayed < len(self.chunks):
            self._replay.feed(self.chunks[self._replayed].data)
            self._replayed += 1

    def wait_for_rest(self, quiet_s: float = 1.0, limit_s: float = 30.0) -> float:
        """When it last wrote, once it has written nothing for a while."""
        deadline = time.monotonic() + limit_s
        while time.monotonic() < deadline:
            last = self.chunks[-1].t if self.chunks else None
            if last is not None and time.monotonic() - last >= quiet_s:
                return last
            time.sleep(POLL_S * 4)
        raise NotSeen(f"{quiet_s:g} s of silence within {limit_s:g} s")

    def painted_at(self, *texts: str) -> float:
        """When all the texts first stood on the screen together, by replaying what was written.

        :raises NotSeen: never.
        """
        replay = Replay(self.size)
        for chunk in list(self.chunks):
            replay.feed(chunk.data)
            shown = replay.text()
            if all(text in shown for text in texts):
                return chunk.t
        raise NotSeen(f"{texts} on the screen:\n{replay.text()}")

    def screen(self) -> str:
        replay = Replay(self.size)
        for chunk in list(self.chunks):
            replay.feed(chunk.data)
        return replay.text()

    @property
    def echoes(self) -> bool:
        """Whether the terminal is as a shell wants it, and not as a program that reads keys."""
        return bool(termios.tcgetattr(self._terminal)[3] & termios.ECHO)

    @property
    def threads(self) -> int:
        return len(os.listdir(f"/proc/{self.pid}/task"))

    def cpu_s(self) -> float:
        """CPU time of the program and of the children that it has waited for, in seconds."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return sum(map(int, fields[11:15])) / TICKS_PER_S

    def peak_mib(self) -> float:
        """The largest resident memory so far (VmHWM)."""
        return _status_mib(self.pid, "VmHWM")

    def resident_mib(self) -> float:
        return _status_mib(self.pid, "VmRSS")

    def close(self) -> None:
        try:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        except (ProcessLookupError, ChildProcessError):
            pass
        self._reader.join(timeout=2)
        os.close(self._terminal)


class Replay:
    """The screen that a terminal of this size would show."""

    def __init__(self, size: tuple[int, int]) -> None:
        self._screen = pyte.Screen(*size)
        self._stream = pyte.ByteStream(self._screen)

    def feed(self, data: bytes) -> None:
        self._stream.feed(UNKNOWN_TO_PYTE.sub(b"", data))

    def text(self) -> str:
        return "\n".join(self._screen.display)


def until(condition: Callable[[], bool], limit_s: float) -> None:
    """
    :raises NotSeen: the condition did not come true within the limit.
    """
    deadline = time.monotonic() + limit_s
    while not condition():
        if time.monotonic() > deadline:
            raise NotSeen(f"not true within {limit_s:g} s")
        time.sleep(POLL_S)


def _become(command: Sequence[str], variables: Mapping[str, str], cwd: Path | None, size: tuple[int, int]) -> None:
    try:
        width, height = size
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))
        if cwd:
            os.chdir(cwd)
        os.execvpe(command[0], list(command), dict(variables))
    except OSError as error:
        os.write(2, f"{command[0]}: {error}\n".encode())
    os._exit(127)


def _status_mib(pid: int, name: str) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) / 1024
    raise NotSeen(f"{name} of process {pid}: it has ended")
