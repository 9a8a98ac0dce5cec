"""Columns: what an index is filled into, by the lines that its rows have."""

import re

from hypothesis import given
from hypothesis import strategies as st

from leftopp_book import pdf
from leftopp_book.columns import (
    Height,
    Heights,
    Page,
    Row,
    filled,
    heights,
    html_of,
    printed_before,
    rows_of,
    written_out,
)
from leftopp_book.composing import ABOVE
from leftopp_book.pages import LineStart, ink_set
from leftopp_book.pdf import Styles

WORD = "abcdefghij"  # the characters of a line


def entry(id: str, lines: int, *, air: int = 0, stays: bool = False, under: str = "") -> Row:
    words = " ".join([WORD] * lines)
    return Row(
        id, stays, under or f"{id}-again", bool(under), f'<p class="e" id="{id}">{words}</p>'
    )


def known(rows: list[Row], air: dict[str, int] | None = None) -> Heights:
    lines = {row.id: row.html.count(WORD) for row in rows}
    made = {
        id: Height(tuple(range(0, 10 * count, 10)), (air or {}).get(id, 0))
        for id, count in lines.items()
    }
    return {**made, **{row.again: Height((0,)) for row in rows}}


def lines_of(page: Page, air: Heights) -> list[int]:
    """Return the lines of each column."""
    found = []
    for column in page:
        total = sum(row.under for row in column[:1])
        for n, row in enumerate(column):
            total += row.html.count(WORD) + (air[row.id].air if n else 0)
        found.append(total)
    return found


def ids(pages: tuple[Page, ...]) -> list[list[list[str]]]:
    return [[[row.id for row in column] for column in page] for page in pages]


def test_columns_are_filled_one_after_the_other() -> None:
    rows = [entry(str(n), 2) for n in range(10)]
    pages = filled(rows, known(rows), 4, 6)
    assert ids(pages) == [[["0", "1"], ["2", "3"]], [["4", "5", "6"], ["7", "8", "9"]]]


def test_a_letter_is_not_the_last_of_a_column() -> None:
    rows = [entry("a", 3), entry("L", 1, stays=True), entry("b", 2), entry("c", 3)]
    assert ids(filled(rows, known(rows), 5, 5))[0][0] == ["a"]


def test_air_above_a_row_is_counted_but_for_the_first() -> None:
    rows = [entry("a", 2), entry("L", 1, stays=True), entry("b", 1), entry("c", 4)]
    air = known(rows, {"L": 1, "a": 1})
    assert ids(filled(rows, air, 5, 5)) == [[["a", "L", "b"], ["c"]]]
    assert ids(filled(rows, air, 4, 4)) == [[["a"], ["L", "b"]], [["c"]]]


def test_a_heading_is_repeated_over_its_subentries() -> None:
    rows = [entry("a", 1, stays=True), *(entry(f"s{n}", 2, under="a-again") for n in range(5))]
    again = {"a-again": '<p class="continued" id="a-again">A (continued)</p>'}
    pages = filled(rows, known(rows), 7, 7)
    assert ids(pages) == [[["a", "s0", "s1", "s2"], ["s3", "s4"]]]
    assert html_of(pages[0][0], again)[0].startswith('<p class="e" id="a"')
    assert "A (continued)" in html_of(pages[0][1], again)[0]
    assert "id=" not in html_of(pages[0][1], again)[0]


def test_the_last_columns_are_even() -> None:
    rows = [entry(str(n), 1) for n in range(7)]
    assert ids(filled(rows, known(rows), 30, 30)) == [[["0", "1", "2", "3"], ["4", "5", "6"]]]


def test_an_entry_longer_than_a_column_is_parted() -> None:
    rows = [entry("a", 1), entry("long", 25), entry("b", 1)]
    pages = filled(rows, known(rows), 6, 8)
    words = [row for page in pages for column in page for row in column if row.id == "long"]
    assert [row.html.count(WORD) for row in words] == [5, 5, 7, 7, 1]
    assert [row.printed for row in words] == [0, 50, 100, 170, 240]
    assert [row.under for row in words] == [False, True, True, True, True]
    assert printed_before(pages[1]) == {"long": 100}


@given(
    st.lists(st.tuples(st.integers(1, 9), st.booleans(), st.integers(0, 2)), max_size=40),
    st.integers(2, 12),
    st.integers(2, 14),
)
def test_no_row_is_lost_and_no_column_is_too_long(
    drawn: list[tuple[int, bool, int]], first: int, full: int
) -> None:
    rows = [entry(f"r{n}", lines, stays=stays) for n, (lines, stays, _) in enumerate(drawn)]
    air = known(rows, {f"r{n}": gap for n, (_, _, gap) in enumerate(drawn)})
    pages = filled(rows, air, first, full)
    words = re.sub(r"<[^>]*>", " ", " ".join(r.html for p in pages for c in p for r in c))
    assert len(words.split()) == sum(lines for lines, _, _ in drawn)
    order = [row.id for page in pages for column in page for row in column]
    assert list(dict.fromkeys(order)) == [row.id for row in rows]
    for n, page in enumerate(pages):
        assert max(lines_of(page, air)) <= (full if n else first)


def test_a_row_has_the_same_height_whatever_is_counted_with_it(styles: Styles) -> None:
    rows = [
        "<h2 id='letter'>A</h2>",
        "<p class='entry' id='short'>Adler, Victor, 3</p>",
        f"<p class='entry' id='long'>Antonov, {'12, ' * 60}13</p>",
    ]

    def counted(some: list[str]) -> dict[str, Height]:
        column = f"<div class='columns'><div class='column'>{''.join([ABOVE, *some])}</div></div>"
        html = f"<body class='index'><section class='apparatus index galley'>{column}</section>"
        return heights(pdf.lines_of(f"<html lang='en-GB'><title>t</title>{html}", styles))

    together = counted(rows)
    assert together["letter"] == Height((0,), 1)
    assert len(together["long"].starts) > 2
    for row, (id, height) in zip(rows, together.items(), strict=True):
        assert counted([row]) == {id: height}


def test_rows_and_their_heights() -> None:
    items = [
        {
            "entries": [
                {"id": "index-x", "locators": [], "see_also": ["y"], "subentries": [{"id": "x-1"}]},
                {"id": "index-z", "locators": ["1"], "see_also": [], "subentries": []},
            ]
        }
    ]
    html = written_out(
        '<section><h2 id="index-letter-1">X</h2><p id="index-x">X</p><p id="index-x-again">X</p>'
        '<p id="x-1">one</p><p id="index-x-see-also">also</p><p id="index-z">z</p></section>'
    )
    rows = list(rows_of(items, html))
    assert [(row.id, row.stays, row.under) for row in rows] == [
        ("index-letter-1", True, False),
        ("index-x", True, False),
        ("x-1", False, True),
        ("index-x-see-also", False, True),
        ("index-z", False, False),
    ]
    assert rows[2].html == '<p id="x-1">one</p>'
    assert ink_set(rows[2].html) > 0
    lines = [
        LineStart("above", 0, 0, 1, 0, 100),
        LineStart("a", 0, 0, 2, 0, 115),
        LineStart("a", 9, 0, 3, 0, 130),
        LineStart("h", 0, 0, 4, 0, 160),
        LineStart("b", 0, 0, 5, 0, 175),
    ]
    found = heights(lines)
    assert found == {"a": Height((0, 9)), "h": Height((0,), 1), "b": Height((0,))}
