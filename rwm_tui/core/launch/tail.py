"""Reading a growing file by whole lines."""

from pathlib import Path

from rwm_tui.core.run_dir.regular_file import open_record


class Tail:
    """Reads what was appended since the last call.

    Its ``is_behind`` says whether the last call stopped at its limit, and not within an endless line.

    :param start: byte offset to begin at.
    """

    def __init__(self, path: Path, start: int = 0) -> None:
        self.path = path
        self.offset = start
        self.is_behind = False
        self._partial = b""

    def read_lines(self, limit: int = 4 * 2**20) -> list[bytes]:
        """Whole lines without their line end; an unfinished last line waits for the next call.

        :param limit: bytes read at most, so that a flood cannot fill memory.
        """
        data = self._read(limit)
        *lines, self._partial = (self._partial + data).split(b"\n")
        self.is_behind = len(data) == limit and bool(lines)
        return lines

    def rest(self) -> bytes:
        """The unfinished last line; for the end, when nothing more will come."""
        partial, self._partial = self._partial, b""
        return partial

    @property
    def line_offset(self) -> int:
        """Byte offset at which the unfinished last line begins."""
        return self.offset - len(self._partial)

    def _read(self, limit: int) -> bytes:
        try:
            with open_record(self.path) as file:
                file.seek(self.offset)
                data = file.read(limit)
        except OSError:
            return b""
        self.offset += len(data)
        return data
