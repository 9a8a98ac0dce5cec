"""Unchanged: whether a build would make again what is there, found out without reading the book.

A build leaves a note of what it was asked for, of a hash of all that it may read (`book/`, styles,
copy-texts, the program and its libraries) and of the hashes of what it made. When all of that is
still so, there is nothing to do. Nothing heavy is imported to see it.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct

from . import scratch
from .fingerprint import fingerprint

MOST = 2000, 200_000_000  # files, and bytes of them: beyond that the book is read and made as usual


class Same(Struct, frozen=True):
    """What an earlier build made and said, which is what this one would make and say."""

    made: tuple[Path, ...]
    lacking: tuple[str, ...]  # what is said of editions without their copy-texts
    laid_out: tuple[str, ...]  # warnings that only the laid out book shows
    warnings: int  # how many others


class Asked(Struct, frozen=True):
    """A project, the folders of copy-texts, where the files go, and the options of the build."""

    root: Path
    seeds: tuple[Path, ...]
    out: Path
    options: tuple[Any, ...]

    @property
    def _note(self) -> Path:
        words = repr((*map(_name, (self.root, *self.seeds, self.out)), self.options))
        return self.root / "build" / "made" / hashlib.sha256(words.encode()).hexdigest()[:16]

    def inputs(self) -> str:
        """Return a hash of all that a build may read; empty where that is too much, or fails.

        It is to be taken before the book is read: what changes afterwards is then not overlooked.
        """
        here = Path(__file__).parent
        folders = [self.root / "book", self.root / "styles", self.root / "seeds", *self.seeds]
        folders += [here / "styles", here.parent.parent / "styles"]
        made = hashlib.sha256(fingerprint().encode())
        files, size = MOST
        try:
            for folder in folders:
                for path in _below(os.path.realpath(folder)):
                    files, size = files - 1, size - os.stat(path).st_size
                    if files < 0 or size < 0:
                        return ""
                    with open(path, "rb") as file:
                        made.update(repr(path).encode())
                        made.update(hashlib.sha256(file.read()).digest())
        except OSError:
            return ""
        return made.hexdigest()

    def still_there(self, inputs: str) -> Same | None:
        """Return what was made of just these inputs, and what was said; None if it must be made."""
        try:
            note = json.loads(self._note.read_bytes()) if self._note.is_file() else {}
            if not inputs or note["inputs"] != inputs:
                return None
            for name, digest in note["made"].items():
                if _digest(self.out / name) != digest:
                    return None
            made = tuple(self.out / name for name in note["made"])
            lacking, laid_out = (tuple(map(str, note[kind])) for kind in ("lacking", "laid_out"))
            return Same(made, lacking, laid_out, int(note["warnings"]))
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None

    def remember(
        self,
        inputs: str,
        written: Iterable[Path],
        lacking: Sequence[str],
        laid_out: Sequence[str],
        warnings: int,
    ) -> None:
        """Leave a note of what was made, and said. Where it cannot be written, the next build does
        it all."""
        if not inputs:
            return
        try:
            made = {str(path.relative_to(self.out)): _digest(path) for path in written}
            said = {"lacking": list(lacking), "laid_out": list(laid_out), "warnings": warnings}
            scratch.put(self._note, json.dumps({"inputs": inputs, "made": made, **said}).encode())
        except (OSError, ValueError):
            pass


def _name(path: Path) -> str:
    return repr(os.path.realpath(path))


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _below(folder: str) -> Iterator[str]:
    """Yield the real files in a real folder and below, in order. Raises OSError for others."""
    if not os.path.isdir(folder):
        return
    with os.scandir(folder) as found:
        entries = sorted(found, key=lambda entry: entry.name)
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            yield from _below(entry.path)
        elif entry.is_file():
            yield os.path.realpath(entry.path) if entry.is_symlink() else entry.path
        else:
            raise OSError(f"{entry.path} is no file")
