"""Columns: the rows of an index put into the columns of its pages.

The typesetter says how many lines each row has; where columns end is arithmetic then. A heading
goes with what follows it, a row is not parted unless it is longer than a column, and over what is
left of an entry at the head of a column its heading stands again, “(continued)” (Chicago 16.145).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from .pagefile import ALL, Around, Piece
from .pages import Frame
from .slips import Slip

LEAST = 4  # lines of a column, for which an entry longer than a column is parted
FEWEST = 3  # lines that a column has at least
SLACK = 0.6  # px: what rounding may do


class Row(Struct, frozen=True):
    """A letter, an entry or a subentry, and how it hangs together with other rows."""

    id: str
    stays: bool = False  # it is not the last of a column
    again: str = ""  # the identifier of the heading that may be repeated over it
    under: bool = False  # that heading stands before it
    first: int = 0  # of its lines in this column
    stop: int = ALL  # the line at which its next column begins


class Height(Struct, frozen=True):
    """How high a row is, in lines."""

    lines: int
    air: int = 0  # above it where it is not the first of a column


Heights = Mapping[str, Height]
Column = tuple[Row, ...]
Page = tuple[Column, ...]


def rows_of(items: Iterable[Mapping[str, Any]]) -> Iterator[Row]:
    """Yield the rows of an index.

    A letter stays with its first entry, and an entry without numbers of its own with its first
    subentry.
    """
    for group in items:
        yield Row(group["id"], stays=True)
        for entry in group["entries"]:
            id, again = entry["id"], f"{entry['id']}-again"
            subs = [sub["id"] for sub in entry["subentries"]]
            if subs and entry["see_also"]:
                subs.append(f"{id}-see-also")
            yield Row(id, bool(subs) and not entry["locators"], again)
            yield from (Row(sub, again=again, under=True) for sub in subs)


def paged(
    rows: Sequence[Row],
    slips: Mapping[str, Slip],
    arounds: Mapping[str, Around],
    over: Sequence[Piece],
    frame: Frame,
    columns: int,
) -> Iterator[tuple[Piece, ...]]:
    """Yield the pages of an index: pieces in reading order.

    `over` is what stands over the columns of the first page. Columns are as wide as the rows were
    set, and evenly spread over the measure. Rows are counted in lines; where some are higher than
    that, so that a column would run out of its page, columns have fewer lines.
    """
    rows = [row for row in rows if row.id in slips]
    if not rows:
        yield tuple(over)
        return
    lines = [line.told for slip in slips.values() for line in slip.lines]
    leading = min(line.height for line in lines)
    heights = {
        id: Height(len(slip.lines), max(round(slip.above / leading), 0))
        for id, slip in slips.items()
    }
    head = over[-1].foot + slips[rows[0].id].above if over else 0.0
    apart = (frame.measure - max(line.measure for line in lines)) / max(columns - 1, 1)
    first, full = (int((frame.depth - y + SLACK) / leading) for y in (head, 0.0))
    if over and first < FEWEST:  # the columns begin on the next page
        yield tuple(over)
        over, head, first = (), 0.0, full
    made: list[list[Piece]] = []
    foot = frame.depth + 1
    while foot > frame.depth + SLACK and (not made or full > FEWEST):
        made = [
            [
                piece
                for number, column in enumerate(page)
                for piece in _placed(
                    column, slips, arounds, (number * apart, 0.0 if n else head), number
                )
            ]
            for n, page in enumerate(filled(rows, heights, first, full, columns))
        ]
        foot = max(piece.foot for page in made for piece in page)
        first, full = max(first - 1, 1), full - 1
    yield (*over, *made[0])
    yield from map(tuple, made[1:])


def _placed(
    column: Column,
    slips: Mapping[str, Slip],
    arounds: Mapping[str, Around],
    head: tuple[float, float],
    number: int,
) -> Iterator[Piece]:
    """Yield the pieces of a column, one under another, from its head on."""
    x, foot = head
    rows = list(column)
    if rows[0].under and rows[0].again in slips:
        rows.insert(0, Row(rows[0].again, again=rows[0].again))
    air = False  # none over the first of a column, nor under a heading that is repeated
    for row in rows:
        named = row.id != row.again
        around = (*arounds[row.id][:-1], (-1 - number, ""))
        y = foot + (slips[row.id].above if air else 0)
        piece = Piece(slips[row.id], x, y, row.first, row.stop, around, named)
        yield piece
        air, foot = named, piece.foot


def filled(
    rows: Sequence[Row], heights: Heights, first: int, full: int, columns: int = 2
) -> tuple[Page, ...]:
    """Return the pages of an index, each with the rows of its columns.

    `first` is the number of lines in a column of the first page, `full` that of the others. The
    columns of the last page are as even as they can be.
    """
    pages: list[Page] = []
    left = tuple(rows)
    while left:
        lines = full if pages else first
        page, after = _page(left, heights, lines, columns)
        if not after:
            page = _even(left, heights, lines, columns)
        pages.append(page)
        left = after
    return tuple(pages)


def _page(
    rows: tuple[Row, ...], heights: Heights, lines: int, columns: int
) -> tuple[Page, tuple[Row, ...]]:
    made = []
    for _ in range(columns):
        column, rows = _column(rows, heights, lines)
        made.append(column)
    return tuple(column for column in made if column), rows


def _even(rows: tuple[Row, ...], heights: Heights, most: int, columns: int) -> Page:
    total = sum(_lines(row, heights, first=False) for row in rows)
    for lines in range(max(total // columns, 1), most):
        page, after = _page(rows, heights, lines, columns)
        parted = any(row.first for column in page for row in column)
        if not after and not parted and not any(column[-1].stays for column in page[:-1]):
            return page
    return _page(rows, heights, most, columns)[0]


def _column(rows: tuple[Row, ...], heights: Heights, lines: int) -> tuple[Column, tuple[Row, ...]]:
    """Return a column, and the rows that are left; where there are rows, it has some of them."""
    made: list[Row] = []
    used = 0
    while rows:
        count = next((n for n, row in enumerate(rows, 1) if not row.stays), len(rows))
        group = rows[:count]
        need = _together(group, heights, first=not made)
        if used + need > lines:
            if not made or _together(group, heights, first=True) > lines:
                return _parted(made, rows, heights, lines - used)
            break
        used += need
        made += group
        rows = rows[count:]
    return tuple(made), rows


def _parted(
    made: list[Row], rows: tuple[Row, ...], heights: Heights, room: int
) -> tuple[Column, tuple[Row, ...]]:
    """Return a column with as much as there is room for of rows that are longer than a column."""
    if made and room < LEAST:
        return tuple(made), rows
    while (need := _lines(rows[0], heights, first=not made)) <= room:
        room -= need
        made.append(rows[0])
        rows = rows[1:]
    row, lines = rows[0], heights[rows[0].id].lines - rows[0].first
    room -= _lines(row, heights, first=not made) - lines
    if room < 1 and made:
        return tuple(made), rows
    room = max(room, 1)
    if lines <= room:  # not a line of it fits under what stands over it: it runs out
        return (*made, row), rows[1:]
    at = row.first + room
    head, tail = replace(row, stop=at, stays=False), replace(row, first=at, under=True)
    return (*made, head), (tail, *rows[1:])


def _together(group: tuple[Row, ...], heights: Heights, *, first: bool) -> int:
    return sum(_lines(row, heights, first=first and not n) for n, row in enumerate(group))


def _lines(row: Row, heights: Heights, *, first: bool) -> int:
    own = heights[row.id]
    over = 0
    if first and row.under:
        over = heights[row.again].lines if row.again in heights else 1
    return own.lines - row.first + (over if first else own.air)
