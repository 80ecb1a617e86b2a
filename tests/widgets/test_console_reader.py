from pathlib import Path

from rwm_tui.core.launch.tail import Tail
from rwm_tui.widgets.console_reader import ConsoleReader
from rwm_tui.widgets.log_pane import MAX_LINES


def test_lines_come_cleaned_and_an_unfinished_one_waits_until_the_run_is_over(tmp_path: Path) -> None:
    console = tmp_path / "console.log"
    console.write_bytes(b"\x1b[1mbold\x1b[0m\r\n\n 1%\r 2%\nunfin\xffished")
    reader = ConsoleReader(Tail(console))
    assert reader.read_lines(over=False) == ["bold", "", " 2%"]
    assert reader.read_lines(over=False) == []
    assert reader.read_lines(over=True) == ["unfin\ufffdished"]
    assert reader.read_lines(over=True) == []


def test_of_a_flood_only_the_newest_lines_are_kept(tmp_path: Path) -> None:
    console = tmp_path / "console.log"
    console.write_text("".join(f"line {number}\n" for number in range(5 * MAX_LINES)))
    lines = ConsoleReader(Tail(console)).read_lines(over=False)
    assert len(lines) == MAX_LINES
    assert lines[-1] == f"line {5 * MAX_LINES - 1}"
