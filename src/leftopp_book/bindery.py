"""The bindery: where the pages are joined and made ready for the press, beside everything else.

A process of its own does it, which begins with the articles while the back matter is being set.
What joins and what makes ready is loaded there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib import import_module
from itertools import takewhile
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from .fonts import Fonts, Subsets
from .job import Facts, Job, Ready
from .kept import Kept
from .pages import Laid, LaidPart
from .whole import Whole
from .workers import Branch, Workers, aside

MOST = 300  # pages of a short book
INKS, SUBSETS = "inks", "faces"
_NOT_SENT = Laid((), 0, (), {}, ())


class Finished(Struct, frozen=True):
    """The book; what is made ready for the press is none where nothing was ordered."""

    pdf: bytes
    inside: Ready | None = None
    cover: Ready | None = None


class Bindery:
    """One book being bound."""

    def __init__(self, workers: Workers, faces: Fonts, press: bool, standing: Kept) -> None:
        """`press` tells whether something will be ordered of the press. What prints there of each
        page is kept with what is `standing`.
        """
        self._workers, self._faces, self._standing = workers, faces, standing
        self._press = press
        self._order: list[str] = []  # not known at first
        self._given: set[str] = set()
        self._branch: Branch[Finished] | None = None

    def give(self, parts: Iterable[tuple[str, Laid]]) -> None:
        """Give parts that are set, so that they can be begun with."""
        new = {id: laid for id, laid in parts if id not in self._given}
        self._given |= new.keys()
        if new and self._branch:
            self._branch.tell(new)
        elif new:
            self._branch = self._workers.branch(
                bind, self._faces, self._press, self._standing, self._order, new
            )

    def order(self, names: Sequence[str]) -> None:
        """Tell the order in which parts are taken, in whichever they come: so the file is always
        the same."""
        self._order = list(names)
        if self._branch:
            self._branch.tell(self._order)

    def finish(
        self, parts: Sequence[LaidPart], whole: Whole, job: Job | None, facts: Facts
    ) -> None:
        """Have all parts bound, and made ready for the press if there is a job.

        Then a cover is waited for.
        """
        self.give((part.id, part.laid) for part in parts)
        self._told((tuple(replace(part, laid=_NOT_SENT) for part in parts), whole, job, facts))

    def cover(self, sheet: bytes, job: Job, facts: Facts) -> None:
        """Have the sheet of the cover made ready for the press as well."""
        self._told((sheet, job, facts))

    def finished(self) -> Finished:
        """Wait for the files. Raises KeyError for a link to what is not in the book."""
        assert self._branch
        return self._branch.result()

    def _told(self, value: object) -> None:
        assert self._branch
        self._branch.tell(value)


def load() -> None:
    """Load what joins pages and what makes them ready for the press."""
    import_module(f"{__package__}.inks")
    import_module(f"{__package__}.join").load()


_ALIVE: list[object] = []  # a copy does not stop to clear up


def bind(
    faces: Fonts,
    press: bool,
    standing: Kept,
    order: list[str],
    new: Any,
    told: Callable[[], Any],
) -> Finished:
    """Bind what is new, and what is told later, until it is told how the whole is put together.

    A short book is opened, and its pages turned to ink, before it is its turn; a long one would
    take too much memory.
    """
    from .inks import Inks
    from .join import Binding, saved

    before = standing.find(INKS) if press else None
    subsets = Subsets(faces.data(), standing.find(SUBSETS) or {})
    binding, inks = Binding(subsets), Inks(False, before or {})
    given: dict[str, Laid] = {}
    while isinstance(new, dict | list):
        if isinstance(new, list):
            order = new
        else:
            given |= new
            if _pages(given) <= MOST:
                for id, laid in new.items():
                    for page in binding.open(id, laid.sheets):
                        if press:
                            inks.learn(page)
        for id in takewhile(given.__contains__, order):
            binding.take(id, given[id].sheets)
        new = told()
    parts, whole, job, facts = new
    for id in filter(given.__contains__, order):
        binding.take(id, given[id].sheets)
    book = binding.bound([replace(part, laid=given[part.id]) for part in parts], whole)
    if not subsets.known.keys() <= subsets.before.keys():
        standing.keep(SUBSETS, subsets.known)
    if not job:
        _ALIVE.append(binding)
        return Finished(saved(book))
    from .press import press_ready

    if _pages(given) > MOST:
        del binding
        pdf = saved(book)
        del book
        return Finished(pdf, press_ready(pdf, job, facts, inks), press_ready(*told()))
    _ALIVE.append(binding)
    waiting = aside(lambda: saved(book))
    inside = press_ready(book, job, facts, inks)  # while the file is saved beside it
    if not inks.known.keys() <= inks.before.keys():
        standing.keep(INKS, inks.known)
    return Finished(waiting(), inside, press_ready(*told()))


def _pages(parts: Mapping[str, Laid]) -> int:
    return sum(laid.pages for laid in parts.values())
