import time
from collections.abc import Callable
from pathlib import Path

import pytest
from textual import events
from textual.app import App, ComposeResult
from textual.pilot import Pilot

from rwm_tui.messages import CopyRequested
from rwm_tui.widgets.log_pane import LogPane
from rwm_tui.widgets.log_viewer import LogViewer
from rwm_tui.widgets.prompt_app import PromptApp


class LogApp(App[None]):
    CSS = "LogPane .log-pane--cursor { background: $primary-muted; }"

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.animation_level = "none"
        self.path = path
        self.changes: list[bool] = []
        self.copied: list[str] = []

    def compose(self) -> ComposeResult:
        yield LogViewer()

    def on_mount(self) -> None:
        pane = self.query_one(LogPane)
        pane.focus()
        pane.show_file(self.path, live=True)

    def on_log_pane_follow_changed(self, message: LogPane.FollowChanged) -> None:
        self.changes.append(message.following)

    def on_copy_requested(self, message: CopyRequested) -> None:
        self.copied.append(message.text)


@pytest.fixture
def console(tmp_path: Path) -> Path:
    path = tmp_path / "console.log"
    path.write_text("".join(f"line {number}\n" for number in range(100)))
    return path


def append(path: Path, text: str) -> None:
    with path.open("a") as file:
        file.write(text)


def shown(app: LogApp) -> list[str]:
    """The text of the rows on the screen, without the scroll bar."""
    pane = app.query_one(LogPane)
    return [pane.render_line(y).text[:-1].rstrip() for y in range(pane.size.height)]


def info(app: LogApp) -> str:
    return str(app.query_one("#log-info").render())


async def sees(pilot: Pilot[None], condition: Callable[[], bool]) -> None:
    """Wait until the screen shows it."""
    for _ in range(400):
        await pilot.pause(0.02)
        if condition():
            return
    raise AssertionError("not seen within its time")


async def test_the_end_is_followed_and_empty_lines_are_kept(console: Path) -> None:
    app = LogApp(console)
    async with app.run_test(size=(40, 10)) as pilot:
        await sees(pilot, lambda: shown(app)[-1] == "line 99")
        append(console, "\nlast\nunfinis")
        await sees(pilot, lambda: shown(app)[-4:] == ["line 99", "", "last", "unfinis"])


async def test_moving_up_stops_following_and_the_end_starts_it_again(console: Path) -> None:
    app = LogApp(console)
    async with app.run_test(size=(40, 10)) as pilot:
        await sees(pilot, lambda: shown(app)[-1] == "line 99")
        await pilot.press("up", "up")
        await sees(pilot, lambda: app.changes == [False])
        await sees(pilot, lambda: "held at line 98 of 100" in str(app.query_one("#log-info").render()))
        before = shown(app)
        append(console, "more\n" * 50)
        await sees(pilot, lambda: "of 150" in str(app.query_one("#log-info").render()))
        assert shown(app) == before
        await pilot.press("G")
        await sees(pilot, lambda: shown(app)[-1] == "more" and app.changes == [False, True])


async def test_colours_are_rebuilt_and_no_control_sequence_is_drawn(console: Path) -> None:
    app = LogApp(console)
    async with app.run_test(size=(40, 10)) as pilot:
        append(console, "\x1b[31mred\x1b[0m \x1b]0;title\x07\x1b[2J[b]markup[/b]\n10%\r99%\n")
        await sees(pilot, lambda: shown(app)[-2:] == ["red [b]markup[/b]", "99%"])
        pane = app.query_one(LogPane)
        red = next(piece for piece in pane.render_line(pane.size.height - 2) if piece.text.startswith("red"))
        assert red.style is not None
        assert red.style.color is not None
        assert red.style.color.triplet is not None or red.style.color.number == 1


