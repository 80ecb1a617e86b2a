"""Nothing that an evaluation runs through may be missing from the digest of the evaluating code."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import rwm_tui
from rwm_tui.core.evaluation.code_digest import evaluating_sources

ROOT = Path(rwm_tui.__file__).parent

_LOADED = """
import json, sys
import rwm_tui.trainer.evaluate.__main__, rwm_tui.trainer.evaluate.measuring, rwm_tui.trainer.evaluate.simulated
print(json.dumps([module.__file__ for name, module in sys.modules.items() if name.partition(".")[0] == "rwm_tui"]))
"""


def test_every_module_that_an_evaluation_loads_is_covered() -> None:
    pytest.importorskip("torch")
    pytest.importorskip("mujoco")
    done = subprocess.run([sys.executable, "-c", _LOADED], capture_output=True, text=True, check=True, timeout=120)
    loaded = {Path(path) for path in json.loads(done.stdout)}
    assert ROOT / "trainer" / "evaluate" / "measuring.py" in loaded
    assert loaded <= set(evaluating_sources())


def test_what_no_evaluation_uses_is_left_out() -> None:
    """Else each change of a screen would put every evaluation out of date."""
    folders = {path.relative_to(ROOT).parts[0] for path in evaluating_sources()}
    assert folders <= {"__init__.py", "lean_imports.py", "core", "trainer"}
    assert ROOT / "core" / "verdict" / "claims.py" not in evaluating_sources()
    assert ROOT / "core" / "yaml_mapping.py" in evaluating_sources()
    assert {path.suffix for path in (ROOT / "trainer").rglob("*") if path.is_file()} <= {".py", ".pyc"}
