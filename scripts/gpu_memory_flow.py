"""The memory flow on a real GPU with the embedded trainer: ``python scripts/gpu_memory_flow.py OUT``, four minutes.

Every step is a command of the tool, as a user would type it; what each must show is checked and written to
OUT/summary.txt, the launches' records to OUT/launches. Exit status 1 where something was not as it must be.

1. which GPU is read, and whether the driver shows processes of this container
2. the reference scale under a cap: warned before the crash, dies in the world-model update, learned as a ceiling
3. the first rerun completes
4. `fit PROFILE` under a cap, interrupted in a try and taken up again
5. a second process that grows while a launch runs: warned
6. a second process that holds the GPU: out-of-memory, no smaller run offered, the process named
7. what was learned, and the forecasts' hit rate
"""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[1]
CAP_MIB = 5045
FEW = {
    "num_envs": 64,
    "algorithm.system_dynamics_num_mini_batches": 4,
    "algorithm.system_dynamics_num_eval_trajectories": 20,
}
TENANT = """
import sys, torch
held = []
for line in sys.stdin:
    held.append(torch.empty(int(line) << 20, dtype=torch.uint8, device="cuda"))
    torch.cuda.synchronize()
    print("holds", sum(t.numel() for t in held) >> 20, flush=True)
"""
STEP_LIMIT_S = 120.0


