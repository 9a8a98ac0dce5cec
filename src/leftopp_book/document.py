"""The document: blocks and inlines of an article, its notes, names and lines.

One type for both outputs. Leaves are `Text`, which knows its place in the copy-text, or `str`,
words that the compiler supplies.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from enum import StrEnum

from msgspec import Struct

from .text import Source, Text

# --- Inlines ----------------------------------------------------------------------------------


class Emphasis(Struct, frozen=True):
    """Words in italic."""

    inlines: Inlines


class Strong(Struct, frozen=True):
    """Words in bold; only in editorial prose."""

    inlines: Inlines


class SmallCaps(Struct, frozen=True):
    """The words in capitals that open an article, printed in small capitals."""

    inlines: Inlines


class Foreign(Struct, frozen=True):
    """Words in another language than those around them; `language` as BCP 47 has it."""

    language: str
    inlines: Inlines


class Link(Struct, frozen=True):
    """Words that lead to a web address; only in editorial prose."""

    href: str
    inlines: Inlines


class NoteCall(Struct, frozen=True):
    """The mark in the text that calls a note."""

    note: str  # the note's identifier
    mark: str  # 7, or a sign


class Mention(Struct, frozen=True):
    """Words that name a person of the register."""

    person: str
    anchor: str
    inlines: Inlines


class LineBreak(Struct, frozen=True):
    """A forced new line."""


class NoteRest(Struct, frozen=True):
    """What is left of a note that begins on the page before; only in print."""

    note: str
    inlines: Inlines

    @property
    def paragraphs(self) -> tuple[Inlines, ...]:
        return _paragraphs(self.inlines)


Inline = (
    Text
    | str
    | Emphasis
    | Strong
    | SmallCaps
    | Foreign
    | Link
    | NoteCall
    | Mention
    | LineBreak
    | NoteRest
)
Inlines = tuple[Inline, ...]

# --- Blocks -----------------------------------------------------------------------------------


class Heading(Struct, frozen=True):
    """A heading inside an article. Editorial ones have square brackets about their words."""

    id: str
    level: int
    inlines: Inlines
    editorial: bool = False


class Paragraph(Struct, frozen=True):
    id: str
    inlines: Inlines
    follows: bool = False  # it goes on after a displayed quotation: no indent
    editorial: bool = False  # words of the editors, in square brackets


class BlockQuote(Struct, frozen=True):
    blocks: tuple[Block, ...]


class ListItem(Struct, frozen=True):
    """An item with its number or mark as the copy-text has it (empty where it has none)."""

    id: str
    mark: str
    inlines: Inlines


class ItemList(Struct, frozen=True):
    items: tuple[ListItem, ...]


class VerseLine(Struct, frozen=True):
    """A line of verse; `indent` counts the steps by which it stands in from the outermost line."""

    id: str
    inlines: Inlines
    indent: int = 0


class Verse(Struct, frozen=True):
    lines: tuple[VerseLine, ...]


class TableRow(Struct, frozen=True):
    id: str
    cells: tuple[Inlines, ...]


class Table(Struct, frozen=True):
    rows: tuple[TableRow, ...]


class SectionBreak(Struct, frozen=True):
    """A break between sections without a heading. Editorial ones are marked as such."""

    id: str
    editorial: bool = False
    rest: Inlines = ()  # of a note, where a page begins with the break; only in print


Leaf = Heading | Paragraph | ListItem | VerseLine  # what holds one run of inlines
Block = Heading | Paragraph | BlockQuote | ItemList | Verse | Table | SectionBreak

# --- Notes, names, lines ----------------------------------------------------------------------


class Hand(StrEnum):
    """Who wrote a note."""

    AUTHOR = "author"
    EDITOR = "editor"


class Citation(Struct, frozen=True):
    """A reference to a work: what the copy-text says and how it was resolved.

    `pinpoint` is the place in the work as printed (10:179–80); `rule` says how the work was found,
    and for *Ibid.* from which note.
    """

    work: str
    pinpoint: str
    text: str
    ibid: bool
    rule: str


SIGNS = "*†‡§‖¶"


def sign(n: int) -> str:
    """Return the n-th sign of editor's notes, from 1: * † ‡ § ‖ ¶ ** †† … (Hart's Rules 17.2.3)."""
    return SIGNS[(n - 1) % len(SIGNS)] * ((n - 1) // len(SIGNS) + 1)


class Note(Struct, frozen=True):
    """A note: an author's, numbered, or an editor's, marked by a sign."""

    id: str
    mark: str
    by: Hand
    inlines: Inlines
    call_line: int
    note_line: int = 0  # 0 where the note does not stand in the copy-text
    call_block: str = ""
    raw: str = ""
    citations: tuple[Citation, ...] = ()

    @property
    def paragraphs(self) -> tuple[Inlines, ...]:
        """The words by paragraph: a line break in a note ends one."""
        return _paragraphs(self.inlines)


def _paragraphs(inlines: Inlines) -> tuple[Inlines, ...]:
    made: list[list[Inline]] = [[]]
    for inline in inlines:
        if isinstance(inline, LineBreak):
            made.append([])
        else:
            made[-1].append(inline)
    return tuple(map(tuple, made))


class Kind(StrEnum):
    """Where a mention stands. Only some kinds are indexed: see `INDEXED`."""

    TEXT = "text"
    HEADING = "heading"
    QUOTATION = "quotation"
    NOTE = "note"
    CITATION = "citation"
    BYLINE = "byline"
    WORKS_CITED = "works-cited"


INDEXED = frozenset({Kind.TEXT, Kind.HEADING, Kind.QUOTATION, Kind.NOTE})


class Occurrence(Struct, frozen=True):
    """A mention with its place: in the copy-text (`text`) and in the book (block and offset).

    `offset` counts the characters of the block before it, white space and note calls left out.
    """

    person: str
    anchor: str
    text: Text
    kind: Kind
    block: str
    offset: int
    note: str = ""  # the identifier of the note that it stands in

    @property
    def indexed(self) -> bool:
        return self.kind in INDEXED and bool(self.block)


class Role(StrEnum):
    """What a line of the copy-text is."""

    TITLE = "title"
    KICKER = "kicker"
    BYLINE = "byline"
    DATELINE = "dateline"
    HEADING = "heading"
    PARAGRAPH = "paragraph"
    QUOTATION = "quotation"
    LIST = "list"
    VERSE = "verse"
    TABLE = "table"
    NOTE = "note"
    WORKS_CITED = "works-cited"
    FURNITURE = "furniture"


UNSET = frozenset({Role.FURNITURE, Role.NOTE, Role.WORKS_CITED})  # not printed where they stand


class Fate(StrEnum):
    """What became of a line."""

    KEPT = "kept"
    MOVED = "moved"
    DROPPED = "dropped"


FATES = {Role.NOTE: Fate.MOVED, Role.WORKS_CITED: Fate.MOVED, Role.FURNITURE: Fate.DROPPED}


class Line(Struct, frozen=True):
    """A non-empty line of the copy-text: its role, what decided it, and its words in the book."""

    number: int
    role: Role
    why: str
    text: str

    @property
    def fate(self) -> Fate:
        return FATES.get(self.role, Fate.KEPT)


class Emended(Struct, frozen=True):
    """An emendation as it was carried out; `block` and `offset` place it in the book."""

    line: int
    column: int
    was: str
    now: str
    why: str
    role: Role
    reading: str = ""  # `now` as the book prints it, in house style
    block: str = ""
    offset: int = 0
    note: str = ""


class Opening(Struct, frozen=True):
    """The head of an article: the lines that stand over its text."""

    id: str
    kicker: tuple[Inlines, ...]
    title: Inlines
    title_supplied: bool
    byline: tuple[Inlines, ...]
    dateline: tuple[Inlines, ...]
    headnote: tuple[Inlines, ...]


class Article(Struct, frozen=True):
    """An edited article, ready to be set."""

    id: str
    source: Source
    language: str
    title: str  # as words, for contents and running heads
    short_title: str
    authors: tuple[str, ...]  # as printed; empty where nobody is named
    opening: Opening
    blocks: tuple[Block, ...]
    notes: tuple[Note, ...]
    occurrences: tuple[Occurrence, ...]
    lines: tuple[Line, ...]
    emended: tuple[Emended, ...]
    changes: tuple[tuple[str, int], ...]  # silent rules and how often each was applied
    published: Inlines = ()
    provenance: Inlines = ()
    rights: Inlines = ()
    seen: str = ""


# --- Walking ----------------------------------------------------------------------------------


def leaves(blocks: Iterable[Block]) -> Iterator[tuple[str, Inlines]]:
    """Yield the identifier and the inlines of every block that holds words, in reading order."""
    for block in blocks:
        match block:
            case Heading(id=id, inlines=inlines) | Paragraph(id=id, inlines=inlines):
                yield id, inlines
            case BlockQuote(blocks=inner):
                yield from leaves(inner)
            case ItemList(items=items):
                for item in items:
                    yield item.id, (item.mark + " ", *item.inlines) if item.mark else item.inlines
            case Verse(lines=lines):
                for line in lines:
                    yield line.id, line.inlines
            case Table(rows=rows):
                for row in rows:
                    yield row.id, tuple(i for cell in row.cells for i in (*cell, " "))
            case SectionBreak(id=id):
                yield id, ()


def numbered(id: str, taken: Counter[str]) -> str:
    """Return an identifier, with a number from the second time on that it is given out: x.2."""
    taken[id] += 1
    return id if taken[id] == 1 else f"{id}.{taken[id]}"


def foreign(language: str, inlines: Inlines) -> Inlines:
    """Return inlines as words in a language; as they are, where none is named."""
    return (Foreign(language, inlines),) if language else inlines


def plain(inlines: Inlines, *, calls: bool = False) -> str:
    """Return the words of inlines; with `calls`, note calls as `[7]`."""
    words = []
    for inline in inlines:
        match inline:
            case Text() | str():
                words.append(str(inline))
            case Emphasis() | Strong() | SmallCaps() | Foreign() | Link() | Mention():
                words.append(plain(inline.inlines, calls=calls))
            case NoteCall(mark=mark):
                words.append(f"[{mark}]" if calls else "")
            case LineBreak():
                words.append("\n")
            case NoteRest():
                pass
    return "".join(words)
