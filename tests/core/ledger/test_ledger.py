from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from rwm_tui import wiring
from rwm_tui.core.errors import InputError
from rwm_tui.core.ledger.digests import FileDigest
from rwm_tui.core.ledger.ledger import Ledger, ledger_markdown
from rwm_tui.core.ledger.manifest import manifest_text
from rwm_tui.core.ledger.verify import differences, read_ledger, refuse_paths_outside
from rwm_tui.core.settings import Project
from tests.core.review.past import Past


@pytest.fixture
def past(tmp_path: Path, project_root: Path) -> Past:
    return Past(Project(root=tmp_path, profiles=project_root / "profiles", logs=tmp_path / "logs", found=True))


@pytest.fixture
def run(past: Past) -> Path:
    return past.run("2026-01-01_00-00-00_pretrain", task="T|x")


def ledger_of(past: Past, run: Path) -> Ledger:
    return wiring.judge_for_ledger(past.project, run).ledger


def test_the_same_files_give_the_same_bytes_wherever_they_lie(past: Past, run: Path, tmp_path: Path) -> None:
    texts: list[tuple[bytes, str, str]] = []
    for place in (run, shutil.copytree(run, tmp_path / "elsewhere" / run.name)):
        judged = wiring.judge_for_ledger(past.project, place)
        markdown = ledger_markdown(judged.ledger, judged.checklist)
        manifest = manifest_text(judged.ledger, judged.checklist, judged.facts)
        texts.append((msgspec.json.encode(judged.ledger), markdown, manifest))
    assert texts[0] == texts[1]
    assert str(tmp_path) not in "".join(map(str, texts[0]))
    assert "| Claim | Status | Evidence | Required to advance |" in texts[0][1]
    assert "T\\|x" in texts[0][1]
    assert "==================== FILES ====================" in texts[0][2]


def test_an_untouched_run_holds(past: Past, run: Path) -> None:
    assert list(differences(ledger_of(past, run), ledger_of(past, run))) == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda run: (run / "model_0.pt").write_bytes(b"other!"), "model_0.pt: sha256"),
        (lambda run: (run / "model_0.pt").unlink(), "model_0.pt: gone"),
        (lambda run: (run / "model_7.pt").touch(), "model_7.pt: not in the ledger"),
    ],
)
def test_each_change_is_named(past: Past, run: Path, change: Callable[[Path], object], told: str) -> None:
    before = ledger_of(past, run)
    change(run)
    assert any(told in line for line in differences(before, ledger_of(past, run)))


def test_a_status_that_was_written_in_by_hand_is_named(past: Past, run: Path) -> None:
    found = ledger_of(past, run)
    forged = json.loads(msgspec.json.encode(found))
    forged["verdict"]["items"][0]["status"] = "validated"
    [line] = differences(msgspec.convert(forged, Ledger), found)
    assert line.startswith(f"claim {forged['verdict']['items'][0]['id']}: recorded validated, judged")


@pytest.mark.parametrize("path", ["../secret", "/etc/passwd", "params/../../x", "", "link/file", "a\0b"])
def test_a_ledger_that_leads_out_is_refused(past: Past, run: Path, path: str, tmp_path: Path) -> None:
    (run / "link").symlink_to(tmp_path)
    ledger = msgspec.structs.replace(ledger_of(past, run), files=(FileDigest(path, 1, "0" * 64),))
    with pytest.raises(InputError, match="outside the run directory"):
        refuse_paths_outside(ledger, run)


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b'{"schema": 2}', b"[" * 100_000, b"\xff\xfe"])
def test_what_is_no_ledger_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "ledger.json").write_bytes(content)
    with pytest.raises(InputError):
        read_ledger(tmp_path / "ledger.json")


def test_a_pipe_in_place_of_a_file_is_neither_waited_for_nor_trusted(past: Past, run: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "ledger.json")
    with pytest.raises(InputError, match="not a regular file"):
        read_ledger(tmp_path / "ledger.json")
    before = ledger_of(past, run)
    (run / "model_0.pt").unlink()
    os.mkfifo(run / "model_0.pt")
    assert any("model_0.pt" in line for line in differences(before, ledger_of(past, run)))
    piped = ledger_of(past, run)
    assert any("nothing is known of it" in line for line in differences(piped, piped))
