"""Join the parts of the book into one PDF, and put right what only the whole book knows.

Links, bookmarks, page labels, the structure tree, running heads and folios, the leaders of the
contents. Nothing here depends on the clock: the same parts give the same bytes.
"""

from __future__ import annotations

import io
import os
import resource
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import pairwise
from typing import Any
from unicodedata import combining, normalize

import pikepdf
from msgspec import Struct, field
from pikepdf import Array, Dictionary, Name, NumberTree, OutlineItem, Pdf, String

from .drawing import steps_of
from .fonts import Subsets, letters, subsetter
from .pages import Laid, LaidPage, LaidPart, PageMap, roman
from .tagging import NOTHING
from .whole import Faces, Furniture, Metadata, Whole

XREF = "xref:"
PRINT = 4  # the flag of an annotation that is printed with its page (PDF 32000, 12.5.3)


def load() -> None:
    """Load what pikepdf loads when a file is first told about itself."""
    with Pdf.new().open_metadata():
        pass


def join(parts: Sequence[LaidPart], whole: Whole, faces: Faces) -> bytes:
    """Return the book. Raises KeyError for a link to what is not in it."""
    return saved(Binding(Subsets(faces)).bound(parts, whole))


class Binding:
    """A book that is being bound: parts can be taken in before all are there.

    Objects are numbered as they come: for the same file they have to come in the same order.
    """

    def __init__(self, subsets: Subsets) -> None:
        self.book, self.subsets = Pdf.new(), subsets
        self.structure, self.fonts = _Structure(self.book), _Fonts()
        self.opened: dict[str, list[Pdf]] = {}  # by part
        self.pages: dict[str, list[pikepdf.Page]] = {}
        self.links, self.names = Array([]), list[str]()  # links written `xref:`, and their names
        if not subsets.before:
            subsetter()  # wanted when all pages are there; there is time now

    def open(self, id: str, sheets: Iterable[LaidPage]) -> list[pikepdf.Page]:
        """Open a part, so that it can be taken in when it is its turn, and return its pages."""
        made = self.opened[id] = [_opened(page.pdf) for page in sheets]
        return [source.pages[0] for source in made]

    def take(self, id: str, sheets: Iterable[LaidPage]) -> None:
        """Take in the pages of a part, unless they are there."""
        if id in self.pages:
            return
        pages = self.pages[id] = []
        for source in self.opened.pop(id, None) or (_opened(page.pdf) for page in sheets):
            self.fonts.leave(source.pages[0])
            self.book.pages.append(source.pages[0])
            pages.append(self.book.pages[-1])
            self.structure.add(id, source, pages[-1].obj)
            for link, name in _links(pages[-1]):
                self.links.append(link)
                self.names.append(name)
            source.close()

    def bound(self, parts: Sequence[LaidPart], whole: Whole) -> Pdf:
        """Return the book of these parts. Raises KeyError for a link to what is not in it."""
        book, map = self.book, PageMap(tuple(parts))
        for part in parts:
            self.take(part.id, part.laid.sheets)
        size = size_of(self.pages[parts[0].id][0])
        del book.pages[:]  # and in again in their order
        for part in parts:
            while len(book.pages) < part.sheet:
                book.add_blank_page(page_size=size)
            book.pages.extend(self.pages[part.id])
        if len(book.pages) % 2:
            book.add_blank_page(page_size=size)
        self.structure.finish([part.id for part in parts])
        targets = _Targets(map, whole.targets)
        _lead(book, whole.contents)
        _resolve(zip(self.links, self.names, strict=True), book, whole, targets)
        _stamp(book, whole.heads)
        heads = {id(head.page): head.page for heads in whole.heads for head in heads}
        laid = [page for part in parts for page in part.laid.sheets]
        _embed(book, [*laid, *heads.values()], self.subsets)
        _bookmark(book, whole, targets)
        _label(book, whole.prelims)
        _describe(book, whole.metadata)
        return book


