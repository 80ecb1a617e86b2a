"""Many run directories for measuring: 1,468-line env.yaml, 187-line agent.yaml, 6,000 scalars, two checkpoints each.

    python scripts/generate_runs.py LOGS [--runs 2000] [--launches 200] [--checkpoint-kib 16]

Sizes, names and shapes are those of pretraining runs; the numbers are random. Every tenth run belongs to a launch.
"""

import argparse
import datetime
import math
import random
import struct
import zipfile
from pathlib import Path

import msgspec
import yaml

from rwm_tui.core.agent_config import reference_agent_config
from rwm_tui.core.launch.events import JournalEntry, RunDirectoryBound, TrainerStarted, encode_line
from rwm_tui.core.launch.outcome import Outcome, OutcomeRecord, write_outcome
from rwm_tui.core.launch.paths import open_launch
from rwm_tui.core.launch.process import ProcessIdentity
from rwm_tui.core.plan.environment import plan_launch
from rwm_tui.core.ports import DeviceMemory, MemorySample
from rwm_tui.core.profile import load_profile_named
from rwm_tui.core.settings import Project
from rwm_tui.core.shipped import shipped

ENV_LINES, AGENT_LINES = 1468, 187
TAGS, STEPS = 60, 100
FIRST_RUN = datetime.datetime(2026, 1, 1)
SIZES = (64, 256, 1024, 4096)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("logs", type=Path)
    parser.add_argument("--runs", type=int, default=2000)
    parser.add_argument("--launches", type=int, default=200)
    parser.add_argument("--checkpoint-kib", type=int, default=16)
    options = parser.parse_args()
    events = event_file_content()
    folder = options.logs / "rsl_rl" / "anymal_d_flat"
    every = max(options.runs // max(options.launches, 1), 1)
    for number in range(options.runs):
        stamp = FIRST_RUN + datetime.timedelta(minutes=61 * number)
        run = folder / f"{stamp:%Y-%m-%d_%H-%M-%S}_pretrain"
        write_run(run, SIZES[number % len(SIZES)], events, options.checkpoint_kib)
        if number % every == 0 and number // every < options.launches:
            write_launch(options.logs, run, stamp.timestamp(), number)


def write_run(run: Path, num_envs: int, events: bytes, checkpoint_kib: int) -> None:
    (run / "params").mkdir(parents=True)
    (run / "git").mkdir()
    (run / "params" / "env.yaml").write_text(env_yaml(num_envs))
    (run / "params" / "agent.yaml").write_text(agent_yaml())
    (run / "git" / "rsl_rl_rwm.diff").write_text("--- git status ---\nworking tree clean\n\n\n--- git diff ---\n")
    (run / f"events.out.tfevents.{1767225600 + num_envs}.host.4711.0").write_bytes(events)
    for number in (0, 1):
        with zipfile.ZipFile(run / f"model_{number}.pt", "w") as archive:
            archive.writestr(f"model_{number}/data/0", random.randbytes(checkpoint_kib * 1024))


def write_launch(logs: Path, run: Path, began: float, number: int) -> None:
    project = Project(root=logs.parent, profiles=shipped("profiles"), logs=logs, found=True)
    plan = plan_launch(load_profile_named(project.profiles, "embedded-reduced"), project)
    paths = open_launch(plan, logs, began)
    trainer = ProcessIdentity(pid=2**22 + number, start_ticks=1, boot_id="generated")
    events = (TrainerStarted(trainer), RunDirectoryBound(str(run), "console"))
    paths.events.write_bytes(b"".join(encode_line(JournalEntry(began, event)) for event in events))
    samples = (
        MemorySample(began + second, DeviceMemory("GPU", "GPU-0", 900.0 + number % 5000 + second, 8188.0), 1400.0)
        for second in range(60)
    )
    paths.samples.write_bytes(b"".join(map(encode_line, samples)))
    outcome = Outcome.COMPLETED if number % 3 else Outcome.OUT_OF_MEMORY
    record = OutcomeRecord(
        outcome=outcome, reason="generated", exit_status=0, signal=None, ended_at=began + 60, run_directory=str(run)
    )
    write_outcome(paths.outcome, record)
    paths.reserve.unlink()


def agent_yaml() -> str:
    text = yaml.safe_dump(msgspec.to_builtins(reference_agent_config()), sort_keys=False)
    lines = text.splitlines()
    return "\n".join(lines[:AGENT_LINES]) + "\n"


def env_yaml(num_envs: int) -> str:
    lines = ["viewer:", "  eye: !!python/tuple", "  - 7.5", "sim:", "  dt: 0.005", "  render_interval: 4", "seed: 42"]
    lines += ["decimation: 4", "scene:", f"  num_envs: {num_envs}", "  env_spacing: 2.5", "observations:"]
    term = 0
    while len(lines) < ENV_LINES - 6:
        lines += [f"  term_{term}:", "    func: isaaclab.envs.mdp.observations:joint_pos_rel", "    params:"]
        lines += [
            "      joint_ids: !!python/object/apply:builtins.slice",
            "      - null",
            "      - null",
            "      - null",
        ]
        term += 1
    lines += [f"note_{number}: null" for number in range(ENV_LINES - len(lines))]
    return "\n".join(lines) + "\n"


def event_file_content() -> bytes:
    """TFRecord frames with 6,000 scalars: 60 tags, 100 steps each."""
    tags = [f"System Dynamics/loss_{number}" for number in range(TAGS)]
    events = [event(1767225600.0, 0, field(3, b"brain.Event:2"))]
    for step in range(STEPS):
        for place, tag in enumerate(tags):
            value = field(1, tag.encode()) + b"\x15" + struct.pack("<f", math.exp(-step / 50) * (place + 1))
            events.append(event(1767225600.0 + step, step, field(5, field(1, value))))
    return b"".join(events)


def event(wall_time: float, step: int, rest: bytes) -> bytes:
    payload = b"\x09" + struct.pack("<d", wall_time) + b"\x10" + varint(step) + rest
    length = struct.pack("<Q", len(payload))
    return length + struct.pack("<I", masked_crc(length)) + payload + struct.pack("<I", masked_crc(payload))


def field(number: int, content: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(content)) + content


def varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def masked_crc(data: bytes) -> int:
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    crc ^= 0xFFFFFFFF
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


if __name__ == "__main__":
    main()
