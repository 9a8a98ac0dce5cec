"""Back matter: its rows set, those that stand taken over, and all of them put on pages.

`rowsetter` sets rows; where each of them comes to stand `matter` says, or `columns` for an index;
`pasteup` makes the pages. A section that is more than rows of lines is laid out as a whole.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct

from .columns import Row, paged
from .kept import Kept
from .matter import Matter, filled
from .pagefile import Piece
from .pages import Frame, LaidPage, as_part
from .pasteup import paste
from .pdf import LayoutError, Styles, lay_out
from .rowsetter import set_rows
from .slips import HIDDEN, NotLinesError, Slip, TooLongError
from .workers import afterwards


class Layout(Struct, frozen=True):
    """How rows are put on pages: under one another, or those of an index in columns."""

    recto: Frame
    verso: Frame
    columns: int = 0
    rows: tuple[Row, ...] = ()


class Standing(Struct, frozen=True):
    """What is kept of back matter: its rows as they were set, and its pages."""

    slips: Mapping[str, Slip]  # by hashes of the rows
    fonts: Mapping[str, bytes]
    pages: Mapping[str, LaidPage]  # by hashes of what stands on them


MANY_ROWS = 1000  # more are not set on one galley


def set_rows_of(
    matter: Matter, layout: Layout, styles: Styles, standing: Kept
) -> tuple[LaidPage, ...]:
    """Return back matter on its pages. What of it stands already is taken over."""
    name = f"{matter.id}-rows"
    kept: Standing = standing.find(name, matter.around) or Standing({}, {}, {})
    slips, fonts = dict(kept.slips), dict(kept.fonts)
    try:
        missing = [n for n, row in enumerate(matter.rows) if row.key not in slips]
        for made, used in _set(matter, missing, styles) if missing else ():
            slips |= made
            fonts |= used
    except NotLinesError as error:
        if layout.rows:
            raise LayoutError(f"{error}, and so cannot be put into columns") from error
        return _kept(tuple(lay_out(matter.document, styles)), matter, standing)
    pages: dict[str, LaidPage] = {}
    keys = {row.id: row.key for row in matter.rows}
    for n, pieces in enumerate(_filled(matter, layout, slips)):
        key = _key(pieces, keys, n % 2)
        frame = layout.verso if n % 2 else layout.recto
        pages[key] = kept.pages.get(key) or paste(pieces, frame, fonts)
    own = {row.key: slips[row.key] for row in matter.rows}
    afterwards(lambda: standing.keep(name, Standing(own, fonts, pages), matter.around))
    return _kept(tuple(pages.values()), matter, standing)


def _kept(pages: tuple[LaidPage, ...], matter: Matter, standing: Kept) -> tuple[LaidPage, ...]:
    afterwards(lambda: standing.keep(whole_of(matter), as_part(pages), matter.document))
    return pages


def whole_of(matter: Matter) -> str:
    """Return the name under which a section is kept with all that it says."""
    return f"{matter.id}-whole"


def _set(
    matter: Matter, wanted: Sequence[int], styles: Styles
) -> Iterator[tuple[dict[str, Slip], Mapping[str, bytes]]]:
    """Set rows, as many at a time as a galley holds; yield them by their keys, and their fonts."""
    if len(wanted) <= MANY_ROWS:
        try:
            new = set_rows(matter.galley(wanted), styles)
        except TooLongError:
            if len(wanted) == 1:
                raise
        else:
            made, rows = matter.found(new.slips), [matter.rows[n] for n in wanted]
            yield {row.key: made.get(row.id, HIDDEN) for row in rows}, new.fonts
            return
    half = len(wanted) // 2
    yield from _set(matter, wanted[:half], styles)
    yield from _set(matter, wanted[half:], styles)


def _filled(
    matter: Matter, layout: Layout, slips: Mapping[str, Slip]
) -> Iterable[tuple[Piece, ...]]:
    """Return pages of rows."""
    shown = [(row, slips[row.key]) for row in matter.rows if slips[row.key].lines]
    depth = layout.recto.depth
    if not layout.rows:
        return filled([slip for _, slip in shown], [row.around for row, _ in shown], depth)
    listed = {id for row in layout.rows for id in (row.id, row.again)}
    over = [pair for pair in shown if pair[0].id not in listed]
    opening = list(filled([slip for _, slip in over], [row.around for row, _ in over], depth))
    columns = paged(
        layout.rows,
        {row.id: slip for row, slip in shown if row.id in listed},
        {row.id: row.around for row, _ in shown},
        opening.pop() if opening else (),
        layout.recto,
        layout.columns,
    )
    return (*opening, *columns)


def _key(pieces: Iterable[Piece], keys: Mapping[str, str], side: int) -> str:
    """Return a hash of what stands on a page, where, and in which elements together."""
    elements: dict[tuple[int, str], int] = {}
    words = []
    for piece in pieces:
        around = [(elements.setdefault(one, len(elements)), one[1]) for one in piece.around]
        place = piece.x, piece.y, piece.first, piece.stop
        words.append((keys[piece.slip.id], *place, piece.named, around))
    return hashlib.sha256(f"{side} {words}".encode()).hexdigest()
