"""Source: the work written out for a typesetter, by one walk through the edition for all of them.

A `Tongue` says how a typesetter wants a thing said; the walk says what is said, and in what order.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, assert_never

from leftopp_book import prose
from leftopp_book.apparatus import Section
from leftopp_book.document import (
    Article,
    Block,
    BlockQuote,
    Emphasis,
    Foreign,
    Heading,
    Inline,
    Inlines,
    ItemList,
    LineBreak,
    Link,
    Mention,
    Note,
    NoteCall,
    NoteRest,
    Paragraph,
    SectionBreak,
    SmallCaps,
    Strong,
    Table,
    Verse,
)
from leftopp_book.html import glue
from leftopp_book.pages import ink_set
from leftopp_book.schema import EditionFile
from leftopp_book.text import Text

from .cast_off import Work


@dataclass(frozen=True)
class Piece:
    """A piece of the book that begins on a recto and stands in the contents."""

    id: str
    title: str
    short: str
    authors: str
    head: str  # what stands over the text, written out
    text: str


class Tongue(ABC):
    """How a typesetter wants things said. All strings but those for `words` are written out."""

    name: str
    suffix: str

    @abstractmethod
    def words(self, words: str) -> str: ...

    @abstractmethod
    def italic(self, inner: str) -> str: ...

    @abstractmethod
    def bold(self, inner: str) -> str: ...

    @abstractmethod
    def capitals(self, inner: str) -> str: ...

    @abstractmethod
    def link(self, address: str, inner: str) -> str: ...

    @abstractmethod
    def line_break(self) -> str: ...

    @abstractmethod
    def place(self, name: str) -> str:
        """Mark a place that a page number is wanted of."""

    @abstractmethod
    def mention(self, name: str, headings: Sequence[tuple[str, str, str]]) -> str:
        """Mark a mention that the index lists under headings, topics and notes."""

    @abstractmethod
    def number(self, name: str, after: str = "") -> str:
        """Return the page number of a place, as a link, with what follows it: n4."""

    @abstractmethod
    def note(self, name: str, mark: str, paragraphs: Sequence[str]) -> str: ...

    @abstractmethod
    def paragraph(self, name: str, inner: str, *, kind: str = "") -> str:
        """Return a paragraph; `kind` is follows, work, event, reading or empty."""

    @abstractmethod
    def heading(self, name: str, level: int, inner: str) -> str: ...

    @abstractmethod
    def quotation(self, inner: str) -> str: ...

    @abstractmethod
    def items(self, items: Sequence[tuple[str, str, str]]) -> str:
        """Return a list: of each item name, mark and words."""

    @abstractmethod
    def verse(self, lines: Sequence[tuple[str, str, int]]) -> str:
        """Return verse: of each line name, words and indent."""

    @abstractmethod
    def table(self, rows: Sequence[Sequence[str]]) -> str: ...

    @abstractmethod
    def section_break(self, name: str, words: str) -> str: ...

    @abstractmethod
    def index(self, letters: Iterable[Mapping[str, Any]], work: Work) -> str: ...

    @abstractmethod
    def book(self, file: EditionFile, rights: str, pieces: Mapping[str, Sequence[Piece]]) -> str:
        """Return the whole source; `pieces` has front, body and back."""


def source(work: Work, tongue: Tongue) -> str:
    """Return the source of the whole book for a typesetter."""
    walk = _Walk(work, tongue)
    edition = work.edition
    pieces = {
        "front": [walk.prose(text.id, text.title, text.blocks) for text in edition.front],
        "body": [walk.article(article) for article in edition.articles],
        "back": [
            *(walk.section(section.id, section) for section in work.back.sections),
            *(walk.prose(text.id, text.title, text.blocks) for text in edition.back),
        ],
    }
    rights = "".join(
        tongue.paragraph("", walk.run(paragraph))
        for paragraph in prose.paragraphs(edition.file.imprint.rights)
    )
    return tongue.book(edition.file, rights, pieces)


class _Walk:
    def __init__(self, work: Work, tongue: Tongue) -> None:
        self.work, self.tongue = work, tongue
        self.notes: dict[str, Note] = {n.id: n for a in work.edition.articles for n in a.notes}

    # --- Pieces ---------------------------------------------------------------------------------

    def prose(self, id: str, title: str, blocks: Iterable[Block]) -> Piece:
        return Piece(
            id, self.tongue.words(title), self.tongue.words(title), "", "", self.blocks(blocks)
        )

    def article(self, article: Article) -> Piece:
        t, o = self.tongue, article.opening
        head = [
            t.paragraph("", self.run(inlines, f"{o.id}-{name}-{n}"), kind=name)
            for name, lines in (
                ("kicker", o.kicker),
                ("byline", o.byline),
                ("dateline", o.dateline),
                ("headnote", o.headnote),
            )
            for n, inlines in enumerate(lines, 1)
        ]
        title = f"[{article.title}]" if o.title_supplied else article.title
        return Piece(
            article.id,
            t.words(title),
            t.words(article.short_title),
            t.words(" and ".join(article.authors)),
            "".join((t.place(o.id), *self._due(o.id), *head)),
            self.blocks(article.blocks),
        )

    def section(self, id: str, section: Section) -> Piece:
        t = self.tongue
        match id:
            case "textual-notes":
                text = self._textual_notes(section.items)
            case "works-cited":
                text = self._works(section.items)
            case "chronology":
                text = self._chronology(section.items)
            case _:
                text = t.index(section.items, self.work)
        headnote = "".join(t.paragraph("", self.run(p)) for p in section.headnote)
        title = t.words(section.title)
        return Piece(id, title, title, "", headnote, text)

    def _textual_notes(self, items: Iterable[Mapping[str, Any]]) -> str:
        t, made = self.tongue, []
        for item in items:
            article = item["article"]
            made.append(t.heading("", 1, t.words(article.short_title)))
            seen = t.words(f" Seen {item['seen']}.") if item["seen"] else ""
            for inlines, after in (
                (article.published, ""),
                (article.provenance, seen),
                (article.rights, ""),
            ):
                if inlines:
                    made.append(t.paragraph("", self.run(inlines) + after, kind="small"))
            if item["silent"]:
                silent = t.words(f"Changed in silence: {item['silent']}.")
                made.append(t.paragraph("", silent, kind="small"))
            for change in item["readings"]:
                was = f"copy-text: {change['was']} " if change["was"] else ""
                words = t.words(f"\u2002{change['now']}] {was}({change['why']})")
                if change["at"] == "Works cited":
                    at = t.words(change["at"])
                else:
                    at = t.number(change["target"], _after(change["at"]))
                made.append(t.paragraph("", at + words, kind="reading"))
        made.append(t.heading("", 1, t.words("Silent changes")))
        rules = [("", "•", t.words(f"{name}: {says}")) for name, says in self.work.back.rules]
        return "".join((*made, t.items(rules)))

    def _works(self, items: Iterable[Mapping[str, Any]]) -> str:
        t, made = self.tongue, []
        for work in items:
            uses = t.words("; ").join(
                t.words(use["label"] + " ") + self._numbers(use["places"]) for use in work["uses"]
            )
            made.append(
                t.paragraph("", self.run(work["inlines"]) + t.words("\u2002") + uses, kind="work")
            )
        return "".join(made)

    def _chronology(self, items: Iterable[Mapping[str, Any]]) -> str:
        t, made = self.tongue, []
        for item in items:
            for year in item["years"]:
                made.append(t.heading("", 1, t.words(year["label"])))
                for event in year["events"]:
                    old = f" ({event['old_style']})" if event["old_style"] else ""
                    words = t.italic(t.words(event["label"] + old)) if event["label"] else ""
                    words += t.words("\u2002") + self.run(event["inlines"])
                    if event["disagreement"]:
                        words += t.words(" ") + t.italic(t.words("The articles disagree:"))
                        words += t.words(" ") + self.run(event["disagreement"])
                    words += t.words("\u2002") + self._numbers(event["places"])
                    made.append(t.paragraph("", words, kind="event"))
        return "".join(made)

    def _numbers(self, places: Iterable[Mapping[str, str]]) -> str:
        return self.tongue.words(", ").join(
            self.tongue.number(place["target"], _after(place["words"])) for place in places
        )

    # --- Blocks and inlines ---------------------------------------------------------------------

    def blocks(self, blocks: Iterable[Block]) -> str:
        return "".join(map(self._block, blocks))

    def _block(self, block: Block) -> str:
        t = self.tongue
        match block:
            case Paragraph(id=id, inlines=inlines, follows=follows):
                kind = "follows" if follows else ""
                return t.paragraph(id, self.run(inlines, id), kind=kind)
            case Heading(id=id, level=level, inlines=inlines):
                return t.heading(id, level, self.run(inlines, id))
            case BlockQuote(blocks=inner):
                return t.quotation(self.blocks(inner))
            case ItemList(items=items):
                return t.items(
                    [(item.id, item.mark, self.run(item.inlines, item.id)) for item in items]
                )
            case Verse(lines=lines):
                return t.verse([(x.id, self.run(x.inlines, x.id), x.indent) for x in lines])
            case Table(rows=rows):
                return t.table(
                    [
                        [
                            self.run(cell, row.id) if n == 0 else self.run(cell)
                            for n, cell in enumerate(row.cells)
                        ]
                        for row in rows
                    ]
                )
            case SectionBreak(id=id, editorial=editorial):
                return t.section_break(id, "[* * *]" if editorial else "* * *")
            case _:
                assert_never(block)

    def run(self, inlines: Inlines, block: str = "") -> str:
        """Return inlines written out, with the places that are wanted of their block."""
        due = _Due(list(self.work.wanted.get(block, ())))
        written = "".join(self._inline(inline, due) for inline in inlines)
        return written + "".join(self._mark(name) for name in due.rest())

    def _due(self, block: str) -> list[str]:
        return [self._mark(name) for _, name in self.work.wanted.get(block, ())]

    def _inline(self, inline: Inline, due: _Due) -> str:
        t = self.tongue

        def inner(inlines: Inlines) -> str:
            return "".join(self._inline(x, due) for x in inlines)

        match inline:
            case Text() | str():
                return "".join(
                    self._mark(piece) if marks else t.words(piece)
                    for marks, piece in due.parted(glue(inline))
                )
            case Emphasis(inlines=inlines):
                return t.italic(inner(inlines))
            case Strong(inlines=inlines):
                return t.bold(inner(inlines))
            case SmallCaps(inlines=inlines):
                return t.capitals(inner(inlines))
            case Foreign(inlines=inlines) | Mention(inlines=inlines):
                return inner(inlines)
            case Link(href=href, inlines=inlines):
                return t.link(href, inner(inlines))
            case NoteCall(note=id):
                note = self.notes[id]
                own = _Due(list(self.work.wanted.get(id, ())))
                paragraphs = [
                    "".join(self._inline(x, own) for x in words) for words in note.paragraphs
                ]
                paragraphs[-1] += "".join(map(self._mark, own.rest()))
                return t.note(id, note.mark, paragraphs)
            case LineBreak():
                return t.line_break()
            case NoteRest():
                return ""
            case _:
                assert_never(inline)

    def _mark(self, name: str) -> str:
        headings = self.work.headings.get(name)
        return self.tongue.mention(name, headings) if headings else self.tongue.place(name)


class _Due:
    """The places of a block that are still to come, and the characters of it that are passed."""

    def __init__(self, due: list[tuple[int, str]]) -> None:
        self.due, self.passed = due, 0

    def parted(self, words: str) -> Iterable[tuple[bool, str]]:
        """Yield words and, where they stand, the names of places, which are marked true."""
        begun = 0
        for at, char in enumerate(words if self.due else ""):
            if not ink_set(char):
                continue
            while self.due and self.due[0][0] <= self.passed:
                if begun < at:
                    yield False, words[begun:at]
                begun = at
                yield True, self.due.pop(0)[1]
            self.passed += 1
        yield False, words[begun:]

    def rest(self) -> list[str]:
        found, self.due = [name for _, name in self.due], []
        return found


def _after(words: str) -> str:
    """Return what follows the page in a locator, without the line, which no peer counts."""
    found = re.search(r"nn?[\d*†‡§–, ]+$", words)
    return found[0] if found else ""
