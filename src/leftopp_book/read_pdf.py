"""The PDF, read back by other code than wrote it: pypdfium2 for the words, pikepdf for the links.

What is marked as an artifact (ISO 32000-1, 14.8.2.2) is furniture: running heads, folios, leaders.
"""

from __future__ import annotations

import ctypes
import io
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any
from unicodedata import combining

from msgspec import Struct
from msgspec.structs import replace

from .reading import RIGHT_TO_LEFT, DamagedError, ink, joined

LEVEL = 1.0  # points by which letters on one line may differ in height
PIECE = "Piece"
HARD = "\x02\ufffe"  # what PDFium makes of a hyphen at the end of a line


class Link(Struct, frozen=True):
    """A link: its words, its box (x0, y0, x1, y1), the sheet and height that it leads to."""

    words: str
    box: tuple[float, float, float, float]
    sheet: int  # -1 where it leads out of the book or nowhere
    top: float
    uri: str

    @property
    def inner(self) -> bool:
        return not self.uri


class Line(Struct, frozen=True):
    """A line of print. `links` are those that begin in it; `own` are its words without links."""

    words: str
    own: str
    x: float
    y: float
    links: tuple[Link, ...]
    opens: bool  # whether its first letter is that of a link within the book


class Sheet(Struct, frozen=True, dict=True):
    """A page: its label, its lines without furniture, and the furniture."""

    label: str
    lines: tuple[Line, ...]
    furniture: str
    links: tuple[Link, ...]
    width: float
    rule: float = 0.0  # how high the rule above the notes is; 0 where there is none

    @cached_property
    def turn(self) -> int:
        """Return how many lines come before the notes, on a page of an article."""
        if self.rule:
            below = (n for n, line in enumerate(self.lines) if line.y < self.rule)
            return next(below, len(self.lines))
        return next((n for n, line in enumerate(self.lines) if line.opens), len(self.lines))

    @cached_property
    def body(self) -> tuple[Line, ...]:
        return self.lines[: self.turn]

    @cached_property
    def words(self) -> str:
        """The running words of the text, without calls and notes."""
        return joined([line.own for line in self.body])

    @cached_property
    def calls(self) -> tuple[Link, ...]:
        return tuple(link for line in self.body for link in line.links if link.inner)

    @cached_property
    def notes(self) -> tuple[tuple[Link, str], ...]:
        """The notes that begin at the foot of the page: the mark, and the words there."""
        found: list[tuple[Link, list[str]]] = []
        for line in self.lines[self.turn + len(self._carried) :]:
            if line.opens:
                found.append((line.links[0], []))
            words = line.words
            found[-1][1].append(words.removeprefix(line.links[0].words) if line.opens else words)
        return tuple((mark, joined(lines)) for mark, lines in found)

    @cached_property
    def _carried(self) -> tuple[Line, ...]:
        foot = self.lines[self.turn :]
        return foot[: next((n for n, line in enumerate(foot) if line.opens), len(foot))]

    @property
    def rest(self) -> str:
        """What stands at the foot of a note that begins on a page before."""
        return joined([line.words for line in self._carried])


def whole_notes(sheets: Iterable[Sheet]) -> list[tuple[str, str, str]]:
    """Return the notes of pages, also those that run over a page: page, mark, words."""
    found: list[tuple[str, str, str]] = []
    for sheet in sheets:
        if sheet.rest and found:
            label, mark, words = found[-1]
            found[-1] = label, mark, joined([words, sheet.rest])
        found += ((sheet.label, mark.words, words) for mark, words in sheet.notes)
    return found


class Bookmark(Struct, frozen=True):
    level: int
    title: str
    sheet: int


class Print(Struct, frozen=True, dict=True):
    """The print book as its file has it."""

    sheets: tuple[Sheet, ...]
    outline: tuple[Bookmark, ...]

    @cached_property
    def by_label(self) -> dict[str, int]:
        return {sheet.label: n for n, sheet in enumerate(self.sheets)}


