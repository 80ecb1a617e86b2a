"""What our own standard streams are."""

import io
import os
import sys


def has_terminal() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()


def is_served() -> bool:
    """Whether a browser is our terminal."""
    return os.environ.get("RWM_TUI_SERVED") == "1" and "TEXTUAL_DRIVER" in os.environ


def speaks_unicode() -> bool:
    """Whether stdout takes UTF-8 and nobody asked for plain ASCII.

    Python reads the C locale as UTF-8 (PEP 538, 540), so the wish for it is taken from the variables; the kernel's
    console (``TERM=linux``) has a font of a few hundred glyphs.
    """
    if is_served():
        return True
    characters = os.environ.get("LC_CTYPE")
    if characters == "C.UTF-8":  # what Python itself puts there in the C locale
        characters = None
    asked = os.environ.get("LC_ALL") or characters or os.environ.get("LANG")
    if asked in ("C", "POSIX") or os.environ.get("TERM") == "linux":
        return False
    return (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"


def speak_ascii() -> None:
    """From now on nothing but ASCII is printed; what it lacks, as its escape."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="ascii", errors="backslashreplace")


def width() -> int:
    try:
        return min(os.get_terminal_size().columns, 120)
    except OSError:
        return 100


def in_plain_words(line: str) -> str:
    """The line as this terminal can show it."""
    return line if speaks_unicode() else line.replace("→", "->").replace("…", "...").encode("ascii", "replace").decode()


def agreed(question: str) -> bool:
    """Ask on the terminal; anything but yes is no, and without a terminal nobody can say yes."""
    if not has_terminal():
        return False
    try:
        return input(f"{question} [y/N] ").strip().lower() in ("y", "yes")
    except EOFError:
        return False