def _opened(pdf: bytes) -> Pdf:
    """Open a page. It is read a few bytes at a time, which goes fastest where it can be mapped."""
    if _MAPS:
        with suppress(OSError), os.fdopen(os.memfd_create("page"), "w+b") as file:
            file.write(pdf)
            file.flush()
            return Pdf.open(file, access_mode=pikepdf.AccessMode.mmap_only)
    return Pdf.open(io.BytesIO(pdf))


# every page that is open holds a file, and some hundred are open at a time
_MAPS = hasattr(os, "memfd_create") and resource.getrlimit(resource.RLIMIT_NOFILE)[0] >= 1024


def bare(laid: Laid, faces: Faces) -> bytes:
    """Return pages as a PDF by themselves: no structure, no links between them."""
    book = Pdf.new()
    for page in laid.sheets:
        with Pdf.open(io.BytesIO(page.pdf)) as source:
            book.pages.append(source.pages[0])
    _embed(book, laid.sheets, Subsets(faces))
    return saved(book)


def saved(book: Pdf) -> bytes:
    """Return the file of a book."""
    out = io.BytesIO()
    book.save(
        out,
        deterministic_id=True,
        force_version="1.7",
        object_stream_mode=pikepdf.ObjectStreamMode.generate,
    )
    return out.getvalue()


def size_of(page: pikepdf.Page) -> tuple[float, float]:
    """Return the width and height of a page, in points."""
    x0, y0, x1, y1 = (float(v) for v in page.mediabox)
    return (x1 - x0, y1 - y0)


# --- The structure tree -----------------------------------------------------------------------


class _Structure:
    """Puts the structure trees of pages under one Document, with one ParentTree (PDF 32000, 14.7).

    Keys into the ParentTree are given anew: those of a page are moved by the number used before.
    """

    def __init__(self, book: Pdf) -> None:
        self.book = book
        self.root = book.make_indirect(Dictionary(Type=Name.StructTreeRoot))
        self.document = book.make_indirect(
            Dictionary(Type=Name.StructElem, S=Name.Document, P=self.root)
        )
        self.trees: dict[str, list[_Tree]] = {}  # by part, those of its pages

    def add(self, part: str, source: Pdf, page: pikepdf.Object) -> None:
        tree = self.book.copy_foreign(source.Root.StructTreeRoot)
        found = Array([])
        for child in _kids(tree):
            for kid in _kids(child) if Name.Document == child.S else [child]:
                kid.P = self.document
                found.append(kid)
        numbers = dict(NumberTree(tree.ParentTree).items())
        keys, values = list(map(int, numbers)), Array(numbers.values())
        self.trees.setdefault(part, []).append(_Tree(page, found, keys, values))

    def finish(self, parts: Iterable[str]) -> None:
        """Write the tree, with the parts in their order, whatever the one in which they came."""
        kids, numbers = Array([]), Array([])
        offset = 0
        for tree in (tree for part in parts for tree in self.trees.get(part, ())):
            kids.extend(tree.kids)
            for key, value in zip(tree.keys, tree.values, strict=True):
                numbers.append(key + offset)
                numbers.append(value)
            if "/StructParents" in tree.page:
                tree.page.StructParents = int(tree.page.StructParents) + offset
            for annotation in tree.page.get("/Annots", []):
                if "/StructParent" in annotation:
                    annotation.StructParent = int(annotation.StructParent) + offset
            offset += max((key + 1 for key in tree.keys), default=0)
        self.trees.clear()  # a long book has very many elements
        self.document.K = kids
        self.root.K = Array([self.document])
        self.root.ParentTree = self.book.make_indirect(Dictionary(Nums=numbers))
        self.root.ParentTreeNextKey = offset
        self.book.Root.StructTreeRoot = self.root
        self.book.Root.MarkInfo = Dictionary(Marked=True)


class _Tree(Struct, frozen=True):
    """The structure of a page: the elements under its root, and its ParentTree.

    Arrays of PDF are a tenth as large as lists.
    """

    page: Any
    kids: Array
    keys: list[int]
    values: Array


