import io
import sys

import pytest

from rwm_tui.commands.terminal import speaks_unicode


@pytest.mark.parametrize(
    ("environment", "encoding", "speaks"),
    [
        ({"LANG": "en_GB.UTF-8"}, "utf-8", True),
        ({"LANG": "en_GB.UTF-8", "LC_CTYPE": "C"}, "utf-8", False),
        ({"LANG": "C", "LC_ALL": "C.UTF-8"}, "utf-8", True),
        ({"LANG": "POSIX"}, "utf-8", False),
        ({"LANG": "C", "LC_CTYPE": "C.UTF-8"}, "utf-8", False),
        ({"LANG": "en_GB.UTF-8", "TERM": "linux"}, "utf-8", False),
        ({"LANG": "de_DE.ISO-8859-1"}, "iso8859-1", False),
        ({"LANG": "en_GB.UTF-8"}, "ascii", False),
        ({"TERM": "linux", "LANG": "C", "RWM_TUI_SERVED": "1", "TEXTUAL_DRIVER": "web"}, "utf-8", True),
    ],
)
def test_characters_by_locale_and_terminal(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], encoding: str, speaks: bool
) -> None:
    for name in ("LC_ALL", "LC_CTYPE", "LANG", "TERM", "RWM_TUI_SERVED", "TEXTUAL_DRIVER"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding))
    assert speaks_unicode() is speaks
