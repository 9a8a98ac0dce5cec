"""Matter: a part of the back matter as print takes it, row by row, and its rows put on pages.

What a galley is to an article, which has notes, matter is to textual notes, works, chronology and
index, which have none and are written out already. Their rows are set once (`slips`); where a page
ends is arithmetic then, by the rules of CSS Fragmentation 4 as WeasyPrint follows them.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from html import unescape

from msgspec import Struct
from msgspec.structs import replace

from .pagefile import Around, Piece
from .slips import NotLinesError, Slip

_BODY = re.compile(r'<body(?: class="([^"]*)")?')
_SLACK = 1e-6  # px: what adding up may do


class Row(Struct, frozen=True):
    """A row by its words: a leaf of a document, and which elements it stands in."""

    id: str
    key: str  # a hash of all that its lines depend on, but for what all rows have in common
    around: Around


class Matter(Struct, frozen=True, dict=True):
    """A document whose leaves stand one after another, each of them a block of lines."""

    id: str
    document: str

    @cached_property
    def _parts(self) -> tuple[str, str, str]:
        html = self.document
        at, end = html.find("<body"), html.rfind("</body>")
        start = html.find(">", at) + 1 if at >= 0 else 0
        end = end if end >= start else len(html)
        return html[:start], html[start:end], html[end:]

    @cached_property
    def _pieces(self) -> tuple[str, ...]:
        return tuple(_TAGS.split(self._parts[1]))  # words and tags in turn

    @cached_property
    def _leaves(self) -> tuple[_Leaf, ...]:
        return tuple(_leaves_of(self._pieces))

    @property
    def around(self) -> str:
        """What all rows have in common: language and title of the document."""
        return self._parts[0] + self._parts[2]

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """The rows. The space over one depends on what comes before it, and what kind of row.

        Raises NotLinesError if something stands between them.
        """
        made = []
        before, end = "", 0
        for leaf in self._leaves:
            before += self._between(end, leaf.start)
            tags = "".join(self._pieces[n] for n in leaf.around)
            words = "".join(self._pieces[leaf.start : leaf.end])
            key = hashlib.sha256(f"{before}\n{tags}\n{words}".encode()).hexdigest()
            around = tuple((n, _id_of(self._pieces[n])) for n in leaf.around)
            made.append(Row(leaf.id, key, around))
            before, end = tags + _ID.sub("", self._pieces[leaf.start]), leaf.end
        self._between(end, len(self._pieces))
        return tuple(made)

    def _between(self, start: int, stop: int) -> str:
        """Return the tags of elements that begin and end between rows."""
        pieces = self._pieces[start:stop]
        for piece in filter(str.strip, pieces):
            if not (_opens(piece) or _closes(piece) or piece.startswith("<!--")):
                raise NotLinesError("something stands between rows")
        return "".join(pieces)

    def found(self, slips: Sequence[Slip]) -> dict[str, Slip]:
        """Return rows that were set by their identifiers.

        Raises NotLinesError if there is something between them, or one is in pieces.
        """
        arounds = {row.id: len(row.around) for row in self.rows}
        for slip in slips:
            if arounds.pop(slip.id, None) != len(slip.around):
                raise NotLinesError(f"there are words between rows, or in parts of “{slip.id}”")
        return {slip.id: slip for slip in slips}

    def galley(self, wanted: Sequence[int]) -> str:
        """Return a document of some of the rows, each after the one that comes before it."""
        body: list[str] = []
        runs: list[list[int]] = []
        for n in wanted:
            if runs and runs[-1][-1] == n - 1:
                runs[-1].append(n)
            else:
                runs.append([n])
        open_before: set[int] = set()
        for run in runs:
            body += self._stretch(max(run[0] - 1, 0), run[-1], open_before)
        head = _BODY.sub(r'<body class="galley \1"', self._parts[0])  # a long page: print.css
        return "".join((head, *body, self._parts[2]))

    def _stretch(self, first: int, last: int, before: set[int]) -> Iterator[str]:
        """Yield the pieces from one leaf to another, with the elements around them.

        Those that were open before have their names no more: no two may have the same.
        """
        around = self._leaves[first].around
        open_ = [_ID.sub("", self._pieces[n]) if n in before else self._pieces[n] for n in around]
        before.update(n for leaf in self._leaves[first : last + 1] for n in leaf.around)
        yield from open_
        for n in range(self._leaves[first].start, self._leaves[last].end):
            piece = self._pieces[n]
            yield piece
            if _closes(piece):
                open_.pop()
            elif _opens(piece):
                open_.append(piece)
        yield "".join(f"</{_name_of(tag)}>" for tag in reversed(open_))


# --- Leaves of HTML -------------------------------------------------------------------------------

_TAGS = re.compile(r"(<[^<>]*>)")
_NAME = re.compile(r"</?([\w:-]+)")
_ID = re.compile(r'\bid="([^"]*)"')
_VOID = frozenset(("br", "img", "hr", "meta", "link"))
_BLOCKS = frozenset(("p", "li", "h1", "h2", "h3", "h4", "h5", "h6", "div"))


class _Leaf(Struct, frozen=True):
    """A block with an identifier and no such block in it, among the pieces of a document."""

    id: str
    start: int  # the piece that is its start tag
    end: int  # the piece after its end tag
    around: tuple[int, ...]  # the start tags of the elements that it stands in


def _leaves_of(pieces: Sequence[str]) -> Iterator[_Leaf]:
    around: list[int] = []
    leaf = -1  # the start tag of the block that may be one
    for n, piece in enumerate(pieces):
        if _closes(piece):
            start = around.pop()
            if start == leaf:
                yield _Leaf(_id_of(pieces[start]), start, n + 1, tuple(around))
                leaf = -1
        elif _opens(piece):
            if _name_of(piece) in _BLOCKS and _ID.search(piece):
                leaf = n
            around.append(n)


def _opens(piece: str) -> bool:
    named = _NAME.match(piece)
    return bool(named) and not piece.endswith("/>") and _name_of(piece) not in _VOID


def _closes(piece: str) -> bool:
    return piece.startswith("</")


def _name_of(tag: str) -> str:
    named = _NAME.match(tag)
    return named[1] if named else ""


def _id_of(tag: str) -> str:
    own = _ID.search(tag)
    return unescape(own[1]) if own else ""


# --- Pages ----------------------------------------------------------------------------------------

Page = tuple[Piece, ...]


def filled(slips: Sequence[Slip], arounds: Sequence[Around], depth: float) -> Iterator[Page]:
    """Yield pages of a depth (px) filled with rows one under another.

    A page ends where the next line would not fit. Orphans and widows stay together, a heading with
    what comes after it, as long as there is another place to part them (CSS Fragmentation 4, 3 and
    4.4).
    """
    at = _Place(0)
    while at.row < len(slips):
        pieces, at = _page(slips, arounds, depth, at)
        yield tuple(pieces)


class _Place(Struct, frozen=True):
    """Where a page begins: a row, and a line of it."""

    row: int
    line: int = 0


def _page(
    slips: Sequence[Slip], arounds: Sequence[Around], depth: float, top: _Place
) -> tuple[list[Piece], _Place]:
    """Return the page that begins at a place, and the place at which it ends."""
    pieces: list[Piece] = []
    foot = 0.0
    for n in range(top.row, len(slips)):
        slip, first = slips[n], top.line if n == top.row else 0
        y = foot + slip.above if pieces else _at_head(slip, n, first)
        fits = _fitting(slip, first, depth - y, alone=not pieces)
        if fits < len(slip.lines):
            fits = _parted(slip, first, fits, alone=not pieces)
            if fits > first:
                pieces.append(Piece(slip, 0, y, first, fits, arounds[n]))
                return pieces, _Place(n, fits)
            return _ended(slips, pieces, top, n)
        pieces.append(Piece(slip, 0, y, first, fits, arounds[n]))
        foot = y + _height(slip, first, fits)
    return pieces, _Place(len(slips))


def _at_head(slip: Slip, n: int, first: int) -> float:
    """Return where the first line of a page stands: no space is left over it, but for a title's."""
    if first:
        return 0.0
    return slip.head if n else slip.above


