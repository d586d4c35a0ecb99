"""Writes files so that a power cut leaves the old or the new one, never an empty one or half of one."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def write_durably(path: Path, text: str) -> None:
    """Put a text in the place of a file; what cannot be written (a full disk) leaves it as it was."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        with draft.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
