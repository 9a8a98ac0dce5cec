"""The composing room: parts of the book set side by side, and what still stands taken over."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from functools import cache, partial
from pathlib import Path
from typing import Any

from msgspec import Struct

from . import pdf
from .backmatter import Layout, set_rows_of, whole_of
from .fingerprint import fingerprint
from .galley import Galley
from .html import keep_compiled
from .kept import Kept
from .makeup import FIRST, Made, make_up, still_good
from .matter import Matter
from .pages import Laid, as_part
from .pdf import Styles, lay_out
from .progress import Progress
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
    """Waits for a part when it is called; one that stands already is ready at once, and another,
    as far as it is known, when it is `done`."""

    wait: Callable[[], Laid]
    ready: bool = False
    done: Callable[[], bool] = bool

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

    def begin_rows(self, matter: Matter, layout: Layout) -> Waiting:
        """Have back matter set whose rows are put on pages, and return what waits for it."""
        whole: Laid | None = self.standing.find(whole_of(matter), matter.document)
        if whole:
            stands = whole
            return Waiting(lambda: stands, ready=True)
        work = self.workers.submit(set_rows_of, matter, layout, self.styles, self.standing)

        return Waiting(cache(lambda: as_part(work.result())), done=work.done)

    def _pages(self, name: str) -> tuple[Made, ...]:
        kept: tuple[Made, ...] | None = self.standing.find(name)
        return kept or ()


def _as_part(made: Iterable[Made]) -> Laid:
    return as_part(page for one in made for page in one.pages)


def set_whole(html: str, styles: Styles) -> tuple[Made, ...]:
    """Return the pages of a part that is not an article, all in one."""
    return (Made(FIRST, tuple(lay_out(html, styles)), FIRST, FIRST.spot, _digest(html)),)


def _same(html: str, kept: Sequence[Made]) -> tuple[Made, ...]:
    return tuple(made for made in kept if made.digest == _digest(html))


def _digest(html: str) -> str:
    return hashlib.sha256(html.encode()).hexdigest()


def _length(copy: Copy) -> int:
    return len(copy) if isinstance(copy, str) else sum(copy.sizes)
