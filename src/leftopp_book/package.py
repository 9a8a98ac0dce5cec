"""The package of the EPUB: its metadata and its container, by ebooklib.

ebooklib re-parses and changes what it is given as HTML, so it is given finished bytes, a navigation
document and an NCX of our own; the archive is then written anew with fixed times and order.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from msgspec import Struct

from . import prose
from .document import plain
from .edition import Edition
from .standins import inspect, placed

with placed([inspect()]):
    from ebooklib import epub
    from lxml import etree

# Relators of MARC, which the roles of metadata are taken from.
RELATORS = {"author": "aut", "editor": "edt", "translator": "trl", "introduction": "aui"}


class Doc(Struct, frozen=True):
    """A document of the spine."""

    id: str
    title: str
    xhtml: str
    landmark: str = ""
    children: tuple[tuple[str, str], ...] = ()  # headings: title, id
    level: int = 1
    listed: bool = False  # in the contents that a reader's panel shows
    authors: str = ""
    language: str = ""  # if not that of the book

    @property
    def file(self) -> str:
        return f"{self.id}.xhtml"


class Picture(Struct, frozen=True):
    """The front of the cover, and its words for those who do not see it.

    `drawn` waits for the picture, as a PNG: everything else is made meanwhile.
    """

    drawn: Callable[[], bytes]
    words: str


def package(
    edition: Edition,
    docs: Sequence[Doc],
    nav: Doc,
    ncx: str,
    css: str,
    cover: Picture | None,
    fonts: Mapping[str, bytes],
) -> bytes:
    """Return the archive. The navigation document is for the reader's panel, not in the spine."""
    modified = datetime.combine(edition.file.imprint.modified, datetime.min.time(), UTC)
    book = epub.EpubBook()
    _metadata(book, edition)
    images = ["the cover"] * bool(cover)
    images += ["the timeline of the chronology"] * any("<svg" in doc.xhtml for doc in docs)
    _accessibility(book, _source(edition), images)
    _add(book, "style", "screen.css", "text/css", css.encode())
    for name, data in fonts.items():
        _add(book, f"font-{Path(name).stem}", name, "font/ttf", data)
    if cover:
        front = _add(book, "cover-image", "cover.png", "image/png", cover.drawn())
        front.properties = ["cover-image"]
        book.add_metadata(None, "meta", "", {"name": "cover", "content": "cover-image"})
    for doc in docs:
        item = _add(book, f"doc-{doc.id}", doc.file, XHTML, doc.xhtml.encode())
        item.properties = ["svg"] if "<svg" in doc.xhtml else []
        book.spine.append(item)
    _add(book, "nav", nav.file, XHTML, nav.xhtml.encode()).properties = ["nav"]
    _add(book, "ncx", "toc.ncx", "application/x-dtbncx+xml", ncx.encode())
    options = {
        "epub3_pages": False,
        "epub3_landmark": False,
        "raise_exceptions": True,
        "mtime": modified,
        "compresslevel": 0,  # it is written anew
    }
    out = io.BytesIO()
    epub.write_epub(out, book, options)
    return _normalised(out.getvalue(), edition.file.language)


XHTML = "application/xhtml+xml"


def _add(book: Any, id: str, name: str, kind: str, content: bytes) -> Any:
    item = epub.EpubItem(uid=id, file_name=name, media_type=kind, content=content)
    item.properties = []
    book.add_item(item)
    return item


# --- Metadata ---------------------------------------------------------------------------------


