"""Columns: what an index is put into, by the lines that its rows have."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from leftopp_book.backmatter import Layout, set_rows_of
from leftopp_book.columns import Height, Heights, Page, Row, filled, rows_of
from leftopp_book.kept import Kept
from leftopp_book.matter import Matter
from leftopp_book.pages import LaidPage
from leftopp_book.pdf import LayoutError, Styles, lay_out
from leftopp_book.workers import Workers


def rows_set(*given: Any) -> tuple[LaidPage, ...]:
    """Set rows as a process does that is asked to."""
    with Workers(1) as workers:
        return workers.submit(set_rows_of, *given).result()


ALL = 10**9


def entry(id: str, *, stays: bool = False, under: str = "") -> Row:
    return Row(id, stays, under or f"{id}-again", bool(under))


def known(rows: list[Row], lines: list[int], air: dict[str, int] | None = None) -> Heights:
    made = {
        row.id: Height(count, (air or {}).get(row.id, 0))
        for row, count in zip(rows, lines, strict=True)
    }
    return {**made, **{row.again: Height(1) for row in rows}}


def lines_of(page: Page, heights: Heights) -> list[int]:
    """Return the lines of each column."""
    found = []
    for column in page:
        total = sum(row.under for row in column[:1])
        for n, row in enumerate(column):
            own = heights[row.id]
            total += min(row.stop, own.lines) - row.first + (own.air if n else 0)
        found.append(total)
    return found


def ids(pages: tuple[Page, ...]) -> list[list[list[str]]]:
    return [[[row.id for row in column] for column in page] for page in pages]


def test_columns_are_filled_one_after_the_other() -> None:
    rows = [entry(str(n)) for n in range(10)]
    pages = filled(rows, known(rows, [2] * 10), 4, 6)
    assert ids(pages) == [[["0", "1"], ["2", "3"]], [["4", "5", "6"], ["7", "8", "9"]]]


def test_a_letter_is_not_the_last_of_a_column() -> None:
    rows = [entry("a"), entry("L", stays=True), entry("b"), entry("c")]
    assert ids(filled(rows, known(rows, [3, 1, 2, 3]), 5, 5))[0][0] == ["a"]


def test_a_letter_is_not_parted_from_its_only_entry_to_make_columns_even() -> None:
    rows = [entry("L", stays=True), entry("a")]
    assert ids(filled(rows, known(rows, [1, 1]), 20, 30)) == [[["L", "a"]]]
    rows += [entry("M", stays=True), entry("b")]
    assert ids(filled(rows, known(rows, [1] * 4), 20, 30)) == [[["L", "a"], ["M", "b"]]]


def test_air_above_a_row_is_counted_but_for_the_first() -> None:
    rows = [entry("a"), entry("L", stays=True), entry("b"), entry("c")]
    heights = known(rows, [2, 1, 1, 4], {"L": 1, "a": 1})
    assert ids(filled(rows, heights, 5, 5)) == [[["a", "L", "b"], ["c"]]]
    assert ids(filled(rows, heights, 4, 4)) == [[["a"], ["L", "b"]], [["c"]]]


def test_the_heading_that_is_repeated_over_subentries_has_its_line() -> None:
    rows = [entry("a", stays=True), *(entry(f"s{n}", under="a-again") for n in range(5))]
    pages = filled(rows, known(rows, [1, 2, 2, 2, 2, 2]), 7, 7)
    assert ids(pages) == [[["a", "s0", "s1", "s2"], ["s3", "s4"]]]
    pages = filled(rows, known(rows, [1, 2, 2, 2, 2, 2]), 4, 4)
    assert ids(pages) == [[["a", "s0"], ["s1"]], [["s2"], ["s3"]], [["s4"]]]


def test_the_last_columns_are_even() -> None:
    rows = [entry(str(n)) for n in range(7)]
    assert ids(filled(rows, known(rows, [1] * 7), 30, 30)) == [
        [["0", "1", "2", "3"], ["4", "5", "6"]]
    ]


def test_an_entry_longer_than_a_column_is_parted() -> None:
    rows = [entry("a"), entry("long"), entry("b")]
    pages = filled(rows, known(rows, [1, 25, 1]), 6, 8)
    parts = [row for page in pages for column in page for row in column if row.id == "long"]
    assert [(row.first, row.stop) for row in parts] == [
        (0, 5),
        (5, 10),
        (10, 17),
        (17, 24),
        (24, ALL),
    ]
    assert [row.under for row in parts] == [False, True, True, True, True]


@given(
    st.lists(st.tuples(st.integers(1, 9), st.booleans(), st.integers(0, 2)), max_size=40),
    st.integers(2, 12),
    st.integers(2, 14),
)
def test_no_row_is_lost_and_no_column_is_too_long(
    drawn: list[tuple[int, bool, int]], first: int, full: int
) -> None:
    rows = [entry(f"r{n}", stays=stays) for n, (_, stays, _) in enumerate(drawn)]
    air = {f"r{n}": gap for n, (_, _, gap) in enumerate(drawn)}
    heights = known(rows, [lines for lines, _, _ in drawn], air)
    pages = filled(rows, heights, first, full)
    found: dict[str, list[int]] = {}
    for row in (row for page in pages for column in page for row in column):
        stop = min(row.stop, heights[row.id].lines)
        found.setdefault(row.id, []).extend(range(row.first, stop))
    assert found == {row.id: list(range(heights[row.id].lines)) for row in rows}
    assert list(found) == [row.id for row in rows]
    for n, page in enumerate(pages):
        assert max(lines_of(page, heights)) <= (full if n else first)


def test_rows_of_an_index() -> None:
    items = [
        {
            "id": "index-letter-X",
            "entries": [
                {"id": "index-x", "locators": [], "see_also": ["y"], "subentries": [{"id": "x-1"}]},
                {"id": "index-z", "locators": ["1"], "see_also": [], "subentries": []},
            ],
        }
    ]
    assert [(row.id, row.stays, row.under) for row in rows_of(items)] == [
        ("index-letter-X", True, False),
        ("index-x", True, False),
        ("x-1", False, True),
        ("index-x-see-also", False, True),
        ("index-z", False, False),
    ]


# --- On pages -------------------------------------------------------------------------------------


def letters(count: int) -> tuple[tuple[Row, ...], dict[str, str]]:
    """Return the rows of an index of so many letters, and their HTML."""
    rows: list[Row] = []
    html: dict[str, str] = {}

    def add(row: Row, tag: str, words: str) -> None:
        rows.append(row)
        html[row.id] = f'{tag[:-1]} id="{row.id}">{words}</{tag[1:3].strip()}>'

    for n in range(count):
        add(Row(f"letter-{n}", stays=True), "<h2>", chr(65 + n))
        for m in range(7):
            id, many = f"entry-{n}-{m}", m == 4
            pages = ", ".join(f'<a href="xref:x">{page}</a>' for page in range(10, 10 + 5 * m))
            add(Row(id, many, f"{id}-again"), '<p class="entry">', f"Adler, Victor {m} {pages}")
            for sub in range(6 if many else 0):
                row = Row(f"{id}-{sub}", again=f"{id}-again", under=True)
                add(row, '<p class="sub">', f"and the congress of {sub}, {pages}")
            html[f"{id}-again"] = (
                f'<p class="entry continued" id="{id}-again">Adler {n} (<em>continued</em>)</p>'
            )
    return tuple(rows), html


def page_of(columns: list[list[str]], opening: str, style: str = "") -> str:
    column = "".join(f'<div class="column">{"".join(rows)}</div>' for rows in columns)
    return (
        f"<html lang='en-GB'><title>t</title><style>{style}</style>"
        "<body class='index'><section class='apparatus index'>"
        f"{opening}<div class='columns'>{column}</div></section></body></html>"
    )


COLUMNS = ".column { float: left; position: relative } .column + .column { margin-left: 19px }"
OPENING = (
    '<h1 id="index">Index</h1><p class="headnote" id="note">What is in it, in a few words.</p>'
)


def seen(page: LaidPage) -> object:
    lines = [(x.block, x.offset, x.line, round(x.x, 1), round(x.y, 1)) for x in page.lines]
    return lines, page.top, page.first_words


@pytest.mark.parametrize(
    ("count", "odd"), [(2, ""), (5, ""), (9, ""), (5, "letter-1"), (9, "long")]
)
def test_pages_are_those_that_weasyprint_makes_of_their_rows(
    count: int, odd: str, styles: Styles, layout: Layout, tmp_path: Path
) -> None:
    """Each page is set with its rows in columns that float, as a style sheet would put them."""
    rows, html = letters(count)
    if odd == "long":
        html["entry-2-3"] = html["entry-2-3"].replace("</p>", f" {'99, ' * 900}</p>")
    elif odd:
        html[odd] = html[odd].replace(">B", ' style="display: none">B')
    document = page_of([list(html.values())], OPENING)
    made = rows_set(
        Matter("index", document),
        replace(layout, columns=2, rows=rows),
        styles,
        Kept(tmp_path / "kept", "key"),
    )
    assert len(made) >= count / 2
    listed = [line.block for page in made for line in page.lines]
    shown = [row.id for row in rows if row.id != odd]
    assert list(dict.fromkeys(listed)) == ["index", "note", *shown]
    for n, page in enumerate(made if odd != "long" else ()):
        columns: list[list[str]] = [[], []]
        frame = layout.verso if n % 2 else layout.recto
        middle = (frame.left + frame.measure / 2) * 0.75
        for line in page.lines:
            side = columns[line.x > middle]
            if line.block in html and html[line.block] not in side:
                side.append(html[line.block])
        for column in columns:  # a heading stands again over what is left of its entry
            first = next((row for row in rows if column and html[row.id] == column[0]), None)
            if first and first.under:
                column.insert(0, html[first.again].replace(f' id="{first.again}"', ""))
        whole = page_of(columns, "" if n else OPENING, COLUMNS)
        if n % 2:
            whole = whole.replace("<html", '<html class="verso"')
        (its,) = lay_out(whole, styles)
        assert seen(page) == seen(its)


@pytest.mark.parametrize("words", [*range(300, 420, 8), 1500])
def test_nothing_of_a_long_headnote_is_lost(
    words: int, styles: Styles, layout: Layout, tmp_path: Path
) -> None:
    """Columns begin under it if there is room for some lines, else on the next page."""
    rows, html = letters(2)
    opening = OPENING.replace("What", "word " * words)
    index = Matter("index", page_of([list(html.values())], opening))
    layout = replace(layout, columns=2, rows=rows)
    made = rows_set(index, layout, styles, Kept(tmp_path, "key"))
    printed = [(n, line.block) for n, page in enumerate(made) for line in page.lines]
    note = [n for n, block in printed if block == "note"]
    letter = next(n for n, block in printed if block == "letter-0")
    assert letter in (note[-1], note[-1] + 1)
    assert set(note) == set(range(note[-1] + 1))
    assert {row.id for row in rows} <= {block for _, block in printed}
    assert all(page.room > -1 for page in made)
    assert sum(block == "note" for _, block in printed) > words / 15


def test_an_index_of_more_than_lines_is_an_error(
    styles: Styles, layout: Layout, tmp_path: Path
) -> None:
    rows, html = letters(1)
    html["entry-0-2"] = '<p id="entry-0-2" style="border: 1px solid">Adler</p>'
    index = Matter("index", page_of([list(html.values())], OPENING))
    with pytest.raises(LayoutError, match="ground or a border of its own, and so cannot be put"):
        rows_set(index, replace(layout, columns=2, rows=rows), styles, Kept(tmp_path, "key"))


def test_columns_too_high_for_their_page_have_fewer_lines(
    styles: Styles, layout: Layout, tmp_path: Path
) -> None:
    """A line may be higher than the others: an entry with a tall word in it."""
    rows, html = letters(6)
    tall = {id: words.replace("Victor", "<big>Victor</big>") for id, words in html.items()}
    style = "big { font-size: 24px; line-height: 30px }"
    document = page_of([list(tall.values())], OPENING, style)
    made = rows_set(
        Matter("index", document),
        replace(layout, columns=2, rows=rows),
        styles,
        Kept(tmp_path, "key"),
    )
    assert all(page.room > -1 for page in made)
    assert not any(page.faults for page in made[:-1])


def test_rows_that_change_stand_where_they_stood(
    styles: Styles, layout: Layout, tmp_path: Path
) -> None:
    """Also where they are set beside others that were far from them."""
    rows, html = letters(7)
    layout = replace(layout, columns=2, rows=rows)
    kept = Kept(tmp_path / "kept", "key")
    for changed in ((), ("entry-1-1", "entry-3-4-2", "letter-5"), ("note", "entry-6-6")):
        for id in changed:
            if id in html:
                html[id] = html[id].replace("</", " too</", 1)
        opening = OPENING.replace("few", "very few") if "note" in changed else OPENING
        index = Matter("index", page_of([list(html.values())], opening))
        fresh = rows_set(index, layout, styles, Kept(tmp_path / str(len(changed)), "key"))
        assert rows_set(index, layout, styles, kept) == fresh