def read_pdf(path: Path) -> Print:
    """Read a PDF. Raises DamagedError for one that cannot be read to its end."""
    import pikepdf
    import pypdfium2

    try:
        with pikepdf.open(path) as pdf, pypdfium2.PdfDocument(path) as labels:
            names = [labels.get_page_label(n) for n in range(len(labels))]
            bare, furniture = (_parted(path, artifacts=kept) for kept in (False, True))
            links = [list(_links(page, pdf)) for page in pdf.pages]
            outline = tuple(_outline(pdf))
        with pypdfium2.PdfDocument(bare) as text, pypdfium2.PdfDocument(furniture) as heads:
            sheets = [
                _sheet(name, page, head, own)
                for name, page, head, own in zip(names, text, heads, links, strict=True)
            ]
            flat = [_flat(head) for head in heads]
    except (pikepdf.PdfError, pypdfium2.PdfiumError, OSError, ValueError, KeyError) as error:
        raise DamagedError(f"{path} cannot be read as a PDF: {error}") from error
    return Print(tuple(_ruled(sheets, flat)), outline)


def _parted(path: Path, *, artifacts: bool) -> bytes:
    """Return the PDF with nothing but what is marked as artifacts, or with nothing of it.

    What is drawn as one piece of text is marked with a number, by which PDFium can tell of it.
    """
    import pikepdf

    def step(operator: str, *operands: Any) -> Any:
        return pikepdf.ContentStreamInstruction(operands, pikepdf.Operator(operator))

    with pikepdf.open(path) as pdf:
        for page in pdf.pages:
            kept: list[Any] = []
            depth: list[bool] = []
            for one in pikepdf.parse_content_stream(page):
                operator = str(one.operator)
                if operator in ("BMC", "BDC"):
                    depth.append(str(one.operands[0]) == "/Artifact")
                within = any(depth)
                if operator == "EMC" and depth:
                    depth.pop()
                if within != artifacts and operator not in ("q", "Q", "cm"):
                    continue
                if operator == "BT":
                    number = pikepdf.Dictionary({f"/{PIECE}": len(kept)})
                    kept.append(step("BDC", pikepdf.Name(f"/{PIECE}"), number))
                kept.append(one)
                if operator == "ET":
                    kept.append(step("EMC"))
            page.obj.Contents = pdf.make_stream(pikepdf.unparse_content_stream(kept))
        out = io.BytesIO()
        pdf.save(out)
        return out.getvalue()


def _links(page: Any, pdf: Any) -> Iterator[Link]:
    sheets = {p.objgen: n for n, p in enumerate(pdf.pages)}
    for annotation in page.obj.get("/Annots", []):
        if str(annotation.get("/Subtype")) != "/Link":
            continue
        x0, y0, x1, y1 = (float(v) for v in annotation.Rect)
        box = min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)
        goal = annotation.get("/Dest")
        uri = str(annotation.get("/A", {}).get("/URI", ""))
        sheet = sheets.get(goal[0].objgen, -1) if goal is not None else -1
        top = float(goal[3]) if goal is not None and len(goal) > 3 else 0.0
        yield Link("", box, sheet, top, uri)


def _outline(pdf: Any) -> Iterator[Bookmark]:
    sheets = {p.objgen: n for n, p in enumerate(pdf.pages)}

    def walk(items: Iterable[Any], level: int) -> Iterator[Bookmark]:
        for item in items:
            goal = item.destination
            yield Bookmark(level, item.title, sheets.get(goal[0].objgen, -1) if goal else -1)
            yield from walk(item.children, level + 1)

    with pdf.open_outline() as outline:
        yield from walk(outline.root, 1)


# --- The words of a page ------------------------------------------------------------------------

# the character, its x and y, which link it stands in, and its place in the text of the page
Char = tuple[str, float, float, int, int]


