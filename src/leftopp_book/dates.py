"""Dates as the chronology needs them: EDTF levels 0 and 1, checked against the calendar."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, timedelta

from msgspec import Struct

MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
SEASONS = {21: "spring", 22: "summer", 23: "autumn", 24: "winter"}
SEASON_MONTHS = {21: (3, 5), 22: (6, 8), 23: (9, 11), 24: (12, 12)}

_DATE = re.compile(
    r"(?P<year>\d{4}|\d{3}X|\d{2}XX)(?:-(?P<month>\d{2})(?:-(?P<day>\d{2}))?)?(?P<doubt>[~?%]?)",
    re.A,
)


class DateError(ValueError):
    """The words are no date of EDTF level 0 or 1, or a day that the calendar does not have."""


class Point(Struct, frozen=True, order=True):
    """A year, a month, a season (21–24) or a day. 0 stands for a part that is not given.

    `span` is the number of years a masked year covers: 1, 10 (192X) or 100 (19XX).
    `doubt` is EDTF's qualifier: `~` approximate, `?` uncertain, `%` both.
    """

    year: int
    month: int = 0
    day: int = 0
    span: int = 1
    doubt: str = ""

    @classmethod
    def parse(cls, string: str) -> Point:
        match = _DATE.fullmatch(string)
        if not match:
            raise DateError(
                f"“{string[:40]}” is not a date such as 1927-11-07, 1927-11, 1927 or 192X"
            )
        masked = match["year"].count("X")
        year = int(match["year"].replace("X", "0"))
        if not year:
            raise DateError(f"“{string[:40]}”: there is no year 0 here; the earliest is 0001")
        month, day = int(match["month"] or 0), int(match["day"] or 0)
        if masked and month:
            raise DateError(f"“{string[:40]}”: a year that is masked by X has no month")
        if match["month"] and not (1 <= month <= 12 or (month in SEASONS and not match["day"])):
            raise DateError(f"“{string[:40]}”: there is no month {match['month']}")
        if match["day"]:
            try:
                date(year, month, day)
            except ValueError:
                raise DateError(
                    f"“{string[:40]}”: {MONTHS[month - 1]} {year} has no day {day}"
                ) from None
        return cls(year, month, day, 10**masked, match["doubt"])

    def __str__(self) -> str:
        """Return the point in EDTF."""
        year = f"{self.year:04}"
        masked = len(str(self.span)) - 1
        words = year[: 4 - masked] + "X" * masked
        if self.month:
            words += f"-{self.month:02}"
        if self.day:
            words += f"-{self.day:02}"
        return words + self.doubt

    def first(self) -> date:
        if self.month in SEASON_MONTHS:
            return date(self.year, SEASON_MONTHS[self.month][0], 1)
        return date(self.year, self.month or 1, self.day or 1)

    def last(self) -> date:
        if self.day:
            return self.first()
        month = SEASON_MONTHS[self.month][1] if self.month in SEASON_MONTHS else self.month
        if not month:
            return date(self.year + self.span - 1, 12, 31)
        return date(self.year, month, monthrange(self.year, month)[1])

    def month_name(self) -> str:
        return SEASONS.get(self.month) or MONTHS[self.month - 1]


class EdtfDate(Struct, frozen=True):
    """A date or an interval of EDTF level 0 or 1 (Library of Congress, 2019).

    Raises `DateError` from `parse` for anything else.
    """

    start: Point
    end: Point

    @classmethod
    def parse(cls, string: str) -> EdtfDate:
        first, slash, last = string.partition("/")
        start = Point.parse(first)
        end = Point.parse(last) if slash else start
        if end.last() < start.first():
            raise DateError(f"“{string[:40]}” ends before it begins")
        return cls(start, end)

    def __str__(self) -> str:
        return f"{self.start}/{self.end}" if self.is_interval else str(self.start)

    @property
    def is_interval(self) -> bool:
        return self.start != self.end

    def sort_key(self) -> tuple[date, int, date]:
        """File what is less precise before what is more: 1927, November 1927, 7 November 1927."""
        precision = bool(self.start.month) + bool(self.start.day)
        return (self.start.first(), precision, self.end.last())

    @property
    def year(self) -> int:
        return self.start.year

    def in_words(self) -> str:
        """Return the date as British books print it: 12–13 September 1927; c. 1927; the 1920s."""
        a, b = self.start, self.end
        if not self.is_interval:
            return _point(a)
        if (a.year, a.month) == (b.year, b.month) and a.day and b.day:
            return f"{_doubt(a)}{a.day}–{b.day} {a.month_name()} {a.year}{_query(b)}"
        if a.year == b.year and a.month and b.month:
            first = f"{a.day} {a.month_name()}" if a.day else a.month_name()
            if a.day or b.day:
                return f"{_doubt(a)}{first} – {_point(b)}"
            return f"{_doubt(a)}{first}–{_point(b)}"
        if not a.month and not b.month and a.span == b.span == 1:
            tail = b.year % 100 if a.year // 100 == b.year // 100 else b.year
            return f"{_doubt(a)}{a.year}–{tail:02}{_query(b)}"
        return f"{_point(a)} – {_point(b)}"


def _doubt(point: Point) -> str:
    return "c. " if point.doubt in ("~", "%") else ""


def _query(point: Point) -> str:
    return "?" if point.doubt in ("?", "%") else ""


def _point(point: Point) -> str:
    if point.span > 1:
        words = f"the {point.year}s"
    elif point.day:
        words = f"{point.day} {point.month_name()} {point.year}"
    elif point.month in SEASONS or point.month:
        words = f"{point.month_name()} {point.year}"
    else:
        words = str(point.year)
    return _doubt(point) + words + _query(point)


GREGORIAN = date(1582, 10, 15)  # the first day of the Gregorian calendar
NEW_STYLE = date(1918, 2, 14)  # its first day in Russia


def julian(day: date) -> date:
    """Return the Old Style date of a day in the Gregorian calendar, as a plain year-month-day.

    The difference is 13 days from 14 March 1900 (N.S.) on, 12 from 13 March 1800 on, and so back
    to 1700; Russia kept the Julian calendar until 31 January 1918 (O.S.).
    Only for days from `GREGORIAN` on.
    """
    gap = 10 + sum(day >= date(century, 3, 12 + n) for n, century in enumerate((1700, 1800, 1900)))
    return day - timedelta(days=gap)
