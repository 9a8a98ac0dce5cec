"""Page file: a page made of pieces written as a PDF by itself, as the typesetter writes one.

It has no outlines of letters and no destinations: `join` sees to those. Its links and its part of
the structure tree are there.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from .pages import Frame
from .slips import Element, Slip, SlipLine, numbered

ALL = 10**9  # lines: more than a slip has
Around = tuple[tuple[int, str], ...]  # elements one in another: a number each, and its name if any


class Piece(Struct, frozen=True):
    """Lines of a slip at their place in the text area; px."""

    slip: Slip
    x: float
    y: float  # of the head of the first of them
    first: int = 0
    stop: int = ALL
    around: Around = ()  # what it stands in
    named: bool = True  # else it is there a second time, and what it says stands elsewhere

    @property
    def lines(self) -> Iterator[tuple[SlipLine, float]]:
        """The lines, with the places of their heads."""
        lines = self.slip.lines[self.first : self.stop]
        return ((line, self.y + line.y - lines[0].y) for line in lines)

    @property
    def foot(self) -> float:
        """Where the last line ends."""
        lines = self.slip.lines[self.first : self.stop]
        return self.y + lines[-1].y - lines[0].y + lines[-1].told.height


def written(pieces: Sequence[Piece], frame: Frame, fonts: Mapping[str, bytes]) -> bytes:
    """Return a page as a PDF, with its links and its structure tree (PDF 32000, 14.7)."""
    file = _File()
    unit, width, height = frame.unit, frame.width * frame.unit, frame.height * frame.unit
    page = file.new()
    writer = _Writer(file, page, frame)
    for piece in pieces:
        writer.place(piece)
    states = {name: state for piece in pieces for name, state in piece.slip.states.items()}
    used = {name: fonts[name] for piece in pieces for name in piece.slip.glyphs}
    resources = b"<</ExtGState %b/Font %b>>" % (_dictionary(states), _dictionary(used))
    turned = b"%b cm" % _numbers(unit, 0, 0, -unit, 0, height)
    content = file.stream([turned, *writer.steps])
    box = _numbers(0, 0, width, height)
    file.put(
        page,
        b"<</Type /Page/Parent %b/MediaBox [%b]/TrimBox [%b]/BleedBox [%b]/Contents %d 0 R"
        b"/Resources %b/Tabs /S/StructParents 0/Annots [%b]>>"
        % (file.pages, box, box, box, content, resources, b" ".join(writer.annotations)),
    )
    return file.written(page, writer.finish())


def _numbers(*numbers: float) -> bytes:
    return " ".join(f"{number:.6f}".rstrip("0").rstrip(".") for number in numbers).encode()


def _dictionary(items: Mapping[str, bytes]) -> bytes:
    return b"<<%b>>" % b"".join(b"/%b %b" % (name.encode(), items[name]) for name in sorted(items))


def _string(words: str) -> bytes:
    from pydyf import String

    return bytes(String(words).data)


class _File:
    """A PDF of pydyf's, whose objects are given as they are written: there are very many."""

    def __init__(self) -> None:
        from pydyf import PDF, Object

        class Written(Object):  # type: ignore[misc]
            data = b""

        self._pdf, self._object = PDF(), Written
        self.pages = self._pdf.pages.reference

    def new(self, body: bytes = b"") -> int:
        """Return the number of a new object; what is not there yet is put later."""
        made = self._object()
        made.data = body
        self._pdf.add_object(made)
        return int(made.number)

    def put(self, number: int, body: bytes) -> None:
        self._pdf.objects[number].data = body

    def stream(self, steps: list[bytes]) -> int:
        """Return the number of a stream of these steps."""
        from pydyf import Stream

        made = Stream(steps, compress=True)
        self._pdf.add_object(made)
        return int(made.number)

    def written(self, page: int, tree: int) -> bytes:
        """Return the file, with its one page and the root of its structure tree."""
        self._pdf.pages["Count"] = 1
        self._pdf.pages["Kids"].extend([page, 0, "R"])
        self._pdf.catalog["StructTreeRoot"] = b"%d 0 R" % tree
        out = io.BytesIO()
        self._pdf.write(out)
        return out.getvalue()


class _Element:
    """An element of the structure tree that is being filled."""

    __slots__ = ("attributes", "kids", "kind", "number", "parent")

    def __init__(self, number: int, kind: str, attributes: bytes, parent: int) -> None:
        self.number, self.kind, self.attributes, self.parent = number, kind, attributes, parent
        self.kids: list[bytes] = []


