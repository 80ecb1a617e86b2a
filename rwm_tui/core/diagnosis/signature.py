"""The signatures as values, read from `signatures.yaml` and checked against their schema."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib import resources
from typing import Literal

import msgspec
import yaml

from rwm_tui.core.diagnosis.action import Action
from rwm_tui.core.diagnosis.pattern import Pattern, parse_pattern
from rwm_tui.core.trainer_output.console_events import MemoryPart
from rwm_tui.core.typed_reading import converted

SIGNATURES_FILE = resources.files(__package__).joinpath("signatures.yaml")

Proof = Literal["root", "error", "symptom", "warning", "stop"]


class PartAdvice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to do where `part` of training asked for the memory."""

    part: MemoryPart
    action: str
    knobs: tuple[str, ...] = ()


class FailureSignature(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"name": "class"}):
    """One failure class; the head of `signatures.yaml` says what the fields mean."""

    name: str
    group: str
    title: str
    proves: Literal["root", "error", "symptom", "warning", "stop"]
    fatal: bool
    patterns: tuple[str, ...]
    cause: str
    actions: tuple[str | Action, ...]
    knobs: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()
    statuses: tuple[int, ...] = ()
    yields_to: tuple[str, ...] = ()
    explains: tuple[str, ...] = ()
    for_part: tuple[PartAdvice, ...] = ()


class HarmlessSignature(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"name": "class"}):
    """Lines that healthy runs print too."""

    name: str
    patterns: tuple[str, ...]
    weak: bool = False


class Signatures(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All of them, and the lines that tell most where none is recognised."""

    failures: tuple[FailureSignature, ...]
    harmless: tuple[HarmlessSignature, ...]
    telling: tuple[str, ...]

    def failure(self, name: str) -> FailureSignature:
        return next(signature for signature in self.failures if signature.name == name)


class Rule(msgspec.Struct, frozen=True):
    """One pattern of one class, ready to be looked for; harmless rules stand before the others."""

    name: str
    kind: Literal["harmless", "failure", "telling"]
    pattern: Pattern
    masked: Pattern
    weak: bool = False
    hint: bool = False


@cache
def load_signatures() -> Signatures:
    """
    Raises:
        msgspec.ValidationError, ValueError: the file does not fit its schema.
    """
    text = SIGNATURES_FILE.read_text(encoding="utf-8")
    signatures = converted(yaml.load(text, Loader=_loader()), Signatures)  # noqa: S506 - a safe loader
    _require_known_classes(signatures)
    return signatures


@cache
def rules_by_trigger() -> dict[bytes, tuple[Rule, ...]]:
    """The rules that a word makes worth trying, in the file's order, harmless ones first."""
    table: dict[bytes, list[Rule]] = {}
    for rule in _rules(load_signatures()):
        table.setdefault(rule.pattern.trigger, []).append(rule)
    return {trigger: tuple(rules) for trigger, rules in table.items()}


def _rules(signatures: Signatures) -> Iterator[Rule]:
    for harmless in signatures.harmless:
        for pattern in map(parse_pattern, harmless.patterns):
            yield Rule(harmless.name, "harmless", pattern, pattern.masked(), harmless.weak)
    for failure in signatures.failures:
        for pattern in map(parse_pattern, failure.patterns):
            yield Rule(failure.name, "failure", pattern, pattern.masked())
        for pattern in map(parse_pattern, failure.hints):
            yield Rule(failure.name, "failure", pattern, pattern.masked(), hint=True)
    for pattern in map(parse_pattern, signatures.telling):
        yield Rule("telling", "telling", pattern, pattern.masked())


def _require_known_classes(signatures: Signatures) -> None:
    names = [signature.name for signature in signatures.failures]
    if len(set(names)) != len(names):
        raise ValueError("a failure class stands twice")
    for signature in signatures.failures:
        if unknown := {*signature.yields_to, *signature.explains} - set(names):
            raise ValueError(f"{signature.name} names unknown classes: {', '.join(sorted(unknown))}")


def _loader() -> type[yaml.SafeLoader]:
    return getattr(yaml, "CSafeLoader", yaml.SafeLoader)
