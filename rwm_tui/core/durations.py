"""Durations in words."""


def duration_text(seconds: float) -> str:
    """`42 s`, `3 min 05 s`, `2 h 07 min`."""
    whole = max(round(seconds), 0)
    if whole < 3600:
        return moment_text(whole)
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def moment_text(seconds: float) -> str:
    """The same to the second: `2 h 07 min 05 s`."""
    whole = max(round(seconds), 0)
    if whole < 60:
        return f"{whole} s"
    minutes = f"{whole % 3600 // 60:02d}" if whole >= 3600 else f"{whole // 60}"
    hours = f"{whole // 3600} h " if whole >= 3600 else ""
    return f"{hours}{minutes} min {whole % 60:02d} s"