def _kids(element: pikepdf.Object) -> list[Any]:
    kids: Any = element.get("/K", Array([]))
    return list(kids) if isinstance(kids, Array) else [kids]


# --- Links and leaders ------------------------------------------------------------------------


class _Targets(Struct, frozen=True):
    """Where links lead to."""

    pages: PageMap
    names: Mapping[str, tuple[str, int]]

    def at(self, name: str) -> tuple[int, float, float]:
        """Return a sheet, and x and y on it. Raises KeyError."""
        place = self.pages.find(*self.names.get(name, (name, 0)))
        return place.sheet, place.x, place.y + 4  # a little above the line


def _links(page: pikepdf.Page) -> Iterator[tuple[Any, str]]:
    """Let every link be printed with its page, and yield those written `xref:` with their names."""
    for annotation in page.obj.get("/Annots", []):
        if annotation.get("/Subtype") == Name.Link:
            annotation.F = PRINT
            action: Any = annotation.get("/A", {})
            uri = str(action.get("/URI", ""))
            if uri.startswith(XREF):
                yield annotation, uri.removeprefix(XREF)


def _resolve(links: Iterable[tuple[Any, str]], book: Pdf, whole: Whole, targets: _Targets) -> None:
    """Turn links into destinations; those that lead to one place have them in common."""
    pages = [page.obj for page in book.pages]
    known: dict[str, tuple[Array, String]] = {}
    for annotation, name in links:
        if name not in known:
            sheet, x, y = targets.at(name)
            body = sheet >= whole.prelims
            folio = str(sheet - whole.prelims + 1) if body else roman(sheet + 1)
            place = Array([pages[sheet], Name.XYZ, round(x, 2), round(y, 2), 0])
            known[name] = place, String(f"page {folio}")
        del annotation.A
        annotation.Dest, annotation.Contents = known[name]


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


def _stamp(book: Pdf, heads: Sequence[Sequence[Furniture]]) -> None:
    """Draw its head and its folio on each sheet, as artifacts of pagination."""
    kinds = {id(one.page): one.page for own in heads for one in own}
    lines = {name: _lines(book, page) for name, page in kinds.items()}
    for page, own in zip(book.pages, heads, strict=True):
        if not own:
            continue
        draw = []
        for one in own:
            found, fonts = lines[id(one.page)]
            draw.append(found[one.number])
            resources: Any = page.obj.Resources
            resources.Font = Dictionary({**fonts, **dict(resources.get("/Font", {}).items())})
        _, height = size_of(page)
        turned = b"q 1 0 0 -1 0 %.5f cm" % height
        marked = (b"/Artifact <</Type /Pagination>> BDC", turned, *draw, b"Q", b"EMC")
        page.contents_add(b"q\n", prepend=True)
        page.contents_add(b"\n".join((b"\nQ", *marked, b"")))


def _lines(book: Pdf, page: LaidPage) -> tuple[list[bytes], dict[str, Any]]:
    """Return what draws each line of a page where the first of them stands, and the fonts for it.

    Coordinates are those of the typesetter, which count from the head of the page.
    """
    found: list[list[bytes]] = []
    state: dict[bytes, bytes] = {}  # colours and whatever else holds from one line to the next
    scale, first, last, text = b"", 0.0, 0.0, False
    with Pdf.open(io.BytesIO(page.pdf)) as source:
        steps = steps_of(source.pages[0])
        own = source.pages[0].Resources.Font.items()
        fonts = {k: book.copy_foreign(source.make_indirect(v)) for k, v in own}
    for operands, operator in steps:
        step = operands + operator
        if operator == b"cm" and not operands.startswith(b"1 0 0 -1"):
            scale = scale or step
        elif operator == b"BT":
            text = True
        elif operator == b"ET":
            text = False
            found[-1].append(b"ET")
        elif operator == b"Tm":
            *turn, x, y = operands.split()
            if not found or float(y) != last:
                first, last = first if found else float(y), float(y)
                found.append([])
            place = b" ".join((*turn, x, b"%.6f" % first))
            found[-1] += [*state.values(), b"BT", place + b" Tm"]
        elif text:
            found[-1].append(step)
        elif operator not in (b"q", b"Q", b"cm"):
            state[operator] = step
    return [b"\n".join((b"q", scale, *line, b"Q")) for line in found], fonts


