"""Join the parts of the book into one PDF, and put right what only the whole book knows.

Links, bookmarks, page labels, the structure tree, running heads and folios, the leaders of the
contents. Nothing here depends on the clock: the same parts give the same bytes.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, NumberTree, OutlineItem, Pdf, String

from .pages import LaidPart, roman

XREF = "xref:"
PRINT = 4  # the flag of an annotation that is printed with its page (PDF 32000, 12.5.3)

Target = tuple[int, float, float]  # sheet, x, y
Resolve = Callable[[str], Target]


@dataclass(frozen=True)
class Bookmark:
    level: int
    title: str
    target: str


@dataclass(frozen=True)
class Metadata:
    title: str
    authors: tuple[str, ...]
    language: str
    subject: str
    keywords: tuple[str, ...]
    producer: str
    modified: str  # a date, YYYY-MM-DD


@dataclass(frozen=True)
class Whole:
    """What the book as a whole adds to its parts."""

    heads: bytes  # a PDF with a page for every sheet
    resolve: Resolve
    bookmarks: Sequence[Bookmark]
    metadata: Metadata
    prelims: int  # sheets numbered in roman
    contents: range  # the sheets that hold the contents, whose lines get leaders


def join(parts: Sequence[LaidPart], whole: Whole) -> bytes:
    """Return the book. Raises KeyError for a link to what is not in it."""
    book = Pdf.new()
    sources = [Pdf.open(io.BytesIO(part.laid.pdf)) for part in parts]
    trees: list[_Tree] = []
    for part, source in zip(parts, sources, strict=True):
        while len(book.pages) < part.sheet:
            _add_blank(book, source)
        book.pages.extend(source.pages)
        trees.append(_tree(book, source, part))
    if len(book.pages) % 2:
        _add_blank(book, sources[-1])
    _merge_structure(book, trees)
    _lead(book, whole.contents)
    _resolve_links(book, whole)
    _stamp(book, whole.heads)
    _bookmark(book, whole)
    _label(book, whole.prelims)
    _describe(book, whole.metadata)
    out = io.BytesIO()
    book.save(
        out,
        deterministic_id=True,
        force_version="1.7",
        object_stream_mode=pikepdf.ObjectStreamMode.generate,
    )
    return out.getvalue()


def _add_blank(book: Pdf, like: Pdf) -> None:
    """Add a page that carries nothing, of the size of the others."""
    book.add_blank_page(page_size=size_of(like.pages[0]))


def size_of(page: pikepdf.Page) -> tuple[float, float]:
    """Return the width and height of a page, in points."""
    x0, y0, x1, y1 = (float(v) for v in page.mediabox)
    return (x1 - x0, y1 - y0)


# --- The structure tree -----------------------------------------------------------------------


@dataclass(frozen=True)
class _Tree:
    """The structure tree of a part, copied into the book, and the sheets of the part."""

    root: pikepdf.Object
    sheets: range


def _tree(book: Pdf, source: Pdf, part: LaidPart) -> _Tree:
    root = book.copy_foreign(source.Root.StructTreeRoot)
    return _Tree(root, range(part.sheet, part.sheet + part.laid.pages))


def _merge_structure(book: Pdf, trees: Iterable[_Tree]) -> None:
    """Put the trees of the parts under one Document, with one ParentTree (PDF 32000, 14.7).

    Keys into the ParentTree are given anew: those of a part are moved by the number used before.
    """
    root = book.make_indirect(Dictionary(Type=Name.StructTreeRoot))
    document = book.make_indirect(
        Dictionary(Type=Name.StructElem, S=Name.Document, P=root, K=Array([]))
    )
    numbers = Array([])
    offset = 0
    for tree in trees:
        for child in _kids(tree.root):
            kids = _kids(child) if Name.Document == child.S else [child]
            for kid in kids:
                kid.P = document
                document.K.append(kid)
        used = 0
        for key, value in NumberTree(tree.root.ParentTree).items():
            numbers.append(int(key) + offset)
            numbers.append(value)
            used = max(used, int(key) + 1)
        for sheet in tree.sheets:
            page = book.pages[sheet].obj
            if "/StructParents" in page:
                page.StructParents = int(page.StructParents) + offset
            for annotation in page.get("/Annots", []):
                if "/StructParent" in annotation:
                    annotation.StructParent = int(annotation.StructParent) + offset
        offset += used
    root.K = Array([document])
    root.ParentTree = book.make_indirect(Dictionary(Nums=numbers))
    root.ParentTreeNextKey = offset
    book.Root.StructTreeRoot = root
    book.Root.MarkInfo = Dictionary(Marked=True)


def _kids(element: pikepdf.Object) -> list[Any]:
    kids: Any = element.get("/K", Array([]))
    return list(kids) if isinstance(kids, Array) else [kids]


# --- Links and leaders ------------------------------------------------------------------------


def _resolve_links(book: Pdf, whole: Whole) -> None:
    """Turn `xref:` links into destinations; let every link be printed with its page."""
    for page in book.pages:
        for annotation in page.obj.get("/Annots", []):
            if annotation.get("/Subtype") != Name.Link:
                continue
            annotation.F = PRINT
            action: Any = annotation.get("/A", {})
            uri = str(action.get("/URI", ""))
            if uri.startswith(XREF):
                sheet, x, y = whole.resolve(uri.removeprefix(XREF))
                del annotation.A
                annotation.Dest = Array(
                    [book.pages[sheet].obj, Name.XYZ, round(x, 2), round(y, 2), 0]
                )
                body = sheet >= whole.prelims
                folio = str(sheet - whole.prelims + 1) if body else roman(sheet + 1)
                annotation.Contents = String(f"page {folio}")


DOTS = "{x0:.2f} {y:.2f} m {x1:.2f} {y:.2f} l S"
DROP = 4.6  # points from the foot of a link's box up to the line of its letters


def _lead(book: Pdf, contents: range) -> None:
    """Draw dots from every title of the contents to its folio, as artifacts.

    The two are links to one target, one after the other on a line. A round cap on a dash of no
    length is a dot.
    """
    for sheet in contents:
        page = book.pages[sheet]
        links = [a for a in page.obj.get("/Annots", []) if "/URI" in a.get("/A", {})]
        lines = []
        for title, folio in pairwise(links):
            if title.A.URI != folio.A.URI:
                continue
            x0, x1 = float(title.Rect[2]) + 6, float(folio.Rect[0]) - 6
            y0, y1 = (min(float(r[1]), float(r[3])) for r in (title.Rect, folio.Rect))
            if abs(y0 - y1) < 6 and x1 > x0:
                start = x1 - int((x1 - x0) / 6) * 6  # dots stand under one another
                lines.append(DOTS.format(x0=start, x1=x1, y=y0 + DROP))
        if lines:
            page.contents_add(b"q\n", prepend=True)
            dots = "\n".join(lines)
            page.contents_add(
                f"\nQ\n/Artifact BMC\nq 1 J 0.7 w [0 6] 0 d\n{dots}\nQ\nEMC\n".encode()
            )


# --- Running heads and folios -----------------------------------------------------------------


def _stamp(book: Pdf, heads: bytes) -> None:
    """Draw the page of `heads` that belongs to each sheet on it, as an artifact of pagination."""
    with Pdf.open(io.BytesIO(heads)) as source:
        for page, head in zip(book.pages, source.pages, strict=True):
            if not _draws(head):
                continue
            form = book.copy_foreign(head.as_form_xobject())
            # parts share one dictionary among their pages: each page gets its own
            resources: Any = page.obj.get("/Resources", {})
            objects: Any = resources.get("/XObject", {})
            page.obj.Resources = Dictionary(
                {**resources, "/XObject": Dictionary({**objects, "/Furniture": form})}
            )
            page.contents_add(b"q\n", prepend=True)
            page.contents_add(b"\nQ\n/Artifact <</Type /Pagination>> BDC\nq /Furniture Do Q\nEMC\n")


def _draws(page: pikepdf.Page) -> bool:
    """Tell whether a page shows any text."""
    shown = ("Tj", "TJ")
    return any(str(step.operator) in shown for step in pikepdf.parse_content_stream(page))


# --- Outline, labels, metadata ----------------------------------------------------------------


def _bookmark(book: Pdf, whole: Whole) -> None:
    with book.open_outline() as outline:
        stack: list[OutlineItem] = []
        for bookmark in whole.bookmarks:
            sheet, x, y = whole.resolve(bookmark.target)
            item = OutlineItem(bookmark.title, sheet, "XYZ", left=x, top=y, zoom=0)
            del stack[bookmark.level - 1 :]
            (stack[-1].children if stack else outline.root).append(item)
            item.is_closed = True
            stack.append(item)


def _label(book: Pdf, prelims: int) -> None:
    """Write page labels: i, ii, iii, then 1, 2, 3 (PDF 32000, 12.4.2)."""
    numbers = [0, Dictionary(S=Name.r)] if prelims else []
    numbers += [prelims, Dictionary(S=Name.D)]
    book.Root.PageLabels = Dictionary(Nums=Array(numbers))


def _describe(book: Pdf, about: Metadata) -> None:
    book.Root.Lang = String(about.language)
    book.Root.ViewerPreferences = Dictionary(DisplayDocTitle=True)
    book.Root.PageMode = Name.UseOutlines
    with book.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as xmp:
        xmp["dc:title"] = about.title
        xmp["dc:creator"] = list(about.authors)
        xmp["dc:description"] = about.subject
        xmp["dc:language"] = {about.language}
        xmp["dc:subject"] = set(about.keywords)
        xmp["pdf:Producer"] = about.producer
        xmp["xmp:ModifyDate"] = f"{about.modified}T00:00:00Z"
        xmp["pdfuaid:part"] = "1"
    info = book.docinfo
    info["/Title"] = about.title
    info["/Author"] = "; ".join(about.authors)
    info["/Subject"] = about.subject
    info["/Keywords"] = ", ".join(about.keywords)
    info["/Producer"] = about.producer
    info["/ModDate"] = f"D:{about.modified.replace('-', '')}000000Z"
