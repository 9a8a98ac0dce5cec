"""The EPUB: the documents of an EPUB 3.3 with the pages of the print book, and how to find them.

The words are those of the print book, page for page: half-title, imprint, contents and colophon
are there too. What a reader's panel shows (contents in two levels, landmarks, the page list) is in
a navigation document of its own and, for older readers, in the NCX.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from lxml import etree
from msgspec.structs import replace

from . import prose
from .document import Article, Heading, plain
from .edition import Edition
from .fingerprint import digest_of
from .fonts import FAMILY, Fonts, of_characters
from .html import render, with_breaks
from .kept import Kept
from .package import Doc, Picture, package
from .pages import Folio, LaidPart, PageMap
from .typeset import Printed

XREF = re.compile(r'href="xref:([^"]+)"')
ID = re.compile(r'id="(?<=\bid=")([^"]+)"')
KINDS = {
    "preface": ("preface", "doc-preface"),
    "textual-notes": ("appendix", "doc-appendix"),
    "works-cited": ("bibliography", "doc-bibliography"),
    "chronology": ("appendix", "doc-appendix"),
    "index": ("index", "doc-index"),
}


class EpubError(Exception):
    """A document of the EPUB is not well-formed, or a link leads nowhere: a bug of ours."""


def written(
    edition: Edition, pages: PageMap, templates: Path, program: str, standing: Kept | None = None
) -> dict[str, str]:
    """Return the documents of the articles, whose pages are known before those of the rest.

    Those of articles that have not changed are taken from what is `standing`.
    """
    filler = _Filler(edition, pages, templates, program)
    return {article.id: filler.article(article, standing) for article in edition.articles}


def make_epub(
    edition: Edition,
    printed: Printed,
    templates: Path,
    css: str,
    program: str,
    cover: Picture | None = None,
    faces: Fonts | None = None,
    articles: Mapping[str, str] | None = None,
) -> bytes:
    """Return the EPUB as bytes; the same for the same edition, whatever the day.

    `faces` is the book face, which is embedded if the edition file wants it. `articles` are those
    that are `written` already.
    """
    articles = articles or written(edition, printed.pages, templates, program)
    writer = _Writer(edition, printed, templates, program, articles)
    docs = _linked(writer.docs(cover), printed)
    guide = _Guide(docs, printed.pages)
    nav = Doc("nav", "Contents", writer.page("nav", "Contents", **guide.nav()))
    ncx = writer.page("toc", edition.title, suffix="ncx", **guide.ncx())
    for file, xml in (*((doc.file, doc.xhtml) for doc in (*docs, nav)), ("toc.ncx", ncx)):
        try:
            etree.fromstring(xml.encode())
        except etree.XMLSyntaxError as error:
            raise EpubError(f"{file} is not well-formed: {error}") from error
    fonts: Mapping[str, bytes] = {}
    if faces and edition.file.epub.fonts:
        cuts = of_characters(faces, frozenset("".join(doc.xhtml for doc in docs)))
        fonts = {cut.name: data for cut, data in cuts.items()}
        families = ", ".join(f'"{family}"' for family in dict.fromkeys(c.family for c in cuts))
        css = f"{faces.css('', cuts)}\nbody {{ font-family: {families}, serif }}\n{css}"
    return package(edition, docs, nav, ncx, css, cover, fonts)


# --- Documents --------------------------------------------------------------------------------


class _Filler:
    """Fills in templates, and puts the page breaks of the print book into documents."""

    def __init__(self, edition: Edition, pages: PageMap, templates: Path, program: str) -> None:
        self.edition, self.templates, self.program = edition, templates, program
        self.breaks: dict[str, list[tuple[int, str]]] = {}
        for folio, block, offset in pages.breaks():
            self.breaks.setdefault(block, []).append((offset, str(folio)))

    def page(self, template: str, title: str, suffix: str = "xhtml", **context: Any) -> str:
        """Return a template filled in."""
        common = {
            "language": self.edition.file.language,
            "book_title": self.edition.title,
            "edition": self.edition.file,
            "program": self.program,
            "scripts": self.edition.scripts,
            "title": title,
        }
        return render(self.templates, f"epub-{template}.{suffix}.j2", {**common, **context})

    def document(self, template: str, title: str, id: str, **context: Any) -> str:
        return with_breaks(self.page(template, title, id=id, **context), self.breaks)

    def article(self, article: Article, standing: Kept | None) -> str:
        """Return an article; before page breaks it is the same as long as nothing of it changed."""
        hash, marks = self.edition.hashes[article.id], [note.mark for note in article.notes]
        made_of = f"{hash} {marks} {self.edition.scripts} {self.edition.file} {self._looks}"
        made: str | None = standing.find(f"epub/{article.id}", made_of) if standing else None
        if made is None:
            made = self.page(
                "article",
                _title(article),
                id=article.id,
                article=article,
                notes={note.id: note for note in article.notes},
                blocks=article.blocks,
            )
            if standing:
                standing.keep(f"epub/{article.id}", made, made_of)
        return with_breaks(made, self.breaks)

    @cached_property
    def _looks(self) -> str:
        return digest_of(self.templates.glob("*.j2"))


def _title(article: Article) -> str:
    return f"[{article.title}]" if article.opening.title_supplied else article.title


class _Writer(_Filler):
    def __init__(
        self,
        edition: Edition,
        printed: Printed,
        templates: Path,
        program: str,
        articles: Mapping[str, str],
    ) -> None:
        super().__init__(edition, printed.pages, templates, program)
        self.printed, self.articles = printed, articles
        self.marks = {
            occurrence.anchor: note.mark
            for article in edition.articles
            for occurrence in article.occurrences
            for note in article.notes
            if note.id == occurrence.note
        }

    def docs(self, cover: Picture | None) -> list[Doc]:
        """Return the documents in reading order."""
        edition = self.edition
        file = edition.file
        made = []
        if cover:
            made.append(self._doc("cover", "Cover", landmark="cover", words=cover.words))
        made += [
            self._doc("half-title", file.title),
            self._doc("title", edition.title, landmark="titlepage"),
            self._doc(
                "imprint",
                "Imprint",
                landmark="copyright-page",
                listed=True,
                rights=prose.paragraphs(file.imprint.rights),
                face=FAMILY,
            ),
        ]
        sections = [*self._sections()]
        colophon = self._doc("colophon", "Colophon", lines=self.printed.colophon)
        return [*made, self._contents(sections), *sections, colophon]

    def _sections(self) -> Iterable[Doc]:
        """Yield what the contents of the print book list."""
        edition = self.edition
        for text in edition.front:
            yield self._prose(text.id, text.title, text.blocks)
        articles = {article.id for article in edition.articles}
        for n, part in enumerate(edition.file.parts, 1):
            if part.title:
                id = f"part-{n}"
                yield self._doc("part", part.title, id, listed=True)
            for name in part.articles:
                if name in articles:
                    yield self._article(name, 2 if part.title else 1)
        for section in self.printed.apparatus.sections:
            kind, role = KINDS.get(section.id, ("", ""))
            yield self._doc(
                "index" if section.id == "index" else "back",
                section.title,
                section.id,
                landmark=kind,
                listed=True,
                headnote=section.headnote,
                items=section.items,
                rules=self.printed.apparatus.rules,
                kind=kind,
                role=role,
                links=self._links,
            )
        for text in edition.back:
            yield self._prose(text.id, text.title, text.blocks)

    def _doc(
        self,
        template: str,
        title: str,
        id: str = "",
        *,
        landmark: str = "",
        listed: bool = False,
        **context: Any,
    ) -> Doc:
        id = id or template
        xhtml = self.document(template, title, id, **context)
        return Doc(id, title, xhtml, landmark=landmark, listed=listed)

    def _prose(self, id: str, title: str, blocks: tuple[Any, ...]) -> Doc:
        kind, role = KINDS.get(title.lower(), ("", ""))
        return self._doc(
            "prose", title, id, landmark=kind, listed=True, kind=kind, role=role, blocks=blocks
        )

    def _article(self, name: str, level: int) -> Doc:
        article = self.edition.article(name)
        headings = tuple(
            (plain(block.inlines), block.id)
            for block in article.blocks
            if isinstance(block, Heading) and block.level == 1
        )
        return Doc(
            name,
            _title(article),
            self.articles[name],
            landmark="bodymatter",
            listed=True,
            children=headings,
            level=level,
            authors=" and ".join(article.authors),
            language=article.language,
        )

    def _contents(self, sections: Sequence[Doc]) -> Doc:
        folios = {part.id: str(part.folio) for part in self.printed.pages.parts}
        entries = [
            {
                "title": doc.title,
                "href": doc.file,
                "authors": doc.authors,
                "language": doc.language,
                "folio": "" if doc.id.startswith("part-") else folios[doc.id],
                "kind": f"level-{doc.level}",
            }
            for doc in sections
        ]
        return self._doc("contents", "Contents", landmark="toc", entries=entries)

    def _links(self, locator: Mapping[str, Any]) -> list[tuple[str, str]]:
        return locator_links(locator["words"], locator["anchors"], self.marks)


def locator_links(
    words: str, anchors: Sequence[str], marks: Mapping[str, str]
) -> list[tuple[str, str]]:
    """Return a locator in pieces, each with the mention that it leads to, a dash with none.

    45–47 leads to the first mention and to the last. 45nn3, 5–6 leads to the first in notes 3 and
    5, and to the last in note 6; `marks` tells of a mention in a note which note that is.
    """
    pieces = re.split(r"(–|, )", words)
    linked = []
    for n, piece in enumerate(pieces):
        if n % 2:
            linked.append((piece, ""))
            continue
        ends = n > 0 and pieces[n - 1] == "–"
        mark = piece.rpartition("n")[2]
        own = [anchor for anchor in anchors if marks.get(anchor) == mark] or anchors
        linked.append((piece, own[-1 if ends else 0]))
    return linked


def _linked(docs: Sequence[Doc], printed: Printed) -> list[Doc]:
    """Lead every `xref:` link to its document. Raises EpubError for one that leads nowhere."""
    homes = {id: doc.file for doc in docs for id in ID.findall(doc.xhtml)}
    targets = printed.apparatus.targets

    def linked(doc: Doc) -> Doc:
        def link(match: re.Match[str]) -> str:
            name = match[1]
            if name not in homes and name in targets:
                name = targets[name][0]
            if name not in homes:
                raise EpubError(f"{doc.file}: a link leads to {name}, which is not in the book")
            return f'href="{"" if homes[name] == doc.file else homes[name]}#{name}"'

        return replace(doc, xhtml=XREF.sub(link, doc.xhtml))

    return [linked(doc) for doc in docs]


# --- Navigation -------------------------------------------------------------------------------


class _Guide:
    """What a reader's panel shows: contents, landmarks, pages; for the nav and for the NCX."""

    def __init__(self, docs: Sequence[Doc], pages: PageMap) -> None:
        self.docs = docs
        self.homes = {
            id: (doc.file, n, at.start())
            for n, doc in enumerate(docs)
            for at in ID.finditer(doc.xhtml)
            for id in (at[1],)
        }
        self.folios = [folio for folio in _folios(pages) if f"page-{folio}" in self.homes]

    def nav(self) -> dict[str, Any]:
        landmarks: dict[str, tuple[str, str, str]] = {}
        for doc in self.docs:
            if doc.landmark and doc.landmark not in landmarks:
                words = "Begin reading" if doc.landmark == "bodymatter" else doc.title
                landmarks[doc.landmark] = (doc.landmark, doc.file, words)
        pages = [
            {"label": str(folio), "href": self._href(f"page-{folio}")} for folio in self.folios
        ]
        return {"toc": self._toc({}), "landmarks": list(landmarks.values()), "pages": pages}

    def ncx(self) -> dict[str, Any]:
        """Return what the NCX holds. Its points and pages are counted in reading order.

        What leads to the same place has the same `playOrder` (OPF 2.0.1, 2.4.1.2).
        """
        places = {doc.file: (n, 0) for n, doc in enumerate(self.docs) if doc.listed}
        for doc in self.docs:
            for _, id in doc.children:
                places[self._href(id)] = self.homes[id][1:]
        for folio in self.folios:
            places[self._href(f"page-{folio}")] = self.homes[f"page-{folio}"][1:]
        order = {href: n for n, href in enumerate(sorted(places, key=lambda h: places[h]), 1)}
        toc = self._toc(order)
        pages = [
            {
                "label": str(folio),
                "type": "normal" if folio.body else "front",
                "value": folio.number,
                "href": self._href(f"page-{folio}"),
                "order": order[self._href(f"page-{folio}")],
            }
            for folio in self.folios
        ]
        last = max((folio.number for folio in self.folios), default=0)
        return {"toc": toc, "depth": _depth(toc), "pages": pages, "last": last}

    def _href(self, id: str) -> str:
        return f"{self.homes[id][0]}#{id}"

    def _toc(self, order: Mapping[str, int]) -> list[dict[str, Any]]:
        def entry(title: str, href: str, language: str) -> dict[str, Any]:
            number = order.get(href, 0)
            return {
                "title": title,
                "href": href,
                "language": language,
                "order": number,
                "children": [],
            }

        toc: list[dict[str, Any]] = []
        for doc in self.docs:
            if doc.listed:
                made = entry(doc.title, doc.file, doc.language)
                for title, id in doc.children:
                    made["children"].append(entry(title, self._href(id), doc.language))
                (toc[-1]["children"] if doc.level > 1 and toc else toc).append(made)
        return toc


def _depth(entries: Sequence[Mapping[str, Any]]) -> int:
    return 1 + max(map(_depth, (e["children"] for e in entries)), default=0) if entries else 0


def _folios(pages: PageMap) -> list[Folio]:
    def sheets(part: LaidPart) -> Iterable[tuple[int, Folio]]:
        for page in range(part.laid.pages):
            yield part.sheet + page, part.folio_of(page)

    return [folio for _, folio in sorted(x for part in pages.parts for x in sheets(part))]
