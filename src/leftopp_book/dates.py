"""Dates as the chronology needs them: EDTF levels 0 and 1, checked against the calendar."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date

from msgspec import Struct
from msgspec.structs import replace

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
    def parse(cls, string: str, *, old_style: bool = False) -> Point:
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
        if match["day"] and not 1 <= day <= _days_in(year, month, old_style):
            raise DateError(f"“{string[:40]}”: {MONTHS[month - 1]} {year} has no day {day}")
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

    def first(self, *, old_style: bool = False) -> date:
        """Return its first day, in New Style."""
        month = SEASON_MONTHS[self.month][0] if self.month in SEASON_MONTHS else self.month
        return _day(self.year, month or 1, self.day or 1, old_style)

    def last(self, *, old_style: bool = False) -> date:
        """Return its last day, in New Style."""
        if self.day:
            return self.first(old_style=old_style)
        month = SEASON_MONTHS[self.month][1] if self.month in SEASON_MONTHS else self.month
        year = self.year if month else self.year + self.span - 1
        return _day(year, month or 12, _days_in(year, month or 12, old_style), old_style)

    def month_name(self) -> str:
        return SEASONS.get(self.month) or MONTHS[self.month - 1]


class EdtfDate(Struct, frozen=True):
    """A date or an interval of EDTF level 0 or 1 (Library of Congress, 2019).

    Raises `DateError` from `parse` for anything else.
    """

    start: Point
    end: Point

    @classmethod
    def parse(cls, string: str, *, old_style: bool = False) -> EdtfDate:
        """Return a date; with `old_style` its days are those of the Julian calendar."""
        first, slash, last = string.partition("/")
        start = Point.parse(first, old_style=old_style)
        end = Point.parse(last, old_style=old_style) if slash else start
        if end.last(old_style=old_style) < start.first(old_style=old_style):
            raise DateError(f"“{string[:40]}” ends before it begins")
        return cls(start, end)

    def __str__(self) -> str:
        return f"{self.start}/{self.end}" if self.is_interval else str(self.start)

    @property
    def is_interval(self) -> bool:
        return self.start != self.end

    def sort_key(self) -> tuple[date, int, date]:
        """File what is less precise before what is more: the 1920s, 1920, 1 January 1920."""
        precision = bool(self.start.month) + bool(self.start.day) - len(str(self.start.span))
        return (self.start.first(), precision, self.end.last())

    @property
    def year(self) -> int:
        return self.start.year

    def in_words(self) -> str:
        """Return the date as British books print it: 12–13 September 1927; c. 1927; the 1920s."""
        a, b = self.start, self.end
        if not self.is_interval:
            return _point(a)
        if _about(b) and not _about(a):
            return f"{_point(a)} – {_point(b)}"
        if (a.year, a.month) == (b.year, b.month) and a.day and b.day:
            return f"{_about(a)}{a.day}{_query(a)}–{b.day} {a.month_name()} {a.year}{_query(b)}"
        if a.year == b.year and a.month and b.month:
            first = f"{a.day} {a.month_name()}" if a.day else a.month_name()
            rule = " – " if a.day or b.day else "–"
            return f"{_about(a)}{first}{_query(a)}{rule}{_point(replace(b, doubt=_asked(b)))}"
        if not a.month and not b.month and a.span == b.span == 1:
            tail = b.year % 100 if a.year // 100 == b.year // 100 else b.year
            return f"{_about(a)}{a.year}{_query(a)}–{tail:02}{_query(b)}"
        return f"{_point(a)} – {_point(b)}"

    def under_year(self) -> str:
        """Return the date as it is printed under its year: 7 November; to April; c. 1938.

        Nothing is left of a year that is certain; a date of several years is given in full.
        """
        a, b = self.start, self.end
        words = self.in_words()
        if a.span > 1 or a.year != b.year:
            return words
        year = f" {a.year}"
        if a.month and b.month:
            return words.replace(year, "")
        word, point, other = ("from", a, b) if a.month else ("to", b, a)
        if point.month and not other.doubt:  # the one end is that of the year
            return f"{word} {_point(point).replace(year, '')}"
        return words if a.doubt or b.doubt or point.month else ""


def _about(point: Point) -> str:
    return "c. " if point.doubt in ("~", "%") else ""


def _query(point: Point) -> str:
    return "?" if point.doubt in ("?", "%") else ""


def _asked(point: Point) -> str:
    """Return the doubt of a point without its being approximate, which is said of both ends."""
    return "?" if _query(point) else ""


_ORDINALS = (
    *("", "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth"),
    *("tenth", "eleventh", "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth"),
    *("seventeenth", "eighteenth", "nineteenth"),
)
_TENS = ("", "", "twent", "thirt", "fort", "fift", "sixt", "sevent", "eight", "ninet")


def ordinal(number: int) -> str:
    """Return a number of up to 100 as a word that counts: twenty-first."""
    if number < 20:
        return _ORDINALS[number]
    if number == 100:
        return "hundredth"
    tens = _TENS[number // 10]
    return f"{tens}y-{_ORDINALS[number % 10]}" if number % 10 else f"{tens}ieth"


def masked(point: Point) -> str:
    """Return the decade or the century that a masked year is: 1920s; twentieth century."""
    if point.span == 100:
        return f"{ordinal(point.year // 100 + 1)} century"
    return f"{point.year}s"


def _point(point: Point) -> str:
    if point.span > 1:
        about = "about " if _about(point) else ""
        return f"{about}the {masked(point)}{_query(point)}"
    if point.day:
        words = f"{point.day} {point.month_name()} {point.year}"
    elif point.month in SEASONS or point.month:
        words = f"{point.month_name()} {point.year}"
    else:
        words = str(point.year)
    return _about(point) + words + _query(point)


GREGORIAN = date(1582, 10, 15)  # the first day of the Gregorian calendar
NEW_STYLE = date(1918, 2, 14)  # its first day in Russia


# What is added to the number that Python has for a day to have its Julian Day Number.
_JULIAN_DAY = 1_721_425


def julian(day: date) -> Point:
    """Return the day of the Julian calendar, Old Style, for one of the Gregorian calendar.

    Russia kept the former until 31 January 1918, when it was 13 days behind; 12 before 14 March
    1900. (E. G. Richards, Mapping Time, 1998, ch. 25.)
    """
    days = day.toordinal() + _JULIAN_DAY + 32082  # since 1 March 4801 BC
    years = (4 * days + 3) // 1461
    days -= 1461 * years // 4
    months = (5 * days + 2) // 153  # since March
    month = months + 3 - 12 * (months // 10)
    return Point(years - 4800 + months // 10, month, days - (153 * months + 2) // 5 + 1)


def _day(year: int, month: int, day: int, old_style: bool) -> date:
    """Return a day, in New Style; with `old_style` it is one of the Julian calendar."""
    if not old_style:
        return date(year, month, day)
    years, months = (year + 4800, month - 3) if month > 2 else (year + 4799, month + 9)
    days = 365 * years + years // 4 + (153 * months + 2) // 5 + day - 1
    number = days - 32082 - _JULIAN_DAY
    return date.fromordinal(min(max(number, 1), date.max.toordinal()))


def _days_in(year: int, month: int, old_style: bool) -> int:
    if old_style and month == 2:
        return 28 if year % 4 else 29
    return monthrange(year, month)[1]
