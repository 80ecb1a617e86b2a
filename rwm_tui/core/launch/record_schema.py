"""Every file of a launch record says which schema it was written in."""

from pathlib import Path

import msgspec

from rwm_tui.core.errors import InputError
from rwm_tui.core.typed_reading import decode_json


class _Schema(msgspec.Struct, frozen=True):
    schema: int = 1


def require_schema(path: Path, content: bytes, known: int) -> None:
    """What another version meant by the same keys is unknown, so its records are refused, not guessed at.

    :raises InputError: where the record is of another schema.
    :raises msgspec.DecodeError: where it is no record at all.
    """
    require_known(path, decode_json(content, _Schema).schema, known)


def require_known(path: Path, written: int, known: int) -> None:
    """
    :raises InputError: where the two differ.
    """
    if written != known:
        raise InputError(
            "launch record of another schema",
            f"{path}: schema {written}, and this version reads schema {known}",
            "read it with the version of rwm-tui that wrote it",
        )
