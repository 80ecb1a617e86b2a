"""Pins, clones and the state of checkouts, with local repositories."""

from pathlib import Path

import pytest

from rwm_tui.core.errors import InputError
from rwm_tui.core.plan.preflight.checkout_checks import pair_verdict
from rwm_tui.core.plan.upstream.checkout import Checkout, read_checkout
from rwm_tui.core.plan.upstream.clone import clone_all
from rwm_tui.core.plan.upstream.config_keys import ConfigKeys, compare_keys
from rwm_tui.core.plan.upstream.pins import load_pins
from rwm_tui.core.ports import NotAvailable
from rwm_tui.core.settings import Project
from tests.core.plan.git_repository import commit_all
from tests.core.plan.runner_sources import BARE, config_source, runner_source

RWM_NEW, RWM_OLD = "14dbfe9da3f2246448cccee2873b9817603d5ae5", "8eae0750f28888cce6a0c20e91259fed7592e2e4"
RSL_NEW, RSL_OLD = "18eebcdd7145284c8d5eed5d8ed1a4b96c649693", "c1ef72b0bd531f8dfb11d26d8bcfab61a6e6db2c"
RSL_FORK = "6b4eaf6ed3520b63d7c636ee9a04552252ca8c14"


def project_at(root: Path) -> Project:
    return Project(root=root, profiles=root / "profiles", logs=root / "logs", found=True)


@pytest.fixture
def origin(tmp_path: Path) -> tuple[Path, str]:
    """A repository with two commits, and the first of them."""
    folder = tmp_path / "origin"
    folder.mkdir()
    (folder / "file.py").write_text("first\n")
    first = commit_all(folder)
    (folder / "file.py").write_text("second\n")
    commit_all(folder)
    return folder, first


def pinned(root: Path, url: str, commit: str) -> Project:
    (root / "upstream").mkdir(parents=True)
    (root / "upstream" / "pins.yaml").write_text(f"repositories:\n  rsl_rl_rwm: {{url: '{url}', commit: {commit}}}\n")
    return project_at(root)


def test_the_shipped_pins_are_a_pair(project_root: Path) -> None:
    pins = load_pins(project_at(project_root))
    commits = {name: pin.commit for name, pin in pins.repositories.items()}
    assert set(commits) == {"IsaacLab", "robotic_world_model", "rsl_rl_rwm"}
    assert pair_verdict(pins, commits["robotic_world_model"], commits["rsl_rl_rwm"]).status == "pass"


@pytest.mark.parametrize(
    ("model", "runner", "status"),
    [
        (RWM_NEW, RSL_NEW, "pass"),
        (RWM_NEW, RSL_FORK, "pass"),
        (RWM_OLD, RSL_OLD, "pass"),
        (RWM_OLD, RSL_NEW, "fail"),
        (RWM_NEW, RSL_OLD, "fail"),
        (RWM_NEW, "0" * 40, "warn"),
        ("0" * 40, RSL_NEW, "warn"),
    ],
)
def test_the_known_pairs(project_root: Path, model: str, runner: str, status: str) -> None:
    assert pair_verdict(load_pins(project_at(project_root)), model, runner).status == status


def test_a_clone_stands_at_its_pin_and_is_never_overwritten(tmp_path: Path, origin: tuple[Path, str]) -> None:
    folder, first = origin
    project = pinned(tmp_path / "project", str(folder), first)
    upstream = project.root / "upstream"
    list(clone_all(load_pins(project), upstream))
    checkout = read_checkout(upstream / "rsl_rl_rwm", limit_s=20)
    assert isinstance(checkout, Checkout)
    assert (checkout.commit, checkout.changed) == (first, ())
    (upstream / "rsl_rl_rwm" / "file.py").write_text("mine\n")
    (upstream / "rsl_rl_rwm" / "new.py").write_text("mine\n")
    (sentence,) = clone_all(load_pins(project), upstream)
    assert "left as it is" in sentence
    again = read_checkout(upstream / "rsl_rl_rwm", limit_s=20)
    assert isinstance(again, Checkout)
    assert set(again.changed) == {"file.py", "new.py"}


def test_a_clone_that_fails_leaves_nothing(tmp_path: Path, origin: tuple[Path, str]) -> None:
    project = pinned(tmp_path / "project", str(origin[0]), "0" * 40)
    with pytest.raises(InputError, match="rsl_rl_rwm"):
        list(clone_all(load_pins(project), project.root / "upstream"))
    assert [path.name for path in (project.root / "upstream").iterdir()] == ["pins.yaml"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("repositories: {a: {url: 'ext::sh -c id', commit: x}}", "repositories"),
        ("repositories: {a: {url: '--upload-pack=id', commit: x}}", "repositories"),
        ("repositories: {a: {url: 'https://example.org/a', commit: main}}", "commit"),
        ("repositories: {../a: {url: 'https://example.org/a', commit: " + "0" * 40 + "}}", "repositories"),
        ("repos: {}", "repos"),
    ],
)
def test_pins_that_cannot_be_used_name_file_and_key(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "upstream").mkdir()
    (tmp_path / "upstream" / "pins.yaml").write_text(text)
    with pytest.raises(InputError, match=r"pins\.yaml.*" + message):
        load_pins(project_at(tmp_path))


def test_a_folder_inside_another_repository_is_no_checkout(tmp_path: Path, origin: tuple[Path, str]) -> None:
    inside = origin[0] / "inside"
    inside.mkdir()
    found = read_checkout(inside, limit_s=20)
    assert isinstance(found, NotAvailable)
    assert "no git checkout of its own" in found.reason
    assert isinstance(read_checkout(tmp_path / "nowhere"), NotAvailable)


def test_looking_starts_nothing_of_the_checkout(tmp_path: Path, origin: tuple[Path, str]) -> None:
    folder, _ = origin
    marker = tmp_path / "ran"
    hook = tmp_path / "hook.sh"
    hook.write_text(f"#!/bin/sh\ntouch {marker}\n")
    hook.chmod(0o755)
    with (folder / ".git" / "config").open("a") as config:
        config.write(f"[core]\n\tfsmonitor = {hook}\n")
    assert isinstance(read_checkout(folder, limit_s=20), Checkout)
    assert not marker.exists()


def test_keys_that_the_configuration_lacks_are_named() -> None:
    runner = runner_source(BARE)
    agreeing = compare_keys(runner, config_source())
    assert isinstance(agreeing, ConfigKeys)
    assert agreeing.missing == ()
    differing = compare_keys(runner, config_source(steps="num_steps"))
    assert isinstance(differing, ConfigKeys)
    assert differing.missing == ("num_steps_per_env",)
    assert isinstance(compare_keys("def (", config_source()), str)
    assert isinstance(compare_keys(runner, "x = 1"), str)
