"""Choosing and sorting entries of the history: `task=*Pretrain*`, `outcome!=COMPLETED`, `peak_vram>6000`."""

from __future__ import annotations

import fnmatch
import operator
import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec

from rwm_tui.core.errors import InputError
from rwm_tui.core.review.history import HistoryEntry

Value = str | float | None

UNKNOWN = "none"
_CONDITION = r"(?s)([a-z_]+)\s*(!=|>=|<=|=|>|<)\s*(.*)"
_COMPARE: Mapping[str, Callable[[float, float], bool]] = {
    ">": operator.gt,
    "<": operator.lt,
    ">=": operator.ge,
    "<=": operator.le,
}


class Field(msgspec.Struct, frozen=True):
    """Something that entries can be chosen and sorted by; `read` gives None where it is not known.

    :param order: what is sorted by, where that is not what is read.
    """

    read: Callable[[HistoryEntry], Value]
    meaning: str
    is_number: bool = False
    order: Callable[[HistoryEntry], float] | None = None


FIELDS: Mapping[str, Field] = {
    "date": Field(
        lambda e: time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(e.when)),
        "when it began, local time",
        order=lambda e: e.when,
    ),
    "name": Field(lambda e: e.name, "of the launch, or of the run directory"),
    "task": Field(lambda e: e.task, "recorded task id"),
    "trainer": Field(lambda e: e.backend, "embedded or isaaclab"),
    "profile": Field(lambda e: e.profile, "scale profile of the launch"),
    "experiment": Field(lambda e: e.experiment, "folder that the run directory lies in"),
    "status": Field(lambda e: e.status and e.status.value, "PLANNED, STARTING, RUNNING, STOPPING or ENDED"),
    "outcome": Field(lambda e: e.outcome and e.outcome.value, "COMPLETED, OUT_OF_MEMORY, FAILED, STOPPED, ..."),
    "verdict": Field(lambda e: e.verdict.weakest if e.verdict else None, "weakest execution claim of the last judging"),
    "contradicted": Field(lambda e: e.verdict.contradicted if e.verdict else None, "claims contradicted", True),
    "scale": Field(lambda e: e.scale, "reference, reduced or unknown"),
    "num_envs": Field(lambda e: e.sizes.num_envs, "environments", True),
    "iterations": Field(lambda e: e.sizes.max_iterations, "max_iterations", True),
    "checkpoint": Field(lambda e: e.last_checkpoint, "highest number of a checkpoint", True),
    "peak_vram": Field(lambda e: e.peak_device_mib, "MiB in use on the GPU at most, by all processes", True),
    "peak_rss": Field(lambda e: e.peak_rss_mib, "MiB of the trainer's resident memory at most", True),
    "launch": Field(lambda e: e.launch_id, "id of the launch"),
    "parent": Field(lambda e: e.parent, "id of the launch that it follows"),
}


class Condition(msgspec.Struct, frozen=True):
    """One condition; `key` None: the text occurs in the name, profile, task or outcome."""

    key: str | None
    operator: str
    wanted: str

    def holds(self, entry: HistoryEntry) -> bool:
        if self.key is None:
            return any(self.wanted in str(FIELDS[key].read(entry) or "").lower() for key in _SEARCHED)
        value = FIELDS[self.key].read(entry)
        if self.operator in _COMPARE:
            return value is not None and self._compares(value)
        return self._equals(value) is (self.operator == "=")

    def _equals(self, value: Value) -> bool:
        if value is None or self.wanted == UNKNOWN:
            return value is None and self.wanted == UNKNOWN
        if isinstance(value, str):
            pattern = f"{self.wanted}*" if self.key == "date" else self.wanted
            return fnmatch.fnmatchcase(value.lower(), pattern)
        return value == float(self.wanted)

    def _compares(self, value: str | float) -> bool:
        if isinstance(value, str):  # only dates get here, and those sort as they are written
            in_order = (value > self.wanted) - (value < self.wanted)
            return _COMPARE[self.operator](in_order, 0)
        return _COMPARE[self.operator](value, float(self.wanted))


_SEARCHED = ("name", "profile", "task", "outcome", "verdict", "trainer", "experiment")


def parse_condition(text: str) -> Condition:
    """`KEY=VALUE` (with `*` and `?`; `none`: not known), `!=`, or `<`, `<=`, `>`, `>=` for numbers and dates.

    A single word without an operator is looked for in names, profiles, tasks and outcomes.

    :raises InputError: for a key that does not exist or a value that does not fit it.
    """
    found = re.fullmatch(_CONDITION, text.strip())
    if found is None:
        if not text.strip() or re.search("[<>=]", text):
            raise InputError("condition not usable", f"'{text}' is no KEY=VALUE", _KEYS_HINT)
        return Condition(None, "~", text.strip().lower())
    key, sign, wanted = found[1], found[2], found[3].strip().lower()
    field = _field(key)
    if field.is_number and wanted != UNKNOWN and not _is_number(wanted):
        raise InputError("condition not usable", f"'{text}': {key} is a number", f"write e.g. {key}>=64")
    if sign in _COMPARE and (wanted == UNKNOWN or not (field.is_number or key == "date")):
        raise InputError("condition not usable", f"'{text}': {key} has no order", f"write {key}=VALUE")
    return Condition(key, sign, wanted)


def parse_conditions(text: str) -> tuple[Condition, ...]:
    """Conditions one beside the other, as in a filter box: `outcome=FAILED task=*Flat* num_envs>=64`."""
    return tuple(map(parse_condition, text.split()))


def chosen(entries: Iterable[HistoryEntry], conditions: Sequence[Condition]) -> tuple[HistoryEntry, ...]:
    """The entries for which all conditions hold, in their order."""
    return tuple(entry for entry in entries if all(condition.holds(entry) for condition in conditions))


def sorted_by(entries: Iterable[HistoryEntry], key: str, *, reverse: bool = False) -> tuple[HistoryEntry, ...]:
    """By one field: dates and numbers from the highest, text from a; what is not known comes last, also in reverse.

    :raises InputError: for a key that does not exist.
    """
    field = _field(key)
    read: Callable[[HistoryEntry], Value] = field.order or field.read
    told = [(read(entry), entry) for entry in entries]
    known = [(_rank(value), entry) for value, entry in told if value is not None]
    known.sort(key=operator.itemgetter(0), reverse=(field.is_number or key == "date") is not reverse)
    return (*(entry for _, entry in known), *(entry for value, entry in told if value is None))


def _rank(value: Value) -> tuple[float, str]:
    return (0.0, value.lower()) if isinstance(value, str) else (value or 0.0, "")


def _field(key: str) -> Field:
    if key in FIELDS:
        return FIELDS[key]
    import difflib

    near = difflib.get_close_matches(key, FIELDS, n=1)
    hint = f"did you mean {near[0]}?" if near else _KEYS_HINT
    raise InputError("condition not usable", f"entries of the history have no '{key}'", hint)


def _is_number(text: str) -> bool:
    return re.fullmatch(r"-?\d{1,15}(\.\d{1,9})?", text, re.ASCII) is not None


_KEYS_HINT = f"keys: {', '.join(FIELDS)}"