async def test_search_shows_the_first_hit_and_counts_them_all(console: Path) -> None:
    app = LogApp(console)
    async with app.run_test(size=(60, 10)) as pilot:
        await sees(pilot, lambda: shown(app)[-1] == "line 99")
        await pilot.press("g")
        await sees(pilot, lambda: shown(app)[0] == "line 0")
        await pilot.press("slash")
        await pilot.press("slash", "e", "space", "3", "full_stop", "slash", "enter")
        await sees(pilot, lambda: "1 of 10 (n, N)" in str(app.query_one("#log-info").render()))
        assert "line 30" in shown(app)
        await pilot.press("n", "n", "n", "N")
        await sees(pilot, lambda: "3 of 10 (n, N)" in str(app.query_one("#log-info").render()))


async def test_a_filter_hides_the_other_lines(console: Path) -> None:
    append(console, "[Warning] careful\nline\nRuntimeError: bad\n")
    app = LogApp(console)
    async with app.run_test(size=(80, 10)) as pilot:
        await sees(pilot, lambda: shown(app)[-1] == "RuntimeError: bad")
        await pilot.press("F")
        await sees(pilot, lambda: [text for text in shown(app) if text] == ["[Warning] careful", "RuntimeError: bad"])
        append(console, "line\n[Error] new\n")
        await sees(pilot, lambda: "[Error] new" in shown(app))
        await pilot.press("F")
        await sees(pilot, lambda: [text for text in shown(app) if text] == ["RuntimeError: bad", "[Error] new"])
        await pilot.press("F")
        await sees(pilot, lambda: shown(app)[-2:] == ["line", "[Error] new"])


async def test_a_filter_over_a_big_log_shows_its_last_lines_at_once_and_then_counts_all(tmp_path: Path) -> None:
    path = tmp_path / "console.log"
    filler = b"nothing that is wanted, in a line of a hundred bytes or so, and so it goes on and on and on and on\n"
    path.write_bytes(b"".join(b"needle %d\n" % number + filler * 20_000 for number in range(100)))  # 200 MB
    app = LogApp(path)
    async with app.run_test(size=(80, 10)) as pilot:
        await sees(pilot, lambda: shown(app)[-1] == filler[:79].decode().rstrip())
        await pilot.press("ampersand", *"needle", "enter")
        await sees(pilot, lambda: shown(app)[-3:] == ["needle 97", "needle 98", "needle 99"])
        await sees(pilot, lambda: "only needle: 100 lines" in info(app))
        append(path, "needle 100\n")
        await sees(pilot, lambda: "only needle: 101 lines" in info(app) and shown(app)[-1] == "needle 100")


async def test_two_counts_at_once_count_each_line_once(tmp_path: Path) -> None:
    path = tmp_path / "console.log"
    path.write_text("one needle and a pin\n" * 500_000)
    app = LogApp(path)
    async with app.run_test(size=(120, 10)) as pilot:
        await sees(pilot, lambda: shown(app)[-1] == "one needle and a pin")
        for _ in range(3):  # each begins while the other is at work
            await pilot.press("slash", *"needle", "enter")
            await pilot.press("ampersand", *"pin", "enter")
        await sees(pilot, lambda: "of 500,000 (n, N)" in info(app) and "of 500,000 lines" in info(app))


async def test_search_and_jumps_go_to_lines_that_are_shown(console: Path) -> None:
    append(console, "[Warning] hidden\n" + "line 7777 shown\n" + "[Error] hidden too\n")
    app = LogApp(console)
    async with app.run_test(size=(120, 30)) as pilot:
        await sees(pilot, lambda: shown(app)[-1] == "[Error] hidden too")
        await pilot.press("ampersand", *"7", "enter")
        await sees(pilot, lambda: "only 7: 20 lines" in info(app))
        await pilot.press("g", "slash", *"/[67]7/", "enter")
        await sees(pilot, lambda: "'/[67]7/': 1 of 3 (n, N)" in info(app) and "7 of 20 lines" in info(app))
        await pilot.press("n", "n", "n")
        await sees(pilot, lambda: "no more: /[67]7/" in info(app) and "3 of 3" in info(app))
        await pilot.press("N", "N", "N")
        await sees(pilot, lambda: "no more: /[67]7/" in info(app) and "1 of 3" in info(app))
        await pilot.press("w")
        await sees(pilot, lambda: "no more: warnings and errors" in info(app))
        await pilot.press("ampersand", "enter")
        await sees(pilot, lambda: "1 of 3 (n, N)" in info(app) and "only" not in info(app))


