"""HTML for both outputs, from the templates in `styles/`. Text is data: everything is escaped."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from .document import (
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
    ListItem,
    Mention,
    NoteCall,
    NoteRest,
    PageBreak,
    Paragraph,
    SectionBreak,
    SmallCaps,
    Strong,
    Table,
    TableRow,
    Verse,
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
    Foreign: "foreign",
    Mention: "mention",
    LineBreak: "break",
    PageBreak: "pagebreak",
    NoteRest: "note-rest",
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


def whole(words: str) -> str:
    """Return words that a line's end does not part: 45nn3–4."""
    return "\u2060".join(str(words).replace(" ", "\u00a0"))


def kind(node: Inline | Block) -> str:
    """Return the name under which templates know a kind of inline or block."""
    return KINDS[type(node)]


def _script(word: str) -> str:
    """Return the script of a word by its first letter: Latin, Cyrillic, Greek."""
    letter = next((char for char in word if char.isalpha()), "")
    return unicodedata.name(letter, "").partition(" ")[0].capitalize()


_WORD = re.compile(r"[^\W\d_](?:[\w’'-]*\w)?")


def spoken(words: str, scripts: Mapping[str, str]) -> str:
    """Return words as HTML, those in a script that tells their language marked with it."""
    made, done = Markup(), 0
    found = ((m.start(), m.end(), scripts.get(_script(m[0]))) for m in _WORD.finditer(words))
    runs: list[tuple[int, int, str]] = []
    for start, end, language in found:
        if not language:
            continue
        if runs and runs[-1][2] == language and not words[runs[-1][1] : start].strip(" ,\u00a0"):
            start = runs.pop()[0]
        runs.append((start, end, language))
    for start, end, language in runs:
        made += Markup.escape(words[done:start])
        made += Markup('<span lang="{0}" xml:lang="{0}">{1}</span>').format(
            language, words[start:end]
        )
        done = end
    return made + Markup.escape(words[done:])


@cache
def _environment(templates: Path, scripts: tuple[tuple[str, str], ...]) -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(templates),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["kind"] = kind
    environment.filters["glue"] = lambda words: spoken(glue(words), dict(scripts))
    environment.filters["whole"] = whole
    return environment


def render(templates: Path, name: str, context: Mapping[str, Any]) -> str:
    """Return a template filled in. Raises jinja2.TemplateError for a fault of the template.

    `scripts` in the context names the language of words in a script: Cyrillic, ru.
    """
    scripts = tuple(context.get("scripts", ()))
    return _environment(templates, scripts).get_template(name).render(context)


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
                    Verse(tuple(replace(v, inlines=broken(v.id, v.inlines)) for v in block.lines))
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
                case Foreign():
                    yield Foreign(inline.language, tuple(self.broken(inline.inlines)))
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
