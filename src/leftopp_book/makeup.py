"""Make-up: a galley made into pages, each from the place where the one before it ended.

The typesetter fills lines and pages one after another and never looks back, so a page is a pure
function of the place at which it begins and of the text from there to a little past its end. Every
top of a page is therefore a place from which the rest can be made up again: pages whose text has
not changed are kept, and where a page came out wrong it alone is made anew, with a note carried
over to the next page, with the page ended earlier, or with other signs for the editor's notes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from .galley import FIRST_SIGN, NO_REST, START, Galley, Rest, Spot, Stretch
from .notes import sign
from .pages import LaidPage
from .pdf import Styles, lay_out

WHOLE = 60_000  # characters that are laid out at once; a page has some 1,800
FEW = 6_000  # as many after a page that had to be made anew
NEXT = 400  # beyond what a page needs, to see what comes to stand on the next one
LONG = 4  # lines of a note that may be parted between two pages
LEAST = 2  # lines of it on either page
BODY = 5  # lines of text that a page has at least beside a note carried over to it


@dataclass(frozen=True)
class Top:
    """What a page begins with: a place, the rest of a note, and the side of the leaf."""

    spot: Spot = START
    rest: Rest = NO_REST
    verso: bool = False


@dataclass(frozen=True)
class Made:
    """A page as made up: how it begins, what comes after it, and a hash of what it depends on."""

    top: Top
    pages: tuple[LaidPage, ...]  # one, unless they cannot be told apart
    then: Top
    known: Spot  # how far the text was looked at
    digest: str


@dataclass(frozen=True)
class _Run:
    """Pages laid out in one go, with the places at which they begin."""

    pages: tuple[LaidPage, ...]
    tops: tuple[Spot, ...]


def make_up(galley: Galley, styles: Styles, kept: Iterable[Made] = ()) -> tuple[Made, ...]:
    """Return the pages of a galley; those of `kept` that still hold are taken over.

    Raises TypesetterError and LayoutError.
    """
    return _MakeUp(galley, styles, kept).made_up()


def still_good(galley: Galley, kept: Iterable[Made]) -> tuple[Made, ...]:
    """Return the kept pages if they are all that is needed, else nothing."""
    shelf = _Shelf(galley, kept)
    made: list[Made] = []
    top = Top()
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
    """Pages made earlier, by their tops."""

    def __init__(self, galley: Galley, kept: Iterable[Made]) -> None:
        self.galley = galley
        self.by_top: dict[Top, Made] = {made.top: made for made in kept}

    def take(self, top: Top) -> Made | None:
        made = self.by_top.get(top)
        if made and made.digest == self.galley.digest(top.spot, top.rest, made.known):
            return made
        return None


class _MakeUp:
    def __init__(self, galley: Galley, styles: Styles, kept: Iterable[Made]) -> None:
        self.galley, self.styles = galley, styles
        self.shelf = _Shelf(galley, kept)

    def made_up(self) -> tuple[Made, ...]:
        galley, made = self.galley, list[Made]()
        top, amount = Top(), FEW if self.shelf.by_top else WHOLE
        while not _done(top, galley):
            page = self.shelf.take(top)
            if page:
                made.append(page)
                top = page.then
                continue
            new = self._pages(top, amount)
            if not new:
                amount *= 2
                continue
            made += new
            amount = min(2 * amount, WHOLE) if len(new) > 1 else FEW
            top = made[-1].then
        return tuple(made)

    def _pages(self, top: Top, amount: int) -> list[Made]:
        """Lay out so many characters and return the pages that are sure, up to one made anew.

        None are sure where the characters do not fill a page.
        """
        galley = self.galley
        stop = galley.ahead(top.spot, amount)
        run = self._run(Stretch(top.spot, stop, top.rest, top.verso))
        if run is None:  # tops that are no places in the text: all pages together
            run = self._run(Stretch(top.spot, galley.end, top.rest, top.verso), blindly=True)
            assert run
            return [self._made(top, run.pages, Top(galley.end), galley.end)]
        made: list[Made] = []
        for n, page in enumerate(run.pages):
            natural = run.tops[n + 1] if n + 1 < len(run.tops) else stop
            needs = galley.needs(natural) if natural != galley.end else galley.end
            if natural == stop != galley.end or needs.rank > stop.rank:
                break
            best, then, needs = self._settled(top, page, run.pages[n + 1 :], natural, needs)
            assert galley.order(then.spot) > galley.order(top.spot) or top.rest != then.rest
            made.append(self._made(top, (best,), then, needs))
            if then != Top(natural, verso=not top.verso):
                break
            top = then
            if self.shelf.take(top):
                break
        return made

    def _made(self, top: Top, pages: tuple[LaidPage, ...], then: Top, known: Spot) -> Made:
        return Made(top, pages, then, known, self.galley.digest(top.spot, top.rest, known))

    def _run(self, stretch: Stretch, *, blindly: bool = False) -> _Run | None:
        """Lay out a stretch; nothing comes back where a page begins at no place of the text."""
        before = {stretch.start.leaf: stretch.start.offset, stretch.rest.note: stretch.rest.offset}
        pages = lay_out(self.galley.html(stretch), self.styles, before)
        pages = pages[1:] if stretch.verso else pages
        if blindly:
            return _Run(tuple(pages), ())
        tops = [stretch.stop]
        for page in reversed(pages[1:]):
            if page.lines and page.top[0] not in self.galley.homes:
                return None
            # a page with nothing but notes, which came too late, begins where the next one does
            tops.append(self.galley.spot(*page.top) if page.lines else tops[-1])
        return _Run(tuple(pages), (stretch.start, *reversed(tops[1:])))

    # --- A page that came out wrong -----------------------------------------------------------

    def _settled(
        self, top: Top, page: LaidPage, following: Sequence[LaidPage], natural: Spot, needs: Spot
    ) -> tuple[LaidPage, Top, Spot]:
        """Return a page as it is printed, what comes after it, and how far had to be looked."""
        signs: tuple[tuple[str, str], ...] = ()
        stop = needs if needs == self.galley.end else self.galley.ahead(needs, NEXT)
        for _ in range(3):
            wanted = _signs(self.galley, page)
            if wanted == signs:
                break
            signs = wanted
            run = self._run(Stretch(top.spot, stop, top.rest, top.verso, signs))
            if run is None:
                break
            page, following = run.pages[0], run.pages[1:]
            natural = run.tops[1] if len(run.tops) > 1 else stop
            needs = _further(needs, self.galley.needs(natural))
        then = Top(natural, verso=not top.verso)
        base = Stretch(top.spot, stop, top.rest, top.verso, signs)
        if top.rest.note and not _carried(page, top.rest.note, last=natural == self.galley.end):
            return self._part_again(base, then, page, needs)
        note, must = _trouble(page, following)
        if note:
            pages = (page, *following)
            found = self._part(base, note, pages)
            if found is None and must:
                found = self._end_before(base, note, pages)
                found = found or self._part(base, note, pages, least=1)
            if found:
                best, then = found
                return best, then, _further(needs, self.galley.needs(then.spot))
        return page, then, needs

    def _part(
        self, base: Stretch, note: str, pages: Sequence[LaidPage], *, least: int = LEAST
    ) -> tuple[LaidPage, Top] | None:
        """Print as many lines of a note as fit, under the line that calls it."""
        cuts = [x.offset for page in pages for x in page.notes if x.note == note]
        call = self._line_of(note, pages)
        if call is None or len(cuts) < LONG or call.others_follow:
            return None
        stop = call.stop
        if stop == self.galley.end and least == LEAST:  # the next page would hold the rest alone
            return None

        def page_with(lines: int) -> LaidPage | None:
            limit = Rest(note, cuts[lines])
            run = self._run(replace(base, stop=stop, limit=limit))
            return run.pages[0] if run and len(run.pages) == 1 and _sound(run.pages[0]) else None

        lines, page = _most(page_with, least, len(cuts) - least)
        if page is None:
            return None
        return page, Top(stop, Rest(note, cuts[lines]), not base.verso)

    def _part_again(
        self, base: Stretch, then: Top, page: LaidPage, needs: Spot
    ) -> tuple[LaidPage, Top, Spot]:
        """Print as much of a note that is carried over as leaves room for some lines of text.

        A note that goes on is the last on its page, so the text ends before the next call.
        """
        cuts = [x.offset for x in page.notes if x.note == base.rest.note]
        best = self._with_rest(base, cuts)
        if best and best[0].calls:
            call = self._line_of(best[0].calls[0][0], [best[0]])
            if call and self.galley.order(call.start) > self.galley.order(base.start):
                best = self._with_rest(replace(base, stop=call.start), cuts, alone=True) or best
        if best is None:
            return page, then, needs
        made, stop, printed = best
        rest = Rest(base.rest.note, printed)
        return made, Top(stop, rest, then.verso), _further(needs, self.galley.needs(stop))

    def _with_rest(
        self, base: Stretch, cuts: Sequence[int], *, alone: bool = False
    ) -> tuple[LaidPage, Spot, int] | None:
        """Return a page with as much of a note as fits, where it ends, how much is printed.

        `alone` asks for a page that holds all of the stretch.
        """
        tops: dict[int, Spot] = {}

        def page_with(lines: int) -> LaidPage | None:
            run = self._run(replace(base, limit=Rest(base.rest.note, cuts[lines])))
            if not run or (alone and len(run.pages) > 1):
                return None
            page, last = run.pages[0], len(run.tops) == 1
            if not _carried(page, base.rest.note, last=last) or page.astray:
                return None
            tops[lines] = base.stop if last else run.tops[1]
            return page

        lines, best = _most(page_with, 1, len(cuts) - 1)
        return (best, tops[lines], cuts[lines]) if best else None

    def _end_before(
        self, base: Stretch, note: str, pages: Sequence[LaidPage]
    ) -> tuple[LaidPage, Top] | None:
        """End the page before the line that calls a note, or the paragraph, for orphans' sake."""
        call = self._line_of(note, pages)
        if call is None:
            return None
        for stop in (call.start, call.paragraph):
            if self.galley.order(stop) <= self.galley.order(base.start):
                continue
            run = self._run(replace(base, stop=stop))
            if run and len(run.pages) == 1 and _sound(run.pages[0]):
                return run.pages[0], Top(stop, verso=not base.verso)
        return None

    def _line_of(self, note: str, pages: Sequence[LaidPage]) -> _Line | None:
        """Return the line that calls a note."""
        for n, page in enumerate(pages):
            for place, (called, number) in enumerate(page.calls):
                if called != note:
                    continue
                lines = [line for p in pages[n : n + 2] for line in p.lines]
                here = next((i for i, x in enumerate(lines) if x.line == number), None)
                if here is None or lines[here].block not in self.galley.homes:
                    return None
                first, second = lines[here], next(iter(lines[here + 1 :]), None)
                paragraph = self.galley.spot(first.block, 0)
                within = [x for x in page.lines if x.block == first.block and x.line < number]
                alone = len(within) == 1  # one line of a paragraph is not left behind
                others = any(line == number for _, line in page.calls[place + 1 :])
                return _Line(
                    paragraph if alone else self.galley.spot(first.block, first.offset),
                    self.galley.spot(second.block, second.offset) if second else self.galley.end,
                    paragraph,
                    others,
                )
        return None


@dataclass(frozen=True)
class _Line:
    start: Spot
    stop: Spot  # where the next line begins
    paragraph: Spot
    others_follow: bool  # other calls stand after it in the line


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


def _sound(page: LaidPage) -> bool:
    return not page.astray and page.room > -1


def _carried(page: LaidPage, note: str, *, last: bool) -> bool:
    """Tell whether a page has the rest of a note, whole, and lines of text beside it."""
    printed = any(x.note == note for x in page.notes) and page.room > -1
    return printed and (last or len(page.lines) >= BODY)


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
