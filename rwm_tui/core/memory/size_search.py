"""The largest size that fits, found by real launches: what was tried, and what to try next."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import msgspec

from rwm_tui.core.atomic_file import write_atomically
from rwm_tui.core.errors import InputError
from rwm_tui.core.memory.budget import Budget, needed_mib
from rwm_tui.core.memory.forecast import forecast_of
from rwm_tui.core.memory.shrinking import BATCH, BATCHES, KNOBS, Knob, resized, value_of
from rwm_tui.core.profile import ScaleProfile, with_settings
from rwm_tui.core.run_dir.regular_file import read_record
from rwm_tui.core.typed_reading import decode_json

CLOSE_ENOUGH = 1.05  # of the smallest that failed to the largest that fitted
_STEP = 1.10  # up or down, and wider each time: the first try is a forecast and seldom far off
SEARCH_SCHEMA = 1
UNKNOWN_DEVICE = "device not known"


class Try(msgspec.Struct, frozen=True):
    """One launch of the search: COMPLETED fitted, OUT_OF_MEMORY did not, nothing else counts."""

    value: int
    fitted: bool
    launch_id: str


class SizeSearch(msgspec.Struct, frozen=True, kw_only=True):
    """The state of a search, as its file keeps it.

    :param key: dotted key of the size that is searched, up to the profile's own.
    :param device: the GPU's UUID, or how the memory is capped.
    """

    schema: int = SEARCH_SCHEMA
    profile: ScaleProfile
    key: str
    device: str
    tries: tuple[Try, ...] = ()

    @property
    def knob(self) -> Knob:
        return KNOBS[self.key]

    @property
    def asked(self) -> int:
        return value_of(self.profile, self.key)

    @property
    def largest_fitting(self) -> int | None:
        return max((done.value for done in self.tries if done.fitted), default=None)

    @property
    def smallest_failing(self) -> int | None:
        """Of those above the largest that fitted: memory is not the same to the byte each time."""
        at_least = self.largest_fitting or 0
        return min((done.value for done in self.tries if not done.fitted and done.value > at_least), default=None)

    def _step_up(self, low: int) -> int:
        times_fitted = sum(done.fitted for done in self.tries)
        return max(low + self.knob.step, int(low * _STEP**times_fitted))

    def next_value(self, guess: int) -> int | None:
        """What to try next; None where it is found to within `CLOSE_ENOUGH`, nothing fits, or everything does.

        :param guess: where to begin.
        """
        low, high = self.largest_fitting, self.smallest_failing
        if low is None and high is None:
            return self._rounded(guess)
        if high is None:
            assert low is not None
            return None if low >= self.asked else min(self.asked, self._step_up(low))
        if low is None:
            lower = self._rounded(int(high / _STEP ** len(self.tries)))
            return lower if lower < high else None
        if high / low <= CLOSE_ENOUGH or high - low <= self.knob.step:
            return None
        return max(low + 1, self._rounded(min((low + high) // 2, self._step_up(low))))

    def with_try(self, done: Try) -> "SizeSearch":
        return msgspec.structs.replace(self, tries=(*self.tries, done))

    def with_tries(self, tries: Sequence[Try]) -> "SizeSearch":
        """With those launches that it does not count yet."""
        known = {done.launch_id for done in self.tries}
        return msgspec.structs.replace(self, tries=(*self.tries, *(t for t in tries if t.launch_id not in known)))

    def _rounded(self, value: int) -> int:
        """Within floor and asked, and a multiple of the step where that is no more than a nicety."""
        if value >= self.asked:
            return self.asked
        return min(self.asked, max(self.knob.floor, value // self.knob.step * self.knob.step))


def search_after(launches: Sequence[tuple[str, ScaleProfile, bool]], device: str) -> SizeSearch:
    """A search that goes up again from a smaller run that fitted towards the one that failed.

    :param launches: id, profile and whether it fitted, newest first; the first one fitted, the last one failed.
    :raises InputError: where no size was made smaller.
    """
    (_, fitted, _), (_, failed, _) = launches[0], launches[-1]
    key = next((key for key in KNOBS if value_of(fitted, key) < value_of(failed, key)), None)
    if key is None:
        raise InputError("nothing to go up to", f"{fitted.name} is no smaller than what failed", "name a profile")
    asked = with_settings(
        fitted, {name: value_of(failed, name) for name in ({key, BATCHES} if key == BATCH else {key})}
    )
    search = SizeSearch(profile=asked, key=key, device=device)
    alike = [
        Try(value_of(profile, key), did_fit, launch_id)
        for launch_id, profile, did_fit in reversed(launches)
        if _sizes_beside(profile, key) == _sizes_beside(asked, key)
    ]
    return msgspec.structs.replace(search, tries=tuple(alike))


def _sizes_beside(profile: ScaleProfile, key: str) -> list[int]:
    return [value_of(profile, other) for other in KNOBS if other != key]


def knob_named(name: str) -> Knob:
    """A knob by its dotted key or the end of it, such as ``mini_batch_size``.

    :raises InputError: where there is none.
    """
    wanted = name.removeprefix("agent.")
    found = [knob for key, knob in KNOBS.items() if wanted in (key, key.split(".")[-1], short_name(key))]
    if not found:
        raise InputError(
            "no such knob", f"memory is not searched by '{name}'", f"use {', '.join(map(short_name, KNOBS))}"
        )
    return found[0]


def short_name(key: str) -> str:
    return key.split(".")[-1].removeprefix("system_dynamics_")


def forecast_value(profile: ScaleProfile, knob: Knob, budget: Budget) -> int:
    """The largest value of the knob that is forecast to fit; its floor where none is."""
    low, high = 0, max(0, value_of(profile, knob.key) - knob.floor)
    while low < high:
        middle = (low + high + 1) // 2
        if needed_mib(forecast_of(resized(profile, knob.key, knob.floor + middle))) <= budget.torch_mib:
            low = middle
        else:
            high = middle - 1
    return knob.floor + low


def search_path(logs: Path, search: SizeSearch) -> Path:
    """Where the search's state lies: one file for the same profile, size and device."""
    identity = msgspec.json.encode(msgspec.structs.replace(search, tries=()))
    digest = hashlib.sha256(identity).hexdigest()[:12]
    return logs / "fits" / f"{search.profile.name}_{short_name(search.key)}_{digest}.json"


def resumed(logs: Path, search: SizeSearch) -> SizeSearch:
    """The search as its file left it; as it is where there is no file.

    :raises InputError: where the file cannot be understood.
    """
    path = search_path(logs, search)
    try:
        return decode_json(read_record(path), SizeSearch)
    except FileNotFoundError:
        return search
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InputError("search not readable", f"{path}: {error}", "remove the file to begin anew") from error


def save_search(logs: Path, search: SizeSearch) -> None:
    """
    :raises OSError: where it can't be written.
    """
    path = search_path(logs, search)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, msgspec.json.format(msgspec.json.encode(search), indent=2))
