"""Foresight: where pages will begin, reckoned from the lines of pages that were set before.

What is foreseen is tried and never believed: a page is what the typesetter makes of it. So it is
enough to know of a text what most texts do: lines on a grid, of which two at least stay together
at either end of a page, and headings that stay with what comes after them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from statistics import median

from msgspec import Struct

from .cutting import Leaf
from .pages import LaidPage

TOGETHER = 2  # lines of a paragraph at the foot of a page and at the head of the next (print.css)
NEAR = 0.5  # points

Place = tuple[int, int]  # the rank of a leaf, from 0, and how many characters of it come before


class _Grid(Struct, frozen=True):
    """What the lines of pages tell. Lengths are in points."""

    starts: Mapping[str, Sequence[int]]  # of every leaf, the characters before each of its lines
    gaps: Mapping[str, float]  # from the line before to the first of a leaf
    above: float  # the same for a heading that was seen at the head of a page only
    leading: float
    height: float  # from the first line of a full page to its last


def foreseen(leaves: Sequence[Leaf], pages: Iterable[LaidPage], top: Place) -> Iterator[Place]:
    """Yield the places at which pages will begin after the one that begins at `top`.

    `pages` have set the leaves, or most of them; those that were set last come last.
    """
    grid = _grid(leaves, [page for page in pages if page.lines])
    while grid and top[0] < len(leaves):
        top = _next(leaves, grid, top)
        yield top


def _grid(leaves: Sequence[Leaf], pages: Sequence[LaidPage]) -> _Grid | None:
    starts: dict[str, dict[int, None]] = {}
    gaps: dict[str, float] = {}
    steps: list[float] = []
    sizes: list[int] = []
    for page in pages:
        for line in page.lines:
            if not line.offset:
                starts[line.block] = {}  # it was set again
            starts.setdefault(line.block, {})[line.offset] = None
        for before, line in pairwise(page.lines):
            gap = before.y - line.y
            if before.block != line.block:
                gaps[line.block] = gap
            elif gap > NEAR:  # else they stand side by side
                steps.append(gap)
                sizes.append(line.offset - before.offset)
    if not steps:
        return None
    leading, size = min(steps), max(round(median(sizes)), 1)
    found: dict[str, Sequence[int]] = {leaf: sorted(own) for leaf, own in starts.items()}
    found |= {leaf.id: range(0, leaf.ink, size) for leaf in leaves if leaf.id not in starts}
    above = [gaps[leaf.id] for leaf in leaves if leaf.heading and leaf.id in gaps]
    height = max(page.lines[0].y for page in pages) - min(page.lines[-1].y for page in pages)
    return _Grid(found, gaps, median(above) if above else leading, leading, height)


def _next(leaves: Sequence[Leaf], grid: _Grid, top: Place) -> Place:
    """Return where the page ends that begins at a place."""
    room = grid.height
    rank, offset = top
    while rank < len(leaves):
        leaf = leaves[rank]
        starts = [at for at in grid.starts[leaf.id] if at >= offset]
        if rank > top[0]:
            room -= grid.gaps.get(leaf.id, grid.above if leaf.heading else grid.leading)
        fit = int((room + NEAR) / grid.leading) + 1 if room > -NEAR else 0
        if fit < len(starts):
            fit -= max(TOGETHER - (len(starts) - fit), 0)
            if fit >= TOGETHER:
                return rank, starts[fit]
            end = rank
            while end > top[0] and leaves[end - 1].heading:
                end -= 1
            return (end, 0) if end > top[0] else (rank + 1, 0)
        room -= (len(starts) - 1) * grid.leading
        rank, offset = rank + 1, 0
    return rank, 0
