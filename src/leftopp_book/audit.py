"""The audit of a layout: what a typesetter would look for on every page before it goes out."""

from __future__ import annotations

from itertools import pairwise
from statistics import median

from .diagnostics import Report, nowhere
from .document import Article, LineBreak, leaves
from .edition import Edition
from .pages import LaidPart, PageMap

SHORT = 0.5  # of the usual length of a line


def audit(edition: Edition, pages: PageMap, report: Report) -> None:
    """Report notes that were lost or moved, characters without a glyph, lines broken too early."""
    file = f"dist/{edition.id}.pdf"
    articles = {article.id: article for article in edition.articles}
    for part in pages.parts:
        if part.id in articles:
            audit_lines(articles[part.id], part, file, report)
        else:  # those of the articles are reported with their places
            for char in part.laid.missing:
                report.warning(
                    "glyph-missing",
                    f"the book face has no glyph for {char} (U+{ord(char):04X}) in {part.id}",
                    nowhere(file),
                    "use a character that the face has",
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
