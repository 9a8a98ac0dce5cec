"""The index of names: headings, locators, subentries and cross-references (ISO 999, Chicago 15).

A catalogue of mentions becomes an index when the pages are known.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Protocol, TypeVar

from msgspec import Struct

from .document import Article, Note, leaves
from .filing import filing
from .pages import Folio, PageMap
from .schema import Person, Place

MANY = 6  # undifferentiated locators; more want subentries


class Locator(Struct, frozen=True):
    """A page, a range of pages, or a note: 45 · 45–47 · 45n3 · 45nn3–4.

    `anchors` are the mentions that it stands for, in order; the first is where a link leads.
    """

    first: Folio
    last: Folio
    anchors: tuple[str, ...]
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        if self.notes:
            return f"{self.first}{_note_marks(self.notes)}"
        if self.first == self.last:
            return str(self.first)
        return f"{self.first}–{last_of_range(self.first, self.last)}"


class Subentry(Struct, frozen=True):
    topic: str
    locators: tuple[Locator, ...]


class Entry(Struct, frozen=True):
    """An entry: a person with locators, or a cross-reference (`see`) to one."""

    heading: str
    person: str = ""
    dates: str = ""
    gloss: str = ""
    also: tuple[str, ...] = ()
    locators: tuple[Locator, ...] = ()
    subentries: tuple[Subentry, ...] = ()
    see: str = ""
    see_person: str = ""
    see_also: tuple[tuple[str, str], ...] = ()  # person, heading


class Sighting(Struct, frozen=True):
    """A mention on its page. `rank` counts the paragraphs of the book, for runs of discussion."""

    anchor: str
    folio: Folio
    rank: int
    article: str
    line: int
    note: str = ""  # the mark of the note that it stands in


def last_of_range(first: Folio, last: Folio) -> str:
    """Return the second number of a range, abbreviated the Chicago way (9.63); roman in full."""
    if not last.body:
        return str(last)
    a, b = str(first), str(last)
    number = first.number
    if number < 100 or number % 100 == 0 or len(a) != len(b):
        return b
    same = next(i for i, (x, y) in enumerate(zip(a, b, strict=True)) if x != y)
    return b[same:] if number % 100 < 10 else b[min(same, len(b) - 2) :]


def _note_marks(marks: Sequence[str]) -> str:
    if len(marks) == 1:
        return f"n{marks[0]}"
    numbers = [int(m) for m in marks if m.isdigit()]
    if len(numbers) == len(marks):
        runs = []
        for _, run in groupby(enumerate(numbers), lambda pair: pair[1] - pair[0]):
            members = [n for _, n in run]
            runs.append(str(members[0]) if len(members) == 1 else f"{members[0]}–{members[-1]}")
        return f"nn{', '.join(runs)}"
    return f"nn{', '.join(marks)}"


def sightings(articles: Iterable[Article], pages: PageMap) -> dict[str, tuple[Sighting, ...]]:
    """Return every indexed mention by person, in the order of the book."""
    found: dict[str, list[Sighting]] = {}
    rank = 0
    for article in articles:
        ranks: dict[str, int] = {}
        for id, _ in leaves(article.blocks):
            rank += 1
            ranks[id] = rank
        notes: Mapping[str, Note] = {note.id: note for note in article.notes}
        for occurrence in article.occurrences:
            if not occurrence.indexed or occurrence.block not in pages:
                continue
            place = pages.find(occurrence.block, occurrence.offset)
            note = notes.get(occurrence.note)
            home = note.call_block if note else occurrence.block
            line = note.call_line if note else occurrence.text.whole_span().line
            sighting = Sighting(
                anchor=occurrence.anchor,
                folio=place.folio,
                rank=ranks.get(home, rank),
                article=article.id,
                line=line,
                note=note.mark if note else "",
            )
            found.setdefault(occurrence.person, []).append(sighting)
        rank += 1  # articles never run on into each other
    return {person: tuple(s) for person, s in found.items()}


def locators(found: Iterable[Sighting]) -> tuple[Locator, ...]:
    """Return the locators for mentions: a page once; a range only where the discussion runs on.

    Pages join into a range when the last mention on one and the first on the next stand in the
    same paragraph or in paragraphs that follow each other. A mention in a note gets a locator of
    its own, unless the text of that page is listed already.
    """
    seen = sorted(found, key=lambda s: (s.folio, s.rank))
    text = [s for s in seen if not s.note]
    made: list[Locator] = []
    last_rank = -1
    for folio, on_page in groupby(text, key=lambda s: s.folio):
        mentions = list(on_page)
        anchors = tuple(s.anchor for s in mentions)
        runs_on = made and folio == made[-1].last.next() and mentions[0].rank - last_rank <= 1
        if runs_on:
            made[-1] = Locator(made[-1].first, folio, made[-1].anchors + anchors)
        else:
            made.append(Locator(folio, folio, anchors))
        last_rank = mentions[-1].rank
    listed = {s.folio for s in text}
    in_notes = [s for s in seen if s.note and s.folio not in listed]
    for folio, on_page in groupby(in_notes, key=lambda s: s.folio):
        mentions = list(on_page)
        marks = tuple(dict.fromkeys(s.note for s in mentions))
        made.append(Locator(folio, folio, tuple(s.anchor for s in mentions), marks))
    return tuple(sorted(made, key=lambda x: (x.first, bool(x.notes), x.last)))


def index(
    people: Mapping[str, Person], articles: Sequence[Article], pages: PageMap
) -> tuple[Entry, ...]:
    """Return the index of the persons whom the articles mention, filed."""
    found = sightings(articles, pages)
    entries: list[Entry] = []
    for name, seen in found.items():
        person = people[name]
        general, subentries = _by_topic(person, seen)
        entries.append(
            Entry(
                heading=person.heading,
                person=name,
                dates=person.dates,
                gloss=person.gloss,
                also=person.also,
                locators=general,
                subentries=subentries,
                see_also=tuple((p, people[p].heading) for p in person.see_also if p in found),
            )
        )
        entries += [
            Entry(heading=other, see=person.heading, see_person=name)
            for other in person.also
            if filing(other)[0] != filing(person.heading)[0] and not next_door(other, person)
        ]
    return tuple(sorted(entries, key=lambda e: (filing(e.heading), filing(e.see))))


def expected(people: Mapping[str, Person], articles: Iterable[Article]) -> tuple[str, ...]:
    """Return the headings of all who will be in the index, filed, as far as that is known before
    the pages are."""
    seen = (o.person for article in articles for o in article.occurrences if o.indexed)
    return tuple(sorted((people[p].heading for p in dict.fromkeys(seen)), key=filing))


def next_door(other: str, person: Person) -> bool:
    """Tell whether a form would file beside its heading: then a *see* is no help."""
    return other.split(",")[0] == person.heading.split(",")[0]


class Placed(Protocol):
    """What stands in a line of an article."""

    @property
    def article(self) -> str: ...

    @property
    def line(self) -> int: ...


P = TypeVar("P", bound=Placed)


def divided(places: Iterable[Place], items: Sequence[P]) -> tuple[list[P], list[P]]:
    """Divide items into those that the places cover and those that they do not."""
    by_article: dict[str, list[Place]] = {}
    for place in places:
        by_article.setdefault(place.article, []).append(place)
    mine: list[P] = []
    rest: list[P] = []
    for item in items:
        here = by_article.get(item.article, ())
        covered = any(place.covers(item.article, item.line) for place in here)
        (mine if covered else rest).append(item)
    return mine, rest


def _by_topic(
    person: Person, seen: Sequence[Sighting]
) -> tuple[tuple[Locator, ...], tuple[Subentry, ...]]:
    """Divide the mentions of a person among topics, when there are too many for one string."""
    whole = locators(seen)
    if len(whole) <= MANY or not person.topics:
        return whole, ()
    rest = list(seen)
    subentries = []
    for topic in person.topics:
        mine, rest = divided(topic.within, rest)
        if mine:
            subentries.append(Subentry(topic.topic, locators(mine)))
    subentries.sort(key=lambda s: filing(re.sub(r"^(?:and|as|at|in|of|on|the|with) ", "", s.topic)))
    return locators(rest), tuple(subentries)


def letter(entry: Entry) -> str:
    """Return the letter under which an entry is grouped."""
    match = re.search(r"[^\W\d_]", entry.heading)
    if not match:
        return "#"
    return unicodedata.normalize("NFD", match[0])[0].upper()
