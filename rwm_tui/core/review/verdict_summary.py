"""A verdict in a few numbers, for lists."""

import time
from typing import TYPE_CHECKING, Literal

import msgspec

from rwm_tui.core.review.file_stamps import is_settled, stamp_of_trees
from rwm_tui.core.verdict.reference import EXECUTION_CLAIMS

if TYPE_CHECKING:  # lists are shown without the code that judges
    from rwm_tui.core.verdict.checklist import Checklist

Weakest = Literal["validated", "validated-at-reduced-scale", "not-verified", "contradicted"]
_FROM_WEAK_TO_STRONG: tuple[Weakest, ...] = ("contradicted", "not-verified", "validated-at-reduced-scale", "validated")


class VerdictSummary(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """How the claims of a run stood when it was judged.

    :param stamp: of every file of the run directory and of the launch record that was judged with it; the verdict
        holds as long as none has changed.
    :param weakest: the worst status among the five claims about execution; contradicted where any claim is.
    :param task: the task that the sources record, where they agree.
    """

    stamp: str
    launch_directory: str | None
    weakest: Weakest
    validated: int
    reduced: int
    open: int
    contradicted: int
    task: str | None


class JudgedFiles(msgspec.Struct, frozen=True, kw_only=True):
    """The state of the files that a verdict rests on. :param is_at_rest: a later change would be noticed."""

    run_directory: str
    launch_directory: str | None
    stamp: str
    is_at_rest: bool


def look_at_files(run_directory: str, launch_directory: str | None) -> JudgedFiles:
    """The state of the files as they are now; take it before they are read."""
    now_ns = time.time_ns()
    paths = (run_directory,) if launch_directory is None else (run_directory, launch_directory)
    stamp, newest_ns = stamp_of_trees(paths)
    return JudgedFiles(
        run_directory=run_directory,
        launch_directory=launch_directory,
        stamp=stamp,
        is_at_rest=is_settled((0, newest_ns, 0), now_ns),
    )


def summarize_verdict(checklist: "Checklist", files: JudgedFiles) -> VerdictSummary:
    """:param files: as they were before they were read for the checklist."""
    statuses: list[Weakest] = [item.status.value for item in checklist.items]
    execution: list[Weakest] = [item.status.value for item in checklist.items if item.id in EXECUTION_CLAIMS]
    return VerdictSummary(
        stamp=files.stamp,
        launch_directory=files.launch_directory,
        weakest="contradicted" if "contradicted" in statuses else _weakest(execution),
        validated=statuses.count("validated"),
        reduced=statuses.count("validated-at-reduced-scale"),
        open=statuses.count("not-verified"),
        contradicted=statuses.count("contradicted"),
        task=checklist.task,
    )


def _weakest(statuses: list[Weakest]) -> Weakest:
    return next((status for status in _FROM_WEAK_TO_STRONG if status in statuses), "not-verified")
