"""The timeline: any span of years gives an axis that can be read, and every entry is in it."""

from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leftopp_book.apparatus import _opening
from leftopp_book.dates import EdtfDate
from leftopp_book.html import render
from leftopp_book.timeline import APART, BARS, COLUMNS, LINE, Timeline, timeline

TEMPLATES = Path(__file__).parent.parent / "styles" / "templates"


def of(*dates: str) -> Timeline:
    return timeline(map(EdtfDate.parse, dates))


def words(drawn: Timeline) -> list[str]:
    return [word.words for word in drawn.words]


def test_a_few_years_are_all_named_and_the_fullest_stands_out() -> None:
    drawn = of("1923-10-08", "1923-10-15", "1923~", "1924-01", "1927?")
    assert words(drawn) == ["3", "1923", "1924", "1925", "1926", "1927"]
    assert [w.words for w in drawn.words if w.strong] == ["1923"]
    assert [bar.height for bar in drawn.bars] == [15, 5, 5]
    assert drawn.says == (
        "Timeline: entries of the chronology by year, 1923 to 1927; most in 1923 (3)."
    )


def test_long_empty_stretches_are_left_out_and_shown_as_left_out() -> None:
    drawn = of("1789-07-14", "1917-11-07", "1918")
    assert words(drawn) == ["…", "1789", "1917", "1918"]
    assert len([rule for rule in drawn.rules if rule.y == LINE + BARS]) == 2  # the axis, broken


def test_dates_that_span_years_have_rules_and_no_bar_where_the_year_is_unknown() -> None:
    drawn = of("1921", "1922/1925", "192X", "1930")
    assert len(drawn.bars) == 3
    rules = [rule for rule in drawn.rules if rule.y > LINE + BARS]
    assert len(rules) == 2
    assert len({rule.y for rule in rules}) == 2  # they overlap, so they have lanes of their own


def test_a_book_of_one_year_has_no_timeline() -> None:
    assert not of("1927-11-07", "1927-11-15")
    assert not of("192X")
    assert not timeline(())


def test_five_centuries_are_shown_by_more_years_to_a_column() -> None:
    drawn = of(*(str(year) for year in range(1492, 1993, 5)))
    assert 10 < len(drawn.bars) <= COLUMNS
    assert "by 20 years, 1480 to 1999" in drawn.says
    assert {"1480", "1600", "1700", "1800", "1900"} <= set(words(drawn))


def test_years_in_old_style_stand_under_their_new_style_date() -> None:
    assert "1917 to 1918" in of("1917-11-07", "1918-01-18").says


@settings(max_examples=200)
@given(
    st.lists(
        st.one_of(
            st.integers(1, 9999).map("{:04}".format),
            st.integers(100, 999).map("{}X".format),
            st.tuples(st.integers(1, 9999), st.integers(1, 9999)).map(
                lambda years: "{:04}/{:04}".format(*sorted(years))
            ),
        ),
        max_size=40,
    )
)
def test_whatever_the_dates_nothing_leaves_the_drawing(dates: list[str]) -> None:
    drawn = of(*dates)
    if not drawn:
        return
    assert drawn.height % LINE == 0
    for bar in drawn.bars:
        assert 0 <= bar.x < bar.x + bar.width <= 100
        assert 0 < bar.height <= BARS
        assert bar.y + bar.height == LINE + BARS
    for rule in drawn.rules:
        assert 0 <= rule.x1 <= rule.x2 <= 100
        assert rule.y < drawn.height
    under = sorted(w.x for w in drawn.words if w.y > LINE + BARS)
    assert all(0 < w.x < 100 and 0 < w.y < drawn.height for w in drawn.words)
    assert all(b - a >= APART - 0.01 for a, b in pairwise(under))


def test_the_drawing_is_plain_svg_with_a_title() -> None:
    drawn = of("1923", "1927-11-07", "1927-11-15", "1928/1930")
    html = render(
        TEMPLATES,
        "print-back.html.j2",
        {
            "part": "chronology",
            "id": "chronology",
            "title": "Chronology",
            "headnote": (),
            "items": ({"timeline": drawn, "years": ()},),
            "language": "en-GB",
            "book_title": "t",
        },
    )
    start, end = html.index("<svg"), html.index("</svg>") + 6
    svg = ElementTree.fromstring(html[start:end])
    name = "{http://www.w3.org/2000/svg}"
    assert svg.findtext(f"{name}title") == drawn.says
    assert {e.tag for e in svg.iter()} == {
        f"{name}{tag}" for tag in ("svg", "title", "rect", "line", "text")
    }
    inks = {e.get("fill") or e.get("stroke") for e in svg if e.tag != f"{name}title"}
    assert inks == {"#000"}


@pytest.mark.parametrize(
    ("label", "printed"),
    [
        ("spring", "Spring"),
        ("[spring 1936]", "[Spring 1936]"),
        ("the 1920s", "The 1920s"),
        ("c. 1927", "c. 1927"),
        ("7 November", "7 November"),
        ("", ""),
    ],
)
def test_a_date_that_opens_an_entry_has_a_capital(label: str, printed: str) -> None:
    assert _opening(label) == printed
