"""The diagnosis on labelled excerpts, on real consoles, on variations of every class, and on hostile input."""

import io
import json
import random
import re
import shutil
import struct
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from rwm_tui.core.diagnosis.console_reading import ConsoleReading
from rwm_tui.core.diagnosis.console_scan import scan_console
from rwm_tui.core.diagnosis.diagnose import diagnose_file, diagnose_stream
from rwm_tui.core.diagnosis.document import diagnosis_document, diagnosis_text
from rwm_tui.core.diagnosis.judgement import Diagnosis
from rwm_tui.core.diagnosis.pattern import parse_pattern
from rwm_tui.core.diagnosis.signature import load_signatures
from rwm_tui.core.errors import InputError
from tests.core.diagnosis.labelled import blocks, labelled_consoles

UNSEEN = "silent-nan-dynamics"  # nothing of it stands on a console
ABSENCE = {"stopped-by-signal", "hang-no-progress", "time-limit-reached", "killed", "shutdown-hang"}


def diagnose(text: str, status: int | None = None) -> Diagnosis:
    return diagnose_stream(io.BytesIO(text.encode()), "console", exit_status=status)


def scan(text: str) -> ConsoleReading:
    return scan_console(io.BytesIO(text.encode()))


def wrapped(width: int) -> Callable[[str], str]:
    def wrap(text: str) -> str:
        return "\n".join(
            line[start : start + width] for line in text.split("\n") for start in range(0, max(len(line), 1), width)
        )

    return wrap


NOISE = (
    "2025-08-11T02:47:59Z [23,572ms] [Warning] [omni.datastore] OmniHub is inaccessible",
    "[INFO]: Time taken for scene creation : 3.271125 seconds",
    "",
    "\tEnvironment seed      : 42",
)


