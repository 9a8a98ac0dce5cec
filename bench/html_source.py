"""HTML for plain WeasyPrint: one document, `target-counter` for every page number."""

# ruff: noqa: E501 (lines of other languages)

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from leftopp_book.schema import EditionFile

from .cast_off import Work
from .source import Piece, Tongue

CSS = """
@font-face { font-family: "EB Garamond"; src: url("roman.ttf") }
@font-face { font-family: "EB Garamond"; font-style: italic; src: url("italic.ttf") }
@font-face { font-family: "EB Garamond"; font-weight: 600; src: url("bold.ttf") }
@page { size: 148mm 210mm; margin: 83px 72px 83px 64px; font: 13px/19px "EB Garamond" }
@page :left { margin: 83px 64px 83px 72px;
  @top-left { content: counter(page) } @top-right { content: string(book); font-variant-caps: all-small-caps } }
@page :right { @top-right { content: counter(page) } @top-left { content: string(piece); font-variant-caps: all-small-caps } }
@page front:left { @top-left { content: counter(page, lower-roman) } }
@page front:right { @top-right { content: counter(page, lower-roman) } }
@page bare { @top-left { content: none } @top-right { content: none } }
@page :blank { @top-left { content: none } @top-right { content: none } }
@page front:blank { @top-left { content: none } @top-right { content: none } }
.front { page: front }
.bare { page: bare }
.body { counter-reset: page 1 }
.piece { break-before: right }
.piece > h1 { string-set: piece attr(data-short); bookmark-level: 1 }
.title-page h1 { string-set: book content(); bookmark-level: 1 }
h2 { bookmark-level: 2 }
h3 { bookmark-level: 3 }
.back h2 { bookmark-level: none }
a.n::after { content: target-counter(attr(href), page) attr(data-after) }
.contents a::after { content: leader('.') target-counter(attr(href), page) }
.contents .roman a::after { content: leader('.') target-counter(attr(href), page, lower-roman) }
.contents p { text-align: justify }
.small, .reading, .work, .event { font-size: 13px; line-height: 16px; text-indent: 0 }
"""


