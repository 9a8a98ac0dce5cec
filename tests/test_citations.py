"""Laws of page numbers."""

import re

from hypothesis import given
from hypothesis import strategies as st

from leftopp_book.citations import fold, page_range, pages, parse_pinpoint
from leftopp_book.pages import ROMAN, roman


def expanded(words: str) -> tuple[int, int]:
    """Read an abbreviated range as a reader does: the figures left out are those of the first."""
    first, last = words.split("–")
    return int(first), int(first[: max(len(first) - len(last), 0)] + last)


def test_an_abbreviated_range_can_be_read_back() -> None:
    for a in range(1, 2001):
        for b in range(a + 1, 2001):
            assert expanded(page_range(str(a), str(b))) == (a, b)


@given(st.integers(1, 2000), st.integers(1, 2000))
def test_abbreviating_an_abbreviated_range_changes_nothing(a: int, b: int) -> None:
    if a < b:
        once = page_range(str(a), str(b))
        assert page_range(*once.split("–")) == once
        assert expanded(once) == (a, b)


def test_what_is_no_range_stays_as_it_is() -> None:
    for words in ("531–30", "47–45", "7–7", f"{'9' * 5000}–8", f"8–{'9' * 5000}"):
        assert page_range(*words.split("–")) == words


def test_the_examples_of_the_chicago_manual() -> None:
    examples = (
        "3–10 71–72 96–117 100–104 1100–1113 101–8 808–33 1103–4 321–28 498–532 1087–89 1496–500"
    )
    for words in examples.split():
        a, b = expanded(words)
        assert page_range(str(a), str(b)) == words


@given(st.lists(st.tuples(st.integers(1, 900), st.integers(0, 60)), min_size=1, max_size=4))
def test_a_pinpoint_of_many_pages_is_read_to_its_end(found: list[tuple[int, int]]) -> None:
    string = "pp. " + ", ".join(f"{a}-{a + n}" if n else str(a) for a, n in found)
    pinpoint, end = parse_pinpoint(string, 0)
    assert end == len(string)
    assert str(pinpoint) == pages(string.removeprefix("pp. "))


@given(st.text(alphabet="0123456789 ,.-–pvol1IVxi()NoMay", max_size=30), st.integers(0, 5))
def test_a_pinpoint_never_runs_backwards(string: str, start: int) -> None:
    if start <= len(string):
        pinpoint, end = parse_pinpoint(string, start)
        assert start <= end <= len(string)
        assert (end == start) == (not pinpoint.parts)


def test_a_date_after_a_page_is_no_page() -> None:
    pinpoint, _ = parse_pinpoint("p. 3, 12 August 1927", 0)
    assert dict(pinpoint.parts) == {"pages": "3", "date": "12 August 1927"}


def test_roman_numerals() -> None:
    values = dict(zip("ivxlcdm", (1, 5, 10, 50, 100, 500, 1000), strict=True))
    seen = set()
    for number in range(1, 2001):
        numeral = roman(number)
        figures = [values[char] for char in numeral]
        total = sum(-a if a < b else a for a, b in zip(figures, [*figures[1:], 0], strict=True))
        assert total == number
        assert not re.search(r"(.)\1{3}", numeral)
        seen.add(numeral)
    assert len(seen) == 2000
    assert roman(1994) == "mcmxciv"
    assert ROMAN[0] == (1000, "m")


@given(st.text(alphabet="a–—’‘“”‐\u00a0 -'\"", max_size=20))
def test_folding_keeps_every_place(string: str) -> None:
    assert len(fold(string)) == len(string)
    assert fold(fold(string)) == fold(string)
