"""A launch followed to its end, line by line."""

import sys
from pathlib import Path

from rwm_tui import judging_wiring, wiring
from rwm_tui.commands.show import exit_code, goes_on
from rwm_tui.commands.terminal import in_plain_words, speaks_unicode, width
from rwm_tui.core.diagnosis.diagnose import diagnose_launch
from rwm_tui.core.diagnosis.diagnosed_run import where_it_ended
from rwm_tui.core.diagnosis.document import diagnosis_document, diagnosis_text
from rwm_tui.core.diagnosis.early_warning import early_warnings
from rwm_tui.core.diagnosis.live_console import LiveConsole
from rwm_tui.core.launch import documents
from rwm_tui.core.launch.follow import Follower
from rwm_tui.core.launch.progress import ProgressLines
from rwm_tui.core.launch.record import RunState
from rwm_tui.core.launch.stage_times import read_stage_times
from rwm_tui.core.run_dir.layout import is_run_directory
from rwm_tui.core.settings import Project
from rwm_tui.core.verdict.checklist import Checklist, render_text

HEADLESS_POLL_S = 0.5
LOOKS_A_POLL = 8


def follow_headless(project: Project, directory: Path, *, json: bool) -> int:
    """Progress lines while the launch is live, then the checklist; the launch goes on if we are ended."""
    stream = sys.stderr if json else sys.stdout
    follower = Follower(directory)
    progress = ProgressLines(read_stage_times(project.launches, directory))
    warnings = _EarlyWarnings(follower.paths.console)
    clock = wiring.real_clock()
    try:
        while True:
            state = follower.read_all()
            for line in progress.new_lines(state):
                print(line, file=stream, flush=True)
            if state.is_over:
                break
            for line in warnings.new_lines(state):
                print(in_plain_words(line), file=stream, flush=True)
            clock.sleep(HEADLESS_POLL_S)
    except (KeyboardInterrupt, BrokenPipeError):
        print(goes_on(directory), file=sys.stderr)
        raise
    checklist = _checklist_of(project, state, directory)
    diagnosis = diagnose_launch(state, directory)
    if json:
        document = documents.run_document(state, directory, checklist)
        print(documents.to_json(document | {"diagnosis": diagnosis_document(diagnosis) if diagnosis else None}))
    else:
        if diagnosis:
            print(in_plain_words(diagnosis_text(diagnosis, width(), where_it_ended(state))))
        print(_closing_text(directory, checklist))
    return exit_code(state)


class _EarlyWarnings:
    """What a live launch's console warns of, each thing once."""

    def __init__(self, console: Path) -> None:
        self._console = LiveConsole(console)
        self._told = set[str]()

    def new_lines(self, state: RunState) -> list[str]:
        for _ in range(LOOKS_A_POLL):
            self._console.advance()
            if not self._console.is_behind:
                break
        found = [warning for warning in early_warnings(self._console.reading, state) if warning.about not in self._told]
        self._told.update(warning.about for warning in found)
        return [f"          {warning.with_line}" for warning in found]


def _checklist_of(project: Project, state: RunState, directory: Path) -> Checklist | None:
    if state.run_directory is None or not is_run_directory(Path(state.run_directory)):
        return None  # a trainer that failed early may leave a folder with nothing in it
    return judging_wiring.check_run(project, Path(state.run_directory), directory)


def _closing_text(directory: Path, checklist: Checklist | None) -> str:
    if checklist is None:
        return f"No run directory was left, so there is nothing to judge. Console: {directory / 'console.log'}"
    return render_text(checklist, width(), ascii=not speaks_unicode())
