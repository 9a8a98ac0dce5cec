"""The EPUB: EPUB 3.3 by ebooklib, with the pages of the print book.

ebooklib is given finished bytes and a navigation document of our own, for it re-parses and
changes what it is given as HTML; the archive is then written anew with fixed times and order.
"""

from __future__ import annotations

import io
import re
import tempfile
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ebooklib import epub
from lxml import etree

from . import prose
from .document import Heading, plain
from .edition import Edition
from .html import render, with_breaks
from .pages import LaidPart, PageMap
from .typeset import Printed

XREF = re.compile(r'href="xref:([^"]+)"')
ID = re.compile(r'\bid="([^"]+)"')


class EpubError(Exception):
    """A document of the EPUB is not well-formed, or a link leads nowhere: a bug of ours."""


@dataclass(frozen=True)
class Doc:
    """A document of the spine."""

    id: str
    title: str
    xhtml: str
    landmark: str = ""
    children: tuple[tuple[str, str], ...] = ()  # headings: title, id
    level: int = 1
    listed: bool = True

    @property
    def file(self) -> str:
        return f"{self.id}.xhtml"


@dataclass(frozen=True)
class Picture:
    """The front of the cover as a PNG, and its words for those who do not see it."""

    png: bytes
    words: str


def make_epub(
    edition: Edition,
    printed: Printed,
    templates: Path,
    css: str,
    program: str,
    cover: Picture | None = None,
) -> bytes:
    """Return the EPUB as bytes; the same for the same edition, whatever the day."""
    docs = _Writer(edition, printed, templates, program).docs(cover)
    docs = _linked(docs, printed)
    nav = _nav(edition, printed, templates, docs)
    for doc in (*docs, nav):
        try:
            etree.fromstring(doc.xhtml.encode())
        except etree.XMLSyntaxError as error:
            raise EpubError(f"{doc.file} is not well-formed: {error}") from error
    return _package(edition, docs, nav, css, program, cover)


# --- Documents --------------------------------------------------------------------------------


class _Writer:
    def __init__(self, edition: Edition, printed: Printed, templates: Path, program: str) -> None:
        self.edition, self.printed, self.templates = edition, printed, templates
        self.program = program
        self.breaks: dict[str, list[tuple[int, str]]] = {}
        for folio, block, offset in printed.pages.breaks():
            self.breaks.setdefault(block, []).append((offset, str(folio)))

    def docs(self, cover: Picture | None) -> list[Doc]:
        edition, back = self.edition, self.printed.apparatus
        made = []
        if cover:
            words = cover.words
            made.append(
                self._doc("cover", "cover", "Cover", landmark="cover", listed=False, words=words)
            )
        made += [
            self._doc("title", "title", edition.title, landmark="titlepage", listed=False),
            self._doc(
                "imprint",
                "imprint",
                "Imprint",
                landmark="copyright-page",
                rights=prose.paragraphs(edition.file.imprint.rights),
            ),
        ]
        for text in edition.front:
            made.append(self._prose(text.id, text.title, text.blocks))
        articles = {article.id: article for article in edition.articles}
        for n, part in enumerate(edition.file.parts, 1):
            if part.title:
                made.append(self._doc("part", f"part-{n}", part.title, id=f"part-{n}"))
            for name in part.articles:
                if name in articles:
                    made.append(self._article(name, 2 if part.title else 1))
        for section in back.sections:
            kind, role = KINDS.get(section.id, ("", ""))
            made.append(
                self._doc(
                    "back",
                    section.id,
                    section.title,
                    landmark=kind,
                    id=section.id,
                    headnote=section.headnote,
                    items=section.items,
                    rules=back.rules,
                    kind=kind,
                    role=role,
                )
            )
        for text in edition.back:
            made.append(self._prose(text.id, text.title, text.blocks))
        return made

    def _doc(
        self,
        template: str,
        id: str,
        title: str,
        /,
        *,
        landmark: str = "",
        children: tuple[tuple[str, str], ...] = (),
        level: int = 1,
        listed: bool = True,
        **context: Any,
    ) -> Doc:
        common = {
            "language": self.edition.file.language,
            "book_title": self.edition.title,
            "edition": self.edition.file,
            "program": self.program,
            "scripts": self.edition.scripts,
            "title": title,
            "folio": self._folio(id),
        }
        xhtml = render(self.templates, f"epub-{template}.xhtml.j2", {**common, **context})
        return Doc(id, title, self._apparatus_breaks(id, xhtml), landmark, children, level, listed)

    def _folio(self, id: str) -> str:
        """Return the folio on which a part of the print book begins, if it is one."""
        for part in self.printed.pages.parts:
            if part.id == id:
                return str(part.folio)
        return {"title": "iii", "imprint": "iv"}.get(id, "")

    def _apparatus_breaks(self, id: str, xhtml: str) -> str:
        """Put the page breaks of the back matter before the entries that they fall in."""
        if id not in KINDS:
            return xhtml
        opens = self._folio(id)

        def put(match: re.Match[str]) -> str:
            due = [f for _, f in sorted(self.breaks.get(match[2], ())) if f != opens]
            return match[0] + "".join(PAGEBREAK.format(folio=folio) for folio in due)

        return re.sub(r'(<(?:p|h2) [^>]*id="([^"]+)"[^>]*>)', put, xhtml)

    def _prose(self, id: str, title: str, blocks: tuple[Any, ...]) -> Doc:
        kind, role = KINDS.get(_subject(title), ("", ""))
        return self._doc(
            "prose",
            id,
            title,
            landmark=kind,
            id=id,
            kind=kind,
            role=role,
            blocks=with_breaks(blocks, self.breaks),
        )

    def _article(self, name: str, level: int) -> Doc:
        article = self.edition.article(name)
        supplied = article.opening.title_supplied
        title = f"[{article.title}]" if supplied else article.title
        headings = tuple(
            (plain(block.inlines), block.id)
            for block in article.blocks
            if isinstance(block, Heading) and block.level == 1
        )
        return self._doc(
            "article",
            name,
            title,
            landmark="bodymatter",
            children=headings,
            level=level,
            article=article,
            notes={note.id: note for note in article.notes},
            blocks=with_breaks(article.blocks, self.breaks),
        )


