from pathlib import Path

import msgspec

from rwm_tui.core.launch.events import JournalEntry, JournalWriter, RunDirectoryBound
from rwm_tui.core.launch.follow import Follower
from rwm_tui.core.launch.paths import LaunchPaths
from rwm_tui.core.ports import MemorySample, NotAvailable
from rwm_tui.trainer.event_file import EventFile
from tests.core.launch.recorded import END, START, recorded_launch


def test_all_of_a_launch_is_read_however_long_it_is(tmp_path: Path) -> None:
    paths = LaunchPaths(recorded_launch(tmp_path))
    samples = [MemorySample(START + second / 1000, NotAvailable("no GPU"), 512.0) for second in range(60_000)]
    paths.samples.write_bytes(b"".join(msgspec.json.encode(sample) + b"\n" for sample in samples))
    run = tmp_path / "run"
    run.mkdir()
    events = EventFile(run)
    events.add_scalars({"System Dynamics/state_loss": 0.25}, step=0)
    events.close()
    JournalWriter(paths.events).write(JournalEntry(END, RunDirectoryBound(str(run), "a test")))
    looked = Follower(paths.directory).read()
    assert (looked.samples[-1].t < samples[-1].t, "state loss" in looked.figures) == (True, False)
    state = Follower(paths.directory).read_all()
    assert state.samples[-1].t == samples[-1].t
    assert state.figures["state loss"].values == (0.25,)
