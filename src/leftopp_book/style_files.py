"""The files of styles: those that come with the program, and those that a project has of its own.

A project may have formats alone, or all the styles: of its own sheets and templates none is taken
from the program, lest one that was forgotten or misspelt be set aside in silence.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path


@cache
def ours() -> Path:
    """Return the folder of the styles that come with the program."""
    here = Path(__file__).parent
    folders = (here / "styles", here.parent.parent / "styles")
    return next((one for one in folders if (one / "print.css").is_file()), folders[0])


@cache
def is_ours(folder: Path) -> bool:
    """Tell whether a folder is that of the program's styles, or in it."""
    return Path(os.path.realpath(folder)).is_relative_to(os.path.realpath(ours()))


def lacking(own: Path) -> list[str]:
    """Return what sheets and templates a project's styles lack; none if they are formats alone."""
    there = set(_sheets(own))
    return sorted(set(_sheets(ours())) - there) if there else []


def _sheets(folder: Path) -> Iterator[str]:
    for pattern in ("*.css", "templates/*.j2"):
        yield from (str(path.relative_to(folder)) for path in folder.glob(pattern))


def formats(styles: Path, own: Path | None = None) -> dict[str, Path]:
    """Return the formats by name: the project's own, and those that come with the program."""
    folders = (ours(), styles, own or styles)  # the last one has the last word
    return {file.stem: file for one in folders for file in sorted(one.glob("formats/*.yaml"))}