PAGEBREAK = (
    '<span epub:type="pagebreak" role="doc-pagebreak" id="page-{folio}" '
    'aria-label="{folio}"></span>'
)
KINDS = {
    "preface": ("preface", "doc-preface"),
    "textual-notes": ("appendix", "doc-appendix"),
    "works-cited": ("bibliography", "doc-bibliography"),
    "chronology": ("appendix", "doc-appendix"),
    "index": ("index", "doc-index"),
}


def _subject(title: str) -> str:
    return title.lower()


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


def _nav(edition: Edition, printed: Printed, templates: Path, docs: Sequence[Doc]) -> Doc:
    homes = {id: doc.file for doc in docs for id in ID.findall(doc.xhtml)}
    toc: list[dict[str, Any]] = []
    for doc in docs:
        if not doc.listed:
            continue
        entry = {
            "title": doc.title,
            "href": doc.file,
            "children": [
                {"title": title, "href": f"{doc.file}#{id}", "children": []}
                for title, id in doc.children
            ],
        }
        (toc[-1]["children"] if doc.level > 1 and toc else toc).append(entry)
    landmarks: dict[str, tuple[str, str, str]] = {}
    for doc in docs:
        if doc.landmark and doc.landmark not in landmarks:
            words = "Begin reading" if doc.landmark == "bodymatter" else doc.title
            landmarks[doc.landmark] = (doc.landmark, doc.file, words)
    landmarks["toc"] = ("toc", "nav.xhtml#toc", "Contents")
    pages = [
        (str(folio), f"{homes[f'page-{folio}']}#page-{folio}")
        for folio in _folios(printed.pages)
        if f"page-{folio}" in homes
    ]
    xhtml = render(
        templates,
        "epub-nav.xhtml.j2",
        {
            "language": edition.file.language,
            "title": "Contents",
            "toc": toc,
            "landmarks": list(landmarks.values()),
            "pages": pages,
        },
    )
    return Doc("nav", "Contents", xhtml)


def _folios(pages: PageMap) -> Iterable[str]:
    def sheets(part: LaidPart) -> Iterable[tuple[int, str]]:
        for page in range(part.laid.pages):
            yield part.sheet + page, str(part.folio_of(page))

    return [folio for _, folio in sorted(x for part in pages.parts for x in sheets(part))]


# --- The package ------------------------------------------------------------------------------


