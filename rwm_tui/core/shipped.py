"""Files that travel with the package: inside it in a wheel, beside it in a checkout."""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent


def shipped(folder: str) -> Path:
    """``profiles`` → ``rwm_tui/_profiles`` as the wheel has it, else the checkout's own ``profiles``."""
    packed = PACKAGE / f"_{folder}"
    return packed if packed.is_dir() else PACKAGE.parent / folder
