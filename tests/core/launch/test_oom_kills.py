"""The kernel's counters: where they stand, and what they prove together with how the trainer ended."""

from pathlib import Path

import pytest

from rwm_tui.core.launch.oom_kills import OomKills, read_oom_kills, struck_between
from rwm_tui.core.launch.outcome import Outcome, judge_outcome
from rwm_tui.core.ports import NotAvailable
from tests.core.launch.test_outcome import FINAL, ending

EVENTS = "low 0\nhigh 0\nmax 31\noom 4\noom_kill {}\noom_group_kill 0\n"
CONTROL = "oom_kill_disable 0\nunder_oom 0\noom_kill {}\n"


@pytest.mark.parametrize(
    ("own", "counter", "text"),
    [
        ("0::/user.slice/lab", "user.slice/lab/memory.events", EVENTS),
        ("0::/", "memory.events", EVENTS),
        ("0::/docker/4f1c", "memory.events", EVENTS),  # a container shows its own group as the root
        ("9:name=systemd:/\n4:memory:/lab\n0::/", "memory/lab/memory.oom_control", CONTROL),
        ("4:cpu,memory:/docker/4f1c", "memory/memory.oom_control", CONTROL),
    ],
)
def test_the_counter_is_found_in_either_version(tmp_path: Path, own: str, counter: str, text: str) -> None:
    groups, mount = tmp_path / "cgroup", tmp_path / "mount"
    groups.write_text(f"{own}\n")
    (mount / counter).parent.mkdir(parents=True)
    (mount / counter).write_text(text.format(3))
    before = read_oom_kills(groups, mount)
    assert before == OomKills(3, mount / counter)
    assert struck_between(before, read_oom_kills(groups, mount)) is None
    (mount / counter).write_text(text.format(5))
    assert struck_between(before, read_oom_kills(groups, mount)) == f"oom_kill 3 -> 5 in {mount / counter}"


def test_without_a_counter_nothing_is_proven(tmp_path: Path) -> None:
    (tmp_path / "cgroup").write_text("0::/lab\n")
    absent = read_oom_kills(tmp_path / "cgroup", tmp_path / "mount")
    assert isinstance(absent, NotAvailable)
    assert isinstance(read_oom_kills(tmp_path / "none", tmp_path), NotAvailable)
    assert struck_between(absent, OomKills(1, tmp_path)) is None


PROOF = "oom_kill 0 -> 1 in /sys/fs/cgroup/memory.events"
KILLED = {"exit_status": None, "signal": "SIGKILL", "host_memory_kill": PROOF}


def test_a_kill_that_the_counter_proves_is_the_hosts_memory() -> None:
    outcome, reason = judge_outcome(ending(**KILLED))
    assert outcome is Outcome.OUT_OF_MEMORY
    assert reason.startswith(f"the host ran out of memory ({PROOF}); ended by SIGKILL")


def test_the_counter_alone_proves_nothing_of_this_trainer() -> None:
    assert judge_outcome(ending(exit_status=1, host_memory_kill=PROOF))[0] is Outcome.FAILED
    assert judge_outcome(ending(**KILLED, stopped_by="user"))[0] is Outcome.STOPPED
    assert judge_outcome(ending(**KILLED, **FINAL))[0] is Outcome.COMPLETED
    assert judge_outcome(ending(exit_status=None, signal="SIGKILL"))[0] is Outcome.KILLED
    gpu = ending(exit_status=1, host_memory_kill=PROOF, out_of_memory_line=7)
    assert "torch ran out of memory (console line 7)" in judge_outcome(gpu)[1]
