"""The bindery: where the pages are joined and made ready for the press, beside everything else.

A copy of this process does it, which begins with the articles while the back matter is being set.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from .join import Binding
from .pages import Laid, LaidPart
from .press import Facts, Job, Ready, press_ready
from .whole import Faces, Whole
from .workers import Branch, Workers

Finished = tuple[bytes, Ready | None]  # the book, and its pages for the press
_NOT_SENT = Laid((), 0, (), {}, ())


class Bindery:
    """One book being bound."""

    def __init__(self, workers: Workers, faces: Faces, begun: Sequence[tuple[str, Laid]]) -> None:
        """Begin with parts that are set."""
        self._begun = dict(begun)
        self._binding = Binding(faces)  # lives as long as the copy, which does not stop to clear up
        self._branch: Branch[Finished] = workers.branch(self._bind)

    def finish(
        self, parts: Sequence[LaidPart], whole: Whole, job: Job | None, facts: Facts
    ) -> None:
        """Have all parts bound, and made ready for the press if there is a job."""
        new = [replace(p, laid=_NOT_SENT) if p.id in self._begun else p for p in parts]
        self._branch.tell((new, whole, job, facts))

    def finished(self) -> Finished:
        """Wait for the files. Raises KeyError for a link to what is not in the book."""
        return self._branch.result()

    def _bind(self, told: Callable[[], Any]) -> Finished:
        for id, laid in self._begun.items():
            self._binding.take(id, laid.sheets)
        parts, whole, job, facts = told()
        placed = [replace(p, laid=self._begun.get(p.id, p.laid)) for p in parts]
        pdf = self._binding.bound(placed, whole)
        return pdf, press_ready(pdf, job, facts) if job else None