class Html(Tongue):
    name = "weasyprint"
    suffix = "html"

    def __init__(self, css: str) -> None:
        self.css = css  # that of the print book

    def words(self, words: str) -> str:
        return escape(words)

    def italic(self, inner: str) -> str:
        return f"<em>{inner}</em>"

    def bold(self, inner: str) -> str:
        return f"<strong>{inner}</strong>"

    def capitals(self, inner: str) -> str:
        return f'<span class="opening-words">{inner}</span>'

    def link(self, address: str, inner: str) -> str:
        return f'<a href="{escape(address)}">{inner}</a>'

    def line_break(self) -> str:
        return "<br/>"

    def place(self, name: str) -> str:
        return f'<span id="{name}"></span>'

    def mention(self, name: str, headings: Sequence[tuple[str, str, str]]) -> str:
        return self.place(name)

    def number(self, name: str, after: str = "") -> str:
        return f'<a class="n" href="#{name}" data-after="{escape(after)}"></a>'

    def note(self, name: str, mark: str, paragraphs: Sequence[str]) -> str:
        first, *rest = paragraphs
        further = "".join(f'<span class="further">{words}</span>' for words in rest)
        return (
            f'&#x2060;<a class="call" id="call-{name}" href="#{name}">{mark}</a>'
            f'<span class="note" id="{name}"><a class="mark" href="#call-{name}">{mark}</a>'
            f"&#x2002;{first}{further}</span>"
        )

    def paragraph(self, name: str, inner: str, *, kind: str = "") -> str:
        return f"<p{_id(name)}{_class(kind)}>{inner}</p>\n"

    def heading(self, name: str, level: int, inner: str) -> str:
        return f"<h{level + 1}{_id(name)}>{inner}</h{level + 1}>\n"

    def quotation(self, inner: str) -> str:
        return f"<blockquote>{inner}</blockquote>\n"

    def items(self, items: Sequence[tuple[str, str, str]]) -> str:
        lines = "".join(
            f'<li{_id(name)}><span class="mark">{escape(mark)}</span> {inner}</li>\n'
            for name, mark, inner in items
        )
        return f'<ul class="items">\n{lines}</ul>\n'

    def verse(self, lines: Sequence[tuple[str, str, int]]) -> str:
        inner = "".join(f'<p{_id(n)} class="in-{indent}">{x}</p>\n' for n, x, indent in lines)
        return f'<div class="verse">\n{inner}</div>\n'

    def table(self, rows: Sequence[Sequence[str]]) -> str:
        inner = "".join(
            "<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>\n" for row in rows
        )
        return f"<table><tbody>\n{inner}</tbody></table>\n"

    def section_break(self, name: str, words: str) -> str:
        return f'<p class="section-break"{_id(name)}>{words}</p>\n'

    def index(self, letters: Iterable[Mapping[str, Any]], work: Work) -> str:
        made = []
        for letter in letters:
            made.append(f'<section class="letter"><h2>{letter["label"]}</h2>\n')
            for entry in letter["entries"]:
                made.append(self._entry(entry, work))
            made.append("</section>\n")
        return f'<div class="index"><div class="columns">\n{"".join(made)}</div></div>\n'

    def _entry(self, entry: Mapping[str, Any], work: Work) -> str:
        heading = escape(entry["heading"])
        if entry["see"]:
            see = f'<a href="#index-{entry["see_person"]}">{escape(entry["see"])}</a>'
            return f'<p class="entry">{heading}. <em>See</em> {see}</p>\n'
        also = f" [{escape('; '.join(entry['also']))}]" if entry["also"] else ""
        gloss = ", ".join(x for x in (entry["dates"], entry["gloss"]) if x)
        gloss = f" ({escape(gloss)})" if gloss else ""
        numbers = self._locators(entry["heading"], "", entry["locators"], work)
        see_also = "; ".join(
            f'<a href="#index-{person}">{escape(words)}</a>' for person, words in entry["see_also"]
        )
        see_also = f". <em>See also</em> {see_also}" if see_also else ""
        subs = "".join(
            f'<p class="sub">{escape(sub["topic"])}'
            f"{self._locators(entry['heading'], sub['topic'], sub['locators'], work)}</p>\n"
            for sub in entry["subentries"]
        )
        return f'<p class="entry" id="{entry["id"]}">{heading}{also}{gloss}{numbers}{see_also}</p>\n{subs}'

    def _locators(
        self, heading: str, topic: str, locators: Iterable[Mapping[str, Any]], work: Work
    ) -> str:
        """Return a number for every mention: CSS cannot tell that two are equal."""
        made = []
        for locator in locators:
            for anchor in locator["anchors"]:
                note = next(n for h, t, n in work.headings[anchor] if (h, t) == (heading, topic))
                made.append(", " + self.number(anchor, f"n{note}" if note else ""))
        return "".join(made)

    def book(self, file: EditionFile, rights: str, pieces: Mapping[str, Sequence[Piece]]) -> str:
        title, subtitle = escape(file.title), escape(file.subtitle)
        contents = "".join(
            f'<p class="entry{" roman" if where == "front" else ""}"><a href="#{piece.id}">{piece.title}</a></p>\n'
            + (f'<p class="authors">{piece.authors}</p>\n' if piece.authors else "")
            for where, found in pieces.items()
            for piece in found
        )
        parts = "".join(
            f'<section class="{where}">\n{"".join(map(_piece, found))}</section>\n'
            for where, found in pieces.items()
        )
        imprint = file.imprint
        return f"""<!DOCTYPE html>
<html lang="{file.language}">
<head><meta charset="utf-8"/><title>{title}</title><style>{self.css}{CSS}</style></head>
<body>
<section class="bare">
<section class="half-title"><p>{title}</p></section>
<section class="title-page"><h1>{title}</h1><p class="subtitle">{subtitle}</p>
<p class="editors">{escape(file.editors)}</p><p class="publisher">{escape(imprint.publisher)} {imprint.year}</p></section>
<section class="imprint"><p>{title}: {subtitle}</p>{rights}</section>
</section>
<section class="front"><section class="contents piece"><h1 data-short="Contents">Contents</h1>
{contents}</section></section>
{parts}
</body>
</html>
"""


def _piece(piece: Piece) -> str:
    return (
        f'<article class="piece"><h1 id="{piece.id}" data-short="{piece.short}">{piece.title}</h1>\n'
        f"{piece.head}{piece.text}</article>\n"
    )


def _id(name: str) -> str:
    return f' id="{name}"' if name else ""


def _class(kind: str) -> str:
    return f' class="{kind}"' if kind else ""