def _package(
    edition: Edition,
    docs: Sequence[Doc],
    nav: Doc,
    css: str,
    program: str,
    cover: Picture | None,
) -> bytes:
    file = edition.file
    modified = datetime.combine(file.imprint.modified, datetime.min.time(), UTC)
    book = epub.EpubBook()
    book.set_identifier(file.imprint.identifier)
    book.set_title(edition.title)
    book.set_language(file.language)
    authors = dict.fromkeys(a for article in edition.articles for a in article.authors)
    for n, author in enumerate(authors, 1):
        book.add_metadata("DC", "creator", author, {"id": f"creator-{n}"})
        _meta(book, "role", "aut", refines=f"#creator-{n}", scheme="marc:relators")
    book.add_metadata("DC", "publisher", file.imprint.publisher)
    book.add_metadata("DC", "date", str(file.imprint.year))
    book.add_metadata("DC", "description", file.description or edition.title)
    book.add_metadata("DC", "rights", plain(prose.inlines(file.imprint.rights)))
    for subject in file.subjects:
        book.add_metadata("DC", "subject", subject)
    source = f"urn:isbn:{_digits(file.imprint.isbn)}" if file.imprint.isbn else ""
    book.add_metadata("DC", "source", source or f"{file.imprint.identifier}#print")
    _accessibility(book, source or f"{file.imprint.identifier}#print", pictures=bool(cover))
    style = epub.EpubItem(
        uid="style", file_name="screen.css", media_type="text/css", content=css.encode()
    )
    book.add_item(style)
    if cover:
        front = epub.EpubItem(
            uid="cover-image", file_name="cover.png", media_type="image/png", content=cover.png
        )
        front.properties = ["cover-image"]
        book.add_item(front)
        book.add_metadata(None, "meta", "", {"name": "cover", "content": "cover-image"})
    items = {}
    for doc in (*docs, nav):
        item = epub.EpubItem(
            uid=f"doc-{doc.id}",
            file_name=doc.file,
            media_type="application/xhtml+xml",
            content=doc.xhtml.encode(),
        )
        item.properties = ["nav"] if doc is nav else ["svg"] if "<svg" in doc.xhtml else []
        book.add_item(item)
        items[doc.id] = item
    before = [doc.id for doc in docs if doc.id in ("cover", "title", "imprint")]
    order = [*before, nav.id, *(doc.id for doc in docs if doc.id not in before)]
    book.spine = [items[id] for id in order]
    book.toc = [epub.Link(doc.file, doc.title, f"ncx-{doc.id}") for doc in docs if doc.listed]
    book.add_item(epub.EpubNcx())
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "book.epub"
        epub.write_epub(
            path,
            book,
            {
                "epub3_pages": False,
                "epub3_landmark": False,
                "raise_exceptions": True,
                "mtime": modified,
            },
        )
        return _normalised(path.read_bytes(), file.language)


def _meta(book: Any, property: str, value: str, **attributes: str) -> None:
    book.add_metadata(None, "meta", value, {"property": property, **attributes})


def _digits(isbn: str) -> str:
    return isbn.replace("-", "").replace(" ", "")


def _accessibility(book: Any, source: str, *, pictures: bool) -> None:
    """Say what the book offers to readers who do not see it (EPUB Accessibility 1.1)."""
    seen = "The only image is the cover, and its words are given." if pictures else NO_IMAGES
    if pictures:
        _meta(book, "schema:accessMode", "visual")
        _meta(book, "schema:accessibilityFeature", "alternativeText")
    for property, value in (
        ("schema:accessMode", "textual"),
        ("schema:accessModeSufficient", "textual"),
        ("schema:accessibilityFeature", "tableOfContents"),
        ("schema:accessibilityFeature", "index"),
        ("schema:accessibilityFeature", "pageNavigation"),
        ("schema:accessibilityFeature", "pageBreakMarkers"),
        ("schema:accessibilityFeature", "readingOrder"),
        ("schema:accessibilityFeature", "structuralNavigation"),
        ("schema:accessibilityFeature", "ARIA"),
        ("schema:accessibilityFeature", "displayTransformability"),
        ("schema:accessibilityHazard", "none"),
        (
            "schema:accessibilitySummary",
            "Text with a linked index of names, notes that lead back to their calls, and the "
            f"page numbers of the print edition. {seen}",
        ),
        ("pageBreakSource", source),
    ):
        _meta(book, property, value)


NO_IMAGES = "There are no images."
FIXED = (2020, 1, 1, 0, 0, 0)


def _normalised(data: bytes, language: str) -> bytes:
    """Return the archive with fixed times and order, mimetype first and stored (OCF 4.2)."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        names = sorted(old.namelist(), key=lambda n: (n != "mimetype", n))
        for name in names:
            content = old.read(name)
            if name.endswith(".opf"):
                content = _with_language(content, language)
            info = zipfile.ZipInfo(name, FIXED)
            info.external_attr = 0o644 << 16
            info.create_system = 3
            info.compress_type = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            new.writestr(info, content)
    return out.getvalue()


def _with_language(opf: bytes, language: str) -> bytes:
    root = etree.fromstring(opf)
    root.set("{http://www.w3.org/XML/1998/namespace}lang", language)
    return etree.tostring(root, xml_declaration=True, encoding="utf-8", pretty_print=True)
