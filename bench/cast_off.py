"""Cast off: where pages would end, by count of characters, before any page is laid out.

The index and the rest of the back matter are made from a page map. The peers find the page of
every place by themselves; what they are given of the apparatus (which mention is under which
subentry, which passage supports which event) needs pages only about as long as real ones.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from leftopp_book.apparatus import Apparatus, apparatus
from leftopp_book.document import Article, leaves, plain
from leftopp_book.edition import Edition
from leftopp_book.index import Entry, index
from leftopp_book.pages import Laid, LineStart, PageMap, ink_set, ordered

LINE, LINES = 52, 31  # characters in a line without its spaces; lines on a page of A5


@dataclass(frozen=True)
class Work:
    """The work that every peer does: an edition, its back matter, and the places pointed at."""

    edition: Edition
    back: Apparatus
    index: tuple[Entry, ...]
    wanted: Mapping[str, tuple[tuple[int, str], ...]]  # by block: offsets, and names of places
    headings: Mapping[str, tuple[tuple[str, str, str], ...]]  # by place: heading, topic, note


def cast_off(edition: Edition) -> Work:
    """Return the work that an edition makes."""
    parts = [(article.id, _laid(article)) for article in edition.articles]
    pages = PageMap(ordered(parts, body=True, sheet=0))
    entries = index(edition.people, edition.articles, pages)
    back = apparatus(edition, pages, entries)
    headings = _headings(edition, entries)
    mentions = {o.anchor for article in edition.articles for o in article.occurrences}
    wanted: dict[str, list[tuple[int, str]]] = {}
    for name, (block, offset) in back.targets.items():
        if name in headings or name not in mentions:
            wanted.setdefault(block, []).append((offset, name))
    return Work(
        edition,
        back,
        entries,
        {block: tuple(sorted(found)) for block, found in wanted.items()},
        headings,
    )


def _laid(article: Article) -> Laid:
    """Return an article as if every line held so many characters, and every page so many lines."""
    starts: list[LineStart] = []
    for block, ink in _blocks(article):
        for offset in range(0, max(ink, 1), LINE):
            page, line = divmod(len(starts), LINES)
            starts.append(LineStart(block, offset, page, line + 1, 0, 0))
    count = starts[-1].page + 1 if starts else 1
    return Laid((), count, tuple(starts), {}, ("",) * count)


def _blocks(article: Article) -> Iterator[tuple[str, int]]:
    """Yield the blocks of an article and the characters they hold, each note after its call."""
    opening = article.opening
    called: dict[str, list[tuple[str, int]]] = {}
    for note in article.notes:
        ink = ink_set(plain(note.inlines))
        called.setdefault(note.call_block, []).append((note.id, ink))
    yield opening.id, ink_set(article.title)
    for name, lines in (
        ("kicker", opening.kicker),
        ("byline", opening.byline),
        ("dateline", opening.dateline),
        ("headnote", opening.headnote),
    ):
        for n, inlines in enumerate(lines, 1):
            yield f"{opening.id}-{name}-{n}", ink_set(plain(inlines))
    for block, inlines in leaves(article.blocks):
        yield block, ink_set(plain(inlines))
        yield from called.pop(block, ())
    for rest in called.values():
        yield from rest


def _headings(
    edition: Edition, entries: Sequence[Entry]
) -> dict[str, tuple[tuple[str, str, str], ...]]:
    """Return, for every mention that the index lists, its heading, its topic and its note."""
    marks = {note.id: note.mark for article in edition.articles for note in article.notes}
    notes = {
        o.anchor: marks.get(o.note, "") for article in edition.articles for o in article.occurrences
    }
    found: dict[str, tuple[tuple[str, str, str], ...]] = {}
    for entry in entries:
        for topic, locators in (
            ("", entry.locators),
            *((s.topic, s.locators) for s in entry.subentries),
        ):
            for locator in locators:
                for anchor in locator.anchors:
                    here = (entry.heading, topic, notes[anchor])
                    found[anchor] = (*found.get(anchor, ()), here)
    return found