def _height(slip: Slip, first: int, stop: int) -> float:
    """Return the height of some lines."""
    last = slip.lines[stop - 1]
    return last.y + last.told.height - slip.lines[first].y


def _fitting(slip: Slip, first: int, room: float, *, alone: bool) -> int:
    """Return the line before which a page is full; where nothing stands on it, a line fits."""
    for n in range(first, len(slip.lines)):
        foot = slip.foot if n == len(slip.lines) - 1 else 0
        if _height(slip, first, n + 1) + foot > room + _SLACK and (n > first or not alone):
            return n
    return len(slip.lines)


def _parted(slip: Slip, first: int, fits: int, *, alone: bool) -> int:
    """Return before which line a row is parted; before the first where it is not."""
    over = fits - first - slip.orphans
    lacking = max(slip.widows - (len(slip.lines) - fits), 0)
    if not alone and (over < 0 or lacking > over or slip.whole):
        return first
    return fits - lacking if lacking <= over else fits


def _ended(
    slips: Sequence[Slip], pieces: list[Piece], top: _Place, n: int
) -> tuple[list[Piece], _Place]:
    """Return a page that a row does not fit on, ended where it may end."""
    for last in range(n - 1, top.row - 1, -1):
        kept = pieces[: last - top.row + 1]
        if not (slips[last].stays or slips[last + 1].follows):
            return kept, _Place(last + 1)
        own = kept[-1]
        stop = own.stop - own.slip.widows
        if not own.slip.whole and stop - own.first >= own.slip.orphans:
            return [*kept[:-1], replace(own, stop=stop)], _Place(last, stop)
    return pieces, _Place(n)