async def test_the_last_words_without_a_line_end_count(console: Path) -> None:
    append(console, "Killed by zebra")
    app = LogApp(console)
    async with app.run_test(size=(80, 10)) as pilot:
        await sees(pilot, lambda: shown(app)[-1] == "Killed by zebra")
        await pilot.press("slash", *"zebra", "enter")
        await sees(pilot, lambda: "held at line 101 of 101" in info(app) and "1 of 1 (n, N)" in info(app))
        await pilot.press("G", "ampersand", *"zebra", "enter")
        await sees(pilot, lambda: "only zebra: 1 lines" in info(app) and "Killed by zebra" in shown(app))


async def test_keys_typed_ahead_act_in_their_order(console: Path) -> None:
    app = LogApp(console)
    async with app.run_test(size=(80, 10)) as pilot:
        await sees(pilot, lambda: shown(app)[-1] == "line 99")
        pane = app.query_one(LogPane)
        pane.do(lambda view: time.sleep(0.2))
        for key in "kkmvky":
            app.post_message(events.Key(key, key))
        await sees(pilot, lambda: app.copied == ["line 96\nline 97"])
        assert pane.marks == (pane.page.lines[-3].offset,)


async def test_escape_lets_the_selection_go(console: Path) -> None:
    app = LogApp(console)
    async with app.run_test(size=(80, 10)) as pilot:
        await sees(pilot, lambda: shown(app)[-1] == "line 99")
        await pilot.press("v", "k", "k")
        await sees(pilot, lambda: "selecting" in info(app))
        await pilot.press("escape")
        await sees(pilot, lambda: "selecting" not in info(app) and "held" in info(app))
        await pilot.press("y")
        await sees(pilot, lambda: app.copied == ["line 97"])


async def test_copying_while_the_end_is_followed_takes_the_last_line_and_goes_on_following(console: Path) -> None:
    app = LogApp(console)
    async with app.run_test(size=(80, 10)) as pilot:
        await sees(pilot, lambda: shown(app)[-1] == "line 99")
        await pilot.press("y")
        await sees(pilot, lambda: app.copied == ["line 99"])
        append(console, "more\n")
        await sees(pilot, lambda: shown(app)[-1] == "more")
        await pilot.press("ampersand", *"nowhere", "enter")
        await sees(pilot, lambda: "0 lines" in info(app))
        await pilot.press("y")
        await sees(pilot, lambda: "no line to copy" in info(app))


async def test_a_stage_that_is_not_looked_for_any_more_is_not_denied(tmp_path: Path) -> None:
    path = tmp_path / "console.log"
    path.write_bytes(b"Learning iteration 0/3\n" + b"one of many lines without a marker, and long enough\n" * 2_000_000)
    app = LogApp(path)
    async with app.run_test(size=(80, 10)) as pilot:
        await sees(pilot, lambda: bool(shown(app)[-1]))
        for key in "Sk":
            app.post_message(events.Key(key, key))
        await sees(pilot, lambda: "held" in info(app))
        assert "stage" not in info(app)
        await pilot.press("S")
        await sees(pilot, lambda: "stage 'collecting + updating'" in info(app))


async def test_what_is_typed_ahead_of_a_prompt_is_the_prompts(console: Path) -> None:
    app = LogApp(console)
    async with app.run_test(size=(80, 10)) as pilot:
        await sees(pilot, lambda: shown(app)[-1] == "line 99")
        for key, character in [("ampersand", "&"), ("slash", "/"), ("9", "9"), ("slash", "/"), ("enter", None)]:
            app.post_message(events.Key(key, character))
        await sees(pilot, lambda: "only /9/: 19 lines" in info(app))


class PromptLogApp(PromptApp[None]):
    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path

    def compose(self) -> ComposeResult:
        yield LogViewer()

    def on_mount(self) -> None:
        pane = self.query_one(LogPane)
        pane.focus()
        pane.show_file(self.path, live=True)


