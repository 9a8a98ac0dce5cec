"""Faults of a laid-out page: what a compositor would mark on the proof, as plain data.

`page_faults` reads the boxes of one page. What only two pages can show (a widow, an orphan) is not
here: the table of printed lines tells it to the audit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from itertools import groupby, pairwise
from typing import Any

from msgspec import Struct


class Flaw(StrEnum):
    """What is wrong on a page. Lengths are in px of the style sheet."""

    OFF_GRID = "off-grid"  # a line of text between the lines of the page; figure: px
    HYPHENS = "hyphens"  # figure: how many lines in succession end in a hyphen
    LONE_HEADING = "lone-heading"  # at the foot of a page or column
    LONE_CALL = "lone-call"  # a note call at a line's start
    WIDE_WORD = "wide-word"  # broken anywhere or running out of the measure; figure: px beyond it
    WIDE_BLOCK = "wide-block"  # a table or a picture; figure: px beyond the measure
    OUTSIDE = "outside"  # words outside of the text area; figure: px beyond it
    SHORT_PAGE = "short-page"  # figure: the part of the page that is filled
    TALL_NOTES = "tall-notes"  # the notes are taller than the page; figure: px beyond it


class PageFault(Struct, frozen=True):
    """A fault of a page: the block that it is in, its words, and a figure where there is one.

    `page` counts from 0 within the part.
    """

    flaw: Flaw
    block: str
    words: str = ""
    figure: float = 0
    page: int = 0


HYPHENS_ALLOWED = 3  # lines in succession that may end in a hyphen (Chicago 7.47)
FILLED = 2 / 3  # of a page
SLACK = 0.6  # px: what rounding may do
HEADINGS = ("h1", "h2", "h3", "h4")
HYPHEN = "\u2010"  # what the typesetter puts at the end of a line
INVISIBLE = "\u2060\u200b\u00ad"


def page_faults(page: Any) -> tuple[PageFault, ...]:
    """Return the faults of one page of WeasyPrint's, in reading order."""
    area = _area(page)
    found = tuple(_walk(page._page_box, Within()))
    lines = [item for item in found if isinstance(item, Line)]
    shapes = [item for item in found if isinstance(item, Shape)]
    return (
        *faults_of(lines, area, shapes),
        *broken_words(lines),
        *_wide_shapes(shapes, area),
        *_tall_notes(shapes, area),
    )


def faults_of(
    lines: Iterable[Line], area: Area, shapes: Sequence[Shape] = ()
) -> Iterator[PageFault]:
    """Yield the faults of the lines of a page, in reading order, that their places tell."""
    seen = [line for line in lines if line.words or line.call_first]
    text = [line for line in seen if not line.note and not line.placed]
    yield from _off_grid(text, area)
    yield from _hyphens(seen)
    yield from _lone_headings(text)
    yield from _lone_calls(text)
    yield from _wide_words(seen)
    yield from _outside(seen, area)
    yield from _short_page(text, shapes, area)


# --- The boxes of a page, as far as they matter here ----------------------------------------------


class Area(Struct, frozen=True):
    """The text area of a page: edges in px, and the height of its lines."""

    left: float
    top: float
    right: float
    bottom: float
    line: float

    @property
    def height(self) -> float:
        return self.bottom - self.top


class Within(Struct, frozen=True):
    """What is known of the boxes that a line is in."""

    block: str = ""
    element: Any = None  # that of the block
    heading: bool = False
    note: bool = False
    placed: bool = False  # positioned by hand, out of the flow
    left: float = 0  # the measure
    right: float = 0


class Line(Struct, frozen=True):
    """A printed line."""

    block: str
    element: Any
    heading: bool
    note: bool
    placed: bool
    words: str
    x: float
    right: float  # where the words end
    y: float
    height: float
    leading: float  # the line height of its style
    left: float  # the measure that it is set to
    measure: float
    call_first: bool


class Shape(Struct, frozen=True):
    """A table, a picture, or the area of the notes."""

    kind: str
    block: str
    x: float
    y: float
    right: float
    bottom: float


def _area(page: Any) -> Area:
    box = page._page_box
    root = box.children[0]
    left, top = box.content_box_x(), box.content_box_y()
    return Area(left, top, left + box.width, top + box.height, _leading(root.style))


