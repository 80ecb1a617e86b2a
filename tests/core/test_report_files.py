from pathlib import Path

import pytest

from rwm_tui.core.errors import InputError
from rwm_tui.core.report_files import write_report


def test_a_report_stays_below_its_folder_whatever_the_runs_are_called(tmp_path: Path) -> None:
    markdown, document = write_report(tmp_path / "reports", ("../..", "a b$(x)\n" + "y" * 200), "text\udce9", "{}\n")
    assert markdown.parent == document.parent == tmp_path / "reports"
    assert markdown.name.startswith(".._..--a_b__x__")
    assert len(markdown.name) < 200
    assert markdown.read_text() == "text\\udce9"
    assert document.read_text() == "{}\n"


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="file"):
        write_report(tmp_path / "file", ("a",), "", "")