async def test_what_is_typed_ahead_after_enter_is_the_logs(console: Path) -> None:
    app = PromptLogApp(console)
    async with app.run_test(size=(80, 10)) as pilot:
        pane = app.query_one(LogPane)
        await sees(pilot, lambda: pane.page.size > 0)
        for key, character in [("ampersand", "&"), ("9", "9"), ("enter", "\r"), ("v", "v"), ("k", "k"), ("k", "k")]:
            app.post_message(events.Key(key, character))
        await sees(pilot, lambda: pane.filter is not None and pane.filter.picker.text == "9")
        await sees(pilot, lambda: pane.page.selected is not None)
        app.post_message(events.Key("escape", None))
        await sees(pilot, lambda: pane.page.selected is None)


TRAINING = """[INFO] Using python from: here
[Warning] [omni.datastore] OmniHub is inaccessible
[INFO][AppLauncher]: booting
[Warning] [omni.ui] careful
Learning iteration 0/2
Metrics/base_velocity/error_vel_xy: 0.1
Learning iteration 1/2
[Error] [omni.physx] bad
Storing git diff for 'x' in: y
torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB.
"""


async def test_filters_by_level_stage_and_what_is_harmless_add_up(tmp_path: Path) -> None:
    path = tmp_path / "console.log"
    path.write_text(TRAINING)
    lines = TRAINING.splitlines()
    app = LogApp(path)

    def only(*numbers: int) -> Callable[[], bool]:
        return lambda: [text for text in shown(app) if text] == [lines[number] for number in numbers]

    async with app.run_test(size=(80, 14)) as pilot:
        await sees(pilot, only(*range(10)))
        await pilot.press("H")
        await sees(pilot, only(0, *range(2, 10)))
        await pilot.press("F")
        await sees(pilot, only(3, 7, 9))
        await sees(pilot, lambda: "only warnings and errors, no harmless: 3 lines" in info(app))
        await pilot.press("F")
        await sees(pilot, only(7, 9))
        await pilot.press("g", "S")
        await sees(pilot, only(7))
        await sees(pilot, lambda: "stage 'collecting + updating'" in info(app))
        await pilot.press("F", "H")
        await sees(pilot, only(4, 5, 6, 7))
        await pilot.press("S")
        await sees(pilot, only(*range(10)))


async def test_the_line_of_the_diagnosis_is_one_key_away(console: Path) -> None:
    append(console, "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB.\n" + "after\n" * 30)
    app = LogApp(console)
    async with app.run_test(size=(80, 10), notifications=True) as pilot:
        await sees(pilot, lambda: shown(app)[-1] == "after")
        await pilot.press("D")
        await sees(pilot, lambda: "held at line 101" in info(app))
        assert any("torch-cuda-oom" in note.message for note in app._notifications)


async def test_going_to_a_line_marking_and_copying(console: Path) -> None:
    app = LogApp(console)
    async with app.run_test(size=(80, 10)) as pilot:
        await sees(pilot, lambda: shown(app)[-1] == "line 99")
        await pilot.press("colon", "4", "2", "enter")
        await sees(pilot, lambda: "held at line 42 of 100" in str(app.query_one("#log-info").render()))
        await pilot.press("colon", "5", "0", "percent_sign", "enter")
        await sees(pilot, lambda: "held at line 51 of 100" in info(app))
        await pilot.press("colon", "4", "2", "enter")
        await sees(pilot, lambda: "held at line 42 of 100" in info(app))
        await pilot.press("m", "v", "down", "y")
        await sees(pilot, lambda: app.copied == ["line 41\nline 42"])
        await pilot.press("G", "apostrophe")
        await sees(pilot, lambda: "held at line 42" in str(app.query_one("#log-info").render()))


@pytest.mark.parametrize(("key", "says"), [("n", "/ searches"), ("N", "/ searches"), ("apostrophe", "m marks one")])
async def test_a_key_with_nothing_to_go_to_says_what_comes_first(key: str, says: str, console: Path) -> None:
    app = LogApp(console)
    async with app.run_test(size=(80, 10)) as pilot:
        await sees(pilot, lambda: shown(app)[-1] == "line 99")
        await pilot.press(key)
        await sees(pilot, lambda: says in info(app))
        await pilot.press("k")
        await sees(pilot, lambda: "held" in info(app) and says not in info(app))


