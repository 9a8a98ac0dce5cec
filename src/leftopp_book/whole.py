"""The whole book: what it adds to its parts when they are joined."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from .pages import LaidPage

Faces = Mapping[str, bytes]  # the files of the book face by their names


class Bookmark(Struct, frozen=True):
    level: int
    title: str
    target: str


class Metadata(Struct, frozen=True):
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


class Furniture(Struct, frozen=True):
    """A running head or a folio: a page that has all of its kind, and which of them it is."""

    page: LaidPage
    number: int


class Whole(Struct, frozen=True):
    """What the book as a whole adds to its parts."""

    heads: Sequence[Sequence[Furniture]]  # for every sheet what is drawn on it
    targets: Mapping[str, tuple[str, int]]  # of links that name no block: a block, and how far in
    bookmarks: Sequence[Bookmark]
    metadata: Metadata
    prelims: int  # sheets numbered in roman
    contents: range  # the sheets that hold the contents, whose lines get leaders
