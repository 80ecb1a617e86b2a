"""What Hydra kept of a run's start: `outputs/<date>/<time>/.hydra/` in the folder that the trainer was started in.

Isaac Lab up to 2.3 starts train.py through Hydra, which writes the overrides word by word, the configuration composed
of them, and its own settings, a moment before the run directory gets its name. Isaac Lab 3 writes none of it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from time import localtime, strftime

from rwm_tui.core.run_dir.layout import MAX_ENTRIES, stamped_time
from rwm_tui.core.run_dir.params import load_params, load_texts
from rwm_tui.core.run_dir.regular_file import link_out_of
from rwm_tui.core.run_dir.unreadable import Absent, Unreadable

OUTPUTS = "outputs"
OVERRIDES, CONFIG, HYDRA = "overrides.yaml", "config.yaml", "hydra.yaml"
LONGEST_BEFORE_S = 30.0  # between the two names; another start of Isaac Sim takes longer

_TIME = re.compile(r"\d\d-\d\d-\d\d", re.ASCII)
_NOT_THERE = Absent("Hydra's outputs are not where the run would have left them")


@dataclass(frozen=True, slots=True)
class HydraOutputs:
    """The three files, as far as they can be read.

    Attributes:
        root: the folder that the trainer was started in; `folder` lies below it.
        overrides: what was asked for, word by word.
        config: composed of them, before the trainer's own flags (`--num_envs`, …) replaced something in it.
    """

    root: Path
    folder: Path
    overrides: tuple[str, ...] | Absent | Unreadable
    config: Mapping[str, object] | Absent | Unreadable
    hydra: Mapping[str, object] | Absent | Unreadable

    def source(self, name: str) -> str:
        """A file of it as evidence names it, with `/`."""
        return (self.folder / name).relative_to(self.root).as_posix()


def read_hydra_outputs(run_dir: Path) -> HydraOutputs | Absent:
    """The outputs of the one start that came right before the run directory; nothing where it might be another's."""
    run = Path(os.path.realpath(run_dir))
    if len(run.parents) < 4 or (run.parents[2].name, run.parents[1].name) != ("logs", "rsl_rl"):
        return _NOT_THERE
    root, began = run.parents[3], stamped_time(run.name)
    if began is None:
        return _NOT_THERE
    near = [folder for start, folder in _starts(root, began) if 0 <= began - start <= LONGEST_BEFORE_S]
    if len(near) != 1:
        return Absent(f"{len(near)} of Hydra's outputs may be this run's") if near else _NOT_THERE
    folder = near[0] / ".hydra"
    if link_out_of(root / OUTPUTS, folder) or not folder.is_dir():
        return _NOT_THERE
    return HydraOutputs(
        root,
        folder,
        overrides=link_out_of(folder, folder / OVERRIDES) or load_texts(folder / OVERRIDES),
        config=link_out_of(folder, folder / CONFIG) or load_params(folder / CONFIG),
        hydra=link_out_of(folder, folder / HYDRA) or load_params(folder / HYDRA),
    )


def _starts(root: Path, began: float) -> Iterator[tuple[float, Path]]:
    """When each start was, and its folder, for the run's day; for a run right after midnight the day before's too."""
    for day in sorted({strftime("%Y-%m-%d", localtime(moment)) for moment in (began - LONGEST_BEFORE_S, began)}):
        try:
            with os.scandir(root / OUTPUTS / day) as entries:
                names = [entry.name for _, entry in zip(range(MAX_ENTRIES), entries, strict=False)]
        except OSError:
            continue
        for name in names:
            if _TIME.fullmatch(name) and (start := stamped_time(f"{day}_{name}")) is not None:
                yield start, root / OUTPUTS / day / name