async def test_a_bad_query_is_told_and_nothing_is_lost(console: Path) -> None:
    app = LogApp(console)
    async with app.run_test(size=(80, 10), notifications=True) as pilot:
        await sees(pilot, lambda: shown(app)[-1] == "line 99")
        await pilot.press("slash", "slash", "left_parenthesis", "slash", "enter")
        await sees(pilot, lambda: any("no such pattern" in note.title for note in app._notifications))
        assert shown(app)[-1] == "line 99"


async def test_long_lines_are_cut_or_wrapped(console: Path) -> None:
    append(console, "x" * 100 + "END\n")
    app = LogApp(console)
    async with app.run_test(size=(41, 10)) as pilot:
        await sees(pilot, lambda: shown(app)[-1] == "x" * 40)
        await pilot.press("z")
        await sees(pilot, lambda: shown(app)[-3:] == ["x" * 40, "x" * 40, "x" * 20 + "END"])


async def test_a_wrapped_line_taller_than_the_pane_is_walked_through(tmp_path: Path) -> None:
    path = tmp_path / "console.log"
    rows = [f"{number:04}" * 10 for number in range(50)]
    path.write_text("before\n" + "".join(rows) + "\n" + "after\n" * 30)
    app = LogApp(path)
    async with app.run_test(size=(41, 10)) as pilot:
        await sees(pilot, lambda: shown(app)[-1] == "after")
        await pilot.press("z", "g")
        await sees(pilot, lambda: shown(app)[:2] == ["before", rows[0]])
        height = app.query_one(LogPane).size.height
        await pilot.press("down", "down", "down")  # the first brings its beginning to the top
        await sees(pilot, lambda: shown(app) == rows[2 : 2 + height])
        await pilot.press("space", "space", "pageup")
        await sees(pilot, lambda: shown(app) == rows[2 + height : 2 + 2 * height])
        for _ in range(2):
            app.query_one(LogPane).post_message(events.MouseScrollUp(None, 0, 0, 0, -1, 0, False, False, False))
        await sees(pilot, lambda: shown(app) == rows[height - 4 : 2 * height - 4])
        await pilot.press(*["space"] * 4)
        await sees(pilot, lambda: shown(app) == [*rows[5 * height - 4 :], *["after"] * height][:height])
        await pilot.press("space")
        await sees(pilot, lambda: shown(app) == ["after"] * height)
        await pilot.press("z")
        await sees(pilot, lambda: shown(app).count("after") >= height - 2)


async def test_the_end_of_a_long_line_is_reached_by_panning(tmp_path: Path) -> None:
    path = tmp_path / "console.log"
    path.write_text("x" * 4_080 + "END\n")
    app = LogApp(path)
    async with app.run_test(size=(41, 10)) as pilot:
        await sees(pilot, lambda: shown(app)[0] == "x" * 40)
        await pilot.press(*["right"] * 510)
        await sees(pilot, lambda: shown(app)[0] == "END")


async def test_a_megabyte_line_costs_no_time(console: Path) -> None:
    append(console, "y" * 10_000_000 + "\nafter\n")
    app = LogApp(console)
    async with app.run_test(size=(41, 10)) as pilot:
        await sees(pilot, lambda: shown(app)[-2:] == ["y" * 40, "after"])


async def test_the_cursor_takes_on_the_look_of_another_theme_at_once(console: Path) -> None:
    app = LogApp(console)

    def look_of_cursor() -> str:
        pane = app.query_one(LogPane)
        row = next(y for y, text in enumerate(shown(app)) if text == "line 98")
        return str(next(iter(pane.render_line(row))).style)

    async with app.run_test(size=(40, 10)) as pilot:
        await sees(pilot, lambda: shown(app)[-1] == "line 99")
        await pilot.press("up")
        await sees(pilot, lambda: app.changes == [False])
        dark = look_of_cursor()
        app.theme = "textual-light"
        await sees(pilot, lambda: look_of_cursor() != dark)
        light = look_of_cursor()
        app.theme = "textual-dark"
        await sees(pilot, lambda: look_of_cursor() == dark)
        assert light != dark
