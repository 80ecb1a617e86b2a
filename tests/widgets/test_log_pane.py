import time

from textual.app import App, ComposeResult

from rwm_tui.widgets.log_pane import MAX_COLUMNS, MAX_LINES, LogPane


class LogApp(App[None]):
    def __init__(self) -> None:
        super().__init__()
        self.animation_level = "none"
        self.changes: list[bool] = []

    def compose(self) -> ComposeResult:
        yield LogPane()

    def on_mount(self) -> None:
        self.query_one(LogPane).focus()

    def on_log_pane_follow_changed(self, message: LogPane.FollowChanged) -> None:
        self.changes.append(message.following)


def shown(pane: LogPane) -> list[str]:
    """The text of the rows on the screen."""
    return [pane.render_line(y).text.rstrip() for y in range(pane.size.height)]


async def test_the_end_is_followed_and_empty_lines_are_kept() -> None:
    app = LogApp()
    async with app.run_test(size=(40, 10)) as pilot:
        pane = app.query_one(LogPane)
        pane.append([f"line {number}" for number in range(100)])
        pane.append(["", "last"])
        await pilot.pause()
        assert shown(pane)[-3:] == ["line 99", "", "last"]


async def test_scrolling_up_stops_following_and_the_end_starts_it_again() -> None:
    app = LogApp()
    async with app.run_test(size=(40, 10)) as pilot:
        pane = app.query_one(LogPane)
        pane.append([f"line {number}" for number in range(100)])
        await pilot.pause()
        await pilot.press("up", "up")
        before = shown(pane)
        pane.append(["more"] * 50)
        await pilot.pause()
        assert shown(pane) == before
        await pilot.press("G")
        assert shown(pane)[-1] == "more"
        assert app.changes == [False, True]


async def test_what_is_read_stays_in_place_while_old_lines_are_dropped() -> None:
    app = LogApp()
    async with app.run_test(size=(40, 10)) as pilot:
        pane = app.query_one(LogPane)
        pane.append([f"line {number}" for number in range(MAX_LINES)])
        await pilot.pause()
        await pilot.press("pageup")
        before = shown(pane)
        pane.append([f"new {number}" for number in range(500)])
        await pilot.pause()
        assert len(pane.lines) == MAX_LINES
        assert shown(pane) == before


async def test_a_resize_keeps_following() -> None:
    app = LogApp()
    async with app.run_test(size=(40, 20)) as pilot:
        pane = app.query_one(LogPane)
        pane.append([f"line {number}" for number in range(100)])
        await pilot.resize_terminal(40, 8)
        await pilot.pause()
        assert pane.following
        assert shown(pane)[-1] == "line 99"


async def test_a_very_long_line_is_cut_and_says_so() -> None:
    app = LogApp()
    async with app.run_test(size=(40, 10)):
        pane = app.query_one(LogPane)
        pane.append(["x" * 100_000])
        assert pane.lines[0] == "x" * MAX_COLUMNS + " [...]"


async def test_markup_is_text() -> None:
    app = LogApp()
    async with app.run_test(size=(40, 10)):
        pane = app.query_one(LogPane)
        pane.append(["[bold red]loss[/] [0.1]"])
        assert shown(pane)[0] == "[bold red]loss[/] [0.1]"


async def test_a_flood_in_batches_is_cheap() -> None:
    app = LogApp()
    async with app.run_test(size=(80, 24)) as pilot:
        pane = app.query_one(LogPane)
        start = time.perf_counter()
        for batch in range(200):
            pane.append([f"line {batch} {number}" for number in range(100)])
        await pilot.pause()
        assert time.perf_counter() - start < 2.0
        assert shown(pane)[-1] == "line 199 99"
