"""The apparatus: textual notes, works cited, chronology and index, ready for both outputs.

Everything that points into the book is given with its page as printed and a target; a target is a
block and an offset in it, so that paper and screen each find their own way there.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

from msgspec import Struct

from . import prose
from .clean import COMPOSED, ENTITIES
from .clean import RULES as CLEAN_RULES
from .dates import EdtfDate, masked
from .document import Article, Heading, Inlines, Role, SectionBreak, numbered, plain
from .edition import Edition, EventEntry
from .index import Entry, Locator, letter
from .pages import Folio, PageMap
from .regularise import RULES as HOUSE_RULES
from .timeline import timeline

Target = tuple[str, int]
Order = tuple[Folio, int, int]  # folio, line, rank
LAST_LINE = 10_000


class Section(Struct, frozen=True):
    """A section of the back matter; `items` is what its template goes through."""

    id: str
    title: str
    headnote: tuple[Inlines, ...]
    items: Sequence[Mapping[str, Any]]


class Apparatus(Struct, frozen=True):
    sections: tuple[Section, ...]
    rules: tuple[tuple[str, str], ...]
    targets: Mapping[str, Target]


def apparatus(edition: Edition, pages: PageMap, entries: Sequence[Entry]) -> Apparatus:
    """Return the back matter of an edition, given the pages of its articles."""
    return _Builder(edition, pages).apparatus(entries)


INDEX_NOTE = (
    "The index covers the articles and their notes; it leaves out the bare references in the "
    "notes, the bylines and the sections after the articles. A number with *n* is that of a note: "
    "23n4 is note 4 on page 23. A range such as 12–15 means that the discussion runs on over the "
    "page; 12, 13, 14 are separate mentions. Names file letter by letter; other forms of a name "
    "stand in brackets after it and refer to it from their own place."
)
CHRONOLOGY_NOTE = (
    "Every event that the articles date, under the year; the numbers are those of the pages that "
    "support it. A part of a date in square brackets is inferred by the editors. Dates before "
    "14 February 1918 are New Style; O.S. marks the Old Style date. The drawing has the number of "
    "entries of each year; rules under it are entries that span years, and where its line breaks, "
    "years without any are left out."
)
WORKS_NOTE = (
    "All works that the articles cite or name. What none of them states, and the editors supply, "
    "stands in square brackets. After each entry follow the articles that use it, with pages; "
    "45n4 is note 4 on page 45."
)
TEXTUAL_NOTE = (
    "For each article: where it appeared, what the copy-text is and whose it is; then every "
    "emendation, by page and line. Before the bracket stands the reading of this book, after it "
    "that of the copy-text, and the reason."
)


class _Builder:
    def __init__(self, edition: Edition, pages: PageMap) -> None:
        self.edition, self.pages = edition, pages
        self.targets: dict[str, Target] = {
            o.anchor: (o.block, o.offset)
            for article in edition.articles
            for o in article.occurrences
            if o.block
        }
        self.labels = _labels(edition)

    def apparatus(self, entries: Sequence[Entry]) -> Apparatus:
        edition = self.edition
        sections = [
            self._section("textual-notes", "Textual notes", TEXTUAL_NOTE, self._textual_notes()),
            self._section("works-cited", "Works cited", WORKS_NOTE, self._works()),
            self._section("chronology", "Chronology", CHRONOLOGY_NOTE, self._chronology()),
            self._section("index", "Index of names", INDEX_NOTE, _letters(entries)),
        ]
        used = {name for article in edition.articles for name, _ in article.changes}
        rules = tuple(
            (rule.id, rule.says)
            for rule in (ENTITIES, *CLEAN_RULES, COMPOSED, *HOUSE_RULES)
            if rule.id in used
        )
        return Apparatus(tuple(s for s in sections if s.items), rules, self.targets)

    def _section(
        self, id: str, title: str, note: str, items: Iterable[Mapping[str, Any]]
    ) -> Section:
        return Section(id, title, prose.paragraphs(note), tuple(items))

    def _place(self, name: str, block: str, offset: int = 0) -> Any:
        """Record a target and return its place on paper."""
        self.targets[name] = (block, offset)
        return self.pages.find(block, offset)

    # --- Textual notes ------------------------------------------------------------------------

    def _textual_notes(self) -> Iterable[Mapping[str, Any]]:
        for article in self.edition.articles:
            yield {
                "article": article,
                "seen": _in_words(article.seen),
                "silent": ", ".join(f"{name} ({count})" for name, count in article.changes),
                "readings": [
                    reading
                    for _, reading in sorted(
                        (*self._inserted(article), *self._emended(article)), key=lambda r: r[0]
                    )
                ],
            }

    def _inserted(self, article: Article) -> Iterable[tuple[Order, Mapping[str, Any]]]:
        reasons = {
            f"{article.id}-{i.before}-{'heading' if i.heading else 'break'}": i.why
            for i in self.edition.inserts(article.id)
        }
        for block in article.blocks:
            match block:
                case Heading(id=id, editorial=True, inlines=inlines):
                    words = f"heading “{plain(inlines)[1:-1]}”"
                case SectionBreak(id=id, editorial=True):
                    words = "section break"
                case _:
                    continue
            place = self.pages.find(id)
            yield (
                (place.folio, place.line, 0),
                {
                    "id": f"text-{id}-reading",
                    "at": f"{place.folio}.{place.line}",
                    "now": words,
                    "was": "",
                    "why": reasons[id],
                    "target": id,
                },
            )

    def _emended(self, article: Article) -> Iterable[tuple[Order, Mapping[str, Any]]]:
        marks = {note.id: note.mark for note in article.notes}
        taken: Counter[str] = Counter()
        for n, change in enumerate(article.emended, 1):
            # named by its place, so that another emendation leaves it as it is
            name, target = (
                numbered(f"{article.id}-emended-{change.line}-{change.column}", taken),
                "",
            )
            if change.note:
                place = self.pages.find(change.note)
                at, target = f"{place.folio}n{marks[change.note]}", change.note
                order = (place.folio, LAST_LINE, n)
            elif change.block:
                place = self._place(name, change.block, change.offset)
                at, target = f"{place.folio}.{place.line}", name
                order = (place.folio, place.line, n)
            elif change.role is Role.WORKS_CITED:
                at, target, order = "Works cited", "works-cited", (Folio(True, LAST_LINE), 0, n)
            else:
                continue  # furniture: not printed
            yield (
                order,
                {
                    "id": f"text-{name}",
                    "at": at,
                    "now": change.reading or "[nothing]",
                    "was": change.was or "[nothing]",
                    "why": change.why,
                    "target": target,
                },
            )

    # --- Works --------------------------------------------------------------------------------

    def _works(self) -> Iterable[Mapping[str, Any]]:
        for work in self.edition.works:
            uses = []
            for article, found in groupby(work.uses, key=lambda use: use.article):
                places: dict[str, str] = {}
                for use in found:
                    if use.anchor:
                        place = self.pages.find(use.anchor)
                        note = f"n{use.note}" if use.note else ""
                        places.setdefault(f"{place.folio}{note}", use.anchor)
                uses.append(
                    {
                        "label": self.labels[article],
                        "places": [{"words": w, "target": t} for w, t in places.items()],
                    }
                )
            yield {"id": work.id, "inlines": work.inlines, "uses": uses}

    # --- Chronology ---------------------------------------------------------------------------

    def _chronology(self) -> Iterable[Mapping[str, Any]]:
        """Yield the one item of the chronology: its timeline and its years."""
        if self.edition.events:
            drawn = timeline(event.date for event in self.edition.events)
            yield {"timeline": drawn, "years": tuple(self._years())}

    def _years(self) -> Iterable[Mapping[str, Any]]:
        def year(event: EventEntry) -> str:
            point = event.date.start
            return str(point.year) if point.span == 1 else masked(point)

        for label, events in groupby(self.edition.events, key=year):
            id = label.replace(" ", "-")
            yield {"id": id, "label": _opening(label), "events": [self._event(e) for e in events]}

    def _event(self, event: EventEntry) -> Mapping[str, Any]:
        found = []
        for n, witness in enumerate(event.witnesses, 1):
            name = f"{event.id}-passage-{n}"
            place = self._place(name, witness.block, witness.offset)
            note = f"n{witness.note}" if witness.note else ""
            found.append((place.folio, note, name))
        places: dict[str, str] = {}
        for folio, note, name in sorted(found):
            places.setdefault(f"{folio}{note}", name)
        return {
            "id": event.id,
            "label": _opening(event.label),
            "old_style": event.old_style,
            "inlines": event.inlines,
            "disagreement": event.disagreement,
            "places": [{"words": words, "target": target} for words, target in places.items()],
        }


def _letters(entries: Sequence[Entry]) -> Iterable[Mapping[str, Any]]:
    references: Counter[str] = Counter()  # from other forms, by the person that they lead to
    labels: Counter[str] = Counter()  # æ files among a: then a comes twice
    for label, group in groupby(entries, key=letter):
        labels[label] += 1
        id = f"index-letter-{label if label.isalpha() else 'other'}-{labels[label]}"
        found = []
        for entry in group:
            references[entry.see_person] += bool(entry.see)
            found.append(_entry(entry, references[entry.see_person]))
        yield {"id": id, "label": label, "entries": found}


def _entry(entry: Entry, reference: int) -> Mapping[str, Any]:
    see = f"index-see-{entry.see_person}-{reference}"
    return {
        "id": see if entry.see else f"index-{entry.person}",
        "heading": entry.heading,
        "person": entry.person,
        "dates": entry.dates,
        "gloss": entry.gloss,
        "also": entry.also,
        "see": entry.see,
        "see_person": entry.see_person,
        "see_also": entry.see_also,
        "locators": [_locator(x) for x in entry.locators],
        "subentries": [
            {
                "id": f"index-{entry.person}-{n}",
                "topic": sub.topic,
                "locators": [_locator(x) for x in sub.locators],
            }
            for n, sub in enumerate(entry.subentries, 1)
        ],
    }


def _locator(locator: Locator) -> Mapping[str, Any]:
    return {"words": str(locator), "anchors": locator.anchors}


def _labels(edition: Edition) -> dict[str, str]:
    """Return the shortest name of every article that tells it from the others."""
    surnames = {
        article.id: " and ".join(
            edition.people[person].heading.partition(", ")[0]
            for person in edition.article_files[article.id].authors
        )
        for article in edition.articles
    }
    count = Counter(surnames.values())
    return {
        article.id: surnames[article.id]
        if surnames[article.id] and count[surnames[article.id]] == 1
        else f"“{article.short_title}”"
        for article in edition.articles
    }


def _opening(label: str) -> str:
    """Return a date as an entry opens with it: Spring; [The 1920s]; but c. 1927."""
    return re.sub(r"^\[?[a-z](?!\.)", lambda found: found[0].upper(), label)


def _in_words(iso: str) -> str:
    return EdtfDate.parse(iso).in_words() if iso else ""
