"""Import law that contracts cannot see: what a fresh interpreter really loads."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HEAVY = ("textual", "rich", "torch", "numpy", "mujoco", "pynvml", "watchfiles", "re2")
CORE_MODULES = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts) for path in (ROOT / "rwm_tui" / "core").rglob("*.py")
)


def heavy_modules_after(statement: str) -> list[str]:
    code = f"import sys; {statement}; print(*[name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    return done.stdout.split()


@pytest.mark.parametrize("module", CORE_MODULES)
def test_a_core_module_loads_nothing_heavy(module: str) -> None:
    assert heavy_modules_after(f"import {module}") == []


@pytest.mark.parametrize("module", ["rwm_tui.cli", "rwm_tui.supervise", "rwm_tui.wiring"])
def test_the_command_line_loads_nothing_heavy(module: str) -> None:
    assert heavy_modules_after(f"import {module}") == []


def test_the_app_starts_without_torch() -> None:
    assert set(heavy_modules_after("import rwm_tui.app")) == {"textual", "rich"}


def test_the_first_screen_is_shown_without_what_judges_and_launches() -> None:
    """Each of these costs the start a tenth of a second or megabytes, and other screens alone need them."""
    late = (
        "core.verdict",
        "core.diagnosis",
        "core.ledger",
        "core.launch.record",
        "core.memory",
        "wiring",
        "commands.run",
        "commands.command_line",
        "core.launch.outcome",
    )
    code = f"""
import sys
import rwm_tui.cli, rwm_tui.commands.show, rwm_tui.app, rwm_tui.late_wiring, rwm_tui.display.driver
from pathlib import Path
profiles = rwm_tui.core.profile.load_profiles(Path("profiles"))
print(*[name for name in {late!r} if f"rwm_tui.{{name}}" in sys.modules])
print(*[name for name in ("yaml", "argparse") if name in sys.modules])
print(sum(name.startswith("rwm_tui.screens.") for name in sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout == "\n\n1\n"


def test_a_list_is_shown_without_the_code_that_reads_runs_and_launches(tmp_path: Path) -> None:
    statement = f"from rwm_tui.cli import main; main(['runs', '--logs', {str(tmp_path)!r}])"
    ours = ("rwm_tui.core.launch.record", "rwm_tui.core.profile", "rwm_tui.wiring")
    unneeded = ("yaml", "hashlib", "json", "inspect", "typing_extensions", *ours)
    code = f"import sys; {statement}; print(*[name for name in {unneeded!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.splitlines() == ["no runs", ""]


def test_the_app_is_loaded_without_the_library_of_tls_which_others_still_have() -> None:
    code = """
import sys
from rwm_tui.lean_imports import load_asyncio
load_asyncio()
import rwm_tui.app, rwm_tui.late_wiring, rwm_tui.display.driver, rwm_tui.screens.profiles
print("ssl" in sys.modules, "_ssl" in sys.modules)
import ssl
print(ssl.create_default_context().verify_mode.name)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout == "False False\nCERT_REQUIRED\n"


def test_a_run_is_watched_without_what_judges_it() -> None:
    """Five megabytes and more, which a log of any size is opened without."""
    judging = ("rwm_tui.core.verdict.evidence", "rwm_tui.core.evaluation", "rwm_tui.wiring", "hashlib", "anyio.abc")
    code = f"""
import sys
import rwm_tui.cli, rwm_tui.commands.show, rwm_tui.late_wiring, rwm_tui.screens.run
from pathlib import Path
from rwm_tui.core.settings import locate_project
services = rwm_tui.late_wiring.late_services(locate_project(Path.cwd(), {{}}))
import rwm_tui.core.launch.stage_times, rwm_tui.probes.watch
services.changes(Path("logs/launches/none"))
print(*[name for name in {judging!r} if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout == "\n"
