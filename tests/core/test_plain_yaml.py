"""What is read without PyYAML is what PyYAML reads."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from rwm_tui.core.plain_yaml import plain_mapping
from rwm_tui.core.shipped import shipped
from rwm_tui.core.strict_yaml import StrictLoader

PIECES = (
    *("a", "b.c", "on", "No", "null", "_1", "key", "2", ":", ": ", "::", " ", "  ", "   ", "\n", "\n  ", "\n    "),
    *(">-", ">", "|", "#", " # why", '"', '"YES"', "'", "0", "-7", "012", "1e3", "1.5", "1:30", "2026-01-01", "true"),
    *("True", "~", "-", "- ", "---", "...", "!!int", "&x", "*x", "{", "}", "[", "]", ",", "<<", "=", "?", "\t", "\r"),
    *("two words", "expandable_segments:True", "../x", "é", "\x07", "\\n", "@", "%", "x" * 90),
)


@pytest.mark.parametrize("path", sorted(shipped("profiles").glob("*.yaml")), ids=lambda path: path.stem)
def test_every_shipped_profile_is_plain(path: Path) -> None:
    assert plain_mapping(path.read_bytes()) == as_pyyaml(path.read_bytes())


@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join))
def test_any_text(text: str) -> None:
    agrees_with_pyyaml(text)


LINES = st.tuples(
    st.sampled_from(("", "  ", "  ", "   ")),
    st.sampled_from(("a", "b", "c.d", "on", "")),
    st.sampled_from((":", ": ", ":  ", "", " :")),
    st.sampled_from(("", "", ">-", "word", "3", "-0", "null", "a:b", "a: b", '"q q"', "# no", "x # why", "yes", "~")),
    st.sampled_from(("", "", "", " ", "#", " #")),
).map("".join)


@given(st.lists(LINES, max_size=7).map("\n".join))
def test_lines_of_names_and_values(text: str) -> None:
    agrees_with_pyyaml(text)


@pytest.mark.parametrize(
    "text",
    [
        "a: 1\na: 1",
        "a:",
        "a:\n  b: 1\n  b: 2",
        "a:\n  b: 1\n   c: 2",
        "a: 1\n  b: 2",
        "a: >-\n  x\n   deeper",
        "a: >-\n  x \n  y",
        "a: [1]",
        "a: 1\r\nb: 2",
        "a: yes",
        "off: 1",
        "a: b:",
        f"{'a' * 2000}: 1",
        "a: é",
    ],
)
def test_what_is_not_plain_is_left_to_pyyaml(text: str) -> None:
    assert plain_mapping(text.encode()) is None


def test_lines_of_any_length_take_no_time() -> None:
    for text in ("a" * 64_000, f"a: x{' ' * 64_000}y", f"a: {'b:' * 32_000}", f'a: "{"b" * 64_000}', ": " * 32_000):
        assert plain_mapping(text.encode()) is None


def agrees_with_pyyaml(text: str) -> None:
    plain = plain_mapping(text.encode())
    if plain is not None:
        assert plain == (as_pyyaml(text.encode()) or {})


def as_pyyaml(raw: bytes) -> object:
    return yaml.load(raw, StrictLoader)  # noqa: S506 - a SafeLoader that refuses more
