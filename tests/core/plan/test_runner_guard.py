"""The runner's guard: seen by its syntax tree, shown as a diff, put in with a backup."""

import ast
import stat
from pathlib import Path

import pytest

from rwm_tui.core.errors import InputError
from rwm_tui.core.plan.upstream.guard_fix import apply_guard
from rwm_tui.core.plan.upstream.runner_guard import GuardState, examine_guard, guard_diff, guarded_source
from tests.core.plan.git_repository import commit_all, git
from tests.core.plan.runner_sources import BARE, GUARDED, runner_source

NOW = 1_780_000_000.0


@pytest.mark.parametrize(
    ("ending", "state"),
    [
        (BARE, "missing"),
        (GUARDED, "guarded"),
        (f"if self.num_imagination_envs > 0 and self.num_imagination_steps > 0:\n    {BARE}", "guarded"),
        (f"try:\n    {BARE}\nexcept AttributeError:\n    pass", "guarded"),
        ('getattr(self, "imagination_infos", []).clear()', "guarded"),
        ("pass", "guarded"),
        # None of these helps where imagination is off.
        (f"if self.num_imagination_envs > 0 or self.debug:\n    {BARE}", "missing"),
        (f'if not hasattr(self, "imagination_infos"):\n    {BARE}', "missing"),
        (f'if hasattr(self, "imagination_infos"):\n    pass\nelse:\n    {BARE}', "missing"),
        (f"try:\n    {BARE}\nexcept KeyError:\n    pass", "missing"),
        (f"# {GUARDED.splitlines()[0]}\n{BARE}", "missing"),
        ("infos = self.imagination_infos", "missing"),
        (f"{BARE}\nself.imagination_infos = []", "missing"),
        (f"for _ in extras:\n    self.imagination_infos = []\n{BARE}", "missing"),
    ],
)
def test_the_guard_is_seen_by_meaning(ending: str, state: str) -> None:
    assert examine_guard(runner_source(ending)).state == state


def test_a_list_that_is_always_made_needs_no_guard() -> None:
    source = runner_source(BARE)
    always = source.replace("        ep_infos = []", "        ep_infos = []\n        self.imagination_infos = []", 1)
    assert examine_guard(always).state is GuardState.GUARDED
    in_class = source.replace("    def learn", "    imagination_infos = []\n\n    def learn", 1)
    assert examine_guard(in_class).state is GuardState.GUARDED
    made = "    def __init__(self):\n        self.imagination_infos = []\n\n    def learn"
    assert examine_guard(source.replace("    def learn", made, 1)).state is GuardState.GUARDED
    perhaps = made.replace("        self", "        if self.debug:\n            self")
    assert examine_guard(source.replace("    def learn", perhaps, 1)).state is GuardState.MISSING


def test_an_older_runner_without_the_line_needs_nothing() -> None:
    source = "class MBPOOnPolicyRunner:\n    def learn(self):\n        ep_infos.clear()\n"
    assert examine_guard(source).state is GuardState.NOT_NEEDED


@pytest.mark.parametrize("source", ["", "class Other: pass", "class MBPOOnPolicyRunner: pass", "def (", "\0"])
def test_foreign_code_is_unknown(source: str) -> None:
    assert examine_guard(source).state is GuardState.UNKNOWN


def test_the_fix_is_two_lines_and_nothing_else() -> None:
    source = runner_source(BARE)
    changes = [line for line in guard_diff(source).splitlines() if line[:1] in "+-" and line[:3] not in ("+++", "---")]
    assert changes == [
        f"-            {BARE}",
        '+            if hasattr(self, "imagination_infos"):',
        f"+                {BARE}",
    ]
    assert guarded_source(source) == runner_source(GUARDED)
    ast.parse(guarded_source(source))


def test_windows_line_endings_stay(tmp_path: Path) -> None:
    runner = tmp_path / "runner.py"
    runner.write_bytes(runner_source(BARE).replace("\n", "\r\n").encode())
    apply_guard(runner, NOW)
    assert runner.read_bytes() == runner_source(GUARDED).replace("\n", "\r\n").encode()


@pytest.mark.parametrize("ending", ["infos = self.imagination_infos", f"{BARE}; other()", f"{BARE}\n{BARE}"])
def test_unexpected_code_is_left_alone(tmp_path: Path, ending: str) -> None:
    runner = tmp_path / "runner.py"
    runner.write_text(runner_source(ending))
    with pytest.raises(InputError, match="unexpected code"):
        apply_guard(runner, NOW)
    assert runner.read_text() == runner_source(ending)
    assert list(tmp_path.iterdir()) == [runner]


def test_the_fix_keeps_a_backup_and_is_made_once(tmp_path: Path) -> None:
    runner = tmp_path / "runner.py"
    runner.write_text(runner_source(BARE))
    runner.chmod(0o640)
    applied = apply_guard(runner, NOW)
    assert applied is not None
    assert applied.backup.name.startswith("runner.py.orig.")
    assert applied.backup.read_text() == runner_source(BARE)
    assert examine_guard(runner.read_text()).state is GuardState.GUARDED
    assert stat.S_IMODE(runner.stat().st_mode) == 0o640
    assert apply_guard(runner, NOW) is None
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([runner.name, applied.backup.name])


@pytest.mark.parametrize("linked", [False, True])
def test_git_leaves_the_backup_out(tmp_path: Path, linked: bool) -> None:
    checkout = tmp_path / "with blanks" / "rsl_rl_rwm"
    runner = checkout / "rsl_rl" / "runners" / "runner.py"
    runner.parent.mkdir(parents=True)
    runner.write_text(runner_source(BARE))
    commit_all(checkout)
    shown = tmp_path / "link.py"
    if linked:
        shown.symlink_to(runner)
    applied = apply_guard(shown if linked else runner, NOW)
    assert applied is not None
    assert applied.backup.exists()
    assert git(checkout, "status", "--porcelain").split() == ["M", "rsl_rl/runners/runner.py"]
    runner.write_text(runner_source(BARE))
    assert apply_guard(runner, NOW + 1) is not None
    exclude = (checkout / ".git" / "info" / "exclude").read_text()
    assert exclude.splitlines().count("runner.py.orig.*") == 1
