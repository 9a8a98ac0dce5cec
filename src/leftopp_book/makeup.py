"""Make-up: a galley made into pages, each from the place where the one before it ended.

The typesetter fills lines and pages one after another and never looks back, so a page is a pure
function of the place at which it begins and of the text from there to a little past its end. Every
top of a page is therefore a place from which the rest can be made up again: pages whose text has
not changed are kept, and where a page came out wrong it alone is made anew, with a note carried
over to the next page, with the page ended earlier, or with other signs for the editor's notes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cache, partial
from itertools import pairwise

from msgspec import Struct
from msgspec.structs import replace

from .document import sign
from .faults import Flaw
from .galley import FIRST_SIGN, NO_REST, NOWHERE, START, Galley, Rest, Spot, Stretch
from .pages import LaidPage
from .pdf import Forme, Styles, compose
from .workers import aside

WHOLE = 60_000  # characters that are laid out at once; a page has some 1,800
FEW = 6_000  # as many after a page that had to be made anew
NEXT = 400  # beyond what a page needs, to see what comes to stand on the next one
MANY = 3  # pages that are worth a process of their own
LONG = 4  # lines of a note that may be parted between two pages
LEAST = 2  # lines of it on either page
BODY = 5  # lines of text that a page has at least beside a note carried over to it


class Top(Struct, frozen=True):
    """What a page begins with: a place, the rest of a note, and the side of the leaf."""

    spot: Spot = START
    rest: Rest = NO_REST
    verso: bool = False


FIRST = Top()  # of the first page


class Made(Struct, frozen=True):
    """A page as made up: how it begins, what comes after it, and a hash of what it depends on."""

    top: Top
    pages: tuple[LaidPage, ...]  # one, unless they cannot be told apart
    then: Top
    known: Spot  # how far the text was looked at
    digest: str
    leaf: str = ""  # with which it begins

    def moved(self, ranks: int) -> Made:
        """Return the page where so many blocks more stand before it."""
        if not ranks:
            return self
        top, then = (replace(x, spot=x.spot.moved(ranks)) for x in (self.top, self.then))
        return replace(self, top=top, then=then, known=self.known.moved(ranks))


class _Run(Struct, frozen=True):
    """Pages laid out in one go, with the places at which they begin, and at which the last ends."""

    pages: tuple[LaidPage, ...]
    tops: tuple[Spot, ...]

    def group(self, n: int, rest: Rest) -> int:
        """Return how many pages from one on hold all notes that they call, and end at a place."""
        for count in range(1, len(self.pages) - n + 1):
            pages = self.pages[n : n + count]
            if _is_place(self.tops[n + count]) and not _late(pages, rest):
                return count
        return len(self.pages) - n


def make_up(
    galley: Galley, styles: Styles, kept: Iterable[Made] = (), alone: bool = False
) -> tuple[Made, ...]:
    """Return the pages of a galley; those of `kept` that still hold are taken over.

    Where nothing else is being set, `alone`, another process draws pages while this one goes on.
    Raises TypesetterError and LayoutError.
    """
    return _MakeUp(galley, styles, kept, alone).made_up()


def still_good(galley: Galley, kept: Iterable[Made]) -> tuple[Made, ...]:
    """Return the kept pages if they are all that is needed, else nothing."""
    shelf = _Shelf(galley, kept)
    made: list[Made] = []
    top = FIRST
    while not _done(top, galley):
        page = shelf.take(top)
        if page is None:
            return ()
        made.append(page)
        top = page.then
    return tuple(made)


def _done(top: Top, galley: Galley) -> bool:
    return top.spot == galley.end and not top.rest.note


class _Shelf:
    """Pages made earlier, by their tops; it does not matter how many blocks stand before them."""

    def __init__(self, galley: Galley, kept: Iterable[Made]) -> None:
        self.galley = galley
        self.by_top: dict[tuple[object, ...], Made] = {}
        self.put(kept)

    def put(self, kept: Iterable[Made]) -> None:
        self.by_top |= {_key(made.leaf, made.top): made for made in kept}

    def at(self, top: Top) -> Made | None:
        """Return the page that had this top, whatever stands on it now."""
        made = self.by_top.get(_key(self.galley.leaf(top.spot), top))
        return made.moved(top.spot.rank - made.top.spot.rank) if made else None

    def take(self, top: Top) -> Made | None:
        """Return the page with this top if it still holds."""
        made = self.at(top)
        if made and made.digest == self.galley.digest(top.spot, top.rest, made.known):
            return made
        return None


def _key(leaf: str, top: Top) -> tuple[object, ...]:
    return leaf, top.spot.leaf, top.spot.offset, top.rest, top.verso


class _MakeUp:
    def __init__(self, galley: Galley, styles: Styles, kept: Iterable[Made], alone: bool) -> None:
        self.galley, self.styles, self.alone = galley, styles, alone
        self.kept = tuple(kept)
        self.shelf = _Shelf(galley, self.kept)
        self.formes: dict[int, Forme] = {}  # of pages that are not drawn yet, by their identity
        self.aside: Callable[[], object] = lambda: None  # waits for what another process draws

    def made_up(self) -> tuple[Made, ...]:
        galley, made = self.galley, list[Callable[[], Sequence[Made]]]()
        top, amount = FIRST, FEW if self.shelf.by_top else WHOLE
        while not _done(top, galley):
            page = self.shelf.take(top)
            if page:
                made.append(partial(list[Made], [page]))
                top = page.then
                continue
            new = self._pages_as_before(top) or self._pages(top, galley.ahead(top.spot, amount))
            if not new:
                amount *= 2
                continue
            made.append(self._drawing(new))
            # twice what was good: where every page is made anew, little is laid out in vain
            amount = min(max(2 * galley.ink(top.spot, new[-1].then.spot), FEW), WHOLE)
            top = new[-1].then
        return tuple(page for drawn in made for page in drawn())

    def _drawing(self, new: Sequence[Made]) -> Callable[[], Sequence[Made]]:
        """Have pages drawn that are sure; return a function that waits for it."""
        formes = {id(page): self.formes[id(page)] for made in new for page in made.pages}

        def drawn(some: Sequence[Made]) -> list[Made]:
            return [
                replace(made, pages=tuple(formes[id(page)].drawn() for page in made.pages))
                for made in some
            ]

        if not self.alone or len(new) < MANY:
            return partial(list[Made], drawn(new))
        then = new[-1].then  # where nothing more need be laid out, this process draws half
        half = len(new) // 2 if _done(then, self.galley) or self.shelf.take(then) else len(new)
        self.aside()  # one process is enough
        self.aside = first = cache(aside(lambda: drawn(new[:half])))
        second = drawn(new[half:])
        return lambda: [*first(), *second]

    def _pages_as_before(self, top: Top) -> list[Made]:
        """Look a little further than for the page that began here before, if there was one."""
        kept = self.shelf.at(top)
        if kept is None:
            return []
        return self._pages(top, Spot(min(kept.known.rank + 1, self.galley.end.rank)))

    def _pages(self, top: Top, stop: Spot) -> list[Made]:
        """Lay out up to a place and return the pages that are sure, undrawn, up to one made anew.

        None are sure where what is laid out does not fill a page.
        """
        self.formes.clear()
        run = self._run(Stretch(top.spot, stop, top.rest, top.verso))
        made: list[Made] = []
        n = 0
        while n < len(run.pages):
            natural = run.tops[n + 1]
            if not self._sure(natural, stop):
                break
            count = 1
            pages, then, needs = self._settled(top, run.pages[n:], natural)
            if _late(pages, top.rest) or not _is_place(then.spot):  # nothing helps: all together
                count = run.group(n, top.rest)
                natural = run.tops[n + count]
                if not self._sure(natural, stop):
                    break
                pages, needs = run.pages[n : n + count], self._needs(natural)
                then = Top(natural, verso=top.verso ^ (count % 2 == 1))
            digest, leaf = self._digest(top, needs), self.galley.leaf(top.spot)
            made.append(Made(top, tuple(pages), then, needs, digest, leaf))
            n += count
            if then != Top(natural, verso=top.verso ^ (count % 2 == 1)):
                break
            top = then
            if self.galley.in_table(natural) or self.shelf.take(top):
                break
        return made

    def _sure(self, natural: Spot, stop: Spot) -> bool:
        """Tell whether enough was laid out to know that a page ends at a place."""
        end = self.galley.end
        if natural == end or stop == end:
            return True
        return natural != stop and self.galley.needs(natural).rank <= stop.rank

    def _needs(self, spot: Spot) -> Spot:
        return spot if spot == self.galley.end else self.galley.needs(spot)

    def _digest(self, top: Top, known: Spot) -> str:
        return self.galley.digest(top.spot, top.rest, known)

    def _run(self, stretch: Stretch) -> _Run:
        """Lay out a stretch."""
        before = {stretch.start.leaf: stretch.start.offset, stretch.rest.note: stretch.rest.offset}
        formes = compose(self.galley.html(stretch), self.styles, before)
        pages = [forme.page for forme in formes]
        self.formes.update(zip(map(id, pages), formes, strict=True))
        tops = [stretch.stop]
        for page in reversed(pages[1:]):
            # a page with nothing but notes, which came too late, begins where the next one does
            tops.append(self._place(page) if page.lines else tops[-1])
        return _Run(tuple(pages), (stretch.start, *reversed(tops)))

    def _place(self, page: LaidPage) -> Spot:
        """Return the place at which a page begins; nowhere, where a text cannot be cut."""
        leaf, offset = page.top
        if leaf not in self.galley.homes or (offset and self.galley.is_row(leaf)):
            return Spot(self.galley.homes.get(leaf, 0), leaf, NOWHERE)
        return self.galley.spot(leaf, offset)

    # --- A page that came out wrong -----------------------------------------------------------

    def _settled(
        self, top: Top, pages: tuple[LaidPage, ...], natural: Spot
    ) -> tuple[tuple[LaidPage, ...], Top, Spot]:
        """Return a page as it is printed, what comes after it, and how far had to be looked.

        `pages` are the page as it is, and those that follow.
        """
        signs: tuple[tuple[str, str], ...] = ()
        needs = self._needs(natural)
        stop = needs if needs == self.galley.end else self.galley.ahead(needs, NEXT)
        for _ in range(3):
            wanted = _signs(self.galley, pages[0])
            if wanted == signs:
                break
            again = self._again(top, natural, wanted, pages[0])
            if again:
                signs, pages = wanted, (again, *pages[1:])
                continue
            run = self._run(Stretch(top.spot, stop, top.rest, top.verso, wanted))
            if not _is_place(run.tops[1]):
                break
            signs, pages, natural = wanted, run.pages, run.tops[1]
            needs = _further(needs, self._needs(natural))
        base = Stretch(top.spot, stop, top.rest, top.verso, signs)
        found = self._better(base, pages, natural)
        best, then = found or (pages[0], Top(natural, verso=not top.verso))
        return (best,), then, _further(needs, self._needs(then.spot))

    def _again(
        self, top: Top, natural: Spot, signs: tuple[tuple[str, str], ...], page: LaidPage
    ) -> LaidPage | None:
        """Return a page with other signs for its notes, if it has the same lines for all that."""
        if not _is_place(natural):
            return None
        run = self._run(Stretch(top.spot, natural, top.rest, top.verso, signs))
        same = len(run.pages) == 1 and _breaks(run.pages[0]) == _breaks(page)
        return run.pages[0] if same else None

    def _better(
        self, base: Stretch, pages: Sequence[LaidPage], natural: Spot
    ) -> tuple[LaidPage, Top] | None:
        """Return a page that came out wrong made anew, and what comes after it."""
        last = natural == self.galley.end
        if base.rest.note and not _carried(pages[0], base.rest.note, last=last):
            found = self._part_again(base, pages)
            if found:
                return found
        note, must = _trouble(pages[0], pages[1:])
        if not _is_place(natural):  # a row of a table was parted for the sake of a note
            note = note or max(
                self.galley.called_in(natural.leaf), key=lambda x: len(_cuts(x, pages)), default=""
            )
            must = True
        if not note:
            return None
        found = self._part(base, note, pages)
        if found is None and must:
            found = (
                self._end_before(base, note, pages)
                or self._part(base, note, pages, least=1)
                or self._end_within(base, note, pages)
            )
            if found is None and base.rest.note:
                found = self._rest_alone(base, pages)
            found = found or self._part(base, note, pages, least=1, anyhow=True)
        return found

    def _part(
        self,
        base: Stretch,
        note: str,
        pages: Sequence[LaidPage],
        *,
        least: int = LEAST,
        anyhow: bool = False,
    ) -> tuple[LaidPage, Top] | None:
        """Print as many lines of a note as fit, under the line that calls it.

        Where other notes come after it in the line, it is not parted, unless `anyhow`.
        """
        cuts = _cuts(note, pages)
        call = self._line_of(note, pages)
        if call is None or len(cuts) < 2 * least or (call.others_follow and not anyhow):
            return None
        if least == LEAST and (len(cuts) < LONG or call.stop == self.galley.end):
            return None  # the next page would hold the rest alone
        return self._part_at(replace(base, stop=call.stop), note, cuts, least)

    def _part_at(
        self, base: Stretch, note: str, cuts: Sequence[int], least: int
    ) -> tuple[LaidPage, Top] | None:
        """Print as many lines of a note as fit under a stretch."""

        def page_with(lines: int) -> LaidPage | None:
            return self._only(replace(base, limit=Rest(note, cuts[lines])), lenient=least == 1)

        lines, page = _most(page_with, least, len(cuts) - least)
        if page is None:
            return None
        return page, Top(base.stop, Rest(note, cuts[lines]), not base.verso)

    def _only(self, stretch: Stretch, *, lenient: bool = False) -> LaidPage | None:
        """Return the page that a stretch makes, if it makes one, and nothing is wrong with it.

        A heading at its foot is, unless `lenient`.
        """
        run = self._run(stretch)
        page = run.pages[0]
        lone = any(fault.flaw is Flaw.LONE_HEADING for fault in page.faults)
        if len(run.pages) > 1 or page.room <= -1 or _late([page], stretch.rest):
            return None
        return None if lone and not lenient else page

    def _part_again(self, base: Stretch, pages: Sequence[LaidPage]) -> tuple[LaidPage, Top] | None:
        """Print as much of a note that is carried over as leaves room for some lines of text.

        A note that goes on is the last on its page, so the text ends before the next call.
        """
        cuts = _cuts(base.rest.note, pages)
        for least in (BODY, 1):
            best = self._with_rest(base, cuts, least)
            if best and best[0].calls:
                call = self._line_of(best[0].calls[0][0], [best[0]])
                best = None
                if call and self.galley.order(call.start) > self.galley.order(base.start):
                    best = self._with_rest(replace(base, stop=call.start), cuts, 1, alone=True)
            if best:
                made, stop, printed = best
                return made, Top(stop, Rest(base.rest.note, printed), not base.verso)
            if _carried(pages[0], base.rest.note, last=True):
                return None  # it is there, with few lines
        return self._rest_alone(base, pages)

    def _rest_alone(self, base: Stretch, pages: Sequence[LaidPage]) -> tuple[LaidPage, Top] | None:
        """Print as much of a note that is carried over as a page holds, and no text."""
        cuts = _cuts(base.rest.note, pages)
        alone = replace(base, stop=base.start)
        whole = self._only(alone)
        if whole:
            return whole, Top(base.start, verso=not base.verso)
        return self._part_at(alone, base.rest.note, cuts, 1)

    def _with_rest(
        self, base: Stretch, cuts: Sequence[int], least: int, *, alone: bool = False
    ) -> tuple[LaidPage, Spot, int] | None:
        """Return a page with as much of a note as fits, where it ends, how much is printed.

        It has so many lines of text at least. `alone` asks for a page that holds all of the
        stretch.
        """
        tops: dict[int, Spot] = {}

        def page_with(lines: int) -> LaidPage | None:
            run = self._run(replace(base, limit=Rest(base.rest.note, cuts[lines])))
            page, tops[lines] = run.pages[0], run.tops[1]
            if (alone and len(run.pages) > 1) or not _is_place(tops[lines]) or page.astray:
                return None
            last = len(run.pages) == 1
            return page if _carried(page, base.rest.note, last=last, least=least) else None

        lines, best = _most(page_with, 1, len(cuts) - 1)
        return (best, tops[lines], cuts[lines]) if best else None

    def _end_before(
        self, base: Stretch, note: str, pages: Sequence[LaidPage]
    ) -> tuple[LaidPage, Top] | None:
        """End the page before the line that calls a note, or the paragraph, for orphans' sake."""
        call = self._line_of(note, pages)
        if call is None:
            return None
        stops = (call.start, call.paragraph, self.galley.before_headings(call.paragraph))
        for lenient in (False, True):
            for stop in dict.fromkeys(stops):
                if self.galley.order(stop) > self.galley.order(base.start):
                    page = self._only(replace(base, stop=stop), lenient=lenient)
                    if page:
                        return page, Top(stop, verso=not base.verso)
        return None

    def _end_within(
        self, base: Stretch, note: str, pages: Sequence[LaidPage]
    ) -> tuple[LaidPage, Top] | None:
        """End the page within the line that calls a note, before other calls of that line."""
        call = self._line_of(note, pages)
        if call is None or not call.others:
            return None
        for before, after in reversed(tuple(pairwise(call.others))):
            stop = self.galley.after_call(call.leaf, before)
            if stop.offset == self.galley.after_call(call.leaf, after).offset:
                continue  # nothing but a comma between them
            short = replace(base, stop=stop, ragged=True)
            page = self._only(short, lenient=True)
            if page:
                return page, Top(stop, verso=not base.verso)
            found = self._part_at(short, before, _cuts(before, pages), 1)
            if found:
                return found
        return None

    def _line_of(self, note: str, pages: Sequence[LaidPage]) -> _Line | None:
        """Return the line that calls a note."""
        for n, page in enumerate(pages):
            for called, number in page.calls:
                if called != note:
                    continue
                lines = [line for p in pages[n : n + 2] for line in p.lines]
                here = next((i for i, x in enumerate(lines) if x.line == number), None)
                if here is None or lines[here].block not in self.galley.homes:
                    return None
                first, row = lines[here], self.galley.is_row(lines[here].block)
                # the lines of a row stand side by side: it is as one line
                later = (x for x in lines[here + 1 :] if not row or x.block != first.block)
                second = next(later, None)
                ends = max(
                    x.line for x in page.lines if x is first or (row and x.block == first.block)
                )
                paragraph = self.galley.spot(first.block, 0)
                within = [x for x in page.lines if x.block == first.block and x.line < number]
                alone = len(within) == 1 or row  # one line of a paragraph is not left behind
                others = [id for id, line in page.calls if number <= line <= ends]
                return _Line(
                    paragraph if alone else self.galley.spot(first.block, first.offset),
                    self.galley.spot(second.block, second.offset) if second else self.galley.end,
                    paragraph,
                    others[-1] != note,
                    first.block,
                    () if row else tuple(others),
                )
        return None