# --- Fonts --------------------------------------------------------------------------------------


class _Fonts(Struct):
    """Leaves out of pages what they say of fonts that an earlier page has told of already."""

    told: set[str] = field(default_factory=set)

    def leave(self, page: pikepdf.Page) -> None:
        """Put nothing in the place of fonts that are known: the book has one for all pages."""
        for resources in _resources_of(page.obj):
            own: Any = resources.get("/Font", Dictionary())
            names = set(own.keys())
            if names & self.told:
                resources.Font = Dictionary(
                    {name: Name.Told if name in self.told else own[name] for name in names}
                )
            self.told |= names


def _embed(book: Pdf, pages: Iterable[LaidPage], subsets: Subsets) -> None:
    """Embed every face once, with the glyphs of all pages, and let all pages use it.

    The typesetter numbers glyphs as the face does, so that what pages say of a font can be put
    together (PDF 32000, 9.7).
    """
    used: dict[str, dict[int, tuple[float, str]]] = {}
    cuts: dict[str, str] = {}
    for page in pages:
        for name, glyphs in page.glyphs.items():
            cuts[name] = glyphs.cut
            known = used.setdefault(name, {})
            for number, glyph in glyphs.used.items():
                known.setdefault(number, glyph)
    for name, known in used.items():
        known.update(_told_apart(known, subsets.faces[cuts[name]]))
    wanted = {
        cut: {g for n in used if cuts[n] == cut for g in used[n]} for cut in set(cuts.values())
    }
    made = {cut: subsets.of(cut, wanted[cut]) for cut in sorted(wanted)}
    files = {cut: book.make_stream(face.data) for cut, face in made.items()}
    fonts: dict[str, Any] = {}
    named = [(r, r.Font) for r in _resources(book) if len(r.get("/Font", Dictionary()))]
    for _, own in named:
        for key, font in own.items():
            name = key.removeprefix("/")
            if name in used and name not in fonts and font != Name.Told:
                whole = fonts[name] = _whole_font(book, font, used[name], files[cuts[name]])
                _number(book, whole, used[name], made[cuts[name]].glyphs)
    for resources, own in named:
        resources.Font = Dictionary({key: fonts[key.removeprefix("/")] for key in own})


def _told_apart(
    known: Mapping[int, tuple[float, str]], face: bytes
) -> dict[int, tuple[float, str]]:
    """Return the glyphs of letters and of marks that stand on them, each with what it is of.

    The typesetter may take one for the other: marks are not drawn in the order of the text, and a
    letter may have one in it.
    """
    told = [words for _, words in known.values()]
    if NOTHING not in told and not any(combining(char) for words in told for char in words):
        return {}
    own = letters(face)
    return {
        n: (width, own[n])
        for n, (width, words) in known.items()
        if n in own and _is_other(words, own[n])
    }


def _is_other(words: str, letter: str) -> bool:
    """Tell whether what a glyph is said to stand for is not what it is of."""
    parts, said = normalize("NFD", letter), normalize("NFD", words)
    return said != parts and (
        words == NOTHING or any(map(combining, said)) or parts.startswith(said)
    )


def _resources(book: Pdf) -> Iterator[Any]:
    """Yield the resources of every page and of the forms on it."""
    for page in book.pages:
        yield from _resources_of(page.obj)


def _resources_of(page: Any) -> Iterator[Any]:
    resources: Any = page.get("/Resources", Dictionary())
    yield resources
    for form in resources.get("/XObject", {}).values():
        if "/Resources" in form:
            yield form.Resources


