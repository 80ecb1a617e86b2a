from pathlib import Path

import pytest


@pytest.fixture
def console(tmp_path: Path) -> Path:
    path = tmp_path / "console.log"
    path.write_text("".join(f"line {number}\n" for number in range(100)))
    return path