def _sheet(label: str, page: Any, head: Any, links: list[Link]) -> Sheet:
    chars = _as_read(page, list(_chars(page, links)))
    words = ["".join(c[0] for c in chars if c[3] == n).strip() for n in range(len(links))]
    named = [
        Link(w, link.box, link.sheet, link.top, link.uri)
        for w, link in zip(words, links, strict=True)
    ]
    lines: list[list[Char]] = []
    for char in chars:
        last = lines[-1][-1] if lines else None
        if last is None or abs(last[2] - char[2]) > LEVEL:
            lines.append([])
        lines[-1].append(char)
    furniture = _whole(head.get_textpage().get_text_range())
    if RIGHT_TO_LEFT.search(furniture):
        pieces = _pieces(head, list(_chars(head, [])))
        furniture = " ".join("".join(c[0] for c in piece) for piece in pieces)
    made = [_line(line, named) for line in lines if ink("".join(c[0] for c in line))]
    return Sheet(label, tuple(made), furniture, tuple(named), page.get_width())


def _whole(words: str) -> str:
    """Return words with the halves of characters beyond U+FFFF put together."""
    return words.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _flat(page: Any) -> list[tuple[float, float]]:
    """Return the artifacts that are hardly high: how high each stands, and how wide it is."""
    import pypdfium2.raw as pdfium

    forms = page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_FORM], max_depth=1)
    boxes = [form.get_bounds() for form in forms]
    most = page.get_width() / 3
    return [(y0, x1 - x0) for x0, y0, x1, y1 in boxes if 0 < y1 - y0 < FLAT < x1 - x0 < most]


def _ruled(sheets: Sequence[Sheet], flat: Sequence[Sequence[tuple[float, float]]]) -> list[Sheet]:
    """Return the pages with the rules above their notes.

    A table has rules too. Those above notes are all of one width, that of the first under which a
    line opens with a mark; the lowest of a page is the one.
    """
    widths = (
        width
        for sheet, own in zip(sheets, flat, strict=True)
        for y, width in own
        if next((line.opens for line in sheet.lines if line.y < y), False)
    )
    wide = next(widths, 0.0)
    return [
        replace(sheet, rule=min((y for y, width in own if abs(width - wide) < FLAT), default=0.0))
        for sheet, own in zip(sheets, flat, strict=True)
    ]


FLAT = 1.2  # points


def _line(chars: list[Char], links: list[Link]) -> Line:
    inner = {n for n, link in enumerate(links) if link.inner}
    first = next(c for c in chars if ink(c[0]))
    words = "".join(c[0] for c in chars)
    begun = [n for n, _ in groupby(c[3] for c in chars if ink(c[0])) if n >= 0]
    return Line(
        words=words.strip(),
        own="".join(c[0] for c in chars if c[3] not in inner),
        x=min(c[1] for c in chars if ink(c[0])),
        y=first[2],
        links=tuple(links[n] for n in begun),
        opens=first[3] in inner,
    )


def _as_read(page: Any, chars: list[Char]) -> list[Char]:
    """Return the characters of a page in the order in which they are read."""
    if not any(RIGHT_TO_LEFT.match(c[0]) for c in chars):
        return chars
    return [char for piece in _pieces(page, chars) for char in piece]


def _pieces(page: Any, chars: list[Char]) -> Iterator[list[Char]]:
    """Yield what is drawn at once, in the order in which it is drawn, each as it is read.

    PDFium has its own ideas of words from right to left, and of what stands beside them.
    """
    import pypdfium2.raw as pdfium

    text = page.get_textpage()
    pieces: list[int] = []
    for char in chars:
        piece = _piece(pdfium.FPDFText_GetTextObject(text.raw, char[4]))
        if piece < 0 and pieces:  # a space that PDFium has put in
            piece = pieces[-1]
        pieces.append(piece)
    order = sorted(range(len(chars)), key=pieces.__getitem__)
    for _, group in groupby(order, key=pieces.__getitem__):
        yield _in_reading_order([chars[n] for n in group])


