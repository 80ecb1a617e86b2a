"""A rung's device memory as a bar against the GPU: who holds what, where the limit is, and the verdict."""

from rwm_tui.core.memory.report import ProfileForecast

BAR_WIDTH = 50
LIMIT, FREE = "|", "."
WORDS = {"fits": "fits", "tight": "tight", "will-not-fit": "will not fit", "unknown": "unknown"}


def memory_lines(answer: ProfileForecast) -> list[str]:
    """Verdict, bar, legend, and where the figures come from. The parts are letters: no colour is needed."""
    if answer.unknown_because:
        return [f"unknown: {answer.unknown_because}"]
    parts = _parts(answer)
    legend = "   ".join(f"{letter} {name} {mib / 1024:.1f}" for letter, name, mib in parts)
    known = [f"seen here: {answer.known.text}"] if answer.known.text else []
    capped = [] if answer.cap_mib is None else [f"torch may reserve {answer.cap_mib / 1024:.1f} GiB, by the profile"]
    return [
        _verdict(answer),
        bar([(letter, mib) for letter, _, mib in parts], answer.vram_mib),
        f"{legend}   (GiB)",
        f"peak in the {answer.learner.phase} phase",
        *capped,
        *known,
        f"beside the trainer: {answer.baseline.basis}",
        f"trainer: {answer.learner.basis}",
    ]


def bar(parts: list[tuple[str, float]], limit_mib: float | None) -> str:
    """Each part by its letter, one cell at least; ``|`` is the device's end, and what lies beyond it does not fit."""
    needed = sum(mib for _, mib in parts)
    whole = max(needed, limit_mib or 0.0)
    cells = ""
    reached = 0.0
    for letter, mib in parts:
        reached += mib
        cells += letter * max(round(reached / whole * BAR_WIDTH) - len(cells), 1 if mib > 0 else 0)
    cells = cells[:BAR_WIDTH].ljust(BAR_WIDTH, FREE if limit_mib is not None else " ")
    if limit_mib is None:
        return f"[{cells.rstrip()}]"
    end = round(limit_mib / whole * BAR_WIDTH)
    if needed > limit_mib:
        end = min(end, BAR_WIDTH - 1)
    return f"[{cells[:end]}{LIMIT}{cells[end:]}"


def _parts(answer: ProfileForecast) -> list[tuple[str, str, float]]:
    """The forecast itself, and the simulator at its upper bound, as the verdict takes it."""
    learner = answer.learner
    context = learner.peak_mib - learner.torch_reserved_mib
    parts = [
        ("o", "others", answer.others_mib or 0.0),
        ("s", "simulator", answer.simulator.high_mib),
        ("c", "CUDA context", context),
        ("t", "torch", learner.torch_reserved_mib),
    ]
    return [part for part in parts if part[2] > 0]


def _verdict(answer: ProfileForecast) -> str:
    low, high = answer.learner.interval_mib
    low, high = low + answer.baseline.low_mib, high + answer.baseline.high_mib
    needed = f"needs {low / 1024:.1f} to {high / 1024:.1f} GiB"
    if answer.vram_mib is None:
        return f"{WORDS[answer.verdict]}, {answer.device.removeprefix('unknown: ')}: {needed}"
    return f"{WORDS[answer.verdict]}: {needed} of {answer.vram_mib / 1024:.1f} ({answer.device})"
