"""The timeline at the head of the chronology: how many entries each year has, as geometry.

Across, places are in per cent of the measure, so that the drawing fits every trim; down, they are
in whole px on lines of the text. The template draws it as plain SVG. Stretches of years without an
entry are left out, and shown as left out: a century of nothing must not crush the year of most.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from msgspec import Struct

from .dates import EdtfDate

LINE = 19  # px
BARS = 3 * LINE  # the height of the tallest bar
ABOVE = LINE  # room for the counts over the bars
BELOW = 15  # from the axis to the foot of the years under it
LANE = 5  # between rules for dates that span years
LANES = 3
UNIT = 5  # px an entry at most
COLUMNS = 48  # on the axis at most
STEPS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)  # years in a column
EMPTY = 3  # columns without an entry that are still shown
APART = 7.5  # per cent between the middles of two years under the axis
MARGIN = 3.0  # per cent free at either end
MOST = 3  # years that stand out


class Bar(Struct, frozen=True):
    """A column of the axis with entries."""

    x: float  # of its left edge, per cent
    width: float
    y: int  # of its head, px
    height: int


class Rule(Struct, frozen=True):
    """A line across: a stretch of the axis, or a date that spans years."""

    x1: float
    x2: float
    y: int


class Words(Struct, frozen=True):
    """A year under the axis, the count of entries over a bar, or the points of an omission."""

    x: float  # of the middle
    y: int  # of the baseline
    words: str
    strong: bool = False


class Timeline(Struct, frozen=True):
    """The drawing. `says` tells those who do not see it what it shows."""

    height: int = 0
    says: str = ""
    bars: tuple[Bar, ...] = ()
    rules: tuple[Rule, ...] = ()
    words: tuple[Words, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.bars)


def timeline(dates: Iterable[EdtfDate]) -> Timeline:
    """Return the drawing for dated entries; an empty one where fewer than two columns have any.

    An entry counts for the year under which the chronology has it, the first of its date. One that
    spans years, or a decade of which no year is known, has a rule under the axis as well or alone.
    """
    dates = tuple(dates)
    years = Counter(d.start.year for d in dates if d.start.span == 1)
    spans = sorted(
        {(d.start.first().year, d.end.last().year) for d in dates if _spans(d)},
        key=lambda span: (span[0], -span[1]),
    )
    ends = [year for span in spans for year in span]
    if not years:
        return Timeline()
    step = next((s for s in STEPS if len(_axis((*years, *ends), s)) <= COLUMNS), STEPS[-1])
    counts: Counter[int] = Counter()
    for year, count in years.items():
        counts[year - year % step] += count
    if len(counts) < 2:
        return Timeline()
    return _Drawing(counts, spans, _axis((*years, *ends), step), step).drawn()


def _spans(date: EdtfDate) -> bool:
    return date.start.span > 1 or date.end.last().year > date.start.year


GAP = -1  # stands in the axis for the columns that are left out


def _axis(years: Iterable[int], step: int) -> tuple[int, ...]:
    """Return the first years of the columns in order, with a gap for each long empty stretch."""
    axis: list[int] = []
    for year in sorted({year - year % step for year in years}):
        empty = range(axis[-1] + step, year, step) if axis else range(0)
        axis += [GAP] if len(empty) > EMPTY else empty
        axis.append(year)
    return tuple(axis)


class _Drawing:
    def __init__(
        self,
        counts: Counter[int],
        spans: Sequence[tuple[int, int]],
        axis: tuple[int, ...],
        step: int,
    ) -> None:
        self.counts, self.spans, self.axis, self.step = counts, spans, axis, step
        self.column = (100 - 2 * MARGIN) / len(axis)  # per cent
        self.lanes = self._lanes()
        self.base = ABOVE + BARS  # the axis

    def drawn(self) -> Timeline:
        foot = self.base + LANE * len(self.lanes) + BELOW
        most = self._most()
        words = (*self._counts(most), *self._omissions(), *self._years(most, foot))
        return Timeline(
            height=-(-(foot + 3) // LINE) * LINE,
            says=self._says(most),
            bars=tuple(self._bars()),
            rules=(*self._stretches(), *self._span_rules()),
            words=tuple(sorted(words, key=lambda word: (word.y, word.x))),  # as they are read
        )

    def _most(self) -> list[int]:
        """Return the years that stand out: at most three, with more entries than all the others."""
        ranked = sorted(self.counts, key=lambda year: (-self.counts[year], year))
        others = max((self.counts[year] for year in ranked[MOST:]), default=1)
        return [year for year in ranked[:MOST] if self.counts[year] > others]

    # --- Across -------------------------------------------------------------------------------

    def _left(self, rank: int) -> float:
        return MARGIN + rank * self.column

    def _middle(self, year: int) -> float:
        return round(self._left(self.axis.index(year)) + self.column / 2, 2)

    def _of(self, year: int) -> int:
        """Return the column of a year."""
        return year - year % self.step

    # --- What is drawn ------------------------------------------------------------------------

    def _height(self, year: int) -> int:
        unit = min(UNIT, BARS / max(self.counts.values()))
        return max(1, round(self.counts[year] * unit))

    def _bars(self) -> Iterable[Bar]:
        width = min(self.column * 0.64, 2.4)
        for year in sorted(self.counts):
            height = self._height(year)
            x = self._middle(year) - width / 2
            yield Bar(round(x, 2), round(width, 2), self.base - height, height)

    def _stretches(self) -> Iterable[Rule]:
        """Yield the stretches of the axis between what is left out."""
        start = 0
        for rank, year in enumerate((*self.axis, GAP)):
            if year == GAP:
                yield Rule(round(self._left(start), 2), round(self._left(rank), 2), self.base)
                start = rank + 1

    def _lanes(self) -> list[list[tuple[int, int]]]:
        """Return the spans in as few lanes as keep them apart; what is too much shares the last."""
        lanes: list[list[tuple[int, int]]] = []
        for span in self.spans:
            free = next((lane for lane in lanes if lane[-1][1] < span[0]), None)
            if free is not None:
                free.append(span)
            elif len(lanes) < LANES:
                lanes.append([span])
            else:
                lanes[-1].append(span)
        return lanes

    def _span_rules(self) -> Iterable[Rule]:
        for rank, lane in enumerate(self.lanes, 1):
            for first, last in lane:
                x1, x2 = self._middle(self._of(first)), self._middle(self._of(last))
                half = min(self.column * 0.32, 1.2)
                yield Rule(round(x1 - half, 2), round(x2 + half, 2), self.base + rank * LANE)

    def _counts(self, most: Sequence[int]) -> Iterable[Words]:
        for year in most:
            y = self.base - self._height(year) - 4
            yield Words(self._middle(year), y, str(self.counts[year]))

    def _omissions(self) -> Iterable[Words]:
        for rank, year in enumerate(self.axis):
            if year == GAP:
                yield Words(round(self._left(rank) + self.column / 2, 2), self.base, "…")

    def _years(self, most: Sequence[int], foot: int) -> Iterable[Words]:
        """Yield the years under the axis: those of most entries, the ends, then round ones."""
        shown = [year for year in self.axis if year != GAP]
        after_gap = [b for a, b in zip(self.axis, self.axis[1:], strict=False) if a == GAP]
        few = len(shown) * APART < 100
        round_ones = [year for year in shown if few or year % (5 * self.step) == 0]
        placed: list[float] = []
        for year in dict.fromkeys((*most, shown[0], shown[-1], *after_gap, *round_ones)):
            x = self._middle(year)
            if all(abs(x - other) >= APART for other in placed):
                placed.append(x)
                yield Words(x, foot, str(year), strong=year in most)

    def _says(self, most: Sequence[int]) -> str:
        shown = [year for year in self.axis if year != GAP]
        last = shown[-1] + self.step - 1
        by = "by year" if self.step == 1 else f"by {self.step} years"
        words = f"Timeline: entries of the chronology {by}, {shown[0]} to {last}"
        if most:
            words += "; most in " + ", ".join(f"{y} ({self.counts[y]})" for y in most)
        return words + "."
