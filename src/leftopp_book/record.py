"""The record: the machine's view of the finished book (docs/formats.md, “The record”)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import PurePath
from typing import Any

from msgspec import Struct, json

from .characters import escaped
from .document import Article, Block, BlockQuote, Heading, Kind, Occurrence, plain
from .edition import Edition
from .index import Entry
from .pages import PageMap
from .parallels import Parallel
from .typeset import Printed

VERSION = 1


class Known(Struct, frozen=True):
    """What of a record is known when the articles are set and the index is made."""

    told: dict[str, Any]
    # mentions that stand in the works cited, and the blocks whose pages they will be on
    open: list[tuple[dict[str, Any], str]]


def known(edition: Edition, index: Iterable[Entry], pages: PageMap) -> Known:
    """Return what does not wait for the pages of the back matter; `pages` has the articles."""
    entries = {work.id: work.words for work in edition.works}
    open: list[tuple[dict[str, Any], str]] = []
    told = {
        "articles": [_article(edition, article, pages, entries) for article in edition.articles],
        "people": list(_people(edition, list(index), pages, open)),
        "works": [
            {
                "id": work.id,
                "entry": work.words,
                "cited": [
                    {"article": use.article, **_note_or_line(use.note, use.line)}
                    for use in work.uses
                ],
            }
            for work in edition.works
        ],
        "chronology": [
            {
                "date": event.edtf,
                "text": plain(event.inlines),
                "passages": [
                    {
                        "article": w.article,
                        "line": w.line,
                        "folio": str(pages.find(w.block, w.offset).folio),
                        "anchor": w.block,
                    }
                    for w in event.witnesses
                ],
                "disagreement": plain(event.disagreement),
                "inferred": event.inferred,
            }
            for event in edition.events
        ],
        "parallels": [_parallel(p) for p in edition.parallels],
    }
    return Known(told, open)


def make_record(
    edition: Edition,
    printed: Printed,
    outputs: Sequence[Mapping[str, Any]],
    before: Known | None = None,
) -> dict[str, Any]:
    """Return the record of an edition as plain values, ready for JSON.

    `before` is what was known before, if it was asked for.
    """
    before = before or known(edition, printed.index, printed.pages)
    for mention, block in before.open:
        mention["folio"] = str(printed.pages.find(block).folio)
    return {
        "record": VERSION,
        "edition": edition.id,
        "title": edition.title,
        **before.told,
        "pages": list(_pages(printed)),
        "outputs": list(outputs),
    }


def as_json(record: Mapping[str, Any]) -> bytes:
    """Return a record as JSON."""
    return escaped(_json(record).decode()).encode() + b"\n"


def _json(value: object) -> bytes:
    return json.format(json.encode(value), indent=1)


_NO_OUTPUTS = b'"outputs": []'  # stands in no words, whose quotation marks are escaped


def with_outputs(record: bytes, outputs: Sequence[Mapping[str, Any]]) -> bytes:
    """Return a record that was written before its files were made, with what they are."""
    told = escaped(_json(outputs).decode()).replace("\n", "\n ")
    return record.replace(_NO_OUTPUTS, f'"outputs": {told}'.encode())


def _note_or_line(note: str, line: int) -> dict[str, Any]:
    return {"note": _number(note), "line": line} if note else {"line": line}


def _number(mark: str) -> int | str | None:
    return int(mark) if mark.isdigit() else mark or None


def line_of(block: str) -> int:
    """Return the line of the copy-text that a block of an article begins with."""
    return int(re.sub(r"-(?:heading|break|moved)$", "", block).rpartition("-")[2])


# --- Articles -----------------------------------------------------------------------------------


def _article(
    edition: Edition, article: Article, pages: PageMap, entries: Mapping[str, str]
) -> dict[str, Any]:
    part = pages.part(article.id)
    last = part.folio_of(part.laid.pages - 1)
    return {
        "id": article.id,
        "seed": PurePath(article.source.path).name,
        "sha256": article.source.sha256,
        "title": article.title,
        "authors": list(article.authors),
        "folios": [str(part.folio), str(last)],
        "lines": [
            {
                "line": line.number,
                "role": str(line.role),
                "fate": str(line.fate),
                "why": line.why,
                "text": entries.get(
                    edition.works_lines.get((article.id, line.number), ""), line.text
                ),
            }
            for line in article.lines
        ],
        "headings": [
            {"line": line_of(h.id), "level": h.level, "text": plain(h.inlines)}
            for h in _headings(article.blocks)
            if not h.editorial
        ],
        "inserted": [
            {"before": i.before, "heading": i.heading, "why": i.why}
            for i in edition.inserts(article.id)
        ],
        "quotations": [list(lines) for lines in _quotations(article.blocks)],
        "emendations": [
            {
                "line": e.line,
                "column": e.column,
                "was": e.was,
                "now": e.now,
                "reading": e.reading,
                "why": e.why,
            }
            for e in article.emended
        ],
        "silent": dict(article.changes),
        "notes": [
            {
                "number": _number(note.mark),
                "by": str(note.by),
                "call_line": note.call_line,
                "note_line": note.note_line or None,
                "raw": note.raw,
                "text": plain(note.inlines),
                "folio": str(pages.find(note.id).folio),
                "citations": [
                    {
                        "work": c.work,
                        "pinpoint": c.pinpoint,
                        "text": c.text,
                        "ibid": c.ibid,
                        "rule": c.rule,
                    }
                    for c in note.citations
                ],
            }
            for note in article.notes
        ],
    }


def _headings(blocks: Iterable[Block]) -> Iterable[Heading]:
    return (block for block in blocks if isinstance(block, Heading))


def _quotations(blocks: Iterable[Block]) -> Iterable[tuple[int, ...]]:
    """Yield the lines at which the paragraphs of each block quotation begin."""
    for block in blocks:
        if isinstance(block, BlockQuote):
            yield tuple(line_of(p.id) for p in block.blocks if hasattr(p, "id"))


# --- People -------------------------------------------------------------------------------------


def _people(
    edition: Edition,
    index: Sequence[Entry],
    pages: PageMap,
    open: list[tuple[dict[str, Any], str]],
) -> Iterator[dict[str, Any]]:
    """Yield every person mentioned, those without an index entry last; and add to what is open."""
    mentions: dict[str, list[dict[str, Any]]] = {}
    for article in edition.articles:
        marks = {note.id: note.mark for note in article.notes}
        for o in article.occurrences:
            mention = _mention(article, o, pages, marks.get(o.note, ""))
            span = o.text.whole_span()
            if o.kind is Kind.WORKS_CITED and (article.id, span.line) in edition.works_lines:
                open.append((mention, f"work-{edition.works_lines[article.id, span.line]}"))
            mentions.setdefault(o.person, []).append(mention)
    entries = {entry.person: entry for entry in index if entry.person}
    rest = [Entry(edition.people[p].heading, p) for p in sorted(mentions) if p not in entries]
    see: dict[str, list[str]] = {}
    for entry in index:
        see.setdefault(entry.see_person, []).append(entry.heading)
    for entry in (*entries.values(), *rest):
        yield {
            "id": entry.person,
            "heading": entry.heading,
            "locators": [str(x) for x in entry.locators],
            "subentries": [
                {"topic": s.topic, "locators": [str(x) for x in s.locators]}
                for s in entry.subentries
            ],
            "see": see.get(entry.person, []),
            "see_also": [heading for _, heading in entry.see_also],
            "mentions": mentions.get(entry.person, []),
        }


def _mention(article: Article, o: Occurrence, pages: PageMap, mark: str) -> dict[str, Any]:
    span = o.text.whole_span()
    if o.block:
        folio = str(pages.find(o.block, o.offset).folio)
    else:
        folio = str(pages.find(o.note).folio) if o.note else ""
    return {
        "article": article.id,
        "line": span.line,
        "column": span.column,
        "form": str(o.text),
        "folio": folio,
        "note": _number(mark),
        "anchor": o.anchor if o.block else o.note,
        "kind": str(o.kind),
        "indexed": o.indexed,
    }


# --- Pages --------------------------------------------------------------------------------------


def _parallel(p: Parallel) -> dict[str, Any]:
    return {
        "a": {"article": p.a.article, "line": line_of(p.a.block)},
        "b": {"article": p.b.article, "line": line_of(p.b.block)},
        "words": p.words,
    }


def _pages(printed: Printed) -> Iterable[dict[str, str]]:
    for part in printed.pages.parts:
        for page in range(part.laid.pages):
            yield {
                "folio": str(part.folio_of(page)),
                "first_words": part.laid.first_words[page],
            }
