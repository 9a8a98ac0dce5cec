"""The audit of a layout: what a typesetter would look for on every page before it goes out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby, pairwise
from statistics import median
from typing import assert_never

from .diagnostics import Report, nowhere
from .document import (
    Article,
    Emphasis,
    Foreign,
    Inlines,
    LineBreak,
    Link,
    Mention,
    SmallCaps,
    Strong,
    Table,
    leaves,
)
from .edition import Edition
from .faults import HYPHEN, Flaw, PageFault
from .pages import LaidPart, PageMap
from .text import Span, Text

SHORT = 0.5  # of the usual length of a line
# Parts whose pages are meant to be open: a half-title, an imprint, a colophon.
OPEN = ("prelims", "colophon")


def audit(edition: Edition, pages: PageMap, report: Report) -> None:
    """Report everything on the pages that a careful reader of proofs would mark."""
    file = f"dist/{edition.id}.pdf"
    articles = {article.id: article for article in edition.articles}
    for part in pages.parts:
        article = articles.get(part.id)
        words = _words_of(article) if article else {}
        if article:
            audit_lines(article, part, file, report)
        else:  # those of the articles are reported with their places
            for char in part.laid.missing:
                report.warning(
                    "glyph-missing",
                    f"no face of the book has a glyph for {char} (U+{ord(char):04X}) in {part.id}",
                    nowhere(file),
                    "use a character that they have",
                )
        for note in part.laid.lost_notes:
            report.error(
                "note-lost",
                f"the note {note} was called, but the typesetter did not print it",
                nowhere(file),
                "change a word near the call, or the length of the note",
            )
        for note in part.laid.moved_notes:
            report.warning(
                "note-moved",
                f"the note {note} is not printed on the page of its call",
                nowhere(file),
            )
        audit_pages(part, words, file, report)
        audit_breaks(part, words, file, report)


def audit_lines(article: Article, part: LaidPart, file: str, report: Report) -> None:
    """Report every line within a paragraph that was broken far too early."""
    paragraphs = {
        id
        for id, inlines in leaves(article.blocks)
        if not any(isinstance(inline, LineBreak) for inline in inlines)
    }
    lengths = [
        (a, b.offset - a.offset)
        for a, b in pairwise(part.laid.lines)
        if a.block == b.block and a.block in paragraphs
    ]
    usual = median(length for _, length in lengths) if lengths else 0
    for line, length in lengths:
        if length < usual * SHORT:
            report.warning(
                "layout-short-line",
                f"a line on page {part.folio_of(line.page)} was broken after {length} letters",
                nowhere(file),
                "look at the page; a word added or taken away before it may help",
            )


# --- Faults of pages ------------------------------------------------------------------------------

MOVE = "a word added or taken away before it, in a text of ours, may help"


def audit_pages(
    part: LaidPart, words: Mapping[str, tuple[Text, ...]], file: str, report: Report
) -> None:
    """Report the faults of the pages of a part, with the place in the copy-text where it has one.

    The last page of a part may be short.
    """
    for fault in part.laid.faults:
        last = fault.page == part.laid.pages - 1
        if not (fault.flaw is Flaw.SHORT_PAGE and (last or part.id in OPEN)):
            place = _at(words.get(fault.block, ()), fault.words) or nowhere(file)
            _tell(fault, f"page {part.folio_of(fault.page)}", place, report)


def _tell(fault: PageFault, page: str, place: Span, report: Report) -> None:
    words, figure = _shown(fault.words), fault.figure
    match fault.flaw:
        case Flaw.OFF_GRID:
            report.warning(
                "layout-off-grid",
                f"from “{words}” on, the lines of {page} are {figure:g} px off those of others",
                place,
                "make heights and margins multiples of the line of print.css, 19 px",
            )
        case Flaw.HYPHENS:
            report.warning(
                "layout-hyphens",
                f"{figure:g} lines in succession end with a hyphen on {page}, from “{words}” on",
                place,
                MOVE,
            )
        case Flaw.LONE_HEADING:
            report.warning(
                "layout-lone-heading",
                f"nothing stands under the heading “{words}” on {page}",
                place,
                "give the text under it, or make the line a paragraph under “structure”",
            )
        case Flaw.LONE_CALL:
            report.warning(
                "layout-lone-call",
                f"a note call begins a line on {page}, before “{words}”",
                place,
                "take away the space before the call by an emendation",
            )
        case Flaw.WIDE_WORD:
            report.warning(
                "layout-wide-word",
                f"“{words}” on {page} is wider than its line",
                place,
                "nothing is lost: it is broken where the line is full, or stands out of it",
            )
        case Flaw.WIDE_BLOCK:
            report.warning(
                "layout-wide-block",
                f"a {words} on {page} is {figure:g} px wider than the text",
                place,
                "divide it, shorten its widest column, or choose a wider format",
            )
        case Flaw.OUTSIDE:
            report.warning(
                "layout-outside",
                f"“{words}” on {page} stands {figure:g} px outside of the text area",
                place,
                "look at the page, and at the rules of print.css for this block",
            )
        case Flaw.SHORT_PAGE:
            report.warning(
                "layout-short-page",
                f"{page} is filled to {figure:.0%} only, and its part goes on after it",
                place,
                "look at what begins the next page: it may be kept from breaking",
            )
        case Flaw.TALL_NOTES:
            report.warning(
                "layout-tall-notes",
                f"the notes on {page} are {figure:g} px taller than the page",
                place,
                "shorten the longest of them, or divide it",
            )
        case _:
            assert_never(fault.flaw)


def _shown(words: str) -> str:
    found = words.strip(HYPHEN).split()
    return " ".join(found[:6]) + (" …" if len(found) > 6 else "")


def audit_breaks(
    part: LaidPart, words: Mapping[str, tuple[Text, ...]], file: str, report: Report
) -> None:
    """Report a first or last line of a paragraph that stands alone on its page."""
    for block, group in groupby(part.laid.lines, key=lambda line: line.block):
        pages = [line.page for line in group]
        texts = words.get(block, ())
        if not block or pages[0] == pages[-1] or (words and not texts):
            continue
        place = _at(texts, "") or nowhere(file)
        first, last = part.folio_of(pages[0]), part.folio_of(pages[-1])
        if pages.count(pages[0]) == 1:
            report.warning(
                "layout-orphan",
                f"the first line of a paragraph stands alone at the foot of page {first}",
                place,
                MOVE,
            )
        if pages.count(pages[-1]) == 1:
            report.warning(
                "layout-widow",
                f"the last line of a paragraph stands alone at the head of page {last}",
                place,
                MOVE,
            )


# --- Places in the copy-text ----------------------------------------------------------------------


def _words_of(article: Article) -> dict[str, tuple[Text, ...]]:
    """Return the words of every block and note of an article that come from its copy-text.

    Rows of tables are left out: their lines stand side by side.
    """
    found = {id: tuple(_texts(inlines)) for id, inlines in leaves(article.blocks)}
    for block in article.blocks:
        if isinstance(block, Table):
            found |= {row.id: () for row in block.rows}
    found[article.opening.id] = tuple(_texts(article.opening.title))
    found |= {note.id: tuple(_texts(note.inlines)) for note in article.notes}
    return found


def _texts(inlines: Inlines) -> Iterator[Text]:
    for inline in inlines:
        match inline:
            case Text():
                yield inline
            case Emphasis() | Strong() | SmallCaps() | Foreign() | Link() | Mention():
                yield from _texts(inline.inlines)
            case _:
                pass


def _at(texts: tuple[Text, ...], words: str) -> Span | None:
    """Return where words stand in a block, or its first words that do; else where it begins."""
    sought = words.strip(HYPHEN).split()
    while sought:
        string = " ".join(sought)
        for text in texts:
            at = text.string.replace("\u00a0", " ").find(string)
            if at >= 0:
                return text.span(at, at + len(string))
        sought.pop()
    return texts[0].span(0, min(len(texts[0]), 40)) if texts else None
