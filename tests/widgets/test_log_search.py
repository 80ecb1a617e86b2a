"""Search, filters and the prompt of the log."""

from collections.abc import Callable
from pathlib import Path

from textual import events
from textual.screen import ModalScreen

from rwm_tui.widgets.log_pane import LogPane
from rwm_tui.widgets.log_viewer import LogPrompt, LogViewer
from tests.widgets.log_app import LogApp, append, info, sees, shown


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


def with_hits_far_to_the_right(path: Path) -> None:
    append(path, "".join(f"{'long ' * length}hit {length}\n" for length in (1, 40, 41, 200)))


async def test_a_hit_beyond_the_margin_is_brought_on_the_screen(console: Path) -> None:
    with_hits_far_to_the_right(console)
    app = LogApp(console)
    async with app.run_test(size=(60, 10)) as pilot:
        await sees(pilot, lambda: shown(app)[-4] == "long hit 1")
        await pilot.press("g", "slash", *"/Hit|hit.*/", "enter")
        await sees(pilot, lambda: "long hit 1" in shown(app))  # nothing moves where it is seen already
        await pilot.press("n")
        await sees(pilot, lambda: any(text.endswith("long hit 40") for text in shown(app)))
        assert any(text.endswith("long hit 41") for text in shown(app))  # the lines beside it too
        await pilot.press("n", "n")
        await sees(pilot, lambda: any(text.endswith("long hit 200") for text in shown(app)))
        await pilot.press("up")
        await sees(pilot, lambda: "held at line 103" in info(app) and "from column 982" in info(app))
        assert any(text.endswith("long hit 200") for text in shown(app))
        await pilot.press("N", "N")
        await sees(pilot, lambda: "long hit 1" in shown(app))
        await pilot.press("n")
        await sees(pilot, lambda: any(text.endswith("long hit 40") for text in shown(app)))
        await pilot.press("G")
        await sees(pilot, lambda: shown(app)[-4] == "long hit 1")


async def test_a_hit_deep_in_a_wrapped_line_is_brought_on_the_screen(console: Path) -> None:
    with_hits_far_to_the_right(console)
    append(console, "last\n")
    app = LogApp(console)
    async with app.run_test(size=(60, 10)) as pilot:
        await sees(pilot, lambda: shown(app)[-1] == "last")
        await pilot.press("z", "g", "slash", *"hit", "space", *"200", "enter")
        await sees(pilot, lambda: any(text.endswith("long hit") for text in shown(app)))  # 200 on the next row
        await pilot.press("slash", *"hit", "space", *"40", "enter")
        await sees(pilot, lambda: any(text.endswith("hit 40") for text in shown(app)))
        await pilot.press("down", "down")
        await sees(pilot, lambda: "held at line 104" in info(app))


async def test_a_long_pattern_leaves_its_count_room(console: Path) -> None:
    app = LogApp(console)
    async with app.run_test(size=(80, 10)) as pilot:
        await sees(pilot, lambda: shown(app)[-1] == "line 99")
        await pilot.press("slash", *"/e.99|a|long|pattern|of|alternatives/", "enter")
        await sees(pilot, lambda: "'/e.99|a|long|pattern|o..': 1 of 1 (n, N)" in info(app))
        await pilot.press("n")
        await sees(pilot, lambda: info(app).startswith("no more: /e.99|a|long|pattern|o..  held"))
        await pilot.press("ampersand", *"77", "enter")
        await sees(pilot, lambda: "only 77: 1 of 1 line (F H S &)" in info(app))


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


async def test_what_is_searched_for_stands_there_as_it_was_typed(console: Path) -> None:
    app = LogApp(console)
    async with app.run_test(size=(80, 10)) as pilot:
        await pilot.press("g", "slash", *r"/line \d\d'?$/", "enter")
        await sees(pilot, lambda: r"'/line \d\d'?$/': 1 of 90 (n, N)" in info(app))


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
        await pilot.press("n")
        await sees(pilot, lambda: "no more" not in info(app) and "2 of 3" in info(app))
        await pilot.press("N")
        await sees(pilot, lambda: "no more" not in info(app) and "1 of 3" in info(app))
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
        await sees(pilot, lambda: "only zebra: 1 line (" in info(app) and "Killed by zebra" in shown(app))


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


def test_the_prompt_is_hidden_before_the_viewer_is_mounted() -> None:
    """A screen that is left while it comes never mounts the viewer's parts."""
    _, info, prompt = LogViewer().compose()
    assert not info.display
    assert not prompt.display


async def test_a_prompt_that_is_closed_below_another_screen_leaves_the_keys_to_the_log(console: Path) -> None:
    """As the palette's command does, which may come before its screen has gone."""
    app = LogApp(console)
    async with app.run_test(size=(80, 10)) as pilot:
        await sees(pilot, lambda: shown(app)[-1] == "line 99")
        await pilot.press("colon")
        prompt = app.query_one(LogPrompt)
        await app.push_screen(ModalScreen())
        prompt.action_close()
        await app.pop_screen()
        await pilot.press("k")
        await sees(pilot, lambda: "held at line 99" in info(app))
        assert prompt.value == ""


async def test_what_is_typed_ahead_after_enter_is_the_logs(console: Path) -> None:
    app = LogApp(console)
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


async def test_a_bad_query_is_told_and_nothing_is_lost(console: Path) -> None:
    app = LogApp(console)
    async with app.run_test(size=(80, 10), notifications=True) as pilot:
        await sees(pilot, lambda: shown(app)[-1] == "line 99")
        await pilot.press("slash", "slash", "left_parenthesis", "slash", "enter")
        await sees(pilot, lambda: any("no such pattern" in note.title for note in app._notifications))
        assert shown(app)[-1] == "line 99"
