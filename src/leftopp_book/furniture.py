"""Furniture: running heads and folios, which stand on a page outside its text.

All of a kind are set on one page, each as a line (a running head of rectos, a folio of versos), and
drawn from there onto the pages that they are for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct

from .pages import LaidPage, PageMap, roman, sheets
from .whole import Furniture

PRELIM_FOLIOS, BACK_FOLIOS = 17, 40  # as far as folios are guessed
FIRST_FOLIO = 5  # of the prelims: half-title, title and imprint have none


class Words(Struct, frozen=True):
    """A running head, a folio at the head, or a folio dropped to the foot of an opening page."""

    side: str  # recto, verso
    kind: str  # head, folio, drop
    words: str


Heads = Mapping[Words, Furniture]


def wanted(
    pages: PageMap, titles: Mapping[str, str], opens: Mapping[str, int], book: str
) -> tuple[tuple[Words, ...], ...]:
    """Return what stands on every sheet: the book's title on versos, that of the part on rectos.

    Parts without a title have nothing. `opens` names the page, from 0, on which a part opens, where
    that is not its first; the pages before it have nothing.
    """
    total = sheets(pages.parts)
    found: list[tuple[Words, ...]] = [()] * (total + total % 2)
    for part in pages.parts:
        if part.id not in titles:
            continue
        first = opens.get(part.id, 0)
        for page in range(first, part.laid.pages):
            sheet = part.sheet + page
            side, folio = _side(sheet + 1), str(part.folio_of(page))
            head = titles[part.id] if side == "recto" else book
            found[sheet] = (
                (Words(side, "drop", folio),)
                if page == first
                else (Words(side, "head", head), Words(side, "folio", folio))
            )
    return tuple(found)


def guessed(pages: PageMap, titles: Iterable[str], book: str) -> Iterator[Words]:
    """Yield what will be wanted of a book of which only the articles are set."""
    last = sheets(pages.parts)
    for number in range(FIRST_FOLIO, PRELIM_FOLIOS):
        yield Words(_side(number), "folio", roman(number))
    for number in range(1, last + BACK_FOLIOS):
        yield Words(_side(number), "folio", str(number))
    opened = {part.folio.number for part in pages.parts}
    for number in (*sorted(opened), *range(last + 1 + last % 2, last + BACK_FOLIOS, 2)):
        yield Words("recto", "drop", str(number))
    for number in range(FIRST_FOLIO, PRELIM_FOLIOS, 2):
        yield Words("recto", "drop", roman(number))
    for title in titles:
        yield Words("recto", "head", title)
    yield Words("verso", "head", book)


def kinds_of(words: Iterable[Words]) -> list[tuple[str, str, list[str]]]:
    """Return words by side and kind, as they are set: a page for each kind, a line for each."""
    kinds: dict[tuple[str, str], list[str]] = {}
    for one in dict.fromkeys(words):
        if one.words:
            kinds.setdefault((one.side, one.kind), []).append(one.words)
    return [(side, kind, own) for (side, kind), own in kinds.items()]


def heads_of(
    laid: Sequence[LaidPage], kinds: Iterable[tuple[str, str, Sequence[str]]]
) -> dict[Words, Furniture]:
    """Return where the words stand on the pages that were set of their kinds.

    Lines are named for side, kind and number; blank pages between two of one side are passed over.
    """
    made: dict[Words, Furniture] = {}
    pages = (page for page in laid if page.lines)
    for page, (side, kind, own) in zip(pages, kinds, strict=True):
        lines = {line.block: number for number, line in enumerate(page.lines)}
        for number, words in enumerate(own, 1):
            line = lines.get(f"{side}-{kind}-{number}")
            if line is not None:
                made[Words(side, kind, words)] = Furniture(page, line)
    return made


def _side(folio: int) -> str:
    return "recto" if folio % 2 else "verso"
