from pathlib import Path

import pytest

from rwm_tui.core.settings import Project
from tests.core.review.past import Past


@pytest.fixture
def past(tmp_path: Path, project_root: Path) -> Past:
    """An empty project."""
    return Past(Project(root=tmp_path, profiles=project_root / "profiles", logs=tmp_path / "logs", found=True))
