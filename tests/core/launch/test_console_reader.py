"""A console that grows faster than it is read."""

from pathlib import Path

from rwm_tui.core.launch.console_reader import PIECE_BYTES, ConsoleReader
from rwm_tui.core.trainer_output.console_events import ErrorPrinted

ERROR = "[ERROR] the last thing it said"


def errors(reader: ConsoleReader, **how: object) -> list[str]:
    found = reader.read(**how)  # type: ignore[arg-type]
    return [event.text for event in found if isinstance(event, ErrorPrinted)]


def test_a_flood_is_read_in_pieces_and_nothing_of_it_is_lost(tmp_path: Path) -> None:
    console = tmp_path / "console.log"
    flood = "a line of a flood\n" * (4 * PIECE_BYTES // 18)
    console.write_text(f"{flood}{ERROR}\n{flood}")
    reader = ConsoleReader(console)
    assert errors(reader, budget_s=0.0) == []
    reads = 1
    while not (found := errors(reader, budget_s=0.0)):
        reads += 1
        assert reads < 20
    assert found == ["the last thing it said"]
    assert errors(reader, to_the_end=True) == []


def test_the_end_is_read_past_a_line_longer_than_a_piece(tmp_path: Path) -> None:
    console = tmp_path / "console.log"
    console.write_text("x" * (3 * PIECE_BYTES) + f"\n{ERROR}")
    assert errors(ConsoleReader(console), to_the_end=True) == ["the last thing it said"]
