"""Consoles with their diagnosis, in `excerpts/*.yaml`: one file for each group of classes, and `nothing-wrong.yaml`.

Each entry has `class` (null where nothing went wrong), `fatal`, `status` (null where it is not known) and `text`. In a
text, a line may end with `@blocks FIRST LAST TOTAL`: those iteration blocks of a healthy run, each line behind the same
prefix; and `@start` stands for what Isaac Lab prints before the task is looked up.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import yaml

FOLDER = Path(__file__).with_name("excerpts")
BLOCK = (
    "#" * 80 + "\n                        Learning iteration {it}/{total}                        \n\n"
    "                       Computation: 7290 steps/s (collection: 0.183s, learning 1.921s)\n"
    "             Mean action noise std: 1.00\n          Mean value_function loss: 0.0075\n"
    "--------------------------------------------------------------------------------\n"
    "                   Total timesteps: 1536\n                    Iteration time: 2.10s\n"
    "                      Time elapsed: 00:00:02\n                               ETA: 00:00:02\n\n"
)
START = """\
[INFO] Using python from: /home/user/miniforge3/envs/env_isaaclab/bin/python
[INFO][AppLauncher]: Using device: cuda:0
[INFO][AppLauncher]: Loading experience file: /home/user/IsaacLab/apps/isaaclab.python.headless.kit
[Warning] [simulation_app.simulation_app] Modules: ['omni.kit_app'] were loaded before SimulationApp was started and might not be loaded correctly.
[Warning] [simulation_app.simulation_app] Please check to make sure no extra omniverse or pxr modules are imported before the call to SimulationApp(...)
Loading user config located at: '/home/user/miniforge3/envs/env_isaaclab/lib/python3.11/site-packages/isaacsim/kit/data/Kit/Isaac-Sim/5.0/user.config.json'
[Info] [carb] Logging to file: /home/user/.nvidia-omniverse/logs/Kit/Isaac-Sim/5.0/kit_20260425_100703.log
2026-04-25T10:07:04Z [0ms] [Warning] [omni.kit.app.plugin] No crash reporter present, dumps uploading isn't available.
2026-04-25T10:07:05Z [812ms] [Warning] [gpu.foundation.plugin] IOMMU is enabled.
2026-04-25T10:07:06Z [1,903ms] [Warning] [omni.log] Source: omni.hydra was already registered.
2026-04-25T10:07:09Z [4,410ms] [Warning] [rtx.scenedb.plugin] SceneDbContext : TLAS limit : valid false, within: false
"""  # noqa: E501 - as it is printed
_BLOCKS = re.compile(r"(?P<prefix>.*)@blocks (?P<first>\d+) (?P<last>\d+) (?P<total>\d+)")


class Labelled(NamedTuple):
    """Text of a console, its class (None: nothing went wrong), whether fatal, and the exit status if it is known."""

    name: str | None
    fatal: bool
    text: str
    status: int | None


def labelled_consoles() -> list[Labelled]:
    return [
        Labelled(entry["class"], entry["fatal"], "\n".join(_expanded(entry["text"])), entry["status"])
        for file in sorted(FOLDER.glob("*.yaml"))
        for entry in yaml.load(file.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - a safe loader
    ]


def blocks(first: int, last: int, total: int) -> str:
    return "".join(BLOCK.format(it=it, total=total) for it in range(first, last + 1))


def _expanded(text: str) -> Iterator[str]:
    for line in text.split("\n"):
        if found := _BLOCKS.fullmatch(line):
            lines = blocks(int(found["first"]), int(found["last"]), int(found["total"])).split("\n")[:-1]
            yield from (found["prefix"] + printed for printed in lines)
        elif line == "@start":
            yield from START.split("\n")[:-1]
        else:
            yield line
