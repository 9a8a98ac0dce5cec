"""Laws of dates, against the calendar of the standard library."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leftopp_book.dates import MONTHS, SEASONS, DateError, EdtfDate, Point, julian, ordinal
from leftopp_book.edition import label, old_style_of
from leftopp_book.schema import Event
from shaped import shaped

DAYS = st.dates(date(1000, 1, 1), date(2999, 12, 30))
YEARS = st.integers(1000, 2999)
PRECISE = st.sampled_from([4, 7, 10])  # how many characters of an ISO date are given


@given(DAYS)
def test_a_day_is_itself(day: date) -> None:
    parsed = EdtfDate.parse(day.isoformat())
    assert parsed.start.first() == parsed.end.last() == day
    assert parsed.in_words() == f"{day.day} {MONTHS[day.month - 1]} {day.year}"
    assert not parsed.is_interval


@given(DAYS, PRECISE)
def test_a_part_of_a_date_covers_its_days(day: date, length: int) -> None:
    parsed = EdtfDate.parse(day.isoformat()[:length])
    assert parsed.start.first() <= day <= parsed.end.last()
    before, after = parsed.start.first() - timedelta(1), parsed.end.last() + timedelta(1)
    for other in (before, after):
        assert other.isoformat()[:length] != day.isoformat()[:length]


@given(YEARS, st.integers(0, 99), st.integers(0, 99))
def test_a_day_that_the_calendar_does_not_have_is_refused(year: int, month: int, day: int) -> None:
    string = f"{year}-{month:02}-{day:02}"
    try:
        date(year, month, day)
    except ValueError:
        with pytest.raises(DateError):
            EdtfDate.parse(string)
    else:
        assert EdtfDate.parse(string).start.day == day


@given(DAYS, DAYS, PRECISE, PRECISE)
def test_an_interval_does_not_end_before_it_begins(a: date, b: date, m: int, n: int) -> None:
    string = f"{a.isoformat()[:m]}/{b.isoformat()[:n]}"
    first, last = EdtfDate.parse(a.isoformat()[:m]), EdtfDate.parse(b.isoformat()[:n])
    if last.end.last() < first.start.first():
        with pytest.raises(DateError, match="before it begins"):
            EdtfDate.parse(string)
    else:
        parsed = EdtfDate.parse(string)
        assert (parsed.start, parsed.end) == (first.start, last.end)
        assert str(parsed.year) == string[:4]


@given(st.lists(st.tuples(DAYS, PRECISE), max_size=12))
def test_what_is_less_precise_files_before_what_is_more(found: list[tuple[date, int]]) -> None:
    strings = [day.isoformat()[:length] for day, length in found]
    # in ISO form a prefix sorts before what it begins, which is just the order that we want
    assert sorted(strings, key=lambda s: EdtfDate.parse(s).sort_key()) == sorted(strings)


@given(st.text(alphabet="0123456789-/X~?% ", max_size=12))
def test_anything_is_a_date_or_an_error(string: str) -> None:
    try:
        parsed = EdtfDate.parse(string)
    except DateError:
        return
    assert parsed.in_words()
    assert parsed.start.first() <= parsed.end.last()


@given(YEARS, st.sampled_from(sorted(SEASONS)))
def test_a_season_files_within_its_year(year: int, season: int) -> None:
    parsed = EdtfDate.parse(f"{year}-{season}")
    assert parsed.in_words() == f"{SEASONS[season]} {year}"
    assert parsed.start.first().year == parsed.end.last().year == year


@given(st.integers(100, 299), st.sampled_from(["~", "?", "%", ""]))
def test_a_decade(decade: int, doubt: str) -> None:
    parsed = EdtfDate.parse(f"{decade}X{doubt}")
    assert parsed.end.last() - parsed.start.first() >= timedelta(3651)
    assert f"the {decade}0s" in parsed.in_words()


@pytest.mark.parametrize(
    ("new_style", "old_style"),
    [
        ("1917-11-07", "1917-10-25"),
        ("1918-02-14", "1918-02-01"),
        ("1879-11-07", "1879-10-26"),
        ("1900-03-13", "1900-02-29"),
        ("1900-03-14", "1900-03-01"),
    ],
)
def test_old_style(new_style: str, old_style: str) -> None:
    day, point = date.fromisoformat(new_style), Point.parse(old_style, old_style=True)
    assert julian(day) == point
    assert point.first(old_style=True) == point.last(old_style=True) == day


@given(st.dates(date(1582, 10, 15), date(1918, 2, 13)))
def test_old_style_and_new_style_are_each_other_s(day: date) -> None:
    point = julian(day)
    assert Point.parse(str(point), old_style=True).first(old_style=True) == day
    # 10 days apart at first, and one more with every century that has no leap day
    gap = 10 + sum(day >= date(c, 3, 12 + n) for n, c in enumerate((1700, 1800, 1900)))
    if (point.month, point.day) != (2, 29):
        assert date(point.year, point.month, point.day) in (
            day - timedelta(gap),
            day - timedelta(gap - 1),
        )


@pytest.mark.parametrize("words", ["1901-02-29", "1900-02-30", "1900-00-01", "1900-04-31"])
def test_days_that_the_julian_calendar_has_not(words: str) -> None:
    with pytest.raises(DateError):
        EdtfDate.parse(words, old_style=True)
    with pytest.raises(DateError, match="February 1900 has no day 29"):
        EdtfDate.parse("1900-02-29")


def test_a_leap_day_that_only_the_old_style_has() -> None:
    keys = {"text": "x", "passages": ["a:1"], "old_style": "1900-02-29"}
    assert shaped(Event, {**keys, "date": "1900-03-13"})
    with pytest.raises(ValueError, match="1900-03-14 is 1900-03-01 in Old Style"):
        shaped(Event, {**keys, "date": "1900-03-14"})
    over = {"old_style": "1900-02-29/1900-03-01", "date": "1900-03-13/1900-03-14"}
    assert shaped(Event, {**keys, **over})


def test_old_and_new_style_of_an_event_agree() -> None:
    keys = {"date": "1917-11-07", "text": "x", "passages": ["a:1"]}
    assert shaped(Event, {**keys, "old_style": "1917-10-25"})
    assert shaped(Event, {**keys, "date": "1917-11", "old_style": "1917-10"})
    with pytest.raises(ValueError, match="1917-10-25 in Old Style, not 1917-10-26"):
        shaped(Event, {**keys, "old_style": "1917-10-26"})


@pytest.mark.parametrize(
    ("date", "old_style", "says"),
    [
        ("1917-11-07/1917-11-08", "1917-10-25", "1917-10-25 is a day, and .* a range of days"),
        ("1917-11-07", "1917-10-25/1917-10-26", "a range of days, and 1917-11-07 a day"),
        ("1917-11-07", "1917-10", "1917-10 is a month, and 1917-11-07 a day"),
        ("1917-11", "1917-10-25", "1917-10-25 is a day, and 1917-11 a month"),
        (
            *("1917-11-07/1917-11-08", "1917-10-25/1917-10-27"),
            "is 1917-10-25/1917-10-26 in Old Style, not 1917-10-25/1917-10-27",
        ),
    ],
)
def test_an_old_style_date_that_is_not_the_same_date(date: str, old_style: str, says: str) -> None:
    keys = {"date": date, "old_style": old_style, "text": "x", "passages": ["a:1"]}
    with pytest.raises(ValueError, match=says):
        shaped(Event, keys)


@pytest.mark.parametrize(
    ("date", "old_style", "words"),
    [
        ("1917-11-07", "1917-10-25", "25 October O.S."),
        ("1917-11-07/1917-11-08", "1917-10-25/1917-10-26", "25–26 October O.S."),
        ("1917-11-12/1917-11-14", "1917-10-30/1917-11-01", "30 October – 1 November O.S."),
        ("1917-11", "1917-10", "October O.S."),
        ("1918-01-05", "1917-12-23", "23 December 1917 O.S."),
    ],
)
def test_the_old_style_date_as_it_is_printed(date: str, old_style: str, words: str) -> None:
    keys = {"date": date, "old_style": old_style, "text": "x", "passages": ["a:1"]}
    assert old_style_of(shaped(Event, keys)) == words


@pytest.mark.parametrize(
    ("date", "inferred", "words"),
    [
        ("1938", "", ""),
        ("1938~", "", "c. 1938"),
        ("1938?", "", "1938?"),
        ("1938%", "", "c. 1938?"),
        ("1938", "year", "[1938]"),
        ("1938-04", "", "April"),
        ("1938-04-01", "year", "1 April [1938]"),
        ("1938-04-01", "day", "[1 April]"),
        ("1938/1938-04", "", "to April"),
        ("1938-04-03/1938", "", "from 3 April"),
        ("1938~/1938-04", "", "c. 1938 – April 1938"),
        ("1938?/1939", "", "1938?–39"),
        ("1938/1939~", "", "1938 – c. 1939"),
        ("19XX", "", "the twentieth century"),
        ("192X", "", "the 1920s"),
    ],
)
def test_a_date_under_its_year(date: str, inferred: str, words: str) -> None:
    assert label(EdtfDate.parse(date), inferred) == words


def test_a_century_files_before_its_years() -> None:
    dates = ["1900-01-01", "1900-01", "1900", "190X", "19XX"]
    assert sorted(dates, key=lambda d: EdtfDate.parse(d).sort_key()) == dates[::-1]


@pytest.mark.parametrize(
    ("number", "word"),
    [(1, "first"), (12, "twelfth"), (20, "twentieth"), (21, "twenty-first"), (100, "hundredth")],
)
def test_numbers_that_count(number: int, word: str) -> None:
    assert ordinal(number) == word
