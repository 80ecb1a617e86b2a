"""Curves as text, and the picture."""

import struct
import zlib
from pathlib import Path

import msgspec

from rwm_tui.core.evaluation.files import errors_table, evaluation_name, write_evaluation
from rwm_tui.core.evaluation.line_plot import Curve, plot_lines
from rwm_tui.core.evaluation.measurement import Evaluation, digest_of
from rwm_tui.core.evaluation.report import report_lines
from tests.core.evaluation.measurements import measurement, open_loop

CURVES = (Curve("up", (0.0, 1.0, 2.0, 3.0)), Curve("flat", (1.5, 1.5, 1.5, 1.5)), Curve("away", (3.0, 300.0), False))


def test_curves_in_ascii() -> None:
    lines = plot_lines(CURVES, width=50, height=6, ascii_only=True)
    assert len(lines) == 7
    assert all(line.isascii() and len(line) <= 50 for line in lines)
    assert lines[0].endswith("up") or lines[0].endswith("away")
    middle = next(line for line in lines if line.endswith("flat"))
    assert middle.count("f") > 30
    assert lines[-1].split() == ["0.00", "1", "4"]
    rising = [line.index("u") for line in lines[:-1] if "u" in line.partition("|")[2]]
    assert rising == sorted(rising, reverse=True)


def test_curves_in_braille() -> None:
    lines = plot_lines(CURVES, width=50, height=6)
    dots = {character for line in lines for character in line if 0x2800 <= ord(character) <= 0x28FF}
    assert len(dots) > 3
    assert max(map(len, lines)) <= 50


def run(tmp_path: Path) -> Path:
    (tmp_path / "params").mkdir()
    (tmp_path / "params" / "agent.yaml").write_text("seed: 42\n")
    (tmp_path / "model_1.pt").write_bytes(b"weights")
    return tmp_path


def test_what_is_written_reads_back(tmp_path: Path) -> None:
    measured = measurement(run(tmp_path), open_loop(0.5))
    path, _ = write_evaluation(tmp_path, measured, "2026-01-01T00:00:00+00:00")
    assert path == tmp_path / "evaluation" / "model_1_simulator.json"
    read = msgspec.json.decode(path.read_bytes(), type=Evaluation)
    assert read.measurement == measured
    assert read.digest == digest_of(read.measurement)
    assert sorted(file.suffix for file in path.parent.iterdir()) == [".csv", ".json", ".png"]


def test_the_table_has_every_figure(tmp_path: Path) -> None:
    lines = errors_table(measurement(run(tmp_path), open_loop(0.5))).splitlines()
    assert lines[0] == "trajectories,noise,group,step,model,persistence,constant_velocity"
    assert lines[1] == "fresh,0.0,all,1,0.25,0.5,1"
    assert len(lines) == 1 + 6 * 7 * 2  # five conditions and one noise level, seven groups, two steps


def test_the_picture_is_a_whole_png(tmp_path: Path) -> None:
    path, _ = write_evaluation(run(tmp_path), measurement(tmp_path, open_loop(0.5)), "now")
    content = path.with_suffix(".png").read_bytes()
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", content[16:24])
    length = struct.unpack(">I", content[33:37])[0]
    pixels = zlib.decompress(content[41 : 41 + length])
    assert len(pixels) == height * (1 + 3 * width)
    assert zlib.crc32(content[37 : 41 + length]) == struct.unpack(">I", content[41 + length : 45 + length])[0]


def test_datasets_of_one_name_stay_apart(tmp_path: Path) -> None:
    names = set()
    for content in ("1", "2"):
        dataset = tmp_path / content / "../../etc; rm.csv".replace("/", "_")
        dataset.parent.mkdir()
        dataset.write_text(content)
        folder = tmp_path if (tmp_path / "params").is_dir() else run(tmp_path)
        names.add(evaluation_name(measurement(folder, open_loop(0.5), dataset=dataset)))
    assert len(names) == 2
    assert all("/" not in name and " " not in name and name.startswith("model_1_") for name in names)


def test_the_report_says_what_was_measured(tmp_path: Path) -> None:
    text = "\n".join(report_lines(measurement(run(tmp_path), open_loop(0.5)), ascii_only=True))
    assert text.startswith("PREDICTIVE: in every state group at most 0.52")
    assert "not Isaac Lab" in text
    assert text.isascii()
    assert text.index("omega") < text.index("qdot") < text.index("tau")
