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


def test_merge_keys_stay_ordinary_keys(tmp_path: Path) -> None:
    assert load(tmp_path, "a: &a {k: v}\nb: {<<: *a, c: 1}\n") == {"a": {"k": "v"}, "b": {"<<": {"k": "v"}, "c": 1}}


def test_aliases_that_unfold_without_end_are_refused(tmp_path: Path) -> None:
    """Whoever walks through the values would walk for ever."""
    lines = ["a0: &a0 [1, 2]"]
    lines += [f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 9)}]" for level in range(1, 12)]
    merged = ["a0: &a0 {k: v}"]
    merged += [f"a{level}: &a{level} {{<<: [{', '.join([f'*a{level - 1}'] * 9)}]}}" for level in range(1, 40)]
    for text in ("\n".join(lines), "\n".join(merged), "a: &x [*x]\n", "a: &x {b: {c: *x}}\n", "a: &x\n- 1\n- *x\n"):
        finding = load(tmp_path, text)
        assert isinstance(finding, Unreadable), text
        assert finding.kind == "forbidden-content"


def test_the_aliases_of_a_real_dump_are_their_values(tmp_path: Path) -> None:
    text = "a: &id001 !!python/tuple\n- 1.0\n- 2.0\nb: *id001\nc:\n- *id001\n- '.*THIGH'\n"
    assert load(tmp_path, text) == {"a": (1.0, 2.0), "b": (1.0, 2.0), "c": [(1.0, 2.0), ".*THIGH"]}


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
