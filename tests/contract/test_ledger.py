"""The contract of `ledger` and `verify`: shape of the documents, the same bytes each time, exit codes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rwm_tui.core.settings import Project
from tests.contract.test_cli import document, rwm_tui
from tests.core.review.past import Past

# Of the verdict's own shape, `test_checklist.py` holds the contract.
LEDGER_SHAPE = {
    "schema": "int",
    "run": "str",
    "verdict": "dict",
    "files": [{"path": "str", "bytes": "int", "sha256": "str"}],
    "launch_files": [],
    "hydra_files": [],
}
VERIFY_SHAPE = {"schema": "int", "run_dir": "str", "holds": "bool", "differences": []}
VERDICT_KEYS = ["schema", "run_dir", "launch", "task", "backend", "scale", "summary", "items"]


def shape(value: Any) -> Any:
    """Keys in their order, and the kinds of the values; of a list, that of its first item."""
    if isinstance(value, dict):
        return {key: shape(item) if key != "verdict" else "dict" for key, item in value.items()}
    if isinstance(value, list):
        return [shape(item) for item in value[:1]]
    return type(value).__name__


@pytest.fixture
def project(tmp_path: Path, project_root: Path) -> Project:
    return Project(root=tmp_path, profiles=project_root / "profiles", logs=tmp_path / "logs", found=True)


@pytest.fixture
def run(project: Project) -> Path:
    return Past(project).run("2026-01-01_00-00-00_pretrain")


def test_ledger_and_verify(run: Path, tmp_path: Path) -> None:
    first = rwm_tui(tmp_path, "ledger", str(run), "--json")
    again = rwm_tui(tmp_path, "ledger", str(run), "--json")
    assert (first.returncode, first.stderr) == (0, "")
    assert first.stdout == again.stdout
    ledger = document(first)
    assert shape(ledger) == LEDGER_SHAPE
    assert list(ledger["verdict"]) == VERDICT_KEYS
    assert [file["path"] for file in ledger["files"]] == sorted(
        path.relative_to(run).as_posix() for path in run.rglob("*") if path.is_file()
    )

    kept = tmp_path / "ledger.json"
    kept.write_text(first.stdout)
    holds = rwm_tui(tmp_path, "verify", str(kept), "--json")
    assert holds.returncode == 0
    assert shape(document(holds)) == VERIFY_SHAPE
    assert document(holds)["holds"] is True

    (run / "params" / "agent.yaml").write_text("seed: 7\n")
    differs = rwm_tui(tmp_path, "verify", str(kept), "--json")
    assert differs.returncode == 1
    found = document(differs)
    assert found["holds"] is False
    assert any(line.startswith("params/agent.yaml: sha256") for line in found["differences"])
    assert rwm_tui(tmp_path, "verify", str(kept)).returncode == 1


@pytest.mark.parametrize("form", ["--markdown", "--manifest"])
def test_the_texts_are_the_same_each_time(form: str, run: Path, tmp_path: Path) -> None:
    printed = rwm_tui(tmp_path, "ledger", str(run), form).stdout
    written = rwm_tui(tmp_path, "ledger", str(run), form, "-o", str(tmp_path / "out"))
    assert written.returncode == 0
    assert (tmp_path / "out").read_text() == printed
    assert str(tmp_path) not in printed


@pytest.mark.parametrize("arguments", [("ledger", "/nowhere"), ("verify", "/nowhere.json"), ("verify", "plain.json")])
def test_what_cannot_be_read_is_an_error_document(arguments: tuple[str, ...], run: Path, tmp_path: Path) -> None:
    (tmp_path / "plain.json").write_text(json.dumps({"schema": 1, "run": run.name}))
    done = rwm_tui(tmp_path, *arguments, "--json")
    assert done.returncode == 2
    assert set(document(done)["error"]) == {"title", "message", "hint"}
