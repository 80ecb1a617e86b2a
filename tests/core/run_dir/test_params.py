"""Reading YAML of a run directory as data."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from rwm_tui.core.run_dir.params import InertTag, Slice, load_params
from rwm_tui.core.run_dir.unreadable import Absent, Unreadable


def load(tmp_path: Path, text: str) -> Mapping[str, object] | Absent | Unreadable:
    path = tmp_path / "env.yaml"
    path.write_text(text)
    return load_params(path)


def test_isaac_labs_tags_become_plain_values(tmp_path: Path) -> None:
    text = """
eye: &id001 !!python/tuple
- 7.5
- 7.5
look: *id001
empty: !!python/tuple []
ids: !!python/object/apply:builtins.slice
- null
- 3
- null
"""
    assert load(tmp_path, text) == {"eye": (7.5, 7.5), "look": (7.5, 7.5), "empty": (), "ids": Slice((None, 3, None))}


@pytest.mark.parametrize(
    "tag",
    ["!!python/object/apply:os.system", "!!python/object/new:os.system", "!!python/name:os.system", "!unknown"],
)
def test_other_tags_stay_text(tag: str, tmp_path: Path) -> None:
    witness = tmp_path / "witness"
    for node in (f"[touch {witness}]", f"touch {witness}"):
        loaded = load(tmp_path, f"a: {tag} {node}\n")
        assert isinstance(loaded, Mapping)
        assert isinstance(loaded["a"], InertTag)
    assert not witness.exists()


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("", "empty"),
        ("a: [1, 2\n", "not-yaml"),
        ("- 1\n", "not-a-mapping"),
        ("1: 2\n", "not-a-mapping"),
        ("a: 1\na: 2\n", "not-yaml"),
        ("a: 2001-13-45\n", "not-yaml"),
        ("a: " + "9" * 10_000 + "\n", "not-yaml"),
        ("a: " + "[" * 100_000, "too-deep"),
        ("a: " + "- " * 100_000, "not-yaml"),
        ("a:\n  " + "- " * 1000 + "1\n", "too-deep"),
        ("? [1]\n: 2\n", "not-yaml"),
        ("a: \x07\n", "not-yaml"),
        ("a: &x !!python/tuple [*x]\n", "not-yaml"),
    ],
)
def test_what_cannot_be_read_is_a_finding(text: str, kind: str, tmp_path: Path) -> None:
    finding = load(tmp_path, text)
    assert isinstance(finding, Unreadable), finding
    assert finding.kind == kind
    assert finding.reason


def test_a_place_is_named(tmp_path: Path) -> None:
    finding = load(tmp_path, "a: 1\nb: [1\nc: 2\n")
    assert isinstance(finding, Unreadable)
    assert finding.reason.startswith("line ")


def test_aliases_and_merge_keys_do_not_grow(tmp_path: Path) -> None:
    lines = ["a0: &a0 {k: v}"]
    for level in range(1, 40):
        lines.append(f"a{level}: &a{level} {{<<: [{', '.join([f'*a{level - 1}'] * 9)}]}}")
    loaded = load(tmp_path, "\n".join(lines))
    assert isinstance(loaded, Mapping)
    assert len(loaded) == 40


def test_a_file_of_any_size_is_not_read(tmp_path: Path) -> None:
    finding = load(tmp_path, "a: 1\n" + "#" * 5_000_000)
    assert isinstance(finding, Unreadable)
    assert finding.kind == "too-large"
    assert not finding.speaks_against_the_file


def test_real_dumps(shared_fixtures: Path) -> None:
    paths = [*shared_fixtures.rglob("env.yaml"), *shared_fixtures.rglob("agent.yaml")]
    assert len(paths) > 20
    for path in paths:
        loaded = load_params(path)
        assert isinstance(loaded, Mapping), (path, loaded)


def test_a_missing_file(tmp_path: Path) -> None:
    assert isinstance(load_params(tmp_path / "agent.yaml"), Absent)
