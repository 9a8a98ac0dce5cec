"""Columns: the rows of an index filled into the columns of its pages.

The typesetter says how many lines each row has; where columns end is arithmetic then. A heading
goes with what follows it, a row is not parted unless it is longer than a column, and over what is
left of an entry at the head of a column its heading stands again, “(continued)” (Chicago 16.145).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from .cutting import RUNS_ON, Leaf, leaves_of, marked, parted, pieces_of, unnamed
from .pages import LineStart

LEAST = 4  # lines of a column, for which an entry longer than a column is parted


class Row(Struct, frozen=True):
    """A letter, an entry or a subentry: its words, and how it hangs together with other rows."""

    id: str
    stays: bool = False  # it is not the last of a column
    again: str = ""  # the identifier of the heading that may be repeated over it
    under: bool = False  # that heading stands before it
    html: str = ""
    printed: int = 0  # characters of it that stand in an earlier column


class Height(Struct, frozen=True):
    """What is known of a row that was set."""

    starts: tuple[int, ...]  # the characters of it that come before each of its lines
    air: int = 0  # lines of air above it where it is not the first of a column

    @property
    def lines(self) -> int:
        return len(self.starts)


Heights = Mapping[str, Height]
Column = tuple[Row, ...]
Page = tuple[Column, ...]


def rows_of(items: Iterable[Mapping[str, Any]], written: Mapping[str, str]) -> Iterator[Row]:
    """Yield the rows of an index; `written` has their HTML by identifier.

    A letter stays with its first entry, and an entry without numbers of its own with its first
    subentry.
    """
    for number, group in enumerate(items, 1):
        letter = f"index-letter-{number}"
        yield Row(letter, stays=True, html=written[letter])
        for entry in group["entries"]:
            id, again = entry["id"], f"{entry['id']}-again"
            subs = [sub["id"] for sub in entry["subentries"]]
            if subs and entry["see_also"]:
                subs.append(f"{id}-see-also")
            yield Row(id, bool(subs) and not entry["locators"], again, html=written[id])
            yield from (Row(sub, again=again, under=True, html=written[sub]) for sub in subs)


def written_out(html: str) -> dict[str, str]:
    """Return the leaves of a document by their identifiers."""
    pieces = pieces_of(html)
    return {leaf.id: "".join(pieces[leaf.start : leaf.end]) for leaf in leaves_of(pieces)}


def heights(lines: Iterable[LineStart]) -> dict[str, Height]:
    """Return what is known of rows set one under another; `y` is counted from the head.

    The first of them only tells where the second begins.
    """
    found: dict[str, list[LineStart]] = {}
    for line in lines:
        found.setdefault(line.block, []).append(line)
    leading = leading_of(line for own in found.values() for line in own)
    made: dict[str, Height] = {}
    for (_, above), (id, own) in pairwise(found.items()):
        air = (own[0].y - above[-1].y) / leading - 1
        made[id] = Height(tuple(line.offset for line in own), max(round(air), 0))
    return made


def leading_of(lines: Iterable[LineStart]) -> float:
    """Return the distance from line to line."""
    return min((b.y - a.y for a, b in pairwise(lines) if b.y > a.y), default=1.0)


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


def printed_before(page: Page) -> dict[str, int]:
    """Return of the rows that go on from an earlier page how much is printed there."""
    return {row.id: row.printed for row in reversed([r for c in page for r in c]) if row.printed}


def html_of(column: Column, again: Mapping[str, str]) -> list[str]:
    """Return the HTML of a column; `again` has that of the headings that are repeated."""
    repeated = [unnamed(again[row.again]) for row in column[:1] if row.under]
    return [*repeated, *(row.html for row in column)]


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
        whole = not any(row.printed for column in page for row in column)
        if not after and whole:
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
    row, height = rows[0], _height(rows[0], heights)
    room -= _lines(row, heights, first=not made) - height.lines
    if room < 1 and made:
        return tuple(made), rows
    room = max(room, 1)
    if height.lines <= room:  # not a line of it fits under what stands over it: it runs out
        return (*made, row), rows[1:]
    head, tail = _cut(row, height, room)
    return (*made, head), (tail, *rows[1:])


def _together(group: tuple[Row, ...], heights: Heights, *, first: bool) -> int:
    return sum(_lines(row, heights, first=first and not n) for n, row in enumerate(group))


def _lines(row: Row, heights: Heights, *, first: bool) -> int:
    own = _height(row, heights)
    over = 0
    if first and row.under:
        over = heights[row.again].lines if row.again in heights else 1
    return own.lines + (over if first else own.air)


def _height(row: Row, heights: Heights) -> Height:
    """Return the height of a row, or of what is left of it."""
    whole = heights[row.id]
    return Height(tuple(start for start in whole.starts if start >= row.printed), whole.air)


def _cut(row: Row, height: Height, lines: int) -> tuple[Row, Row]:
    """Part a row after so many of its lines."""
    pieces = pieces_of(row.html)
    leaf: Leaf = leaves_of(pieces)[0]
    at = height.starts[lines]
    before, after = parted(pieces, leaf, at - row.printed)
    tag, end = pieces[leaf.start], pieces[leaf.end - 1]
    tail = replace(row, under=True, html=f"{marked(tag, RUNS_ON)}{after}{end}", printed=at)
    return replace(row, html=f"{tag}{before}{end}", stays=False), tail
