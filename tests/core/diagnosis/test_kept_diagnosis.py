"""A diagnosis is made once and kept, as long as no file has changed."""

import os
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from rwm_tui.core.diagnosis import kept_diagnosis
from rwm_tui.core.diagnosis.action import Action, BufferSize
from rwm_tui.core.diagnosis.console_reading import QuotedLine
from rwm_tui.core.diagnosis.document import diagnosis_text
from rwm_tui.core.diagnosis.judgement import Diagnosis, HarmlessCount, Other
from rwm_tui.core.diagnosis.kept_diagnosis import kept_or_made

WHOLE = Diagnosis(
    name="physx-gpu-buffer-overflow",
    title="a title",
    fatal=False,
    cause="a cause",
    actions=(Action("do it", "raise-buffer", BufferSize("sim.physx.gpu_heap_capacity", 64)), Action("or that")),
    knobs=("k",),
    evidence=(QuotedLine(3, "line"), QuotedLine(0, "file", "model_1.pt", "key › name")),
    harmless=(HarmlessCount("harmless-x", 4312, 1),),
    other=(Other("killed", QuotedLine(9, "Killed"), 1),),
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A launch that is at rest: its files are older than a file system's tick."""
    launch = tmp_path / "logs" / "launches" / "one"
    launch.mkdir(parents=True)
    (launch / "console.log").write_text("x\n")
    for path in (launch / "console.log", launch):
        os.utime(path, (1_780_000_000, 1_780_000_000))
    return launch


@pytest.mark.parametrize("diagnosis", [WHOLE, None])
def test_it_is_made_once(tmp_path: Path, folder: Path, diagnosis: Diagnosis | None) -> None:
    made = []

    def make() -> Diagnosis | None:
        made.append(1)
        return diagnosis

    assert [kept_or_made(tmp_path / "logs", (folder,), make) for _ in range(3)] == [diagnosis] * 3
    assert len(made) == 1
    with (folder / "console.log").open("a") as console:
        console.write("more\n")
    assert kept_or_made(tmp_path / "logs", (folder,), make) == diagnosis
    assert len(made) == 2


def test_another_version_makes_it_anew(tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept_or_made(tmp_path / "logs", (folder,), lambda: None)
    monkeypatch.setattr(kept_diagnosis, "program_stamp", lambda: "another")
    assert kept_or_made(tmp_path / "logs", (folder,), lambda: WHOLE) == WHOLE


@pytest.mark.parametrize("content", [b"", b"\xc1 nothing", b'{"made_from": 1}', b"[" * 100_000])
def test_a_damaged_cache_costs_nothing_but_time(tmp_path: Path, folder: Path, content: bytes) -> None:
    kept_or_made(tmp_path / "logs", (folder,), lambda: None)
    [kept] = (tmp_path / "logs" / ".cache" / "diagnoses").iterdir()
    kept.write_bytes(content)
    assert kept_or_made(tmp_path / "logs", (folder,), lambda: WHOLE) == WHOLE


@pytest.mark.parametrize("sequence", ["\x1b[2J", "\x07", "\x7f", "\x9b2J"])
def test_no_control_sequence_comes_from_a_forged_one(tmp_path: Path, folder: Path, sequence: str) -> None:
    kept_or_made(tmp_path / "logs", (folder,), lambda: WHOLE)
    [path] = (tmp_path / "logs" / ".cache" / "diagnoses").iterdir()
    forged = msgspec.json.decode(path.read_bytes())
    forged["diagnosis"]["cause"] = f"a cause{sequence}"
    path.write_bytes(msgspec.json.encode(forged))
    assert kept_or_made(tmp_path / "logs", (folder,), lambda: WHOLE) == WHOLE


def test_a_folder_that_cannot_be_written_is_no_failure(tmp_path: Path, folder: Path) -> None:
    (tmp_path / "logs" / ".cache").write_text("a file where the folder would be")
    assert kept_or_made(tmp_path / "logs", (folder,), lambda: WHOLE) == WHOLE


@pytest.mark.parametrize(("count", "words"), [(1, "1 harmless line passed over"), (2, "2 harmless lines passed over")])
def test_harmless_lines_are_counted_in_words(count: int, words: str) -> None:
    told = replace(WHOLE, harmless=(HarmlessCount("harmless-x", count, 1),))
    assert words in diagnosis_text(told, 100)
