"""`fit` by real launches of a stand-in Isaac Lab on a stand-in GPU: interrupted, taken up again, found."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.standin.gpus import FOLDER, gpu, install
from tests.standin.project import StandinProject, build
from tests.standin.train import LARGEST_BATCH

WORDS = ("fit", "default", "--no-preflight", "--json")  # the stand-in is no whole installation


@pytest.fixture
def project(tmp_path: Path, shared_fixtures: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StandinProject]:
    found = build(tmp_path, shared_fixtures)
    found.script("too-large", pace_s=0.02)
    found.settings(kind="conda")
    install(tmp_path, monkeypatch).set(gpu(used=500.0, total=12288.0))
    monkeypatch.setenv("HOME", str(found.home))
    monkeypatch.setenv("PYTHONPATH", f"{FOLDER}:{ROOT}")
    yield found
    for checkpoint in tmp_path.rglob("model_*.pt"):  # 18 MB each
        checkpoint.unlink()


def start(project: StandinProject) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "rwm_tui", *WORDS], cwd=project.root, text=True, stdout=-1, stderr=-1, env=os.environ
    )


def test_the_largest_that_fits_is_found_and_an_interrupted_search_goes_on(project: StandinProject) -> None:
    first = start(project)
    assert first.stderr is not None
    lines: list[str] = []
    for line in first.stderr:
        lines.append(line)
        if line.startswith("try 2"):
            break
    first.send_signal(signal.SIGINT)
    _, rest = first.communicate(timeout=30)
    assert first.returncode != 0, rest
    [state] = (project.root / "logs" / "fits").glob("*.json")
    kept = json.loads(state.read_text())["tries"]
    assert len(kept) == 1, lines

    out, err = start(project).communicate(timeout=120)
    found: dict[str, Any] = json.loads(out)
    assert found["tries"][: len(kept)] == kept, err
    assert found["largest_fitting"] <= LARGEST_BATCH < found["smallest_failing"]
    assert found["smallest_failing"] <= 1.06 * found["largest_fitting"]
    batches = found["settings"]["algorithm.system_dynamics_num_mini_batches"]
    assert batches * found["largest_fitting"] >= 100_000  # the samples of an iteration are kept
