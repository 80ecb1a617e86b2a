from pathlib import Path

import pytest

from rwm_tui.core.settings import Project
from tests.screens.world import World


@pytest.fixture
def world(tmp_path: Path, project_root: Path) -> World:
    return World(Project(root=tmp_path, profiles=project_root / "profiles", logs=tmp_path / "logs", found=True))
