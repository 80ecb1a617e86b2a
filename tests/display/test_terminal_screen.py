"""Whatever is drawn, the terminal shows the same as if every frame had been sent whole."""

from __future__ import annotations

import pyte
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import get_character_cell_size

from rwm_tui.display.style import DEFAULT, UnknownSequence, parse_style
from rwm_tui.display.terminal_screen import TerminalScreen

WIDTH, HEIGHT = 24, 5
LOOKS = (
    "38;2;224;224;224;48;2;18;18;18", "1;38;2;255;166;43;48;2;36;47;56", "48;2;18;18;18", "7", "4;31", "97;100",
    "38;5;12", "1;3;48;5;7",
)  # fmt: skip


@st.composite
def frames(draw: st.DrawFn) -> str:
    """As Textual writes them: places, looks, and text that stays within its row."""
    parts = []
    for _ in range(draw(st.integers(1, 6))):
        row, column = draw(st.integers(1, HEIGHT)), draw(st.integers(1, WIDTH))
        parts.append(f"\x1b[{row};{column}H")
        room = WIDTH - column + 1
        for _ in range(draw(st.integers(1, 3))):
            text = draw(st.text(st.sampled_from("ab é│漢" + " " * 6), max_size=room) | st.just(" " * room))
            while cells(text) > room:
                text = text[:-1]
            room -= cells(text)
            parts.append(f"\x1b[{draw(st.sampled_from(LOOKS))}m{text}\x1b[0m")
    return "".join([*parts, f"\x1b[{draw(st.integers(1, HEIGHT))};1H"])


def cells(text: str) -> int:
    return sum(map(get_character_cell_size, text))


def whole_frame(letter: str, look: str) -> str:
    row = f"\x1b[{look}m{letter}{' ' * (WIDTH - cells(letter))}\x1b[0m"
    return "\x1b[1;1H" + "\n".join([row] * HEIGHT) + "\x1b[1;1H"


class Shown:
    """A terminal that is sent what it is told."""

    def __init__(self) -> None:
        self.screen = pyte.Screen(WIDTH, HEIGHT)
        self._stream = pyte.Stream(self.screen)
        self.feed("\n".join(["#" * WIDTH] * HEIGHT))  # pyte wipes only cells that were written once

    def feed(self, sequence: str) -> None:
        self._stream.feed(sequence.replace("\n", "\r\n"))

    def cells(self) -> list[list[tuple[object, ...]]]:
        return [[seen(self.screen.buffer[y][x]) for x in range(WIDTH)] for y in range(HEIGHT)]


def seen(cell: pyte.screens.Char) -> tuple[object, ...]:
    """What the eye sees of a cell: of a plain space its background alone."""
    if cell.data == " " and not cell.underscore and not cell.reverse:
        return (" ", cell.bg)
    return (cell.data, cell.fg, cell.bg, cell.bold, cell.italics, cell.underscore, cell.reverse)


@pytest.mark.parametrize("erases_in_colour", [True, False])
@settings(deadline=None, max_examples=60)
@given(drawn=st.lists(frames(), min_size=1, max_size=5))
def test_the_terminal_shows_what_whole_frames_would(erases_in_colour: bool, drawn: list[str]) -> None:
    whole, frugal = Shown(), Shown()
    screen = TerminalScreen((WIDTH, HEIGHT), get_character_cell_size, erases_in_colour=erases_in_colour)
    for frame in [whole_frame("x", LOOKS[0]), *drawn]:
        whole.feed(frame)
        frugal.feed(screen.draw(frame)[0])
        if "漢" not in "".join(drawn):  # terminals differ in what is left of half a wide glyph
            assert frugal.cells() == whole.cells()
        assert (frugal.screen.cursor.y, frugal.screen.cursor.x) == (whole.screen.cursor.y, whole.screen.cursor.x)
    last = whole_frame("z", LOOKS[1])
    whole.feed(last)
    frugal.feed(screen.draw(last)[0])
    assert frugal.cells() == whole.cells()


def regular_screen() -> TerminalScreen:
    screen = TerminalScreen((WIDTH, HEIGHT), get_character_cell_size, erases_in_colour=True)
    screen.draw(whole_frame("x", LOOKS[0]))
    return screen


def test_an_unchanged_frame_costs_nothing() -> None:
    assert regular_screen().draw(whole_frame("x", LOOKS[0])) == ("", 0)


def test_one_letter_costs_a_letter() -> None:
    screen = regular_screen()
    sent, places = screen.draw(f"\x1b[3;1H\x1b[{LOOKS[0]}mxy{' ' * 22}\x1b[0m\x1b[1;1H")
    assert (sent, places) == (f"\x1b[3;2H\x1b[{LOOKS[0]}my\x1b[m\x1b[H", 1)


def test_an_empty_screen_is_wiped_not_spelt_out() -> None:
    screen = TerminalScreen((WIDTH, HEIGHT), get_character_cell_size, erases_in_colour=True)
    sent, _ = screen.draw(whole_frame(" ", "48;2;18;18;18"))
    assert sent == "\x1b[48;2;18;18;18m\x1b[2J\x1b[m\x1b[H"


def test_without_colour_in_erasing_blanks_are_spelt_out() -> None:
    screen = TerminalScreen((WIDTH, HEIGHT), get_character_cell_size, erases_in_colour=False)
    sent, _ = screen.draw(whole_frame(" ", "48;2;18;18;18"))
    assert sent.count(" ") == WIDTH * HEIGHT


def test_a_row_with_a_wide_glyph_is_sent_whole() -> None:
    screen = regular_screen()
    screen.draw(f"\x1b[2;1H\x1b[0m漢字{'.' * 20}\x1b[1;1H")
    sent, _ = screen.draw(f"\x1b[2;1H\x1b[0m漢字{'.' * 19}!\x1b[1;1H")
    assert "漢" in sent
    assert "字" in sent


@pytest.mark.parametrize(
    "sequence", ["\x1b[2J", "\x1b]0;title\x07", "\x1b[1;1Hab\x1b[K", "\x1b[22m", "\ttab", "\x9b2J"]
)
def test_what_is_not_understood_is_refused(sequence: str) -> None:
    with pytest.raises(UnknownSequence):
        regular_screen().draw(sequence)


def test_forgotten_all_is_sent_again() -> None:
    screen = regular_screen()
    screen.forget((WIDTH, HEIGHT))
    sent, _ = screen.draw(whole_frame("x", LOOKS[0]))
    assert sent.count("x") == HEIGHT


@given(st.lists(st.sampled_from(LOOKS), min_size=2, max_size=2))
def test_a_change_of_look_leads_there(looks: list[str]) -> None:
    before, after = (parse_style(look, DEFAULT) for look in looks)
    sequence = after.after(before)
    assert bool(sequence) == (before != after)
    assert not sequence or parse_style(sequence[2:-1], before) == after
