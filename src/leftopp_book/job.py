"""A job: what is ordered of a printing press, and what the pages made ready for it are."""

from __future__ import annotations

from msgspec import Struct


class Job(Struct, frozen=True):
    """How sheets are to be made ready. Lengths are in millimetres."""

    condition: str  # a key of schema.CONDITIONS
    bleed: float = 0
    marks: bool = False
    signature: int = 2  # the number of pages is a multiple of it
    drawn: float = 0  # bleed that the pages have already, within their size
    colours: bool = False  # CMYK, not black alone


class Facts(Struct, frozen=True):
    """What the press file says of itself."""

    title: str
    author: str
    producer: str
    modified: str  # as in PDF: D:20260101000000Z


class Fault(Struct, frozen=True):
    """What cannot be printed in this job, and on which page, from 1."""

    page: int
    what: str


class Ready(Struct, frozen=True):
    pdf: bytes
    pages: int
    faults: tuple[Fault, ...]


def leaves(pages: int, signature: int) -> int:
    """Return how many pages a book has with blank ones up to a whole signature."""
    return -(-pages // signature) * signature
