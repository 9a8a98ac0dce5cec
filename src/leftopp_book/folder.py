"""What may be read: regular files of a bearable size, in the folders that were given, no others.

A name that stands in `book/` may come from anyone. It leads nowhere but into the project: not by
`..`, not by `/`, not by a link; and never to a pipe or a device, on which a program waits for ever.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from pathlib import Path

LIMIT = 64 * 2**20  # bytes in one file; War and Peace has three million

_KINDS = (
    (stat.S_ISDIR, "is a folder"),
    (stat.S_ISFIFO, "is a named pipe"),
    (stat.S_ISSOCK, "is a socket"),
    (stat.S_ISCHR, "is a device"),
    (stat.S_ISBLK, "is a device"),
)


class RefusedError(Exception):
    """A file that is not read. The message goes on from its name: “is a folder”."""

    def __init__(self, why: str, hint: str = "", *, missing: bool = False) -> None:
        super().__init__(why)
        self.hint, self.missing = hint, missing


def named(root: Path, name: str) -> Path:
    """Return the path that a name in `book/` leads to, below `root`. Raises RefusedError."""
    if not name or "\0" in name or name.startswith("/") or ".." in name.split("/"):
        raise RefusedError(
            "is no name of a file in the project",
            "give the path from book/ downwards, without “..” and without “/” at its head",
        )
    return root / name


def read(path: Path, within: Iterable[Path] = ()) -> bytes:
    """Return the bytes of a file that lies, links followed, in one of the folders `within`.

    Without folders it may lie anywhere: somebody at the keyboard has named it. Raises RefusedError.
    """
    try:
        real = _real(path, within)
        _regular(os.stat(real))  # before it is opened, for opening a pipe or a tape does something
        flags = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_NOFOLLOW
        with open(os.open(real, flags), "rb") as file:
            _regular(os.fstat(file.fileno()))
            data = file.read(LIMIT + 1)
    except (OSError, ValueError) as error:
        raise _refused(path, error) from error
    _bearable(len(data))  # what grows while it is read, or does not tell its length
    return data


def _real(path: Path, within: Iterable[Path]) -> Path:
    real = Path(os.path.realpath(path, strict=True))
    folders = [Path(os.path.realpath(folder)) for folder in within]
    if folders and not any(real.is_relative_to(folder) for folder in folders):
        raise RefusedError(
            f"leads out of the project, to {real}",
            "put the file itself there; copy-texts may be in any folder that --seeds names",
        )
    return real


def _regular(facts: os.stat_result) -> None:
    for is_kind, what in _KINDS:
        if is_kind(facts.st_mode):
            raise RefusedError(what, "put a file of plain text there")
    _bearable(facts.st_size)


def _bearable(size: int) -> None:
    if size > LIMIT:
        raise RefusedError(
            f"is too long: no file of a book has more than {LIMIT // 2**20} MiB",
            "see whether it is the right file, or divide it",
        )


def _refused(path: Path, error: OSError | ValueError) -> RefusedError:
    if isinstance(error, ValueError):
        return RefusedError("has a name that this system cannot write", "give it another name")
    if isinstance(error, FileNotFoundError) and not os.path.islink(path):
        return RefusedError("is not there", missing=True)
    if isinstance(error, FileNotFoundError):
        return RefusedError("is a link that leads nowhere", "put the file itself there")
    words = (error.strerror or str(error)).lower()
    return RefusedError(
        f"cannot be read: {words}", "see who may read it, and every folder above it"
    )


def listed(folder: Path, ending: str = "", within: Iterable[Path] = ()) -> list[Path]:
    """Return what is in a folder by name, hidden files left out; nothing, if it is not there.

    Editors and systems leave hidden files beside those that they open. Raises RefusedError.
    """
    try:
        names = sorted(os.listdir(_real(folder, within)))
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise _refused(folder, error) from error
    return [folder / name for name in names if name.endswith(ending) and not name.startswith(".")]
