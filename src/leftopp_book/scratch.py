"""Scratch files: what is written beside its place and put there when it is whole.

`shelf` does more for the files that a build is made for; this is for what need not be made again.
"""

from __future__ import annotations

import os
from pathlib import Path


def put(path: Path, data: bytes) -> None:
    """Write a file, whole or not at all, and `clear` what was left of it. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        part.write_bytes(data)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    clear(path.parent, path.name)


def clear(folder: Path, name: str = "") -> None:
    """Remove what is half-written and nobody writes any more, of one file or of all in a folder."""
    for left in os.listdir(folder) if folder.is_dir() else ():
        whole, _, kind = left.rpartition(".")
        own, _, process = whole.rpartition(".")
        if kind == "part" and own and own == (name or own) and not _is_alive(process):
            (folder / left).unlink(missing_ok=True)


def _is_alive(process: str) -> bool:
    try:
        os.kill(int(process), 0)
    except (ProcessLookupError, ValueError, OverflowError):
        return False
    except PermissionError:
        pass  # a process of somebody else is writing it
    return True