def _piece(drawn: Any) -> int:
    """Return the number of the piece of text that an object of the page is of; -1 for none."""
    import pypdfium2.raw as pdfium

    number = ctypes.c_int(-1)
    for n in range(pdfium.FPDFPageObj_CountMarks(drawn)) if drawn else ():
        mark = pdfium.FPDFPageObj_GetMark(drawn, n)
        pdfium.FPDFPageObjMark_GetParamIntValue(mark, PIECE.encode(), number)
    return number.value


def _in_reading_order(chars: list[Char]) -> list[Char]:
    """Return characters that are drawn at once, some of them from right to left, as they are read.

    They are taken from left to right, as they are seen; then all is turned about if there are no
    other letters, else what lies between the first and the last letter of such words; but for
    figures (Unicode Standard Annex 9).
    """
    clusters: list[list[Char]] = []  # letters with their points; figures in a row
    for char in sorted(chars, key=lambda c: (c[1], bool(combining(c[0])))):
        if combining(char[0]) and clusters:
            seen = (own for own in reversed(clusters) if not own[0][0].isspace())
            next(seen, clusters[-1]).append(char)
        elif char[0].isdigit() and _goes_on(clusters):
            if not clusters[-1][-1][0].isdigit():
                sign = clusters.pop()
                clusters[-1] += sign
            clusters[-1].append(char)
        else:
            clusters.append([char])
    letters = [c[0] for c in chars if c[0].isalpha()]
    if letters and all(map(RIGHT_TO_LEFT.match, letters)):
        end = len(clusters)
        while clusters[end - 1][0][0] in _ENDS:  # of what stands among words from left to right
            end -= 1
        turned = (*reversed(clusters[:end]), *clusters[end:])
        return [char for cluster in turned for char in cluster]
    made: list[Char] = []
    for turned, run in groupby(_turned(clusters), key=itemgetter(0)):
        own = [cluster for _, cluster in run]
        made += (char for cluster in (reversed(own) if turned else own) for char in cluster)
    return made


def _goes_on(clusters: Sequence[list[Char]]) -> bool:
    """Tell whether a figure goes on with the number before it, after a point or comma or none."""
    if not clusters:
        return False
    last = clusters[-1][-1][0]
    parted = len(clusters) > 1 and last in _PARTS and clusters[-2][-1][0].isdigit()
    return last.isdigit() or parted


_ENDS = ",.;: "
_PARTS = ".,:/\u066b\u066c"


def _turned(clusters: Sequence[list[Char]]) -> Iterator[tuple[bool, list[Char]]]:
    """Tell of everything on a line whether it stands among words that run from right to left."""
    waiting: list[list[Char]] = []
    among = False
    for cluster in clusters:
        char = cluster[0][0]
        if RIGHT_TO_LEFT.match(char):
            yield from ((among, own) for own in waiting)
            among, waiting = True, []
            yield True, cluster
        elif char.isalpha():  # what came before it belongs to it
            yield from ((False, own) for own in waiting)
            among, waiting = False, []
            yield False, cluster
        else:
            waiting.append(cluster)
    yield from ((False, own) for own in waiting)


def _chars(page: Any, links: list[Link]) -> Iterator[Char]:
    """Yield the characters of a page in the order of its content, with where they stand."""
    import pypdfium2.raw as pdfium

    text = page.get_textpage()
    x, y = ctypes.c_double(), ctypes.c_double()
    boxes = [(n, *link.box) for n, link in enumerate(links)]
    first = ""  # of the two halves of a character beyond U+FFFF
    for n in range(text.count_chars()):
        char = first + chr(pdfium.FPDFText_GetUnicode(text.raw, n))
        first = char if len(char) == 1 and "\ud800" <= char <= "\udbff" else ""
        if first:
            continue
        if len(char) > 1:
            char = _whole(char)
        if char in "\r\n":
            continue
        pdfium.FPDFText_GetCharOrigin(text.raw, n, x, y)
        at = x.value, y.value
        home = next(
            (
                k
                for k, x0, y0, x1, y1 in boxes
                if x0 - 0.2 <= at[0] < x1 - 0.2 and y0 <= at[1] + 1 <= y1
            ),
            -1,
        )
        yield "-" if char in HARD else char, *at, home, n
