import re
from pathlib import Path

import pytest

from rwm_tui.core.errors import InputError
from rwm_tui.core.launch.events import JournalWriter
from rwm_tui.core.launch.follow import Follower
from rwm_tui.core.launch.kept_samples import MAX_SAMPLES
from rwm_tui.core.launch.outcome import Outcome
from rwm_tui.core.launch.paths import LaunchPaths
from rwm_tui.core.launch.replay import Recording
from rwm_tui.core.log.log_file import LogFile
from rwm_tui.core.log.view import LogView
from rwm_tui.core.ports import NOT_RECORDED, MemorySample, NotAvailable
from rwm_tui.core.trainer_output.stages import Stage
from tests.core.launch.recorded import END, START, recorded_launch


@pytest.mark.parametrize("with_lengths", [True, False])
def test_a_launch_as_it_stood(tmp_path: Path, with_lengths: bool) -> None:
    recording = Recording(recorded_launch(tmp_path, with_lengths=with_lengths))
    assert recording.span == (START, END)
    middle = recording.state_at(START + 25.0)
    assert not middle.is_over
    assert middle.stage is Stage.TRAINING
    assert [report.iteration for report in middle.iterations] == [0, 1]
    assert middle.samples[-1].t == START + 25.0
    assert recording.console_bytes_at(START - 1.0) == 0
    written = (recording.paths.console).read_bytes()[: recording.console_bytes_at(START + 25.0)]
    assert written.endswith(b"Learning iteration 1/3\n")
    assert bool(recording.missing) is not with_lengths


def test_it_can_be_gone_through_in_any_order(tmp_path: Path) -> None:
    directory = recorded_launch(tmp_path)
    forwards, any_order = Recording(directory), Recording(directory)
    times = [START + second for second in range(0, 60, 7)]
    expected = {t: forwards.state_at(t) for t in times}
    for t in (*reversed(times), *times[::2], *times[1::2]):
        assert any_order.state_at(t) == expected[t]


def test_its_end_is_what_the_record_says(tmp_path: Path) -> None:
    directory = recorded_launch(tmp_path)
    recording = Recording(directory)
    end = recording.state_at(END)
    assert end.outcome is not None
    assert end.outcome.outcome is Outcome.COMPLETED
    assert end.iterations == Follower(directory).read().iterations
    assert recording.console_bytes_at(END) == recording.paths.console.stat().st_size


def test_an_event_beyond_the_consoles_end_is_passed_over(tmp_path: Path) -> None:
    directory = recorded_launch(tmp_path, with_lengths=False)
    whole = Recording(directory)
    journal = LaunchPaths(directory).events
    *before, last = journal.read_bytes().splitlines(keepends=True)
    damaged = re.sub(rb'"offset":\d+', b'"offset":%d' % 2**63, last)
    journal.write_bytes(b"".join((*before[:4], damaged, *before[4:], last)))
    recording = Recording(directory)
    for second in range(60):
        assert recording.console_bytes_at(START + second) == whole.console_bytes_at(START + second)


@pytest.mark.parametrize(("length", "shown"), [(-1, 0), (2**63, None)])
def test_a_damaged_console_length_shows_what_there_is(tmp_path: Path, length: int, shown: int | None) -> None:
    directory = recorded_launch(tmp_path)
    paths = LaunchPaths(directory)
    paths.samples.write_bytes(
        re.sub(rb'"console_bytes":\d+', b'"console_bytes":%d' % length, paths.samples.read_bytes())
    )
    size = paths.console.stat().st_size
    assert Recording(directory).console_bytes_at(START + 25.0) == (size if shown is None else shown)


def test_a_peak_of_one_sample_in_a_long_launch_is_in_its_replay(tmp_path: Path) -> None:
    directory = recorded_launch(tmp_path)
    none, samples = NotAvailable("no GPU"), JournalWriter(LaunchPaths(directory).samples)
    later = (END + second for second in range(2 * MAX_SAMPLES))
    samples.write(*(MemorySample(t, none, 9000.0 if t == END + 12_345 else 512.0, console_bytes=9) for t in later))
    recording = Recording(directory)
    assert recording.state_at(END + 12_344).peak_rss_mib == 571.0
    assert recording.state_at(END + 12_345).peak_rss_mib == 9000.0
    assert [s.trainer_rss_mib for s in recording.final.samples].count(9000.0) == 1


def test_what_is_no_launch_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"plan\.json"):
        Recording(tmp_path)


def test_a_log_ends_where_the_replay_is(tmp_path: Path) -> None:
    path = tmp_path / "console.log"
    path.write_bytes(b"one\ntwo\nthree\n" * 100)
    log = LogFile(path)
    view = LogView(log)
    view.height = 2
    log.limit = 8
    assert [line.raw for line in view.page().lines] == [b"one", b"two"]
    assert log.lines_from(8, 5) == []
    assert log.read(4, 100) == b"two\n"
    log.limit = 6
    assert [line.raw for line in view.page().lines] == [b"one", b"tw"]
    while view.count.advance():
        pass
    assert view.count.lines == 1
    log.limit = None
    assert [line.raw for line in view.page().lines] == [b"two", b"three"]


def test_absence_is_kept(tmp_path: Path) -> None:
    recording = Recording(recorded_launch(tmp_path, with_lengths=False))
    sample = recording.state_at(END).samples[0]
    assert sample.console_bytes == NOT_RECORDED
    assert isinstance(sample.device, NotAvailable)
