"""The composing room: parts of the book set side by side, and what still stands taken over."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from functools import cache, partial
from pathlib import Path
from typing import Any

from msgspec import Struct

from . import pdf
from .columns import Row, paged
from .fingerprint import fingerprint
from .galley import Galley
from .html import keep_compiled
from .kept import Kept
from .makeup import FIRST, Made, make_up, still_good
from .matter import Matter, filled
from .pagefile import Piece
from .pages import Frame, Laid, LaidPage, as_part
from .pasteup import paste
from .pdf import LayoutError, Styles, lay_out
from .progress import Progress
from .rowsetter import set_rows
from .slips import HIDDEN, NotLinesError, Slip, TooLongError
from .workers import Workers


def prepare(build: Path, css: str, scale: float, moment: Path) -> None:
    """Make a process ready to set the book, as `pdf.prepare` does, from what is kept in `build`."""
    from .hasten_words import keep_read

    keep_compiled(build / "templates")
    keep_read(_kept(build))
    pdf.prepare(build / "fonts", css, scale, moment)
    if _kept(build).find(STYLE) != (css, scale):
        _kept(build).keep(STYLE, (css, scale))


STYLE = "style"


def prepare_as_before(build: Path, moment: Path) -> None:
    """Load the typesetter, and make it ready for the style of the build before this one."""
    pdf.load(build / "fonts")
    if style := _kept(build).find(STYLE):
        css, scale = style
        moment.mkdir(parents=True, exist_ok=True)
        prepare(build, css, scale, moment)


def _kept(build: Path) -> Kept:
    return Kept(build / "kept", fingerprint())


MOST_OF_IT = 2 / 3  # of what is to be set: so much is set by two processes
Copy = Galley | str  # an article, or the HTML of another part


class Waiting(Struct, frozen=True):
    """Waits for a part when it is called; one that stands already is ready at once."""

    wait: Callable[[], Laid]
    ready: bool = False

    def __call__(self) -> Laid:
        return self.wait()


class ComposingRoom(Struct, frozen=True):
    """Sets parts in one style, and tells of every part that is done."""

    styles: Styles
    standing: Kept
    workers: Workers
    progress: Progress

    def told(self, name: str, part: Laid) -> Laid:
        self.progress.done(name)
        return part

    def begin(self, parts: Mapping[str, Copy], others: int = 0) -> dict[str, Waiting]:
        """Have parts set, the longest first, and return for each what waits for it.

        So many characters of `others` will be set beside them. To wait raises TypesetterError and
        LayoutError.
        """
        waiting: dict[str, Waiting] = {}
        most = MOST_OF_IT * (sum(map(_length, parts.values())) + others)
        for name, copy in sorted(parts.items(), key=lambda part: -_length(part[1])):
            kept = self._pages(name)
            done = _same(copy, kept) if isinstance(copy, str) else still_good(copy, kept)
            if done:
                waiting[name] = Waiting(cache(partial(_as_part, done)), ready=True)
            elif isinstance(copy, str):
                waiting[name] = self._later(name, self.workers.submit(set_whole, copy, self.styles))
            else:
                alone = _length(copy) > most and self.workers.idle
                work = self.workers.submit(make_up, copy, self.styles, kept, alone)
                waiting[name] = self._later(name, work)
        return {name: waiting[name] for name in parts}

    def _later(self, name: str, work: Future[tuple[Made, ...]]) -> Waiting:
        @cache
        def wait() -> Laid:
            self.standing.keep(name, work.result())
            return _as_part(work.result())

        return Waiting(wait)

    def kept(
        self,
        name: str,
        made_of: str,
        work: Callable[..., bytes],
        arguments: Callable[[], tuple[Any, ...]],
    ) -> Callable[[], bytes]:
        """Have something else made of words by a function, and return a function that waits for it.

        The words must tell all that it depends on besides the styles.
        """
        made: bytes | None = self.standing.find(name, made_of)
        if made is not None:
            return lambda: made
        making = self.workers.submit(work, *arguments())

        def wait() -> bytes:
            self.standing.keep(name, making.result(), made_of)
            return making.result()

        return wait

    def begin_rows(self, matter: Matter, make_up: MakeUp) -> Waiting:
        """Have back matter set whose rows are put on pages, and return what waits for it."""
        name = f"{matter.id}-whole"
        whole: Laid | None = self.standing.find(name, matter.document)
        if whole:
            stands = whole
            return Waiting(lambda: stands, ready=True)
        work = self.workers.submit(set_rows_of, matter, make_up, self.styles, self.standing)

        @cache
        def wait() -> Laid:
            made = as_part(work.result())
            self.standing.keep(name, made, matter.document)
            return made

        return Waiting(wait)

    def _pages(self, name: str) -> tuple[Made, ...]:
        kept: tuple[Made, ...] | None = self.standing.find(name)
        return kept or ()


def _as_part(made: Iterable[Made]) -> Laid:
    return as_part(page for one in made for page in one.pages)


class MakeUp(Struct, frozen=True):
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
    matter: Matter, make_up: MakeUp, styles: Styles, standing: Kept
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
        if make_up.rows:
            raise LayoutError(f"{error}, and so cannot be put into columns") from error
        return tuple(lay_out(matter.document, styles))
    pages: dict[str, LaidPage] = {}
    keys = {row.id: row.key for row in matter.rows}
    for n, pieces in enumerate(_filled(matter, make_up, slips)):
        key = _key(pieces, keys, n % 2)
        frame = make_up.verso if n % 2 else make_up.recto
        pages[key] = kept.pages.get(key) or paste(pieces, frame, fonts)
    own = {row.key: slips[row.key] for row in matter.rows}
    standing.keep(name, Standing(own, fonts, pages), matter.around)
    return tuple(pages.values())


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
    matter: Matter, make_up: MakeUp, slips: Mapping[str, Slip]
) -> Iterable[tuple[Piece, ...]]:
    """Return pages of rows."""
    shown = [(row, slips[row.key]) for row in matter.rows if slips[row.key].lines]
    depth = make_up.recto.depth
    if not make_up.rows:
        return filled([slip for _, slip in shown], [row.around for row, _ in shown], depth)
    listed = {id for row in make_up.rows for id in (row.id, row.again)}
    over = [pair for pair in shown if pair[0].id not in listed]
    opening = list(filled([slip for _, slip in over], [row.around for row, _ in over], depth))
    columns = paged(
        make_up.rows,
        {row.id: slip for row, slip in shown if row.id in listed},
        {row.id: row.around for row, _ in shown},
        opening.pop() if opening else (),
        make_up.recto,
        make_up.columns,
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
    return _digest(f"{side} {words}")


def set_whole(html: str, styles: Styles) -> tuple[Made, ...]:
    """Return the pages of a part that is not an article, all in one."""
    return (Made(FIRST, tuple(lay_out(html, styles)), FIRST, FIRST.spot, _digest(html)),)


def _same(html: str, kept: Sequence[Made]) -> tuple[Made, ...]:
    return tuple(made for made in kept if made.digest == _digest(html))


def _digest(html: str) -> str:
    return hashlib.sha256(html.encode()).hexdigest()


def _length(copy: Copy) -> int:
    return len(copy) if isinstance(copy, str) else sum(copy.sizes)
