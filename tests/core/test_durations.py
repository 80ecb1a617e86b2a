import pytest

from rwm_tui.core.durations import duration_text, moment_text


@pytest.mark.parametrize(
    ("seconds", "duration", "moment"),
    [
        (-1.0, "0 s", "0 s"),
        (59.4, "59 s", "59 s"),
        (59.6, "1 min 00 s", "1 min 00 s"),
        (3599.6, "1 h 00 min", "1 h 00 min 00 s"),
        (7625.0, "2 h 07 min", "2 h 07 min 05 s"),
        (108_000.0, "30 h 00 min", "30 h 00 min 00 s"),
    ],
)
def test_durations_in_words(seconds: float, duration: str, moment: str) -> None:
    assert (duration_text(seconds), moment_text(seconds)) == (duration, moment)
