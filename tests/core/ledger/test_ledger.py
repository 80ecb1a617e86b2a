from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from rwm_tui import judging_wiring
from rwm_tui.core.errors import InputError
from rwm_tui.core.launch.environment_record import EnvironmentRecord, Host, RecordedCheckout, write_environment
from rwm_tui.core.launch.outcome import Outcome
from rwm_tui.core.launch.paths import LaunchPaths
from rwm_tui.core.ledger.digests import FileDigest
from rwm_tui.core.ledger.ledger import Ledger, ledger_markdown
from rwm_tui.core.ledger.manifest import manifest_text
from rwm_tui.core.ledger.verify import differences, read_ledger, refuse_paths_outside
from rwm_tui.core.ports import DeviceDescription, NotAvailable
from rwm_tui.core.settings import Project
from tests.core.review.past import Past


@pytest.fixture
def past(tmp_path: Path, project_root: Path) -> Past:
    return Past(Project(root=tmp_path, profiles=project_root / "profiles", logs=tmp_path / "logs", found=True))


@pytest.fixture
def run(past: Past) -> Path:
    return past.run("2026-01-01_00-00-00_pretrain", task="T|x")


def ledger_of(past: Past, run: Path) -> Ledger:
    return judging_wiring.judge_for_ledger(past.project, run).ledger


def test_the_same_files_give_the_same_bytes_wherever_they_lie(past: Past, run: Path, tmp_path: Path) -> None:
    texts: list[tuple[bytes, str, str]] = []
    for place in (run, shutil.copytree(run, tmp_path / "elsewhere" / run.name)):
        judged = judging_wiring.judge_for_ledger(past.project, place)
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


EVALUATION = "evaluation/model_1_simulator.json"


def _rewritten(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b" ")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda run, launch: _rewritten(run / EVALUATION), f"{EVALUATION}: sha256"),
        (lambda run, launch: (run / EVALUATION).unlink(), f"{EVALUATION}: gone"),
        (lambda run, launch: (run / "evaluation" / "x.png").touch(), "evaluation/x.png: not in the ledger"),
        (lambda run, launch: _rewritten(launch / "plan.json"), "launch record: plan.json: sha256"),
        (lambda run, launch: _rewritten(launch / "outcome.json"), "launch record: outcome.json: sha256"),
        (lambda run, launch: _rewritten(launch / "console.log"), "launch record: console.log: sha256"),
        (lambda run, launch: shutil.rmtree(launch), "launch record: plan.json: gone"),
    ],
)
def test_evaluations_and_the_launch_record_are_covered(
    past: Past, run: Path, change: Callable[[Path, Path], object], told: str
) -> None:
    launch = past.launch(Outcome.COMPLETED, run)
    (run / "evaluation").mkdir()
    (run / EVALUATION).write_text("{}")
    before = ledger_of(past, run)
    assert list(differences(before, ledger_of(past, run))) == []
    change(run, launch)
    assert any(told in line for line in differences(before, ledger_of(past, run)))


def test_the_manifest_names_gpu_and_driver(past: Past, run: Path) -> None:
    launch = past.launch(Outcome.COMPLETED, run)
    device = DeviceDescription("NVIDIA RTX 6000 Ada", "GPU-1", "570.1", 49140.0, "it is the only one")
    record = EnvironmentRecord(
        environment_kind="conda",
        host=Host("lab", "Linux", 16),
        python="3.11.15",
        packages={"torch": "2.7.0", "mbrl": NotAvailable("it is not installed")},
        device=device,
        checkouts={"rsl_rl_rwm": RecordedCheckout("/x", "a" * 40, True, ("a.py",))},
    )
    write_environment(LaunchPaths(launch), record)
    judged = judging_wiring.judge_for_ledger(past.project, run)
    manifest = manifest_text(judged.ledger, judged.checklist, judged.facts).splitlines()
    for line in (
        "GPU=NVIDIA RTX 6000 Ada",
        "DRIVER=570.1",
        "torch==2.7.0",
        "mbrl==not recorded (it is not installed)",
        f"REPOSITORY=rsl_rl_rwm COMMIT={'a' * 40} DIRTY=yes",
    ):
        assert line in manifest
    assert any(line.endswith("  environment.json") for line in manifest)


def test_a_file_of_a_terabyte_has_no_digest(past: Past, run: Path) -> None:
    with (run / "model_1.pt").open("wb") as file:
        file.truncate(1 << 40)
    found = {file.path: file.sha256 for file in ledger_of(past, run).files}
    assert found["model_1.pt"] is None
    assert found["model_0.pt"] is not None


def test_without_a_launch_the_manifest_says_so(past: Past, run: Path) -> None:
    judged = judging_wiring.judge_for_ledger(past.project, run)
    manifest = manifest_text(judged.ledger, judged.checklist, judged.facts)
    assert "GPU=not recorded (no launch record is bound to this run)" in manifest
    assert "none: nobody here launched this run" in manifest


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
