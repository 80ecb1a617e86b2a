"""Which lines of a console are of a harmless class alone, as the diagnosis has it."""

from __future__ import annotations

import re

from rwm_tui.core.diagnosis.line_finder import LineFinder
from rwm_tui.core.diagnosis.pattern import MASK
from rwm_tui.core.diagnosis.signature import Rule

MAX_KNOWN_MASKS = 50_000
_CSI = re.compile(rb"\x1b\[[0-?]{0,64}[ -/]{0,8}[@-~]")


class HarmlessLines:
    """Picks them; lines that differ in numbers alone are looked up once."""

    def __init__(self) -> None:
        self._finder = LineFinder(())
        self._rules: dict[bytes, tuple[Rule, ...]] = {}

    def among(self, lines: list[bytes]) -> list[int]:
        """The indices of the harmless ones."""
        text = b"\n".join(lines)
        if b"\x1b" in text:
            text = _CSI.sub(b"", text)
            lines = text.split(b"\n")
        masked = text.translate(MASK).split(b"\n")
        different = set(masked)
        self._learn(different)
        telling = {mask for mask in different if self._rules[mask]}
        if not telling:
            return []
        return [
            index
            for index, mask in enumerate(masked)
            if mask in telling and is_harmless(lines[index], self._rules[mask])
        ]

    def _learn(self, masks: set[bytes]) -> None:
        """Look up the rules of new masks; most have none."""
        if len(self._rules) > MAX_KNOWN_MASKS:
            self._rules.clear()
        new = list(masks.difference(self._rules))
        if new:
            found = self._finder.find(new).rules
            self._rules.update((mask, found.get(index, ())) for index, mask in enumerate(new))


def is_harmless(line: bytes, rules: tuple[Rule, ...]) -> bool:
    """Whether a harmless class claims the line; a weak one yields to a failure on the same line.

    :param rules: those that the masked line fits.
    """
    lowered = line.lower()
    fitting = [rule for rule in rules if rule.pattern.found_in(lowered)]
    claimed = [rule for rule in fitting if rule.kind == "harmless"]
    failing = any(rule.kind == "failure" for rule in fitting)
    return any(not rule.weak for rule in claimed) or (bool(claimed) and not failing)
