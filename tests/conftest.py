"""What every test may use: the project's root and the shared fixtures, where they are present."""

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def project_root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def shared_fixtures() -> Path:
    """Real run directories and consoles; read only, tests copy what they change."""
    path = ROOT.parent / "shared" / "fixtures"
    if not path.is_dir():
        pytest.skip(f"no shared fixtures at {path}")
    return path


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-pictures", action="store_true", help="draw tests/snapshots/pictures anew")