def _leading(style: Any) -> float:
    from weasyprint.text.line_break import strut

    return float(strut(style)[0])


def _walk(box: Any, within: Within) -> Iterator[Line | Shape]:
    """Yield the lines, tables and pictures of a box in reading order; notes last, as they stand."""
    from weasyprint.formatting_structure import boxes

    for child in getattr(box, "children", ()):
        if isinstance(child, boxes.MarginBox):
            continue
        if isinstance(child, boxes.LineBox):
            yield line_in(child, within)
            if all(type(one) is boxes.TextBox for one in child.children):
                continue
            for atom in child.descendants():
                if isinstance(atom, boxes.ReplacedBox):
                    yield _shape("picture", atom, within)
            continue
        inner = _entered(child, within)
        if isinstance(child, boxes.FootnoteAreaBox):
            yield _shape("notes", child, inner)
        elif isinstance(child, boxes.TableBox):
            yield _shape("table", child, inner)
        if isinstance(child, boxes.ReplacedBox):
            yield _shape("picture", child, inner)
        else:
            yield from _walk(child, inner)


def within(boxes: Iterable[Any]) -> Within:
    """Return what is known of the lines of the last of boxes that stand one in another."""
    found = Within()
    for box in boxes:
        found = _entered(box, found)
    return found


def _entered(box: Any, within: Within) -> Within:
    from weasyprint.formatting_structure import boxes

    note = within.note or isinstance(box, boxes.FootnoteAreaBox)
    element = box.element if "::" not in (box.element_tag or "") else None
    block, home, heading = within.block, within.element, within.heading
    if element is not None and not isinstance(box, boxes.LineBox):
        if element.get("id"):
            block, home = element.get("id"), element
        heading = heading or box.element_tag in HEADINGS
    left, right = within.left, within.right
    if isinstance(box, boxes.BlockContainerBox):
        left = box.content_box_x()
        right = left + box.width
    placed = within.placed or not (box.is_in_normal_flow() or box.is_floated())
    # the area of the notes and the page itself are not in the flow either
    placed = placed and not note and not isinstance(box, boxes.PageBox)
    return Within(block, home, heading, note, placed, left, right)


def _shape(kind: str, box: Any, within: Within) -> Shape:
    x, y = box.border_box_x(), box.border_box_y()
    right, bottom = x + box.border_width(), y + box.border_height()
    return Shape(kind, within.block, x, y, right, bottom)


def line_in(box: Any, within: Within) -> Line:
    """Return a line of WeasyPrint's."""
    texts = list(_texts(box))
    shown = [(t, call) for t, call in texts if t.text.strip(INVISIBLE + " \u00a0")]
    right = max((t.position_x + t.width for t, _ in shown), default=box.position_x)
    return Line(
        block=within.block,
        element=within.element,
        heading=within.heading,
        note=within.note,
        placed=within.placed,
        words="".join(t.text for t, call in texts if not call).strip(INVISIBLE + " "),
        x=min((t.position_x for t, _ in shown), default=box.position_x),
        right=right,
        y=box.position_y,
        height=box.height,
        leading=_leading(box.style),
        left=within.left,
        measure=within.right,
        call_first=bool(shown) and shown[0][1],
    )


def _texts(box: Any, call: bool = False) -> Iterator[tuple[Any, bool]]:
    """Yield the runs of text of a line; whether each is of a note call."""
    from weasyprint.formatting_structure import boxes

    for child in getattr(box, "children", ()):
        if isinstance(child, boxes.TextBox):
            yield child, call
        elif child.is_in_normal_flow():
            own = child.element is not None and child.element.get("class") == "call"
            yield from _texts(child, call or own)


# --- What is looked for ---------------------------------------------------------------------------


def _off_grid(text: Iterable[Line], area: Area) -> Iterator[PageFault]:
    """Yield lines of the book's own line height that do not stand on the lines of the page.

    All pages have the same lines, so what stands on them is level on the two pages of a spread.
    Headings, notes and the smaller type of the back matter have a line height of their own.
    """
    for line in text:
        if not line.heading and line.block and line.leading == area.line:
            off = (line.y - area.top + area.line / 2) % area.line - area.line / 2
            if abs(off) > SLACK:
                yield PageFault(Flaw.OFF_GRID, line.block, line.words, round(off, 1))
                return  # what follows is off by the same


