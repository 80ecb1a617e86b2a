"""The memory flow in the app on a real GPU: ``PYTHONPATH=. python scripts/gpu_app_flow.py OUT``, two minutes.

A user's keys at a pseudo-terminal: the bar of a rung against the GPU, a true out-of-memory of the reference scale under
a cap, its cause, one key, the proposals, the smaller run that completes, and what the history says of it. Each screen
is written to OUT/screens.txt. Exit status 1 where a screen did not come.
"""

import argparse
import os
import shutil
import sys
from pathlib import Path

from scripts.bench.pty_program import NotSeen, PtyProgram

REPOSITORY = Path(__file__).resolve().parents[1]
CAPPED = "capped"
CAP_MIB = 5045
UP, DOWN, ENTER = b"\x1b[A", b"\x1b[B", b"\r"


class AppFlow:
    def __init__(self, out: Path, size: tuple[int, int]) -> None:
        self.project = out / f"project-{size[0]}"
        self.screens = out / "screens.txt"
        self.size = size
        self.failures = 0
        (self.project / "profiles").mkdir(parents=True)
        profile = (REPOSITORY / "profiles" / "embedded-default.yaml").read_text()
        shutil.copy(REPOSITORY / "profiles" / "embedded-default.yaml", self.project / "profiles")
        capped = profile.replace("max_iterations: 2000", f"max_iterations: 1\ndevice_memory_cap_mib: {CAP_MIB}")
        (self.project / "profiles" / f"{CAPPED}.yaml").write_text(capped)

    def run(self) -> None:
        command = [sys.executable, "-m", "rwm_tui", "--project-root", str(self.project)]
        environment = {"PYTHONPATH": f"{REPOSITORY}:{os.environ.get('PYTHONPATH', '')}"}
        with PtyProgram(command, size=self.size, environment=environment, cwd=self.project) as app:
            self.see(app, "CUDA context", "the capped rung against the GPU")
            app.send(DOWN)
            self.see(app, r"profiles \| embedded-default", "the reference scale against the GPU")
            app.send(UP)
            self.see(app, rf"profiles \| {CAPPED}", "the capped rung again")
            app.send(ENTER)
            self.see(app, "RUNNING|STARTING", "running")
            self.see(app, "OUT_OF_MEMORY", "out of memory")
            self.rest(app, "its cause")
            app.send(b"r")
            self.see(app, "largest fit", "the proposals")
            app.send(b"y")
            self.see(app, "RUNNING|STARTING", "the rerun")
            self.see(app, "Validated at reduced|task-resolves", "the rerun's checklist")
            app.send(b"h")
            self.see(app, "follows  ", "the history with its lineage")
            app.send(b"q")

    def see(self, app: PtyProgram, pattern: str, title: str, limit_s: float = 90.0) -> None:
        try:
            app.wait_for_screen(pattern, limit_s=limit_s)
        except NotSeen:
            self.failures += 1
            title += f": NOT SEEN ({pattern})"
        self.rest(app, title)

    def rest(self, app: PtyProgram, title: str) -> None:
        """A live run writes once a second, so that silence is short."""
        try:
            app.wait_for_rest(quiet_s=0.4, limit_s=5.0)
        except NotSeen:
            title += " (still changing)"
        with self.screens.open("a") as file:
            file.write(f"== {self.size[0]}x{self.size[1]}: {title}\n{app.screen()}\n\n")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, metavar="OUT")
    out = parser.parse_args().out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    failures = 0
    for size in ((120, 40), (80, 24)):
        flow = AppFlow(out, size)
        try:
            flow.run()
        finally:
            shutil.rmtree(flow.project / "logs", ignore_errors=True)
        failures += flow.failures
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