def _metadata(book: Any, edition: Edition) -> None:
    """Say what the book is (EPUB 3.3, 5.5)."""
    file = edition.file
    book.set_identifier(file.imprint.identifier)
    book.set_title(edition.title)
    book.set_language(file.language)
    for language in dict.fromkeys(article.language for article in edition.articles):
        if language not in ("", file.language):
            book.add_metadata("DC", "language", language)
    people = [(person.name, person.heading) for person in _authors(edition)]
    for n, (name, file_as) in enumerate(people, 1):
        _person(book, "creator", n, name, "author", file_as)
    for n, one in enumerate(file.contributors, 1):
        _person(book, "contributor", n, one.name, one.role, one.file_as)
    book.add_metadata("DC", "publisher", file.imprint.publisher)
    book.add_metadata("DC", "date", str(file.imprint.year))
    book.add_metadata("DC", "description", file.description or edition.title)
    book.add_metadata("DC", "rights", plain(prose.inlines(file.imprint.rights)))
    for subject in file.subjects:
        book.add_metadata("DC", "subject", subject)
    book.add_metadata("DC", "source", _source(edition), {"id": "print"})
    _meta(book, "source-of", "pagination", refines="#print")
    if file.series.title:
        _meta(book, "belongs-to-collection", file.series.title, id="series")
        _meta(book, "collection-type", "series", refines="#series")
        if file.series.number:
            _meta(book, "group-position", str(file.series.number), refines="#series")


def _authors(edition: Edition) -> list[Any]:
    """Return the persons who wrote the articles, as the register has them."""
    ids = (id for article in edition.articles for id in edition.article_files[article.id].authors)
    return [edition.people[id] for id in dict.fromkeys(ids) if id in edition.people]


def _person(book: Any, element: str, n: int, name: str, role: str, file_as: str) -> None:
    """Add a person. Without `file_as` none is written: no rule knows what is a surname."""
    id = f"{element}-{n}"
    book.add_metadata("DC", element, name, {"id": id})
    _meta(book, "role", RELATORS[role], refines=f"#{id}", scheme="marc:relators")
    if file_as:
        _meta(book, "file-as", file_as, refines=f"#{id}")


def _source(edition: Edition) -> str:
    """Return the identifier of the print edition: its ISBN, else that of the EPUB, extended."""
    imprint = edition.file.imprint
    digits = imprint.isbn.replace("-", "").replace(" ", "")
    return f"urn:isbn:{digits}" if digits else f"{imprint.identifier}#print"


def _meta(book: Any, property: str, value: str, **attributes: str) -> None:
    book.add_metadata(None, "meta", value, {"property": property, **attributes})


FEATURES = (
    "tableOfContents",
    "index",
    "pageNavigation",
    "pageBreakMarkers",
    "readingOrder",
    "structuralNavigation",
    "ARIA",
    "displayTransformability",
    "unlocked",
)
NO_IMAGES = "There are no images."


def _accessibility(book: Any, source: str, images: Sequence[str]) -> None:
    """Say what the book offers to readers who do not see it (EPUB Accessibility 1.1)."""
    seen = f"Described images: {' and '.join(images)}." if images else NO_IMAGES
    if images:
        _meta(book, "schema:accessMode", "visual")
        _meta(book, "schema:accessibilityFeature", "alternativeText")
    _meta(book, "schema:accessMode", "textual")
    _meta(book, "schema:accessModeSufficient", "textual")
    for feature in FEATURES:
        _meta(book, "schema:accessibilityFeature", feature)
    _meta(book, "schema:accessibilityHazard", "none")
    summary = (
        "Text with a linked index of names, notes that lead back to their calls, and the page "
        f"numbers of the print edition, each at the word where its page begins. {seen}"
    )
    _meta(book, "schema:accessibilitySummary", summary)
    _meta(book, "pageBreakSource", source)


# --- The container ----------------------------------------------------------------------------

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
            packed = name == "mimetype" or name.endswith(".png")  # a picture is packed by itself
            info.compress_type = zipfile.ZIP_STORED if packed else zipfile.ZIP_DEFLATED
            new.writestr(info, content)
    return out.getvalue()


def _with_language(opf: bytes, language: str) -> bytes:
    root = etree.fromstring(opf)
    root.set("{http://www.w3.org/XML/1998/namespace}lang", language)
    return etree.tostring(root, xml_declaration=True, encoding="utf-8", pretty_print=True)