class _Writer:
    """Puts pieces on a page one after another."""

    def __init__(self, file: _File, page: int, frame: Frame) -> None:
        self.file, self.page, self.frame = file, page, frame
        self.steps: list[bytes] = []
        self.annotations: list[bytes] = []
        self.owners: list[int] = []  # of every marked content the number of its element
        self.linked: list[int] = []  # the same for every link
        self.document = _Element(file.new(), "Document", b"", file.new())
        self.elements = [self.document]
        self.open: list[tuple[object, _Element]] = []  # what the last content stands in

    def place(self, piece: Piece) -> None:
        """Put a piece on the page, and its elements where they belong in the document."""
        slip, number = piece.slip, len(self.steps)  # which tells it from another of the same slip
        around = list(zip(piece.around, slip.around, strict=True))
        for line, y in piece.lines:
            x, at = self.frame.left + piece.x, self.frame.top + y
            first_mark, first_link = len(self.owners), len(self.linked)
            self._draw(line, x, at)
            for path, content in line.contents:
                inner = (((number, n), slip.elements[n]) for n in path)
                element = self._element((*around, *inner))
                if content < 0:
                    self._link(element, first_link - 1 - content)
                    continue
                element.kids.append(b"%d" % (first_mark + content))
                self.owners[first_mark + content] = element.number
                if element.kind == "Figure":
                    box = self._box(line.told.x + x, at, line.told.right + x, at + line.told.height)
                    element.attributes += b"/A <</O /Layout/BBox [%b]>>" % box

    def _element(self, path: Sequence[tuple[object, Element]]) -> _Element:
        """Return the innermost of elements that stand one in another; those are made that are not
        open."""
        same = 0
        for (key, _), (known, _) in zip(path, self.open, strict=False):
            if key != known:
                break
            same += 1
        del self.open[same:]
        for key, (kind, attributes) in path[same:]:
            above = self.open[-1][1] if self.open else self.document
            made = _Element(self.file.new(), kind, attributes, above.number)
            above.kids.append(b"%d 0 R" % made.number)
            self.elements.append(made)
            self.open.append((key, made))
        return self.open[-1][1] if self.open else self.document

    def _draw(self, line: SlipLine, x: float, y: float) -> None:
        """Draw a line, and make its links; whose they are is told later."""
        first = len(self.owners)
        drawing = numbered(line.drawing, first)
        self.steps.append(b"q 1 0 0 1 %b cm\n%b\nQ" % (_numbers(x, y), drawing))
        self.owners += [0] * line.marks
        for link in line.links:
            x0, y0, x1, y1 = link.box
            self.linked.append(0)
            words = _string(link.target)
            annotation = self.file.new(
                b"<</Type /Annot/Subtype /Link/Rect [%b]/BS <</W 0>>/Contents %b"
                b"/A <</Type /Action/S /URI/URI %b>>/StructParent %d>>"
                % (self._box(x0 + x, y0 + y, x1 + x, y1 + y), words, words, len(self.linked))
            )
            self.annotations.append(b"%d 0 R" % annotation)

    def _link(self, element: _Element, link: int) -> None:
        reference = b"<</Type /OBJR/Obj %b/Pg %d 0 R>>" % (self.annotations[link], self.page)
        element.kids.append(reference)
        self.linked[link] = element.number

    def _box(self, x0: float, y0: float, x1: float, y1: float) -> bytes:
        unit, height = self.frame.unit, self.frame.height
        return _numbers(x0 * unit, (height - y1) * unit, x1 * unit, (height - y0) * unit)

    def finish(self) -> int:
        """Write the elements, and the tree that they are; return its number."""
        for made in self.elements:
            about = made.kind.encode(), made.attributes, made.parent, self.page
            kids = b" ".join(made.kids)
            self.file.put(
                made.number,
                b"<</Type /StructElem/S /%b%b/P %d 0 R/Pg %d 0 R/K [%b]>>" % (*about, kids),
            )
        owners = b" ".join(b"%d 0 R" % owner for owner in self.owners)
        links = b"".join(b" %d %d 0 R" % pair for pair in enumerate(self.linked, 1))
        self.file.put(
            self.document.parent,
            b"<</Type /StructTreeRoot/K [%d 0 R]/ParentTree <</Nums [0 [%b]%b]>>>>"
            % (self.document.number, owners, links),
        )
        return self.document.parent
