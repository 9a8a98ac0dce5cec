"""The bindery: where the pages are joined and made ready for the press, beside everything else.

A copy of this process does it, which begins with the articles while the back matter is being set.
What joins and what makes ready is loaded there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Any

from .job import Facts, Job, Ready
from .pages import Laid, LaidPart
from .whole import Faces, Whole
from .workers import Branch, Workers

MOST = 300  # pages that are opened before it is their turn
_NOT_SENT = Laid((), 0, (), {}, ())


@dataclass(frozen=True)
class Finished:
    """The book; what is made ready for the press is none where nothing was ordered."""

    pdf: bytes
    inside: Ready | None = None
    cover: Ready | None = None


class Bindery:
    """One book being bound."""

    def __init__(self, workers: Workers, faces: Faces, order: Sequence[str], press: bool) -> None:
        """Parts are taken in `order`, in whichever they come: so the file is always the same.

        `press` tells whether something will be ordered of the press.
        """
        self._workers, self._faces = workers, faces
        self._order, self._press = order, press
        self._given: dict[str, Laid] = {}
        self._alive: list[object] = []  # a copy does not stop to clear up
        self._branch: Branch[Finished] | None = None

    def give(self, parts: Iterable[tuple[str, Laid]]) -> None:
        """Give parts that are set, so that they can be begun with."""
        new = {id: laid for id, laid in parts if id not in self._given}
        self._given |= new
        if self._branch:
            self._branch.tell(new)
        elif new:
            self._branch = self._workers.branch(self._bind)

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

    def _bind(self, told: Callable[[], Any]) -> Finished:
        from .inks import Inks
        from .join import Binding
        from .press import press_ready

        binding, inks = Binding(self._faces), Inks(colours=False)
        given: dict[str, Laid] = {}
        more: Any = self._given
        while isinstance(more, dict):
            given |= more
            for id, laid in more.items() if sum(x.pages for x in given.values()) <= MOST else ():
                for page in binding.open(id, laid.sheets):
                    if self._press:
                        inks.turn(page)  # so that it is known when it is wanted
            for id in takewhile(given.__contains__, self._order):
                binding.take(id, given[id].sheets)
            more = told()
        for id in self._order:
            binding.take(id, given[id].sheets if id in given else ())
        parts, whole, job, facts = more
        if len(whole.heads) <= MOST:
            self._alive.append(binding)
        pdf = binding.bound([replace(part, laid=given[part.id]) for part in parts], whole)
        del binding
        if not job:
            return Finished(pdf)
        return Finished(pdf, press_ready(pdf, job, facts, inks), press_ready(*told()))
