import time
from pathlib import Path

import pytest
from textual import events

from rwm_tui.widgets.log_pane import LogPane
from tests.widgets.log_app import LogApp, append, info, sees, shown


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


async def test_keys_typed_ahead_act_in_their_order(console: Path) -> None:
    app = LogApp(console)
    async with app.run_test(size=(80, 10)) as pilot:
        await sees(pilot, lambda: shown(app)[-1] == "line 99")
        pane = app.query_one(LogPane)
        pane.do(lambda view: time.sleep(0.2))
        for key in "kkmvky":
            app.post_message(events.Key(key, key))
        await sees(pilot, lambda: app.copied == ["line 96\nline 97"])
        assert pane.page.marks == (pane.page.lines[-3].offset,)


async def test_escape_lets_the_selection_go(console: Path) -> None:
    app = LogApp(console)
    async with app.run_test(size=(80, 10)) as pilot:
        await sees(pilot, lambda: shown(app)[-1] == "line 99")
        await pilot.press("v", "k", "k")
        await sees(pilot, lambda: "selecting" in info(app))
        await sees(pilot, lambda: "escape" in app.screen.active_bindings)
        refreshed = app.screen.bindings_updated_signal
        told: list[bool] = []
        refreshed.subscribe(app, lambda _: told.append("escape" in app.screen.active_bindings), immediate=True)
        await pilot.press("escape")
        await sees(pilot, lambda: "selecting" not in info(app) and "held" in info(app))
        await sees(pilot, lambda: told[-1:] == [False])
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
        await pilot.press("escape", "G", "apostrophe")
        await sees(pilot, lambda: "held at line 42" in str(app.query_one("#log-info").render()))
        await pilot.press("colon", "9", "9", "enter", "v", "G", "y")
        await sees(pilot, lambda: app.copied[1:] == ["line 98\nline 99"])
        await pilot.press("escape", "colon", "0", "enter")
        await sees(pilot, lambda: "held at line 1 of 100" in info(app))


@pytest.mark.parametrize(("key", "says"), [("n", "/ searches"), ("N", "/ searches"), ("apostrophe", "m marks one")])
async def test_a_key_with_nothing_to_go_to_says_what_comes_first(key: str, says: str, console: Path) -> None:
    app = LogApp(console)
    async with app.run_test(size=(80, 10)) as pilot:
        await sees(pilot, lambda: shown(app)[-1] == "line 99")
        await pilot.press(key)
        await sees(pilot, lambda: says in info(app))
        await pilot.press("k")
        await sees(pilot, lambda: "held" in info(app) and says not in info(app))


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