class Flow:
    def __init__(self, out: Path) -> None:
        self.out = out
        self.project = out / "project"
        self.lines: list[str] = []
        self.failures = 0
        self.began = time.monotonic()
        (self.project / "profiles").mkdir(parents=True)
        for path in (REPOSITORY / "profiles").glob("*.yaml"):
            shutil.copy(path, self.project / "profiles")

    def run(self) -> None:
        """Every step, whatever becomes of the one before."""
        device = self.step(self.device)
        failed = self.step(self.fails_under_a_cap)
        if failed:
            self.step(self.rerun_completes, failed)
        self.step(self.fit_resumes)
        if device:
            self.step(self.tenant_grows, device["total_mib"])
            self.step(self.tenant_holds, device["total_mib"])
        self.step(self.learned)

    def step(self, carry_out: Callable[..., Any], *arguments: object) -> Any:
        try:
            return carry_out(*arguments)
        except (OSError, ValueError, KeyError, TimeoutError, subprocess.SubprocessError) as error:
            self.check(f"{carry_out.__name__} went to its end", ok=False, remark=repr(error))
            return None

    def device(self) -> dict[str, Any] | None:
        program = (
            "import json, msgspec; from rwm_tui.probes.nvml import NvmlProbe; p = NvmlProbe();"
            "print(json.dumps([msgspec.to_builtins(x) for x in (p.describe(), p.read_tenants(), p.read_activity())]))"
        )
        described, tenants, activity = json.loads(self.python("-c", program))
        self.say(f"device: {described}")
        self.say(f"tenants: {tenants}")
        self.say(f"activity: {activity}")
        self.check("a GPU is described with its driver and why", "chosen_because" in described)
        return described if "total_mib" in described else None

    def fails_under_a_cap(self) -> str:
        settings = {"max_iterations": 1, "device_memory_cap_mib": CAP_MIB}
        document = self.launch("embedded-default", settings)
        self.check("the capped reference scale runs out of memory", document["outcome"] == "OUT_OF_MEMORY", document)
        events = self.events(document)
        warned = next((e for e in events if e["event"]["type"] == "memory_warned"), None)
        seen = next((e for e in events if e["event"]["type"] == "out_of_memory_seen"), None)
        self.check("in the world-model update", seen is not None and seen["event"]["part"] == "dynamics", seen)
        before = warned is not None and seen is not None and warned["t"] < seen["t"]
        self.check("warned before the crash", before, warned)
        if warned and seen:
            self.say(f"  {seen['t'] - warned['t']:.2f} s before: {warned['event']['text']}")
        sets = [word for key, value in settings.items() for word in ("--set", f"{key}={value}")]
        answer = self.command("forecast", "embedded-default", *sets)
        self.check("the forecast then knows it", "this scale failed here" in answer["basis"], answer["basis"])
        self.check("and refuses it", answer["verdict"] == "will-not-fit", answer["verdict"])
        return str(document["launch"]["id"])

    def rerun_completes(self, failed: str) -> None:
        document = self.command("rerun", failed, "--fit", "--no-ui")
        self.check("the first rerun completes", document["outcome"] == "COMPLETED", document["outcome"])
        self.say(f"  as {document['launch']['plan']['profile']['agent']}")

    def fit_resumes(self) -> None:
        words = ("fit", "embedded-default", *self.sets({**FEW, "device_memory_cap_mib": 3000}))
        first = self.start(*words)
        assert first.stderr is not None
        tried = 0
        for line in first.stderr:  # the second try is under way
            tried += line.startswith("try ")
            if tried == 2:
                break
        time.sleep(3.0)
        first.send_signal(signal.SIGINT)
        first.communicate(timeout=60)
        self.check("fit ends on Ctrl-C", first.returncode not in (0, None), first.returncode)
        state = next((self.project / "logs" / "fits").glob("*.json"))
        before = json.loads(state.read_text())["tries"]
        document = self.command(*words)
        tries = document["tries"]
        self.check("taken up again, it keeps what it had tried", tries[: len(before)] == before, document)
        self.check("and finds the largest that fits", document["largest_fitting"] is not None, document)
        outcome = [(done["value"], done["fitted"]) for done in tries]
        self.say(f"  {len(before)} kept: {outcome}, smallest failing {document['smallest_failing']}")

    def tenant_grows(self, total_mib: float) -> None:
        """The trainer has its memory; what the other takes then is warned of, and harms nothing yet.

        Every second has its sample: some of them after the growth, however quick the iterations are.
        """
        tenant = Tenant()
        try:
            began = time.time()
            run = self.start("run", "embedded-default", "--no-ui", *self.sets({**FEW, "max_iterations": 500}))
            directory = self.newest_launch_after(began)
            journal, samples = directory / "events.jsonl", directory / "gpu.jsonl"
            self.until(lambda: self.text(journal).count('"type":"iteration_reported"') >= 3)
            sample = json.loads(self.text(samples).splitlines()[-1])
            tenant.hold(int(total_mib - sample["device"]["used_mib"]) - 300)
            read = self.text(samples).count("\n")
            self.until(lambda: self.text(samples).count("\n") >= read + 4 or run.poll() is not None)
            grown = json.loads(self.text(samples).splitlines()[-1])
            self.command("stop", directory.name)
            output, _ = run.communicate(timeout=STEP_LIMIT_S)
            document = json.loads(output)
        finally:
            tenant.end()
        warned = [e["event"] for e in self.events(document) if e["event"]["type"] == "memory_warned"]
        grew = [event for event in warned if event["kind"] == "others-grew"]
        self.check("a process that grows is warned of", bool(grew), warned)
        self.check("it goes on until it is stopped", document["outcome"] == "STOPPED", document["outcome"])
        self.say(f"  before: {sample['device']}, ours {sample['ours_mib']}; tenant {tenant.pid}")
        self.say(f"  after: {grown['device']}, ours {grown['ours_mib']}")
        for event in grew:
            self.say(f"  {event['text']}")

    def tenant_holds(self, total_mib: float) -> None:
        tenant = Tenant()
        try:
            tenant.hold(int(total_mib) - 4500)
            document = self.launch("embedded-default", {**FEW, "max_iterations": 1})
            self.check("beside a full GPU it runs out of memory", document["outcome"] == "OUT_OF_MEMORY", document)
            offer = self.command("rerun", document["launch"]["id"], "--dry-run")
        finally:
            tenant.end()
        self.check("no smaller run is offered", offer["rung"] is None and offer["fit"] is None, offer)
        self.check("the process is named", str(tenant.pid) in offer["cause"], offer["cause"])
        self.say(f"  {offer['cause']}; tenant {tenant.pid}")

    def learned(self) -> None:
        document = self.command("memory")
        rate = document["hit_rate"]
        self.say(f"hit rate: {rate}")
        for case in document["forecasts"]:
            self.say(f"  {case}")
        self.check("no unsafe verdict", rate["unsafe"] == 0, rate)
        self.check("peaks were measured", rate["measured"] > 0, rate)
        self.say((self.project / "logs" / "ceilings.yaml").read_text())

    def launch(self, profile: str, settings: Mapping[str, object]) -> dict[str, Any]:
        return self.command("run", profile, "--no-ui", *self.sets(settings))

    def sets(self, settings: Mapping[str, object]) -> list[str]:
        return [word for key, value in settings.items() for word in ("--set", f"{key}={value}")]

    def newest_launch_after(self, t: float) -> Path:
        folder = self.project / "logs" / "launches"
        found: list[Path] = []

        def look() -> bool:
            found[:] = [p for p in sorted(folder.glob("*")) if p.stat().st_mtime >= t and (p / "gpu.jsonl").exists()]
            return bool(found)

        self.until(look)
        return found[-1]

    def events(self, document: Mapping[str, Any]) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text(Path(document["launch"]["dir"]) / "events.jsonl").splitlines()]

    def text(self, path: Path) -> str:
        return path.read_text(errors="replace") if path.exists() else ""

    def until(self, look: Callable[[], bool]) -> None:
        deadline = time.monotonic() + STEP_LIMIT_S
        while not look():
            if time.monotonic() > deadline:
                raise TimeoutError("the step took too long")
            time.sleep(0.1)

    def start(self, *words: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "rwm_tui", *words, "--json", "--project-root", str(self.project)]
        environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
        return subprocess.Popen(
            command, cwd=self.project, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )

    def command(self, *words: str) -> dict[str, Any]:
        process = self.start(*words)
        out, err = process.communicate(timeout=STEP_LIMIT_S)
        try:
            document: dict[str, Any] = json.loads(out)
        except ValueError:
            self.check(f"{words[0]} answers", ok=False, remark=err[-600:])
            raise
        return document

    def python(self, *words: str) -> str:
        environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
        return subprocess.run(
            [sys.executable, *words], env=environment, text=True, capture_output=True, check=True, timeout=60
        ).stdout

    def check(self, what: str, ok: bool, remark: object = "") -> None:
        self.failures += not ok
        self.say(f"{'ok  ' if ok else 'FAIL'} {what}" + ("" if ok else f": {str(remark)[:800]}"))

    def say(self, text: str) -> None:
        line = f"[{time.monotonic() - self.began:6.1f} s] {text}"
        print(line, flush=True)
        self.lines.append(line)

    def keep(self) -> None:
        """The summary and the launches' small records."""
        (self.out / "summary.txt").write_text("\n".join(self.lines) + "\n")
        for path in (self.project / "logs" / "launches").glob("*/*"):
            if path.suffix in (".json", ".jsonl", ".log") and path.stat().st_size < 2**20:
                target = self.out / "launches" / path.parent.name / path.name
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, target)
        shutil.rmtree(self.project)


class Tenant:
    """Another process on the GPU, which takes memory when it is told to."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", TENANT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.pid = self._process.pid
        self.hold(64)

    def hold(self, mib: int) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{mib}\n")
        self._process.stdin.flush()
        self._process.stdout.readline()

    def end(self) -> None:
        self._process.kill()
        self._process.wait()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, metavar="OUT")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    flow = Flow(options.out.resolve())
    try:
        flow.run()
    finally:
        flow.say(f"{flow.failures} failures")
        flow.keep()
    return 1 if flow.failures else 0


if __name__ == "__main__":
    sys.exit(main())