def _hyphens(lines: Iterable[Line]) -> Iterator[PageFault]:
    for block, group in groupby(lines, key=lambda line: line.block):
        run: list[str] = []
        for words in (*(line.words for line in group), ""):
            if words.endswith((HYPHEN, "-")):
                run.append(words)
                continue
            if len(run) > HYPHENS_ALLOWED:
                yield PageFault(Flaw.HYPHENS, block, run[0], len(run))
            run = []


def _lone_headings(text: list[Line]) -> Iterator[PageFault]:
    """Yield headings that nothing follows on their page or in their column."""
    for n, line in enumerate(text):
        if not line.heading or (n and text[n - 1].heading and text[n - 1].block == line.block):
            continue
        after = next((other for other in text[n:] if not other.heading), None)
        turned = after is not None and after.y < line.y
        if turned or (after is None and any(not other.heading for other in text[:n])):
            yield PageFault(Flaw.LONE_HEADING, line.block, line.words)


def _lone_calls(text: Iterable[Line]) -> Iterator[PageFault]:
    for line in text:
        if line.call_first:
            yield PageFault(Flaw.LONE_CALL, line.block, line.words)


def _wide_words(lines: Iterable[Line]) -> Iterator[PageFault]:
    """Yield words that run out of their measure."""
    for line in lines:
        if line.right > line.measure + SLACK:
            word = max(line.words.split(), key=len, default="")
            over = round(line.right - line.measure, 1)
            yield PageFault(Flaw.WIDE_WORD, line.block, word, over)


def broken_words(lines: Iterable[Line]) -> Iterator[PageFault]:
    """Yield words that had to be broken anywhere. Of the lines the elements are wanted."""
    element, all_words = None, ""  # of the block that the lines are of
    for line, after in pairwise(line for line in lines if line.words or line.call_first):
        same = line.block == after.block and line.left == after.left  # cells stand side by side
        if line.element is None or not same:
            continue
        if line.words.strip() and after.words.strip():  # a space may stand alone
            head, tail = line.words.split()[-1], after.words.split()[0]
            if head[-1].isalnum() and tail[0].isalnum():
                if line.element is not element:
                    element = line.element
                    all_words = " ".join("".join(_words_of(element)).split())
                if head + tail in all_words and f"{head} {tail}" not in all_words:
                    yield PageFault(Flaw.WIDE_WORD, line.block, head + tail)


def _words_of(element: Any) -> Iterator[str]:
    yield " " if element.tag == "br" else element.text or ""
    for child in element:
        yield from _words_of(child)
        yield child.tail or ""


def _outside(lines: Iterable[Line], area: Area) -> Iterator[PageFault]:
    """Yield lines outside of the text area, where the measure is not what they ran out of."""
    for line in lines:
        wide = 0.0 if line.right > line.measure else line.right - area.right
        beyond = max(
            area.left - line.x, area.top - line.y, wide, line.y + line.height - area.bottom
        )
        if beyond > SLACK and not line.note:
            yield PageFault(Flaw.OUTSIDE, line.block, line.words, round(beyond, 1))


def _wide_shapes(shapes: Iterable[Shape], area: Area) -> Iterator[PageFault]:
    for shape in shapes:
        beyond = max(area.left - shape.x, shape.right - area.right)
        if shape.kind != "notes" and beyond > SLACK:
            yield PageFault(Flaw.WIDE_BLOCK, shape.block, shape.kind, round(beyond, 1))


def _tall_notes(shapes: Iterable[Shape], area: Area) -> Iterator[PageFault]:
    for shape in shapes:
        beyond = max(area.top - shape.y, shape.bottom - area.bottom)
        if shape.kind == "notes" and beyond > SLACK:
            yield PageFault(Flaw.TALL_NOTES, shape.block, "", round(beyond, 1))


def _short_page(text: list[Line], shapes: Sequence[Shape], area: Area) -> Iterator[PageFault]:
    if not text:
        return
    ends = [line.y + line.height for line in text]
    ends += [shape.bottom for shape in shapes if shape.kind != "notes"]
    notes = sum(shape.bottom - shape.y for shape in shapes if shape.kind == "notes")
    filled = (max(ends) - area.top + notes) / area.height
    if filled < FILLED:
        yield PageFault(Flaw.SHORT_PAGE, text[-1].block, text[-1].words, round(filled, 2))
