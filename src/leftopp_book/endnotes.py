"""Endnotes: where the notes of a copy-text stand: after it, after chapters, or among the text.

Copy-texts have many conventions: what marks a call, what a note begins with, whether numbers count
on or begin again. All of them are tried, and the one in which most notes meet their calls holds.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import islice, pairwise

from msgspec import Struct
from msgspec.structs import replace

from .diagnostics import Report
from .document import Role
from .markers import (
    ALONE,
    BARE,
    FOOTNOTE,
    LETTERS,
    PARENTHESES,
    ROMAN,
    SIGNED,
    STRONG,
    YEARS,
    Marker,
    calls_in,
    glued_in,
    is_ended,
    marker_of,
    markers_of,
    parted,
    proven,
    upwards,
)
from .pieces import MARKED, SKIPPED, Piece, is_notes_heading
from .schema import ArticleFile

OWN = (ROMAN, LETTERS)  # what notes of these begin with, and nothing else, calls them
GLUED = "a7"  # calls that have lost their superior figures
MIXED = "all"  # calls of more than one kind
WHY = "a run of numbered notes"
# what an encyclopaedia of the web has before a note, and what leads back to where it is called
_RETURN = re.compile(r"(?:(?:jump up(?: to)?:?\s*)?[\^↑]\s*)(?:(?:[a-z]\s+){2,})?(?=\S)", re.I)
_LEAD = re.compile(r":[”’\"']?$")  # a list comes after it
_WORDS_AFTER = 0.05  # of the text: what stands after notes that are at its end
SHORT_HEADING = 60  # characters
LEAP = 40  # notes that may be missing where the numbers after them count on
FEW = 5  # notes that are called in turn are notes, whatever their marker
LOST = 0.1  # of the calls: so many may have no note where nothing else tells of notes
MANY = 100_000  # pairs of runs and series that are held against each other
NEAR = 2  # pieces from one note to the next, where one of them goes on over paragraphs
ENOUGH = 0.8  # of what another run is worth: so much does for one that stands nearer
NEXT = 8  # runs that are held against a series where there are more


def find_bracketed(pieces: list[Piece], file: ArticleFile) -> list[Piece]:
    """Find notes that stand in brackets within the text: [Footnote 3: …], over paragraphs."""
    found = list(pieces)
    depth = 0
    for i, piece in enumerate(pieces):
        if piece.why or not (depth or FOOTNOTE.match(piece.words)):
            continue
        depth += piece.words.count("[") - piece.words.count("]")
        found[i] = replace(piece, role=Role.NOTE, why="a footnote in brackets")
        depth = max(depth, 0)
    return found


# --- Runs of notes --------------------------------------------------------------------------------


class _Run(Struct, frozen=True):
    """Pieces whose numbers count upwards: their ranks, and their markers."""

    notes: tuple[tuple[int, Marker], ...]
    headed: bool  # whether a heading of notes stands before it
    at_end: bool  # whether next to nothing but notes stands after it
    closes: bool = False  # whether a heading stands after it, or nothing

    @property
    def first(self) -> int:
        return self.notes[0][0]

    @property
    def last(self) -> int:
        return self.notes[-1][0]


class _Series(Struct, frozen=True):
    """Calls that count upwards: by number, the piece in which each stands first."""

    calls: Mapping[int, int]

    @property
    def first(self) -> int:
        return min(self.calls.values())


class _Met(Struct, frozen=True):
    """A run of notes with the calls that call for it."""

    run: _Run
    calls: Mapping[int, int]  # by number, where each is called first
    worth: float

    def holds(self, other: _Met) -> bool:
        """Tell whether another run is a list in one of these notes."""
        within = self.run.first < other.run.first < self.run.last
        return within and self.worth > other.worth


def find_notes(pieces: list[Piece], file: ArticleFile) -> list[Piece]:
    """Find the notes, each with its marker.

    A list in the text is none: what counts is how many calls meet their notes. Numbers without a
    sign, 1 Words, or on lines of their own must stand under a heading of the notes, or be called
    for nearly all; and so must notes that are called as nothing else is: (1).
    """
    if not any(piece.words for piece in pieces):
        return pieces
    tried = _Trial(pieces, file)
    best = tried.best()
    found, merged = list(pieces), set[int]()
    noted = sorted(best, key=lambda met: met.run.first)
    for before, met in zip((None, *noted), noted, strict=False):
        _mark(found, met, merged)
        _mark_heading(found, met, before)
    _mark_among_text(found, tried)
    return [piece for i, piece in enumerate(found) if i not in merged]


# of markers that may make up a run; those of a kind go before those of several
_KINDS = (*((kind,) for kind in (*sorted(SIGNED), BARE, *OWN, ALONE)), tuple(sorted(SIGNED)))


def _worth(met: Sequence[_Met]) -> float:
    return sum(one.worth for one in met)


def _missed(met: Sequence[_Met]) -> bool:
    """Tell whether some notes of runs are not called."""
    return any(marker.number not in one.calls for one in met for _, marker in one.run.notes)


class _Trial:
    """The conventions that an article may have, and how many notes meet their calls by each."""

    def __init__(self, pieces: Sequence[Piece], file: ArticleFile) -> None:
        self.pieces, self.file = pieces, file
        self.markers = [
            (i, marker)
            for i, piece in enumerate(pieces)
            if piece.role is Role.NOTE or not piece.why
            for marker in markers_of(piece.words)
            if marker.kind != ALONE or self._is_before_words(i)
        ]
        self.numbers = {marker.number for _, marker in self.markers}
        self.calls = {kind: self._calls(kind) for kind in (*STRONG, PARENTHESES, *OWN)}
        if sum(bool(self.calls[kind]) for kind in STRONG) > 1:
            self.calls[MIXED] = sorted(call for kind in STRONG for call in self.calls[kind])
        self.words = sum(len(piece.words) for piece in pieces)
        self.runs = {
            (kinds, again): self._runs(kinds, again=again)
            for kinds in _KINDS
            for again in (False, True)
            if self.markers
        }

    def _is_before_words(self, i: int) -> bool:
        """Tell whether a piece stands before words that a number by itself may belong to."""
        after = self.pieces[i + 1] if i + 1 < len(self.pieces) else None
        return bool(after and not after.why and not after.words[0].isdigit())

    @cached_property
    def glued(self) -> list[tuple[int, int]]:
        """What may be calls that have lost their superior figures: pieces and numbers."""
        return [
            (i, call.number)
            for i, piece in enumerate(self.pieces)
            if piece.role is not Role.FURNITURE
            for call in glued_in(piece.words)
        ]

    def _calls(self, kind: str) -> list[tuple[int, int]]:
        """Return the pieces in which there are calls of a kind, and their numbers."""
        return [
            (i, call.number)
            for i, piece in enumerate(self.pieces)
            if piece.role is not Role.FURNITURE
            for call in calls_in(piece.words, kind)
            if call.start  # else it is a marker
            if call.number <= YEARS or call.number in self.numbers
        ]

    def best(self) -> list[_Met]:
        """Return the runs of the convention in which most notes meet their calls."""
        if self.file.notes_from:
            return self._named()
        best = max(self._tried(), key=_worth, default=[])
        most = max((len(run.notes) for runs in self.runs.values() for run in runs), default=0)
        if sum(len(one.run.notes) for one in best) < most * (1 - LOST) or _missed(best):
            best = max((best, *self._tried_without_signs()), key=_worth)
        return best

    def _tried(self) -> Iterator[list[_Met]]:
        """Yield what meets by every convention; of those that are worth as much the first holds."""
        for (kinds, _), runs in self.runs.items():
            own = [kind for kind in OWN if kinds == (kind,)]
            for kind in own or (kind for kind in self.calls if runs and kind not in OWN):
                for series in _ways(self.calls[kind]):
                    yield self._met(runs, series, kind)
        yield self._ranked()

    def _tried_without_signs(self) -> Iterator[list[_Met]]:
        """Yield what meets calls that have lost their superior figures."""
        for runs in self.runs.values():
            for series in _ways(self.glued):
                yield self._met(runs, series, GLUED)
            yield self._glued([run for run in runs if run.headed])
            yield from (self._glued([run]) for run in runs)

    def _runs(self, kinds: Collection[str], *, again: bool) -> list[_Run]:
        """Return the runs of markers of some kinds.

        Every 1 begins a run; one that is in another, the points of a list in a note, ends where the
        other counts on. A number that stands twice in turn is in the run both times. Where numbers
        begin `again` and again, a run is at its end when another has begun further on.
        """
        markers = _without_years((i, m) for i, m in self.markers if m.kind in kinds)
        open_runs: list[list[tuple[int, Marker]]] = []
        done: list[list[tuple[int, Marker]]] = []
        for n, (i, marker) in enumerate(markers):
            number = marker.number
            follower = markers[n + 1][1].number if n + 1 < len(markers) else 0
            headed = self._headed(i)
            into = None
            if number > 1:
                into = _continued(open_runs, i, number, follower, self._headed)
            if into is not None:
                while open_runs[-1] is not into:
                    done.append(open_runs.pop())
                into.append((i, marker))
            elif number == 1 or headed or follower == number + 1:
                if again:
                    done += (run for run in open_runs if i - run[-1][0] > NEAR)
                    open_runs = [run for run in open_runs if i - run[-1][0] <= NEAR]
                open_runs.append([(i, marker)])
        found = sorted((*done, *open_runs), key=lambda run: run[0][0])
        return [
            _Run(tuple(run), self._headed(run[0][0]), at_end, self._closes(run[-1][0]))
            for run, at_end in zip(found, self._at_end(found), strict=True)
        ]

    def _headed(self, i: int) -> bool:
        """Tell whether a heading of notes stands before a piece."""
        return i > 0 and is_notes_heading(self.pieces[i - 1].words)

    def _at_end(self, runs: Sequence[Sequence[tuple[int, Marker]]]) -> Iterator[bool]:
        """Tell of runs whether next to nothing but other runs stands after each."""
        begin, end = (Counter(run[n][0] for run in runs) for n in (0, -1))
        after, within = [0], 0  # words, and runs that go on, from the end
        for i in range(len(self.pieces) - 1, -1, -1):
            piece = self.pieces[i]
            within += end[i]
            counts = not within and piece.role is not Role.FURNITURE
            within -= begin[i]
            after.append(after[-1] + counts * len(piece.words))
        few = max(400, _WORDS_AFTER * self.words)
        for run in runs:
            yield after[len(self.pieces) - 1 - run[-1][0]] <= few

    def _met(self, runs: Sequence[_Run], series: Sequence[_Series], kind: str) -> list[_Met]:
        """Return the runs that calls meet, each with the series of calls that calls for it.

        Both are taken in order, so that all of it together is worth most.
        """
        if len(runs) * len(series) > MANY:
            return [*self._nearest(runs, series, kind)]
        sums = [[0.0] * (len(runs) + 1)]
        pairs: dict[tuple[int, int], _Met] = {}
        for a, own in enumerate(series, 1):
            row = [0.0]
            for b, run in enumerate(runs, 1):
                met = self._pair(run, own, kind)
                if met:
                    pairs[a, b] = met
                row.append(max(row[-1], sums[-1][b], sums[-1][b - 1] + (met.worth if met else 0)))
            sums.append(row)
        found: list[_Met] = []
        a, b = len(series), len(runs)
        while a and b:  # the nearest of those that are worth as much
            if sums[a][b] == sums[a][b - 1]:
                b -= 1
            elif sums[a][b] == sums[a - 1][b]:
                a -= 1
            else:
                found.append(pairs[a, b])
                a, b = a - 1, b - 1
        return [one for one in found[::-1] if not any(other.holds(one) for other in found)]

    def _closes(self, last: int) -> bool:
        """Tell whether what stands after the last note of a run is a heading, or nothing."""
        after = next(
            (p for p in self.pieces[last + 1 : last + NEXT] if p.role is not Role.FURNITURE), None
        )
        return after is None or (len(after.words) < SHORT_HEADING and not is_ended(after.words))

    def _nearest(
        self, runs: Sequence[_Run], series: Sequence[_Series], kind: str
    ) -> Iterator[_Met]:
        """Yield for every series the run that is worth most among the next few: there are very
        many, as where numbers begin again on every page."""
        start = 0
        for own in series:
            while start < len(runs) and runs[start].first < own.first:
                start += 1
            near = [self._pair(run, own, kind) for run in runs[start : start + NEXT]]
            most = max((met.worth for met in near if met), default=0)
            for n, met in enumerate(near):
                if met and met.worth >= most * ENOUGH:
                    start += n + 1
                    yield met
                    break

    def _pair(self, run: _Run, series: _Series, kind: str) -> _Met | None:
        """Hold a run against a series of calls: nothing if they do not belong together."""
        if run.first <= series.first:
            return None
        numbers = {marker.number: i for i, marker in reversed(run.notes)}
        calls = {n: series.calls[n] for n, i in numbers.items() if series.calls.get(n, i) < i}
        missed = len(series.calls) - len(calls)
        if not calls or len(calls) * 2 < len(numbers):
            return None
        if kind == GLUED and (len(calls) < 3 or len(calls) < (1 - LOST) * len(numbers)):
            return None
        signs = {marker.kind for _, marker in run.notes}
        weak = kind not in (*STRONG, MIXED) and not run.headed and signs != {kind}
        if weak and len(set(calls.values())) < 2:
            return None  # the points of one sentence: (1) the land, (2) the bread
        if not run.headed and _LEAD.search(self.pieces[run.first - 1].words if run.first else ""):
            return None
        placed = run.headed or run.at_end
        if not placed:
            # in the midst of the text it may be a list
            sure = kind in (*STRONG, MIXED) and signs <= SIGNED
            if missed > len(series.calls) * LOST or not (sure or len(calls) >= FEW):
                return None
        worth = (0.9, 1.0)[placed] * len(calls) + run.headed / 2 + run.closes / 5
        worth -= (len(numbers) - len(calls)) / 2 + missed * 0.3
        return _Met(run, series.calls, worth) if worth > 0 else None

    def _glued(self, runs: Sequence[_Run]) -> list[_Met]:
        """Hold runs against calls that have lost their superior figures, each against the text
        between it and the run before."""
        own = {i for run in runs for i, _ in run.notes}
        found: list[_Met] = []
        start = 0
        for run in runs:
            numbers = {marker.number for _, marker in run.notes}
            near = [(i, n) for i, n in self.glued if start <= i < run.last and i not in own]
            start = run.last + 1
            chain = proven([n for _, n in near], len(numbers))
            if not chain or not (run.headed or run.at_end or len(numbers) >= FEW):
                continue
            calls = {near[rank][1]: near[rank][0] for rank in chain}
            more = len(upwards([n for _, n in near], YEARS)) - len(calls)
            worth = len(calls) + run.headed / 2 - more * 0.3
            if worth > 0:
                found.append(_Met(run, calls, worth))
        return found

    def _ranked(self) -> list[_Met]:
        """Return the notes under the last heading of notes as they are numbered by their order, if
        there are as many of them as are called: a browser that copies a list leaves its numbers
        out."""
        headings = [i for i, piece in enumerate(self.pieces) if is_notes_heading(piece.words)]
        if not headings:
            return []
        notes = [
            (i, _RETURN.match(self.pieces[i].words))
            for i in range(headings[-1] + 1, len(self.pieces))
            if not self.pieces[i].why
        ]
        if any(not match and not self.pieces[i].words[0].isalpha() for i, match in notes):
            return []
        for kind in STRONG:
            whole: dict[int, int] = {}
            for i, number in self.calls[kind]:
                if i < headings[-1]:
                    whole.setdefault(number, i)
            if len(notes) == len(whole) > 2 and max(whole) == len(whole):
                own = (
                    (i, Marker(n, match.end() if match else 0, ROMAN))
                    for n, (i, match) in enumerate(notes, 1)
                )
                run = _Run(tuple(own), headed=True, at_end=True)
                return [_Met(run, whole, len(whole) / 2)]
        return []

    def _named(self) -> list[_Met]:
        """Return the notes from the line on that the editor names, with markers as it has."""
        start = next(
            (i for i, p in enumerate(self.pieces) if p.lines[0] == self.file.notes_from), None
        )
        own = [marker for i, marker in self.markers if i == start]
        if start is None or not own:
            return []
        kinds = SIGNED if own[0].kind in SIGNED else {own[0].kind}
        notes = _without_years((i, m) for i, m in self.markers if i >= start and m.kind in kinds)
        if own[0].kind not in SIGNED:
            notes = _in_turn(notes)
        run = _Run(tuple(notes), self._headed(start), at_end=True)
        calls: dict[int, int] = {}
        for kind in self.calls:
            for i, number in self.calls[kind]:
                calls.setdefault(number, i)
        return [_Met(run, calls, 1.0)]


def _without_years(markers: Iterable[tuple[int, Marker]]) -> list[tuple[int, Marker]]:
    """Return markers without those that are years: high numbers with none before them."""
    markers = list(markers)
    numbers = {marker.number for _, marker in markers}
    return [(i, m) for i, m in markers if m.number <= YEARS or m.number - 1 in numbers]


def _continued(
    runs: Sequence[list[tuple[int, Marker]]],
    i: int,
    number: int,
    follower: int,
    is_headed: Callable[[int], bool],
) -> list[tuple[int, Marker]] | None:
    """Return the run in which a number counts on: the one that has the number before it, if more
    have it the one that stands next to it, or under a heading, or else the first; and if none has,
    that which lacks least."""
    headed = is_headed(i)
    best: list[tuple[int, Marker]] | None = None
    least = (LEAP + 1, False, False)
    for run in runs if len(runs) <= 2 * NEXT else (*runs[:NEXT], *runs[-NEXT:]):
        last = max(marker.number for _, marker in run[-SKIPPED:])
        gap = number - last - 1
        late = -SKIPPED <= gap < -1 and all(marker.number != number for _, marker in run[-9:])
        if not (late or -1 <= gap < (LEAP if follower == number + 1 else SKIPPED)):
            continue
        far = headed or i - run[-1][0] > NEAR
        rank = abs(gap), far, far and not is_headed(run[0][0])
        if rank < least or (rank == least and not far):
            best, least = run, rank
    return best


def _in_turn(notes: Sequence[tuple[int, Marker]]) -> list[tuple[int, Marker]]:
    """Return the notes whose numbers count upwards from 1, each time that there is a 1."""
    found: list[tuple[int, Marker]] = []
    for i, marker in notes:
        last = found[-1][1].number if found else marker.number
        if marker.number == 1 or not found or last < marker.number <= last + SKIPPED:
            found.append((i, marker))
    return found


def _ways(calls: Sequence[tuple[int, int]]) -> Iterator[list[_Series]]:
    """Yield the series that calls may be: all of them one, or a new one where they begin again."""
    if not calls:
        return
    parts = parted([number for _, number in calls])
    for ranks in ([range(len(calls))], parts) if len(parts) > 1 else (parts,):
        series = []
        for part in ranks:
            first: dict[int, int] = {}
            for rank in part:
                first.setdefault(calls[rank][1], calls[rank][0])
            series.append(_Series(first))
        yield series


# --- Marking --------------------------------------------------------------------------------------


def _mark(found: list[Piece], met: _Met, merged: set[int]) -> None:
    """Make the pieces of a run notes, and what goes on with them, unless it is of the text: where
    notes are called that come later."""
    called = sorted(met.calls.values())
    ranks = [*met.run.notes, (met.run.last + 1, Marker())]
    for (i, marker), (after, _) in pairwise(ranks):
        if marker.kind == ALONE:
            found[i] = _joined(found[i], found[i + 1])
            merged.add(i + 1)
        number, length = marker.number, marker.length + (marker.kind == ALONE)
        if back := _RETURN.match(found[i].words, length):
            length = back.end()
        found[i] = replace(
            found[i], role=Role.NOTE, why=found[i].why or WHY, marker=(number, length)
        )
        n = bisect_right(called, i)
        if n < len(called) and called[n] < after:
            continue
        for k in range(i + 1, after):
            if not found[k].why:
                heading = is_notes_heading(found[k].words) or _is_chapter(found[k])
                role = Role.FURNITURE if heading and k == after - 1 else Role.NOTE
                found[k] = replace(found[k], role=role, why=WHY)


def _is_chapter(piece: Piece) -> bool:
    return len(piece.words) < SHORT_HEADING and bool(_CHAPTER.match(piece.words))


_CHAPTER = re.compile(r"(?:chapter|part|book|section|introduction|preface)[^.!?]*$", re.I)


def _joined(number: Piece, words: Piece) -> Piece:
    """Return a note whose number has a line of its own."""
    text = number.text.followed_by(words.text, " ", "lines joined")
    return replace(number, lines=(number.lines[0], words.lines[1]), text=text)


def _mark_heading(found: list[Piece], met: _Met, before: _Met | None) -> None:
    """Leave out the heading of a run; among notes, whatever stands over it."""
    i = met.run.first - 1
    if i < 0 or found[i].why not in ("", MARKED):
        return
    among = (
        before is not None
        and found[i - 1].role is Role.NOTE
        and len(found[i].words) < SHORT_HEADING
    )
    if is_notes_heading(found[i].words) or among:
        found[i] = replace(found[i], role=Role.FURNITURE, why="heading of the notes")


def _mark_among_text(found: list[Piece], tried: _Trial) -> None:
    """Find notes that stand in the text, each after the paragraph that calls it: [1] Words."""
    called: dict[int, int] = {}
    for kind in (*STRONG, PARENTHESES):
        for i, number in tried.calls[kind]:
            called[number] = min(called.get(number, i), i)
    for i, marker in tried.markers:
        if not found[i].why and found[i].words[0] == "[" and called.get(marker.number, i) < i:
            why = "a note among the text"
            marked = marker.number, marker.length
            found[i] = replace(found[i], role=Role.NOTE, why=why, marker=marked)


def check_headings(pieces: Sequence[Piece], report: Report) -> None:
    """Report headings of notes under which none were found, though something is numbered there."""
    for i, piece in enumerate(pieces):
        if piece.role in (Role.FURNITURE, Role.NOTE) or not is_notes_heading(piece.words):
            continue
        first, count = 0, 0
        for after in islice(pieces, i + 1, None):
            if after.role is Role.NOTE or is_notes_heading(after.words):
                break
            if any(markers_of(after.words)) or _SIGN.match(after.words):
                first, count = first or after.lines[0], count + 1
        if count > 1:
            report.warning(
                "notes-unknown",
                f"{count} notes seem to stand under “{piece.words}”, and nothing is known to call "
                "them",
                piece.text.whole_span(),
                f"name the line of the first (notes_from: {first}), or emend how they are called: "
                "[1]; a pattern under “emend” in book/house.yaml does it for all",
            )


_SIGN = re.compile(r"[*†‡§¶#]+\s?\S|[a-z][.)]\s")  # notes that no figure numbers


def numbered(pieces: Sequence[Piece]) -> Iterator[Piece]:
    """Yield pieces, notes to which the editor or a bracket has given their role with the numbers
    that they begin with.

    They stand without a sign if that of the first does; then only one that is in its turn counts.
    """
    first = next((piece.words for piece in pieces if piece.role is Role.NOTE), "")
    bare = not marker_of(first).number and marker_of(first, bare=True).number == 1
    markers = [
        (i, marker)
        for i, piece in enumerate(pieces)
        if piece.role is Role.NOTE and piece.why != WHY and not piece.marker[0]
        if (marker := marker_of(piece.words, bare=bare)).number
    ]
    own = dict(_in_turn(markers) if bare else markers)
    for i, piece in enumerate(pieces):
        yield replace(piece, marker=own[i][:2]) if i in own else piece
