"""What the terminal takes at once, and what its thread writes later."""

from __future__ import annotations

import os
import pty
import select
from collections.abc import Iterator
from contextlib import suppress
from io import TextIOWrapper
from pathlib import Path
from typing import TextIO

import pytest

from rwm_tui.display.prompt_output import PromptOutput


class Terminal:
    def __init__(self) -> None:
        self.reader, descriptor = pty.openpty()
        os.set_blocking(self.reader, False)
        self.file = TextIOWrapper(os.fdopen(descriptor, "wb"), encoding="utf-8", errors="strict")
        self.later: list[bytes] = []
        self.output = PromptOutput(self.file)

    def send(self, text: str) -> None:
        self.output.send(text, self.later.append)

    def read(self) -> bytes:
        found = b""
        while select.select([self.reader], [], [], 0.05)[0]:
            found += os.read(self.reader, 65536)
        return found

    def thread_catches_up(self) -> None:
        for content in self.later:
            self.output.write(content)
        self.later.clear()
        self.output.flush()


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    terminal = Terminal()
    terminal.output.open()
    yield terminal
    terminal.output.close()
    with suppress(OSError):  # its other end may be gone
        terminal.file.close()
    os.close(terminal.reader)


def test_what_there_is_room_for_is_written_without_the_thread(terminal: Terminal) -> None:
    terminal.send("a picture ●")
    assert terminal.later == []
    assert terminal.read() == "a picture ●".encode()


def test_a_terminal_that_takes_no_more_keeps_nobody_waiting_and_loses_nothing(terminal: Terminal) -> None:
    sent = []
    while not terminal.later:
        sent.append(f"{len(sent)} ●" * 500)
        terminal.send(sent[-1])
    sent.append("what follows")
    terminal.send(sent[-1])
    assert len(terminal.later) == 2  # behind the rest of the one before
    found = terminal.read()
    terminal.send("meanwhile")
    sent.append("meanwhile")
    assert len(terminal.later) == 3
    terminal.thread_catches_up()
    found += terminal.read()
    terminal.send("at once again")
    assert terminal.later == []
    assert found + terminal.read() == "".join([*sent, "at once again"]).encode()


def test_a_terminal_that_is_gone_is_left_to_the_thread(terminal: Terminal) -> None:
    reader, terminal.reader = terminal.reader, os.open(os.devnull, os.O_RDONLY)
    os.close(reader)
    terminal.send("lost")
    assert terminal.later == [b"lost"]


def test_what_is_no_terminal_is_left_to_the_thread(tmp_path: Path) -> None:
    later: list[bytes] = []
    with open(tmp_path / "file", "w", encoding="ascii", errors="backslashreplace") as file:
        _send(file, "lines", later)
    assert later == [b"lines"]


@pytest.mark.parametrize(("encoding", "sent"), [("ascii", b"?t? ??|"), ("latin-1", b"\xe9t\xe9 ??|"), ("utf-8", None)])
def test_a_character_that_the_terminal_lacks_leaves_as_many_cells(
    encoding: str, sent: bytes | None, tmp_path: Path
) -> None:
    later: list[bytes] = []
    with open(tmp_path / "file", "w", encoding=encoding, errors="backslashreplace") as file:
        _send(file, "été 日\u0301|", later)
    assert later == [sent or "été 日\u0301|".encode()]


def _send(file: TextIO, text: str, later: list[bytes]) -> None:
    output = PromptOutput(file)
    output.open()
    output.send(text, later.append)
    output.close()