class _Line(Struct, frozen=True):
    start: Spot
    stop: Spot  # where the next line begins
    paragraph: Spot
    others_follow: bool  # other calls stand after it in the line
    leaf: str
    others: tuple[str, ...]  # all calls of the line, where it can be parted between them


def _further(a: Spot, b: Spot) -> Spot:
    return max(a, b, key=lambda spot: spot.rank)


def _most(
    page_with: Callable[[int], LaidPage | None], low: int, high: int
) -> tuple[int, LaidPage | None]:
    """Return the largest number of lines with which a page can be made, and that page."""
    best: tuple[int, LaidPage | None] = (0, None)
    while low <= high:
        middle = (low + high + 1) // 2
        page = page_with(middle)
        if page:
            best, low = (middle, page), middle + 1
        else:
            high = middle - 1
    return best


def _breaks(page: LaidPage) -> tuple[object, ...]:
    """Return the places at which the lines of a page begin, and those of its notes."""
    lines = tuple((line.block, line.offset) for line in page.lines)
    return lines, tuple((line.note, line.offset) for line in page.notes), page.calls


def _signs(galley: Galley, page: LaidPage) -> tuple[tuple[str, str], ...]:
    """Return the signs of the editor's notes on a page that are not the first (Hart 17.2.3)."""
    editors = [note for note, _ in page.calls if galley.notes[note].mark == FIRST_SIGN]
    return tuple((note, sign(n)) for n, note in enumerate(editors, 1) if n > 1)


