"""HTML for both outputs, from the templates in `styles/`. Text is data: everything is escaped."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import jinja2

from .document import (
    Block,
    BlockQuote,
    Emphasis,
    Heading,
    Inline,
    Inlines,
    ItemList,
    LineBreak,
    Link,
    ListItem,
    Mention,
    Note,
    NoteCall,
    PageBreak,
    Paragraph,
    SectionBreak,
    SmallCaps,
    Strong,
    Table,
    TableRow,
    Verse,
    VerseLine,
)
from .text import Text

KINDS: dict[type, str] = {
    Text: "text",
    str: "text",
    Emphasis: "emphasis",
    Strong: "strong",
    Link: "link",
    NoteCall: "call",
    SmallCaps: "small-caps",
    Mention: "mention",
    LineBreak: "break",
    PageBreak: "pagebreak",
    Heading: "heading",
    Paragraph: "paragraph",
    BlockQuote: "quotation",
    ItemList: "list",
    Verse: "verse",
    Table: "table",
    SectionBreak: "section-break",
}


# What must not be parted at a line's end (Hart's Rules 2.5.1): a dash or points of omission from
# the word before, initials from each other, an abbreviation from its number.
_GLUE = re.compile(
    r" (?=[–…])|(?<=\b[A-Z]\.) (?=[A-Z]\.)|(?<=\b(?:p|c)\.) (?=\d)|(?<=\bpp\.) (?=\d)"
)


def glue(words: Text | str) -> str:
    """Return words with no-break spaces where a line must not end."""
    return _GLUE.sub("\u00a0", str(words))


def kind(node: Inline | Block) -> str:
    """Return the name under which templates know a kind of inline or block."""
    return KINDS[type(node)]


@cache
def _environment(templates: Path) -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(templates),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["kind"] = kind
    environment.filters["glue"] = glue
    return environment


class TemplateError(Exception):
    """A template that cannot be filled in: the message has the file and, if known, the line."""


def render(templates: Path, name: str, context: Mapping[str, Any]) -> str:
    """Return a template filled in. Raises TemplateError."""
    try:
        return _environment(templates).get_template(name).render(context)
    except jinja2.TemplateSyntaxError as error:
        raise TemplateError(f"{error.name or name}:{error.lineno}: {error.message}") from error
    except jinja2.TemplateError as error:
        raise TemplateError(f"{name}: {error.message}") from error


@dataclass(frozen=True)
class Notes:
    """The notes of an article, by their identifiers, for templates."""

    notes: tuple[Note, ...]

    def get(self, id: str) -> Note:
        return next(note for note in self.notes if note.id == id)


# --- Page breaks in the text (EPUB) -----------------------------------------------------------


def with_breaks(
    blocks: Iterable[Block], breaks: Mapping[str, list[tuple[int, str]]]
) -> tuple[Block, ...]:
    """Put page breaks into blocks: `breaks` names, by block, offsets and folios.

    Offsets count characters without white space and note calls, as the typesetter does.
    """

    def broken(id: str, inlines: Inlines) -> Inlines:
        due = breaks.get(id)
        return tuple(_Breaker(due).broken(inlines)) if due else inlines

    made: list[Block] = []
    for block in blocks:
        match block:
            case Heading():
                made.append(
                    Heading(block.id, block.level, broken(block.id, block.inlines), block.editorial)
                )
            case Paragraph():
                made.append(replace(block, inlines=broken(block.id, block.inlines)))
            case BlockQuote():
                made.append(BlockQuote(with_breaks(block.blocks, breaks)))
            case ItemList():
                items = (ListItem(i.id, i.mark, broken(i.id, i.inlines)) for i in block.items)
                made.append(ItemList(tuple(items)))
            case Verse():
                made.append(
                    Verse(tuple(VerseLine(v.id, broken(v.id, v.inlines)) for v in block.lines))
                )
            case Table():
                rows = (
                    TableRow(
                        r.id, tuple(broken(r.id, c) if not n else c for n, c in enumerate(r.cells))
                    )
                    for r in block.rows
                )
                made.append(Table(tuple(rows)))
            case SectionBreak():
                pages = tuple(PageBreak(folio) for _, folio in sorted(breaks.get(block.id, ())))
                made.append(replace(block, pages=pages))
    return tuple(made)


class _Breaker:
    """Walks inlines and puts page breaks where so many characters have been passed."""

    def __init__(self, due: list[tuple[int, str]]) -> None:
        self.due = sorted(due)
        self.passed = 0

    def broken(self, inlines: Inlines) -> Iterable[Inline]:
        for inline in inlines:
            match inline:
                case Text() | str():
                    yield from self._cut(inline)
                case Mention():
                    inner = tuple(self.broken(inline.inlines))
                    if isinstance(inner[0], PageBreak):  # before the name, not in it
                        yield inner[0]
                        inner = inner[1:]
                    yield Mention(inline.person, inline.anchor, inner)
                case Emphasis():
                    yield Emphasis(tuple(self.broken(inline.inlines)))
                case Strong():
                    yield Strong(tuple(self.broken(inline.inlines)))
                case SmallCaps():
                    yield SmallCaps(tuple(self.broken(inline.inlines)))
                case Link():
                    yield Link(inline.href, tuple(self.broken(inline.inlines)))
                case _:
                    yield inline

    def _now(self, passed: int) -> Iterable[Inline]:
        while self.due and self.due[0][0] <= passed:
            yield PageBreak(self.due.pop(0)[1])

    def _cut(self, words: Text | str) -> Iterable[Inline]:
        string = str(words)
        done = 0
        for i, char in enumerate(string):
            if char.isspace():
                continue
            if self.due and self.due[0][0] <= self.passed:
                if done < i:
                    yield words.slice(done, i) if isinstance(words, Text) else words[done:i]
                yield from self._now(self.passed)
                done = i
            self.passed += 1
        if done < len(string):
            yield words.slice(done, len(string)) if isinstance(words, Text) else words[done:]
