"""Matter: a part of the back matter as print takes it, out of which any stretch can be cut.

What a galley is to an article, which has notes, matter is to textual notes, works and chronology,
which have none and are written out already.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

from msgspec import Struct

from .cutting import AGAIN, HEAD, RUNS_ON, Leaf, closing, leaves_of, marked, parted, pieces_of
from .document import Note
from .foresight import foreseen
from .galley import Rest, Spot, Stretch, ahead_of, ink_between
from .pages import LaidPage

_HTML = re.compile(r"<html\b[^>]*>")
_AHEAD = 4  # leaves that are not headings: as far as a page looks beyond its end


class Matter(Struct, frozen=True, dict=True):
    """A document whose leaves stand one after another, each of them a block of its own."""

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
        return pieces_of(self._parts[1])

    @cached_property
    def _leaves(self) -> tuple[Leaf, ...]:
        return leaves_of(self._pieces)

    @property
    def notes(self) -> Mapping[str, Note]:
        return {}

    @cached_property
    def homes(self) -> Mapping[str, int]:
        """The rank of each leaf."""
        return {leaf.id: rank for rank, leaf in enumerate(self._leaves, 1)}

    @property
    def end(self) -> Spot:
        return Spot(len(self._leaves) + 1)

    @cached_property
    def sizes(self) -> tuple[int, ...]:
        """The number of characters of every leaf."""
        return tuple(leaf.ink for leaf in self._leaves)

    def spot(self, leaf: str, offset: int) -> Spot:
        """Return a place as the typesetter names it. Raises KeyError where no words are known."""
        rank = self.homes[leaf]
        return Spot(rank, leaf, offset) if offset else Spot(rank)

    def leaf(self, spot: Spot) -> str:
        """Return the leaf of a place; nothing before and after all of them."""
        return self._leaves[spot.rank - 1].id if 0 < spot.rank <= len(self._leaves) else ""

    def foreseen(self, top: Spot, pages: Iterable[LaidPage]) -> Iterator[Spot]:
        """Yield the places at which pages will begin, most likely, after one that begins there.

        `pages` have set most of this matter.
        """
        for rank, offset in foreseen(self._leaves, pages, (max(top.rank, 1) - 1, top.offset)):
            last = rank == len(self._leaves)
            yield self.end if last else self.spot(self._leaves[rank].id, offset)

    def order(self, spot: Spot) -> tuple[int, int, int]:
        """Return a key by which places stand in the order of the text."""
        return spot.rank, 0, spot.offset

    def is_row(self, leaf: str) -> bool:
        return False

    def in_table(self, spot: Spot) -> bool:
        return False

    def called_in(self, leaf: str) -> Iterator[str]:
        yield from ()

    def after_call(self, leaf: str, note: str) -> Spot:
        raise KeyError(note)

    def before_headings(self, spot: Spot) -> Spot:
        return spot

    def ahead(self, start: Spot, ink: int) -> Spot:
        """Return the end of the leaf with which so many characters have come since a place."""
        return ahead_of(self.sizes, start, ink)

    def ink(self, start: Spot, stop: Spot) -> int:
        """Return about how many characters stand between two places."""
        return ink_between(self.sizes, start, stop)

    def needs(self, spot: Spot) -> Spot:
        """Return how far must be known to tell that a page ends at a place."""
        bodies = 0
        for rank in range(max(spot.rank, 1), len(self._leaves) + 1):
            bodies += not self._leaves[rank - 1].heading
            if bodies == _AHEAD:
                return Spot(rank + 1)
        return self.end

    def digest(self, start: Spot, rest: Rest, stop: Spot) -> str:
        """Return a hash of all that a page made from one place to another depends on."""
        place = bool(start.rank), start.offset, stop == self.end
        words = repr(place) + self.html(Stretch(start, stop, rest))
        return hashlib.sha256(words.encode()).hexdigest()

    def html(self, stretch: Stretch) -> str:
        """Return a stretch as HTML; it stops where a leaf begins, or at the end."""
        first, last = self._parts[0], self._parts[2]
        if stretch.verso:
            first = _HTML.sub(lambda tag: marked(tag[0], "verso"), first, count=1)
        opening, at, open_ = self._from(stretch.start)
        stop = self._pieces_before(stretch.stop)
        for n in range(at, stop):
            piece = self._pieces[n]
            if n % 2 == 0 or piece.startswith("<!"):
                continue
            if piece.startswith("</"):
                open_.pop()
            elif not piece.endswith("/>") and not piece.startswith("<br"):
                open_.append(piece)
        return "".join((first, opening, *self._pieces[at:stop], closing(open_), last))

    def _from(self, start: Spot) -> tuple[str, int, list[str]]:
        """Return what a stretch opens with, the piece that comes after, and what is open then."""
        if not start.rank:
            return "", 0, []
        if start == self.end:
            return "", len(self._pieces), []
        leaf = self._leaves[start.rank - 1]
        around = [marked(self._pieces[n], AGAIN) for n in leaf.around]
        if not start.offset:
            own = marked(self._pieces[leaf.start], HEAD)
            return "".join((*around, own)), leaf.start + 1, [*around, own]
        own = marked(self._pieces[leaf.start], HEAD, RUNS_ON)
        rest = parted(self._pieces, leaf, start.offset)[1]
        return "".join((*around, own, rest)), leaf.end - 1, [*around, own]

    def _pieces_before(self, stop: Spot) -> int:
        """Return the piece at which a stretch stops: before what opens around its first leaf."""
        if (
            stop.rank >= self.end.rank
        ):  # a page that is kept may have looked further than there is now
            return len(self._pieces)
        at = self._leaves[stop.rank - 1].start
        around = set(self._leaves[stop.rank - 1].around)
        while at - 2 in around and not self._pieces[at - 1].strip():
            at -= 2
        return at
