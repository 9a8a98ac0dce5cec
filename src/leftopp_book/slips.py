"""Slips: rows of the back matter that were set once on a galley, and cut from it line by line.

An entry of the index or an event of the chronology is the same on whatever page it comes to stand.
So each of its lines is drawn by itself: where it is put is arithmetic, and a row is set again only
when its words change. `rowsetter` makes slips, `pasteup` pages out of them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from msgspec import Struct

from .faults import Line, PageFault
from .pages import Glyphs

Element = tuple[str, bytes]  # of the structure tree: its kind, its attributes as PDF writes them


class NotLinesError(Exception):
    """A row is more than lines of text: the message says what."""


class TooLongError(NotLinesError):
    """There are more lines than a galley holds."""


class Link(Struct, frozen=True):
    """A link: where it leads, and the edges of its box in px from the left and the line's head."""

    target: str
    box: tuple[float, float, float, float]


class SlipLine(Struct, frozen=True):
    """A printed line by itself. Lengths are in px, from the left of the text and its own head."""

    offset: int  # characters of the row that come before
    x: float  # of the line, its indent left out
    y: float  # from the head of the row's first line
    words: str
    told: Line  # of its words, but for the element
    drawing: bytes  # its steps, from the left of the text and the head of the line
    marks: int  # marked contents in it, numbered from 0
    links: tuple[Link, ...]
    contents: tuple[tuple[tuple[int, ...], int], ...]
    """Marked contents, and links as -1, -2..., in the order of the structure tree; before each of
    them the elements that it is in, by their places among those of the row."""
    anchors: tuple[tuple[str, float, float], ...]


class Slip(Struct, frozen=True):
    """A row that was set: its lines, and how it hangs together with others. Lengths are in px."""

    id: str
    lines: tuple[SlipLine, ...]
    above: float  # from the foot of the line before it, or the head of the page, to its first line
    head: float  # above its first line where it is the first on a page
    foot: float  # below its last line, and part of it
    stays: bool  # with what comes after it
    follows: bool  # what comes before it, on the same page
    whole: bool  # not parted between pages
    orphans: int
    widows: int
    elements: tuple[Element, ...]
    around: tuple[Element, ...]  # those that it stands in
    glyphs: Mapping[str, Glyphs]  # by the names of the fonts
    states: Mapping[str, bytes]  # of the graphics: what the drawing calls them, and what they say
    missing: tuple[str, ...]  # characters that the face has no glyph for
    broken: tuple[PageFault, ...]  # words that had to be broken anywhere


_MARK = re.compile(rb"<</MCID (\d+)>>")


def numbered(drawing: bytes, more: int) -> bytes:
    """Return steps with the numbers of their marked contents so much higher."""
    return _MARK.sub(lambda mark: b"<</MCID %d>>" % (int(mark[1]) + more), drawing)


HIDDEN = Slip("", (), 0, 0, 0, False, False, False, 1, 1, (), (), {}, {}, (), ())
"""What is made of a row that a style sheet hides."""


class Slips(Struct, frozen=True):
    """Slips in their order, and the fonts that they use."""

    slips: tuple[Slip, ...]
    fonts: Mapping[str, bytes]  # by their names, as PDF writes them, without widths and outlines
