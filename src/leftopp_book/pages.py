"""Pages: folios, and the map from every place of the book to its page.

What the typesetter returns of a part is kept as plain data: where each line of text begins. From
that table follow the page of any character (a mention, a passage, an emendation), the page breaks
of the EPUB, and line numbers, without a mark in the text.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property

from msgspec import Struct
from msgspec.structs import replace

from .faults import PageFault

ROMAN = (
    (1000, "m"),
    (900, "cm"),
    (500, "d"),
    (400, "cd"),
    (100, "c"),
    (90, "xc"),
    (50, "l"),
    (40, "xl"),
    (10, "x"),
    (9, "ix"),
    (5, "v"),
    (4, "iv"),
    (1, "i"),
)


def roman(number: int) -> str:
    """Return a number as a lower-case roman numeral."""
    words = ""
    for value, numeral in ROMAN:
        count, number = divmod(number, value)
        words += numeral * count
    return words


class Folio(Struct, frozen=True, order=True):
    """A printed page number: i, ii, iii in the prelims, then 1, 2, 3. i comes before 1."""

    body: bool
    number: int

    def __str__(self) -> str:
        return str(self.number) if self.body else roman(self.number)

    def next(self) -> Folio:
        return Folio(self.body, self.number + 1)


PX = 0.75  # points


class Frame(Struct, frozen=True):
    """The text area of a page: lengths in px from the left and the head of the sheet."""

    width: float  # of the sheet
    height: float
    left: float
    top: float
    measure: float
    depth: float
    leading: float  # of the book's text
    scale: float  # how much larger it is printed

    @property
    def unit(self) -> float:
        """A px in points."""
        return PX * self.scale


HYPHEN = "\u2010"  # what the typesetter puts at the end of a line; the text never has it
JOINER = "\u2060"


def ink_set(text: str) -> int:
    """Return how many characters of the text a printed line holds: no space, no added hyphen."""
    return sum(map(len, text.split())) - text.count(HYPHEN) - text.count(JOINER)


END = 10**9  # characters: after the last of any block


def first_words(lines: Sequence[str]) -> str:
    """Return the first dozen words or so of a page."""
    string = ""
    for line in lines[:4]:
        string += line.removesuffix(HYPHEN) if line.endswith(HYPHEN) else line + " "
    return " ".join(string.replace(JOINER, "").split()[:12])


class LineStart(Struct, frozen=True):
    """Where a printed line begins: its block, and how many characters of the block come before.

    Characters are counted without white space and without note calls. `page` counts from 0 within
    the part, `line` from 1 within the page; `y` is its top in points from the foot of the page.
    A page by itself is page 0.
    """

    block: str
    offset: int
    page: int
    line: int
    x: float
    y: float


class NoteLine(Struct, frozen=True):
    """A printed line of a note: the note, how many characters of it come before, its top."""

    note: str
    offset: int
    y: float


class Glyphs(Struct, frozen=True):
    """What a page uses of a face: glyph numbers, with their widths and the words they stand for."""

    cut: str  # the file of the face
    used: Mapping[int, tuple[float, str]]


class LaidPage(Struct, frozen=True):
    """A page as the typesetter made it: its drawing, and what it tells about itself.

    Lengths are in points; x and y are counted from the left and from the foot of the page.
    """

    pdf: bytes  # a PDF of this page alone, without its fonts
    top: tuple[str, int]  # the block of its first line, and the characters of it that come before
    lines: tuple[LineStart, ...]
    notes: tuple[NoteLine, ...]  # the lines at its foot
    calls: tuple[tuple[str, int], ...]  # note calls, each with the line (from 1) that it stands in
    anchors: Mapping[str, tuple[float, float]]
    first_words: str
    glyphs: Mapping[str, Glyphs]  # by the name of the font in the PDF
    room: float = 0.0  # what is left between the text and the notes
    missing: tuple[str, ...] = ()  # characters that the face has no glyph for
    faults: tuple[PageFault, ...] = ()

    @property
    def astray(self) -> tuple[str, ...]:
        """The notes called on this page that are not printed on it."""
        here = {line.note for line in self.notes}
        return tuple(note for note, _ in self.calls if note not in here)


class Laid(Struct, frozen=True):
    """A part of the book as the typesetter laid it out."""

    sheets: tuple[LaidPage, ...]
    pages: int
    lines: tuple[LineStart, ...]
    anchors: Mapping[str, tuple[int, float, float]]  # id → page, x, y in points from the foot
    first_words: tuple[str, ...]  # of every page
    lost_notes: tuple[str, ...] = ()
    moved_notes: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()  # characters that the face has no glyph for
    faults: tuple[PageFault, ...] = ()  # of its pages, in their order


def as_part(sheets: Iterable[LaidPage]) -> Laid:
    """Return a part made of pages."""
    made = tuple(sheets)
    anchors: dict[str, tuple[int, float, float]] = {}
    for number, page in enumerate(made):
        for name, (x, y) in page.anchors.items():
            anchors.setdefault(name, (number, x, y))
    printed = {line.note for page in made for line in page.notes}
    astray = [note for page in made for note in page.astray]
    return Laid(
        sheets=made,
        pages=len(made),
        lines=tuple(
            replace(line, page=number) for number, page in enumerate(made) for line in page.lines
        ),
        anchors=anchors,
        first_words=tuple(page.first_words for page in made),
        lost_notes=tuple(note for note in astray if note not in printed),
        moved_notes=tuple(note for note in astray if note in printed),
        missing=tuple(sorted({char for page in made for char in page.missing})),
        faults=tuple(
            replace(fault, page=number) for number, page in enumerate(made) for fault in page.faults
        ),
    )


class Place(Struct, frozen=True):
    """A place on paper."""

    folio: Folio
    line: int
    sheet: int  # the page of the whole book, from 0
    x: float
    y: float


class LaidPart(Struct, frozen=True, dict=True):
    """A part with its place in the book: the sheet on which it begins, and its folio."""

    id: str
    laid: Laid
    sheet: int
    folio: Folio

    def folio_of(self, page: int) -> Folio:
        return Folio(self.folio.body, self.folio.number + page)

    @cached_property
    def _blocks(self) -> dict[str, tuple[list[LineStart], list[int]]]:
        """The lines of each block, and the offsets at which they begin."""
        blocks: dict[str, tuple[list[LineStart], list[int]]] = {}
        for line in self.laid.lines:
            lines, offsets = blocks.setdefault(line.block, ([], []))
            lines.append(line)
            offsets.append(line.offset)
        return blocks

    def find(self, block: str, offset: int) -> Place | None:
        """Return the place of a character, or of an anchor; None if it is not in this part."""
        if block in self._blocks:
            lines, offsets = self._blocks[block]
            line = lines[max(0, bisect_right(offsets, offset) - 1)]
            return Place(
                self.folio_of(line.page), line.line, self.sheet + line.page, line.x, line.y
            )
        if block in self.laid.anchors:
            page, x, y = self.laid.anchors[block]
            return Place(self.folio_of(page), 0, self.sheet + page, x, y)
        return None


class PageMap(Struct, frozen=True, dict=True):
    """The pages of the whole book."""

    parts: tuple[LaidPart, ...]

    @cached_property
    def _homes(self) -> dict[str, LaidPart]:
        homes: dict[str, LaidPart] = {}
        for part in self.parts:
            for line in part.laid.lines:
                homes.setdefault(line.block, part)
            for anchor in part.laid.anchors:
                homes.setdefault(anchor, part)
        return homes

    def find(self, block: str, offset: int = 0) -> Place:
        """Return the place of a character of a block, or of an anchor.

        Raises KeyError for a block that was not printed: that is a bug, not a mistake of the
        editor.
        """
        place = self._homes[block].find(block, offset)
        if place is None:
            raise KeyError(block)
        return place

    def __contains__(self, block: str) -> bool:
        return block in self._homes

    def part(self, id: str) -> LaidPart:
        return next(part for part in self.parts if part.id == id)

    def breaks(self) -> Iterator[tuple[Folio, str, int]]:
        """Yield every page with words, in order: its folio, and the block and offset there.

        A page of nothing but notes that are carried over begins where the text goes on, or where
        it has ended.
        """
        for part in self.parts:
            laid, page, block = part.laid, -1, ""
            for line in laid.lines:
                if line.page != page:
                    for between in self._of_notes(part, page + 1, line.page):
                        yield between, line.block, line.offset
                    page = line.page
                    yield part.folio_of(page), line.block, line.offset
                block = line.block
            for after in self._of_notes(part, page + 1, laid.pages) if block else ():
                yield after, block, END

    def _of_notes(self, part: LaidPart, first: int, end: int) -> Iterator[Folio]:
        for page in range(first, min(end, len(part.laid.sheets))):
            if part.laid.sheets[page].notes:
                yield part.folio_of(page)


def ordered(parts: Sequence[tuple[str, Laid]], *, body: bool, sheet: int) -> tuple[LaidPart, ...]:
    """Place parts one after another, each on a recto, from a sheet of the book on.

    Sheets count from 0, and sheet 0 is a recto. The first folio of the body is 1; prelims are
    numbered with the sheets.
    """
    placed = []
    start = sheet
    for id, laid in parts:
        sheet += sheet % 2
        number = sheet - start + 1 if body else sheet + 1
        placed.append(LaidPart(id, laid, sheet, Folio(body, number)))
        sheet += laid.pages
    return tuple(placed)


def sheets(parts: Iterable[LaidPart]) -> int:
    """Return how many pages the parts take, with blanks between them."""
    return max((part.sheet + part.laid.pages for part in parts), default=0)
