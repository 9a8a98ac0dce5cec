"""Text that remembers, for every character, the stretch of the copy-text it came from."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from itertools import accumulate
from typing import NamedTuple

from msgspec import Struct


class Source(Struct, frozen=True, dict=True):
    """A file as it was read: a path to print, its text and the SHA-256 of its bytes."""

    path: str
    text: str
    sha256: str = ""

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *(match.end() for match in re.finditer(r"\r\n?|\n", self.text))]

    def position(self, offset: int) -> tuple[int, int]:
        """Return line and column of an offset, both counted from 1."""
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    def line(self, number: int) -> str:
        """Return the line with that number (from 1), without its line end."""
        start = self._starts[number - 1]
        return self.text[start : self.line_start(number + 1)].rstrip("\r\n")

    def line_start(self, number: int) -> int:
        """Return the offset at which a line (from 1) begins; past the last line, the end."""
        return self._starts[number - 1] if number <= len(self._starts) else len(self.text)

    @property
    def line_count(self) -> int:
        return len(self._starts)


class Span(Struct, frozen=True):
    """A stretch of a source, `[start, end)`; prints as `path:line:column`."""

    source: Source
    start: int
    end: int

    @property
    def line(self) -> int:
        return self.source.position(self.start)[0]

    @property
    def column(self) -> int:
        return self.source.position(self.start)[1]

    def __str__(self) -> str:
        line, column = self.source.position(self.start)
        return f"{self.source.path}:{line}:{column}"


Where = Callable[..., Span]  # gives the place of a key by the steps that lead to it


class Run(NamedTuple):
    """A piece of text and the stretch of the source it stands for.

    Without owners a run is verbatim, character for character. With owners (the names of the rules
    or emendations that made it) it replaces its stretch as a whole.
    """

    string: str
    start: int
    end: int
    owners: tuple[str, ...] = ()

    def cut(self, low: int, high: int) -> Run:
        """Return the part `[low, high)`; the first part of a replacement keeps its stretch."""
        if not self.owners:
            return Run(self.string[low:high], self.start + low, self.start + high)
        start = self.start if low == 0 else self.end
        return Run(self.string[low:high], start, self.end, self.owners)


class Cover:
    """Stretches of a string, to be asked whether another stretch meets one of them."""

    def __init__(self, stretches: Iterable[range]) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []
        for stretch in sorted(stretches, key=lambda r: (r.start, r.stop)):
            if self._ends and stretch.start < self._ends[-1]:
                self._ends[-1] = max(self._ends[-1], stretch.stop)
            else:
                self._starts.append(stretch.start)
                self._ends.append(stretch.stop)

    def meets(self, start: int, end: int) -> bool:
        """Tell whether `[start, end)` and a stretch overlap; of a place, whether it is inside."""
        last = bisect_left(self._starts, end) - 1
        return last >= 0 and self._ends[last] > start


class Edit(NamedTuple):
    """The replacement of `[start, end)` of a text by new words, and who answers for it."""

    start: int
    end: int
    new: str
    owner: str


class Text(Struct, frozen=True, dict=True):
    """An immutable string whose every character can be traced to its source.

    The runs of a whole text cover its source without gap or overlap, deletions included (as runs
    of no length), so that `original` gives the copy-text back.
    """

    source: Source
    runs: tuple[Run, ...]

    @classmethod
    def of(cls, source: Source) -> Text:
        return cls(source, (Run(source.text, 0, len(source.text)),))

    @cached_property
    def string(self) -> str:
        if len(self.runs) == 1:
            return self.runs[0].string
        return "".join([run.string for run in self.runs])

    @cached_property
    def original(self) -> str:
        """The stretch of the copy-text that this text stands for."""
        return "".join(self.source.text[run.start : run.end] for run in self.runs)

    @cached_property
    def _offsets(self) -> list[int]:
        return [0, *accumulate(len(run.string) for run in self.runs)]

    def __str__(self) -> str:
        return self.string

    def __len__(self) -> int:
        return self._offsets[-1]

    def _within(self, start: int, end: int, *, final: bool) -> Iterator[Run]:
        """Yield the runs between two offsets, cut to fit.

        A run of no length belongs to the piece that its offset begins or is inside of; one at the
        very end of the text to the `final` piece.
        """
        first = bisect_left(self._offsets, start)
        if first == len(self._offsets) or self._offsets[first] > start:
            first -= 1
        for i in range(max(first, 0), len(self.runs)):
            run, offset = self.runs[i], self._offsets[i]
            if offset > end or (offset == end and (run.string or not final)):
                return
            low, high = max(start - offset, 0), min(end - offset, len(run.string))
            if low < high:
                yield run.cut(low, high)
            elif not run.string:
                yield run

    def slice(self, start: int, end: int) -> Text:
        """Return the piece `[start, end)`."""
        if len(self.runs) == 1 and 0 <= start < end <= len(self.runs[0].string):
            return Text(self.source, (self.runs[0].cut(start, end),))
        return Text(self.source, tuple(self._within(start, end, final=end == len(self))))

    def strip(self) -> Text:
        """Return the text without white space at its ends."""
        string = self.string
        left = len(string) - len(string.lstrip())
        return self.slice(left, max(left, len(string.rstrip())))

    def span(self, start: int, end: int) -> Span:
        """Return the stretch of source behind `[start, end)`."""
        runs = [run for run in self._within(start, max(end, start + 1), final=True) if run.string]
        if not runs:  # at the very end, or an empty text
            at = self.runs[-1].end if self.runs else 0
            return Span(self.source, at, at)
        return Span(self.source, runs[0].start, max(runs[-1].end, runs[0].start))

    def whole_span(self) -> Span:
        """Return the stretch of source behind the text, as `span` does of all of it."""
        runs = [run for run in self.runs if run.string]
        if not runs:
            return self.span(0, 0)
        return Span(self.source, runs[0].start, max(runs[-1].end, runs[0].start))

    def edit(self, edits: Iterable[Edit]) -> Text:
        """Replace stretches, given in order and without overlap."""
        runs: list[Run] = []
        done = 0
        for start, end, new, owner in edits:
            runs += self._within(done, start, final=False)
            old = list(self._within(start, end, final=False)) if start < end else []
            owners = tuple(dict.fromkeys(name for run in old for name in run.owners))
            here = runs[-1].end if runs else self.runs[0].start if self.runs else 0
            stretch = (old[0].start, old[-1].end) if old else (here, here)
            runs.append(Run(new, *stretch, (*owners, owner)))
            done = end
        runs += self._within(done, len(self), final=True)
        return Text(self.source, tuple(runs))

    def followed_by(self, after: Text, between: str, owner: str) -> Text:
        """Return this text with another of its source after it; the characters `between`, which
        the rule `owner` puts in, stand for all that parts the two."""
        gap = Run(between, self.runs[-1].end, after.runs[0].start, (owner,))
        return Text(self.source, (*self.runs, gap, *after.runs))

    def sub(
        self, pattern: re.Pattern[str], repl: str | Callable[[re.Match[str]], str], owner: str
    ) -> Text:
        """Replace every match of `pattern`, as `re.sub` would; a match that stays is no change."""
        edits = []
        for match in pattern.finditer(self.string):
            new = match.expand(repl) if isinstance(repl, str) else repl(match)
            if new != match.group():
                edits.append(Edit(match.start(), match.end(), new, owner))
        return self.edit(edits) if edits else self

    def lines(self) -> Iterator[tuple[int, int, Text]]:
        """Yield every line: its number in the source, its offset in this text, its words."""
        start = 0
        for piece in self.string.split("\n"):
            end = start + len(piece)
            yield self.span(start, end).line, start, self.slice(start, end)
            start = end + 1