def signs_of(galley: Galley, pages: Sequence[LaidPage]) -> dict[str, str]:
    """Return the signs of all editor's notes: they begin anew on every page."""
    signs = {note: FIRST_SIGN for page in pages for note, _ in page.calls}
    numbered = {id for id, note in galley.notes.items() if note.mark != FIRST_SIGN}
    later = {note: mark for page in pages for note, mark in _signs(galley, page)}
    return {note: mark for note, mark in {**signs, **later}.items() if note not in numbered}


def _is_place(spot: Spot) -> bool:
    return spot.offset != NOWHERE


def _cuts(note: str, pages: Iterable[LaidPage]) -> list[int]:
    """Return the places at which the lines of a note begin."""
    return [x.offset for page in pages for x in page.notes if x.note == note]


def _late(pages: Sequence[LaidPage], rest: Rest) -> bool:
    """Tell whether a note that is called on pages, or goes on there, is not printed on them."""
    here = {line.note for page in pages for line in page.notes}
    called = [rest.note] if rest.note else []
    return any(note not in here for note in (*called, *(n for p in pages for n, _ in p.calls)))


def _carried(page: LaidPage, note: str, *, last: bool, least: int = BODY) -> bool:
    """Tell whether a page has the rest of a note, whole, and lines of text beside it."""
    printed = any(x.note == note for x in page.notes) and page.room > -1
    return printed and (last or len(page.lines) >= least)


def _trouble(page: LaidPage, following: Sequence[LaidPage]) -> tuple[str, bool]:
    """Return a note for whose sake the page is to be made anew, and whether it must be.

    It must where the note is not on the page of its call, or runs out of the page; it should where
    the page ends early because a long note did not fit.
    """
    if page.astray:
        return page.astray[0], True
    if page.room <= -1:
        longest = max(page.calls, key=lambda call: _length(call[0], [page]), default=("", 0))
        return longest[0], True
    if following and page.room >= _line_height(page) * (LEAST + 1):
        next_lines = [(p, line.line) for p in following[:2] for line in p.lines][:3]
        for other, line in next_lines:
            for note, called in other.calls:
                if called == line and _length(note, following[:3]) >= LONG:
                    return note, False
    return "", False


def _length(note: str, pages: Iterable[LaidPage]) -> int:
    return sum(x.note == note for page in pages for x in page.notes)


def _line_height(page: LaidPage) -> float:
    gaps = sorted(a.y - b.y for a, b in zip(page.lines, page.lines[1:], strict=False))
    return gaps[len(gaps) // 2] if gaps else 1.0
