"""A small trainer for the supervisor's tests: does one thing wrong (or nothing), named by its first argument.

Writes a run directory as the real ones do; its checkpoints are zip files without weights.
"""

import os
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

STAMP = "2026-01-02_03-04-05"
OOM_LINE = (
    "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 728.00 MiB. GPU 0 has a total capacity of "
    "7.61 GiB of which 590.19 MiB is free. Including non-PyTorch memory, this process has 6.59 GiB memory in use."
)


def announce() -> Path:
    root = Path.cwd() / "logs" / "rsl_rl" / "anymal_d_flat"
    print(f"[INFO] Logging experiment in directory: {root}")
    print(f"Exact experiment name requested from command line: {STAMP}", flush=True)
    run = root / f"{STAMP}_pretrain"
    (run / "params").mkdir(parents=True)
    (run / "params" / "agent.yaml").write_text("max_iterations: 3\n")
    return run


def save(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{path.stem}/data.pkl", b"")


def wait_for_ever() -> None:
    while True:
        time.sleep(3600)


def main() -> int:
    mode = sys.argv[1]
    if mode == "holds-a-kit-log":
        folder = Path("elsewhere/logs/Kit/Isaac-Sim/5.0")
        folder.mkdir(parents=True)
        with (folder / "kit_20260102_030405.log").open("w"):
            while b"kit_log_found" not in next(Path("logs/launches").glob("*/events.jsonl")).read_bytes():
                time.sleep(0.05)
    if mode == "begins-when-told":
        print("waiting", flush=True)
        while not Path("go").exists():
            time.sleep(0.05)
    if mode == "dies-at-import":
        raise ModuleNotFoundError("No module named 'isaaclab'")
    if mode == "gives-up":
        print("[ERROR] model_0.pt: No space left on device", file=sys.stderr)
        return 1
    if mode == "floods":
        for number in range(200_000):
            print(f"line {number} of a flood that nobody reads in time")
    if mode == "segfaults":
        os.kill(os.getpid(), signal.SIGSEGV)
    if mode == "out-of-memory":
        announce()
        print("Traceback (most recent call last):", file=sys.stderr)
        print(OOM_LINE, file=sys.stderr)
        return 1
    if mode == "eats-memory":
        announce()
        eaten = [bytes(range(256)) * 40_960 for _ in range(60)]  # 600 MiB, far beyond what the test allows
        print(len(eaten))
        return 1
    if mode == "ignores-sigint":
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        announce()
        print("ready", flush=True)
        wait_for_ever()
    if mode == "hangs":
        announce()
        print("ready", flush=True)
        wait_for_ever()
    if mode == "reports-signals":
        print("SIGINT default" if signal.getsignal(signal.SIGINT) is signal.default_int_handler else "SIGINT ignored")
    if mode == "leaves-a-child":
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(3600)"])
        print(f"child {child.pid}", flush=True)
    run = announce()
    if mode != "exits-0-without-final":
        save(run / "model_3.pt")
    if mode == "dies-saving-again":
        while b"final_checkpoint_seen" not in next(Path("logs/launches").glob("*/events.jsonl")).read_bytes():
            time.sleep(0.05)
        (run / "model_3.pt").write_bytes((run / "model_3.pt").read_bytes()[:20])
        os.kill(os.getpid(), signal.SIGKILL)
    if mode == "hangs-after-completion-and-ignores-sigint":
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    if mode.startswith("hangs-after-completion"):
        print("ready", flush=True)
        wait_for_ever()
    return 0


if __name__ == "__main__":
    sys.exit(main())
