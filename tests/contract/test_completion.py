"""What the shells make of the scripts that we write for them, and the manual page."""

import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from rwm_tui.commands.command_line import COMMANDS
from rwm_tui.commands.man import manual_page

COMMAND = Path(sys.executable).with_name("rwm-tui")
HOSTILE = "$(touch pwned)"
CASES = [
    ("run emb", {"embedded", "embedded-long", "embedded-default", "embedded-reduced"}),
    ("run --n", {"--no-ui", "--no-preflight"}),
    ("att", {"attach"}),
    ("upstream cl", {"clone"}),
    ("stop 2026", {"2026-05-28_embedded"}),
    ("completion f", {"fish"}),
    ("config --read", {"--read-only"}),
]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("project")
    shutil.copytree(Path(__file__).resolve().parents[2] / "profiles", root / "profiles")
    (root / "logs" / "launches" / "2026-05-28_embedded").mkdir(parents=True)
    (root / "logs" / "launches" / HOSTILE).mkdir()
    return root


@cache
def script_for(shell: str, folder: Path) -> Path:
    done = subprocess.run([str(COMMAND), "completion", shell], capture_output=True, text=True, check=True, cwd=folder)
    path = folder / f"completion.{shell}"
    path.write_text(done.stdout)
    return path


def offered(shell: str, project: Path, script: str) -> list[str]:
    if shutil.which(shell) is None:
        pytest.skip(f"no {shell} on this machine")
    environ = {name: value for name, value in os.environ.items() if not name.startswith("RWM_TUI")}
    done = subprocess.run([shell, "-c", script], capture_output=True, text=True, check=False, cwd=project, env=environ)
    assert not (project / "pwned").exists()
    return done.stdout.splitlines()


def in_bash(project: Path, line: str) -> list[str]:
    words = " ".join(f"'{word}'" for word in ["rwm-tui", *line.split(" ")])
    return offered(
        "bash",
        project,
        f"source {script_for('bash', project)}; COMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}}-1)); "
        'compopt() { :; }; _rwm_tui; printf "%s\\n" "${COMPREPLY[@]}"',
    )


@pytest.mark.parametrize(("line", "expected"), CASES)
def test_bash_completes(project: Path, line: str, expected: set[str]) -> None:
    assert set(in_bash(project, line)) == expected


@pytest.mark.parametrize(("line", "expected"), CASES)
def test_fish_completes(project: Path, line: str, expected: set[str]) -> None:
    found = offered("fish", project, f"source {script_for('fish', project)}; complete -C 'rwm-tui {line}'")
    assert {one.split("\t")[0] for one in found} == expected


def test_zsh_reads_its_script(project: Path) -> None:
    script = script_for("zsh", project)
    assert offered("zsh", project, f"compdef() {{ echo $*; }}; source {script}") == ["_rwm_tui rwm-tui"]


def test_a_name_that_is_shell_code_stays_a_name(project: Path) -> None:
    assert r"\$\(touch\ pwned\)" in in_bash(project, "attach ")


def test_the_manual_has_every_command() -> None:
    page = "\n".join(manual_page())
    for command in COMMANDS:
        assert f"\n.SS {command}\n" in page
    assert r"\fB\-\-read\-only\fR" in page
    assert "%(" not in page