def interleaved(text: str) -> str:
    """As when two streams go into one file: noise after every third line."""
    lines = text.split("\n")
    return "\n".join(
        piece
        for number, line in enumerate(lines)
        for piece in ((line, NOISE[number // 3 % len(NOISE)]) if number % 3 == 2 else (line,))
    )


DISGUISES: dict[str, Callable[[str], str]] = {
    "plain": lambda text: text,
    "crlf": lambda text: text.replace("\n", "\r\n"),
    "ansi": lambda text: "\n".join(f"\x1b[1;31m{line}\x1b[0m" for line in text.split("\n")),
    "rank": lambda text: "\n".join(f"[rank1]: {line}" for line in text.split("\n")),
    "interleaved": interleaved,
    "80 columns": wrapped(80),
    "100 columns": wrapped(100),
    "120 columns": wrapped(120),
    "upper Kit version": lambda text: text.replace("2026-03-01T08:12:45Z [12,345ms]", "2024-11-02 09:01:02 [1,002ms]"),
}


@pytest.mark.parametrize("disguise", DISGUISES)
def test_every_class_in_other_words(disguise: str) -> None:
    wrong = []
    for console in labelled_consoles():
        found = diagnose(DISGUISES[disguise](console.text), console.status)
        if (found.name, found.fatal) != (console.name, console.fatal):
            wrong.append((console, found.name, found.fatal))
    assert wrong == []


def test_the_labelled_consoles_cover_every_class_that_a_console_shows() -> None:
    covered = {console.name for console in labelled_consoles()}
    assert {signature.name for signature in load_signatures().failures} - covered == {UNSEEN}


def excerpts(shared_fixtures: Path) -> list[dict[str, object]]:
    return [json.loads(path.read_text()) for path in sorted((shared_fixtures / "failures").glob("*.json"))]


def expected(excerpt: dict[str, object]) -> tuple[str | None, bool]:
    name = str(excerpt["class"])
    return None if name.startswith("harmless-") or name == UNSEEN else name, bool(excerpt["fatal"])


def test_labelled_excerpts(shared_fixtures: Path) -> None:
    wrong = []
    for excerpt in excerpts(shared_fixtures):
        status = excerpt["exit_status"]
        found = diagnose(str(excerpt["text"]), status if isinstance(status, int) else None)
        if (found.name, found.fatal) != expected(excerpt):
            wrong.append((excerpt["id"], found.name, found.fatal))
        if str(excerpt["class"]).startswith("harmless-"):
            assert excerpt["class"] in [seen.name for seen in found.harmless]
    assert wrong == []


def test_excerpts_within_healthy_output(shared_fixtures: Path) -> None:
    """At a random place; classes known by absence or exit status keep theirs at the end."""
    console = (shared_fixtures / "upstream-runs" / "C_fixed_60it" / "console.log").read_text()
    healthy = (console * 11).splitlines()[:20_000]
    chance = random.Random(6)
    for excerpt in excerpts(shared_fixtures):
        status = excerpt["exit_status"]
        place = len(healthy) if excerpt["class"] in ABSENCE else chance.randrange(len(healthy))
        lines = [*healthy[:place], *str(excerpt["text"]).splitlines(), *healthy[place:]]
        found = diagnose("\n".join(lines) + "\n", status if isinstance(status, int) else None)
        assert (found.name, found.fatal) == expected(excerpt), excerpt["id"]
        if found.name and excerpt["class"] not in ABSENCE:
            assert all(place < quoted.line <= place + 200 for quoted in found.evidence)


def test_labelled_consoles_within_healthy_output(shared_fixtures: Path) -> None:
    """One in nine of those with a line that tells by itself, wherever it stands."""
    console = (shared_fixtures / "upstream-runs" / "C_fixed_60it" / "console.log").read_text()
    healthy = (console * 3).splitlines()[:2_500]
    chance = random.Random(9)
    for labelled in labelled_consoles()[::9]:
        if labelled.name in (None, "kit-segfault-startup", *ABSENCE) or not scan(labelled.text).failures:
            continue
        place = chance.randrange(len(healthy))
        lines = [*healthy[:place], *labelled.text.splitlines(), *healthy[place:]]
        found = diagnose("\n".join(lines) + "\n", labelled.status)
        assert (found.name, found.fatal) == (labelled.name, labelled.fatal), labelled


RUNS = {
    "upstream-runs/A_unpatched_reduced": "rwm-imagination-infos",
    "upstream-runs/B_fixed_reduced_ok": None,
    "upstream-runs/C_fixed_60it": None,
    "upstream-runs/D_sigint": "stopped-by-user",
    "upstream-runs/E_sigkill_in_save": "killed",
    "upstream-runs/G2_gpu_oom_fraction_5GiB": "torch-cuda-oom",
    "upstream-runs/G3_gpu_oom_same_process_hog": "torch-cuda-oom",
    "upstream-runs/G6_gpu_reduced_3it": None,
    "upstream-runs/H_4envs_no_finished_episode": None,
    "isaaclab3-runs/A_reduced_64env_1it": None,
    "isaaclab3-runs/C_drift_state33_unadapted": "rwm-normalizer-shape",
    "isaaclab3-runs/E_no_guard": "rwm-imagination-infos",
    "isaaclab3-runs/F_sigint": None,  # its console alone does not show it
    "isaaclab3-runs/I_bad_override": "hydra-unknown-key",
    "isaaclab3-runs/J_pty": None,
    "isaaclab3-runs/L_unknown_task": "gym-task-not-registered",
    "isaaclab3-runs/M_agent_device_cuda": "no-gpu-visible",
    "isaaclab3-runs/S_misspelt_env_scene_key": "hydra-unknown-key",
}


@pytest.mark.parametrize("run", RUNS)
def test_real_consoles(shared_fixtures: Path, run: str) -> None:
    folder = shared_fixtures / run
    found = diagnose_file(folder / "console.log", exit_status=int((folder / "rc").read_text()))
    assert found.name == RUNS[run]
    assert found.fatal == (found.name not in (None, "stopped-by-user", "killed"))
    if RUNS[run] is None:
        assert diagnose_file(folder / "console.log").name is None


def test_an_interrupted_run_that_ended_with_status_0_is_known_by_its_files(shared_fixtures: Path) -> None:
    folder = shared_fixtures / "isaaclab3-runs" / "F_sigint"
    (run,) = (folder / "logs/rsl_rl/anymal_d_flat").iterdir()
    found = diagnose_file(folder / "console.log", exit_status=0, run_dir=run)
    assert (found.name, found.fatal) == ("stopped-by-user", False)
    assert found.evidence[-1].text == "status 0, but no model_200.pt"


def test_the_line_quoted_is_the_line_of_the_file(shared_fixtures: Path) -> None:
    console = shared_fixtures / "upstream-runs" / "A_unpatched_reduced" / "console.log"
    (quoted,) = diagnose_file(console, exit_status=1).evidence
    assert console.read_text().splitlines()[quoted.line - 1] == quoted.text


def test_a_buffer_overflow_names_the_setting_and_the_size() -> None:
    text = "PhysX error: Patch buffer overflow detected, please increase its size to at least {} in the scene desc!\n"
    found = diagnose("".join(text.format(size) for size in (266360, 300000, 265163)))
    assert found.knobs == ("sim.physx.gpu_max_rigid_patch_count",)
    assert "to 524288 " in found.actions[0].sentence


def test_the_frame_chooses_the_knob() -> None:
    error = "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 1.00 GiB."
    frames = 'Traceback (most recent call last):\n  File "/x/rsl_rl/storage/replay_buffer.py", line 30, in insert\n'
    assert "replay_buffer_size" in diagnose(frames + error, 1).actions[0].sentence


def test_no_control_sequence_is_quoted() -> None:
    found = diagnose("\x1b]0;owned\x07\x1b[2JRuntimeError: No CUDA GPUs are available\x9b2J", 1)
    assert found.name == "no-gpu-visible"
    assert all(character.isprintable() or character == "\n" for character in diagnosis_text(found, 80))


def test_nan_in_the_world_model_is_seen_in_the_event_file(shared_fixtures: Path, tmp_path: Path) -> None:
    name = "upstream-runs/B_fixed_reduced_ok"
    (run,) = (shared_fixtures / name / "logs/rsl_rl/anymal_d_flat").iterdir()
    copy = Path(shutil.copytree(run, tmp_path / run.name))
    console = shared_fixtures / name / "console.log"
    assert diagnose_file(console, exit_status=0, run_dir=copy).name is None
    (events,) = copy.glob("events.out.tfevents.*")
    events.write_bytes(events.read_bytes() + scalar_record("System Dynamics/state_loss", float("nan")))
    found = diagnose_file(console, exit_status=0, run_dir=copy)
    assert (found.name, found.fatal) == ("silent-nan-dynamics", False)
    assert "System Dynamics/state_loss is nan" in found.evidence[0].text
    assert diagnosis_document(found)["evidence"][0]["line"] is None


@pytest.mark.parametrize(
    ("tag", "value", "name"),
    [
        ("Loss/value_function", 1e23, "silent-divergence"),
        ("Loss/surrogate", float("inf"), "silent-divergence"),
        ("Policy/mean_noise_std", 31.0, "silent-divergence"),
        ("System Dynamics/contact_loss", float("inf"), "silent-nan-dynamics"),
        ("System Dynamics/autoregressive_error", float("inf"), None),  # so it is in every healthy run
        ("Loss/learning_rate", 1e-5, None),
    ],
)
def test_what_only_the_event_file_shows(
    shared_fixtures: Path, tmp_path: Path, tag: str, value: float, name: str | None
) -> None:
    source = shared_fixtures / "upstream-runs/B_fixed_reduced_ok"
    (run,) = (source / "logs/rsl_rl/anymal_d_flat").iterdir()
    copy = Path(shutil.copytree(run, tmp_path / run.name))
    (events,) = copy.glob("events.out.tfevents.*")
    events.write_bytes(events.read_bytes() + scalar_record(tag, value))
    found = diagnose_file(source / "console.log", exit_status=0, run_dir=copy)
    assert (found.name, found.fatal) == (name, False)
    assert all(tag in quoted.text for quoted in found.evidence)


def scalar_record(tag: str, value: float) -> bytes:
    """One TFRecord frame with an `Event` that holds one scalar."""
    name = tag.encode()
    inner = b"\x0a" + bytes([len(name)]) + name + b"\x15" + struct.pack("<f", value)
    summary = b"\x0a" + bytes([len(inner)]) + inner
    payload = b"\x09" + struct.pack("<d", 1.0) + b"\x10\x01" + b"\x2a" + bytes([len(summary)]) + summary
    length = struct.pack("<Q", len(payload))
    return length + struct.pack("<I", masked_crc(length)) + payload + struct.pack("<I", masked_crc(payload))


def masked_crc(data: bytes) -> int:
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    crc ^= 0xFFFFFFFF
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def test_truncated_anywhere(shared_fixtures: Path) -> None:
    texts = [str(excerpt["text"])[-1500:] for excerpt in excerpts(shared_fixtures)[::8]]
    texts += [labelled.text[-200:] for labelled in labelled_consoles()[::40]]
    for data in map(str.encode, texts):
        for end in range(len(data)):
            found = diagnose_stream(io.BytesIO(data[:end]), "console", exit_status=1)
            json.dumps(diagnosis_document(found), allow_nan=False)


def test_random_bytes_and_endless_lines() -> None:
    chance = random.Random(7)
    for data in (
        chance.randbytes(300_000),
        b"\x1b[" * 200_000,
        b"Error " * 2_000_000,
        b"\r" * 500_000,
        b"\0" * 500_000,
    ):
        found = diagnose_stream(io.BytesIO(data), "console")
        assert all(len(quoted.text) <= 2000 for quoted in found.evidence)
    late = diagnose_stream(io.BytesIO(b"#" * 10_000_000 + b" RuntimeError: No CUDA GPUs are available\n"), "console")
    assert late.name == "no-gpu-visible"


@pytest.mark.parametrize(
    "piece",
    [
        b"Traceback (most recent call last):\n",
        b'Traceback (most recent call last):\n  File "x", line 1\n',
        b"RuntimeError: No CUDA GPUs are available\n",
        b"CUDA out of memory Tried to ",
        b"OmniHub is inaccessible Unable to allocate memory of size\n",
        b"[1,345ms] [Error] [carb] Failed to create change watch for `/x`: errno=28/No space left\n",
        b"Mean value_function loss: " + b"9" * 60 + b"\n",
        b"            ",
        b"[rank1]: [rank1]: ",
        b"KeyError: 'a\n",
        b"\x1b[31m",
    ],
)
def test_four_times_as_much_takes_about_four_times_as_long(piece: bytes) -> None:
    """Of lines and of one endless line alike; a quadratic search would take sixteen times as long."""
    lengths = (150_000, 600_000)
    for end in (b"\n", b""):
        data = [(piece + end) * (length // len(piece)) for length in lengths]
        short, long = (min(seconds(part) for _ in range(2)) for part in data)
        assert long < 9 * short + 0.2


def seconds(data: bytes) -> float:
    began = time.process_time()
    diagnose_stream(io.BytesIO(data), "console")
    return time.process_time() - began


def test_memory_is_bounded() -> None:
    """Distinct long lines, each of which means something, and none of which is kept."""
    chance = random.Random(8)
    letters = b"".join(bytes([97 + chance.randrange(26)]) for _ in range(400_000))
    line = b"RuntimeError: No CUDA GPUs are available "
    data = b"\n".join(line + letters[start : start + 4_000] for start in range(0, 390_000, 97))
    tracemalloc.start()
    try:
        held = tracemalloc.get_traced_memory()[0]
        assert scan_console(io.BytesIO(data)).failures["no-gpu-visible"].count > 4_000
        assert tracemalloc.get_traced_memory()[1] - held < 8_000_000 < len(data)
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("width", [80, 100, 111, 120])
def test_harmless_lines_that_a_terminal_broke_are_harmless_each_time(width: int) -> None:
    failed = "[Error] [carb] Failed to create change watch for `{}`: errno=28/No space left on device\n"
    line = "2026-03-01T08:12:45Z [1,{}ms] " + failed
    text = "".join(line.format(100 + number % 900, f"/home/user/lab/{'x' * (number % 40)}") for number in range(3_000))
    found = diagnose(wrapped(width)(text))
    assert found.name is None
    assert [seen.name for seen in found.harmless] == ["harmless-inotify-limit"]


def test_an_error_is_found_wherever_a_chunk_ends() -> None:
    error = 'Traceback (most recent call last):\n  File "x", line 1\nRuntimeError: No CUDA GPUs are available\n'
    for length in range(524_288 - 150, 524_288 + 20, 7):
        filler = "healthy line of output\n" * (length // 23) + "x" * (length % 23) + "\n"
        found = diagnose(filler + error + blocks(0, 1, 9))
        assert found.name == "no-gpu-visible"
        assert found.evidence[0].line == filler.count("\n") + 3


def test_repeats_are_counted_exactly() -> None:
    line = "2026-03-01T08:12:45Z [{},345ms] [Warning] [omni.datastore] OmniHub is inaccessible\n"
    reading = scan_console(io.BytesIO("".join(line.format(index) for index in range(30_000)).encode()))
    assert reading.harmless["harmless-isaac-startup"].count == 30_000


@pytest.mark.parametrize("text", ["", "…", "a……b", "^$", "123"])
def test_a_pattern_without_text_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="needs text"):
        parse_pattern(text)


def test_every_pattern_finds_its_own_text() -> None:
    signatures = load_signatures()
    for text in [text for signature in signatures.failures for text in (*signature.patterns, *signature.hints)]:
        pattern = parse_pattern(text)
        plain = re.sub("…", " 7 ", text[1:] if text[0] in "<^" else text).removesuffix("$")
        assert pattern.found_in(plain.lower().encode()), text


def test_no_such_console(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no console log"):
        diagnose_file(tmp_path / "nothing.log")
    with pytest.raises(InputError, match="no console log"):
        diagnose_file(tmp_path)
