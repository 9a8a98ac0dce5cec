"""The whole book: what it adds to its parts when they are joined."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .pages import LaidPage

Faces = Mapping[str, bytes]  # the files of the book face by their names


@dataclass(frozen=True)
class Bookmark:
    level: int
    title: str
    target: str


@dataclass(frozen=True)
class Metadata:
    title: str
    authors: tuple[str, ...]
    language: str
    subject: str
    keywords: tuple[str, ...]
    producer: str
    modified: str  # a date, YYYY-MM-DD

    @property
    def author(self) -> str:
        """All authors, as the file's information has them."""
        return "; ".join(self.authors)

    @property
    def stamp(self) -> str:
        """The date as PDF writes it: D:20260101000000Z."""
        return f"D:{self.modified.replace('-', '')}000000Z"


@dataclass(frozen=True)
class Furniture:
    """A running head or a folio: a page that has all of its kind, and which of them it is."""

    page: LaidPage
    number: int


@dataclass(frozen=True)
class Whole:
    """What the book as a whole adds to its parts."""

    heads: Sequence[Sequence[Furniture]]  # for every sheet what is drawn on it
    targets: Mapping[str, tuple[str, int]]  # of links that name no block: a block, and how far in
    bookmarks: Sequence[Bookmark]
    metadata: Metadata
    prelims: int  # sheets numbered in roman
    contents: range  # the sheets that hold the contents, whose lines get leaders
