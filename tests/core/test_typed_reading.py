"""Types that several threads read for the first time at once."""

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from tests.widgets.states import PLAN

ROOT = Path(__file__).resolve().parents[2]

READ_AT_ONCE = """
import sys, threading, time
import msgspec, msgspec._utils
from rwm_tui.core.plan.launch_plan import LaunchPlan
from rwm_tui.core.profile import ScaleProfile
from rwm_tui.core.typed_reading import converted, decode_json, decode_msgpack

in_json = sys.stdin.buffer.read()
plain = msgspec.json.decode(in_json)
in_msgpack = msgspec.msgpack.encode(plain)

evaluate = msgspec._utils._eval_type

def evaluate_slowly(*arguments, **options):
    time.sleep(0.001)
    return evaluate(*arguments, **options)

msgspec._utils._eval_type = evaluate_slowly
readings = dict(
    json=lambda: decode_json(in_json, LaunchPlan),
    msgpack=lambda: decode_msgpack(in_msgpack, LaunchPlan),
    converted=lambda: converted(plain, LaunchPlan),
    inner=lambda: converted(plain["profile"], ScaleProfile),
)
read = []

def begin(after_s, name):
    time.sleep(after_s)
    read.append(readings[name]())

threads = [threading.Thread(target=begin, args=(at * 0.01, name)) for at, name in enumerate(sys.argv[1:])]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(len(read))
"""


@pytest.mark.parametrize(
    "names", ["json json json", "msgpack msgpack msgpack", "converted converted converted", "json inner json"]
)
def test_threads_may_come_to_a_type_at_once(names: str) -> None:
    """msgspec alone dies of it, or says that the plan fits no type."""
    command = [sys.executable, "-c", READ_AT_ONCE, *names.split()]
    done = subprocess.run(command, input=msgspec.json.encode(PLAN), capture_output=True, cwd=ROOT, timeout=60)
    assert done.stderr == b""
    assert (done.returncode, done.stdout) == (0, b"%d\n" % len(names.split()))