def _whole_font(book: Pdf, font: Any, used: Mapping[int, tuple[float, str]], file: Any) -> Any:
    """Return the font of a page with the widths, the words and the outlines of the whole book."""
    face = font.DescendantFonts[0]
    widths: list[Any] = []
    for number in sorted(used):
        if number - 1 not in used:
            widths += [number, Array([])]
        widths[-1].append(used[number][0])
    face.W = Array(widths)
    # a page may say it all in one; in a file they stand by themselves (PDF 32000, 9.8)
    if not face.FontDescriptor.is_indirect:
        face.FontDescriptor = book.make_indirect(face.FontDescriptor)
    if not face.is_indirect:
        font.DescendantFonts = Array([book.make_indirect(face)])
        face = font.DescendantFonts[0]
    about = face.FontDescriptor
    about.FontFile2 = file
    all_widths = [width for width, _ in used.values()]
    about.FontBBox = Array([0, about.Descent, max(all_widths, default=0), about.Ascent])
    fixed = len(all_widths) > 1 and len(set(all_widths)) == 1
    about.Flags = int(about.Flags) & ~1 | fixed
    font.ToUnicode = book.make_stream(_to_unicode(used))
    return book.make_indirect(font)


def _number(book: Pdf, font: Any, used: Iterable[int], glyphs: int) -> None:
    """Have numbers stand for the glyphs that bear them, those that the face lacks for its box.

    The typesetter gives characters without a glyph numbers beyond the last one, and the font of a
    page that has some a table of the glyphs of that page.
    """
    font.Encoding = Name("/Identity-H")
    last = max(used, default=0)
    if last >= glyphs:
        numbers = (number if number < glyphs else 0 for number in range(last + 1))
        table = b"".join(number.to_bytes(2, "big") for number in numbers)
        font.DescendantFonts[0].CIDToGIDMap = book.make_stream(table)


def _to_unicode(used: Mapping[int, tuple[float, str]]) -> bytes:
    """Return the map from glyphs to words (PDF 32000, 9.10.3)."""
    pairs = [
        f"<{number:04x}> <{words.encode('utf-16-be').hex()}>"
        for number, (_, words) in sorted(used.items())
        if words
    ]
    batches = [pairs[i : i + 100] for i in range(0, len(pairs), 100)]
    chars = [f"{len(b)} beginbfchar\n" + "\n".join(b) + "\nendbfchar" for b in batches]
    return "\n".join((_CMAP_HEAD, *chars, _CMAP_FOOT)).encode()


_CMAP_HEAD = """/CIDInit /ProcSet findresource begin
12 dict begin
begincmap
/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def
/CMapName /Adobe-Identity-UCS def
/CMapType 2 def
1 begincodespacerange
<0000> <ffff>
endcodespacerange"""
_CMAP_FOOT = """endcmap
CMapName currentdict /CMap defineresource pop
end
end"""


# --- Outline, labels, metadata ----------------------------------------------------------------


def _bookmark(book: Pdf, whole: Whole, targets: _Targets) -> None:
    with book.open_outline() as outline:
        stack: list[OutlineItem] = []
        for bookmark in whole.bookmarks:
            sheet, x, y = targets.at(bookmark.target)
            item = OutlineItem(bookmark.title, sheet, "XYZ", left=x, top=y, zoom=0)
            del stack[bookmark.level - 1 :]
            (stack[-1].children if stack else outline.root).append(item)
            item.is_closed = True
            stack.append(item)


def _label(book: Pdf, prelims: int) -> None:
    """Write page labels: i, ii, iii, then 1, 2, 3 (PDF 32000, 12.4.2)."""
    numbers = [0, Dictionary(S=Name.r)] if prelims else []
    numbers += [prelims, Dictionary(S=Name.D)]
    book.Root.PageLabels = Dictionary(Nums=numbers)


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
    info["/Author"] = about.author
    info["/Subject"] = about.subject
    info["/Keywords"] = ", ".join(about.keywords)
    info["/Producer"] = about.producer
    info["/ModDate"] = about.stamp
